/* SPDX-License-Identifier: MIT */
/*
 * 03_concurrent_tasks.c: three delays of three seconds at once take three seconds.
 *
 *     sleeping for 3 s
 *     sleeping for 3 s
 *     sleeping for 3 s
 *     slept for 3 s
 *     slept for 3 s
 *     slept for 3 s
 *     main took 3 s
 */
#include "util/delay.h"

#include <stdio.h>

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	creel_future *tasks[3];

	for (int i = 0; i < 3; i++)
		tasks[i] = creel_create_task(delay_task, seconds(3));
	for (int i = 0; i < 3; i++)
		creel_take(tasks[i], NULL);
	print_time("main", begin);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
