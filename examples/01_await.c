/* SPDX-License-Identifier: MIT */
/*
 * 01_await.c: a task that awaits: one thing after the other takes the sum of their times.
 *
 *     sleeping for 1 s
 *     slept for 1 s
 *     sleeping for 1 s
 *     slept for 1 s
 *     1 and 1
 *     main took 2 s
 */
#include "util/delay.h"

#include <stdio.h>

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	void *first = delay_task(seconds(1)); /* an ordinary call of a function that suspends */
	void *second = delay_task(seconds(1));

	printf("%d and %d\n", number(first), number(second));
	print_time("main", begin);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
