/* SPDX-License-Identifier: MIT */
/*
 * 07_gather_order.c: a gather keeps the order of its input, whichever ends first.
 *
 *     sleeping for 3 s
 *     sleeping for 1 s
 *     slept for 1 s
 *     slept for 3 s
 *     [3, 1]
 *     main took 3 s
 */
#include "util/delay.h"

#include <stdio.h>

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	creel_future *tasks[] = {creel_create_task(delay_task, seconds(3)),
		creel_create_task(delay_task, seconds(1))};
	creel_future *gather = creel_gather(tasks, 2, 0);
	void *value = NULL;

	if (creel_await(gather, &value) == CREEL_OK) {
		const creel_outcome *outcomes = value;

		printf("[%d, %d]\n", number(outcomes[0].value), number(outcomes[1].value));
	}
	creel_future_unref(gather);
	creel_futures_unref(tasks, 2);
	print_time("main", begin);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
