/* SPDX-License-Identifier: MIT */
/*
 * 02_create_task.c: a task runs on by itself; it is a future of its result.
 *
 *     the task is a future: pending
 *     sleeping for 3 s
 *     slept for 3 s
 *     its result is 3: done
 *     main took 3 s
 */
#include "util/delay.h"

#include <stdio.h>

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	creel_future *task = creel_create_task(delay_task, seconds(3));
	void *result = NULL;

	printf("the task is a future: %s\n", creel_future_done(task) ? "done" : "pending");
	if (creel_await(task, &result) == CREEL_OK)
		printf("its result is %d: %s\n", number(result),
			creel_future_done(task) ? "done" : "pending");
	creel_future_unref(task);
	print_time("main", begin);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
