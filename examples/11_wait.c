/* SPDX-License-Identifier: MIT */
/*
 * 11_wait.c: wait until some are done: the first, the first that fails, all of them, or for so long.
 *
 *     FIRST_COMPLETED: 1 done, 3 pending
 *     a while longer: 2 done, 2 pending: timed out
 *     FIRST_EXCEPTION: 3 done, 1 pending: no luck
 *     ALL_COMPLETED: 4 done, 0 pending
 *     main took 4 s
 */
#include "util/delay.h"

#include <stdio.h>

static void *
work(void *arg)
{
	if (delay(number(arg)) != CREEL_OK)
		return creel_fail(CREEL_ECANCELLED, "cancelled");
	return number(arg) == 3 ? creel_fail(1, "no luck") : arg;
}

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	creel_future *tasks[4];
	creel_status status;
	size_t ndone;

	for (int i = 0; i < 4; i++)
		tasks[i] = creel_create_task(work, seconds(i + 1));
	creel_wait(tasks, 4, CREEL_FIRST_COMPLETED, CREEL_FOREVER, &ndone);
	printf("FIRST_COMPLETED: %zu done, %zu pending\n", ndone, 4 - ndone);
	status = creel_wait(tasks, 4, CREEL_ALL_COMPLETED, delay_duration(1.5), &ndone);
	printf("a while longer: %zu done, %zu pending%s\n", ndone, 4 - ndone,
		status == CREEL_ETIMEDOUT ? ": timed out" : "");
	creel_wait(tasks, 4, CREEL_FIRST_EXCEPTION, CREEL_FOREVER, &ndone);
	printf("FIRST_EXCEPTION: %zu done, %zu pending: %s\n", ndone, 4 - ndone,
		creel_future_error(tasks[ndone - 1])->message);
	creel_wait(tasks, 4, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone);
	printf("ALL_COMPLETED: %zu done, %zu pending\n", ndone, 4 - ndone);
	creel_futures_unref(tasks, 4);
	print_time("main", begin);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
