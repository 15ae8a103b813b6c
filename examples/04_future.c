/* SPDX-License-Identifier: MIT */
/*
 * 04_future.c: a future that is completed later, by somebody else.
 *
 *     done? no
 *     done? yes
 *     42
 *     main took 1 s
 */
#include "util/delay.h"

#include <stdio.h>

static int answer = 42;

/* A task that keeps a promise. */
static void *
complete(void *arg)
{
	creel_future *future = arg;

	if (delay(1) == CREEL_OK)
		creel_future_set_result(future, &answer);
	creel_future_unref(future);
	return NULL;
}

static void
print_done(const creel_future *future)
{
	printf("done? %s\n", creel_future_done(future) ? "yes" : "no");
}

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	creel_future *future = creel_future_create();
	void *result = NULL;

	creel_future_unref(creel_create_task(complete, creel_future_ref(future)));
	print_done(future);
	if (creel_await(future, &result) == CREEL_OK) {
		print_done(future);
		printf("%d\n", *(int *)result);
	}
	creel_future_unref(future);
	print_time("main", begin);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
