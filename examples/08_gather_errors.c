/* SPDX-License-Identifier: MIT */
/*
 * 08_gather_errors.c: what happens to the others when one fails: they go on, as in asyncio, unless the
 * gather is told to cancel them.
 *
 *     the gather took 1 s
 *     it failed: no luck
 *     the other one: pending
 *     with CREEL_CANCEL_ON_ERROR
 *     the gather took 1 s
 *     it failed: no luck
 *     the other one: cancelled
 *     with CREEL_RETURN_EXCEPTIONS
 *     no luck, and 3
 */
#include "util/delay.h"

#include <stdio.h>

static void *
wait_long(void *arg)
{
	return delay(3) == CREEL_OK ? arg : creel_fail(CREEL_ECANCELLED, "cancelled");
}

static void *
fail_soon(void *arg)
{
	(void)arg;
	return delay(1) == CREEL_OK ? creel_fail(1, "no luck") : NULL;
}

static void
print_failure(creel_future *const tasks[], creel_future *gather, int64_t begin)
{
	creel_await(gather, NULL);
	print_time("the gather", begin);
	printf("it failed: %s\n", creel_future_error(gather)->message);
	printf("the other one: %s\n",
		creel_future_status(tasks[1]) == CREEL_EPENDING ? "pending" : "cancelled");
}

static void
run(unsigned flags)
{
	const int64_t begin = creel_now();
	creel_future *tasks[] = {
		creel_create_task(fail_soon, NULL), creel_create_task(wait_long, seconds(3))};
	creel_future *gather = creel_gather(tasks, 2, flags);
	void *value = NULL;

	if (flags & CREEL_RETURN_EXCEPTIONS) {
		if (creel_await(gather, &value) == CREEL_OK) {
			const creel_outcome *outcomes = value;

			printf("%s, and %d\n", outcomes[0].error->message,
				number(outcomes[1].value));
		}
	} else {
		print_failure(tasks, gather, begin);
	}
	creel_future_unref(gather);
	creel_futures_unref(tasks, 2);
}

static void *
main_task(void *arg)
{
	run(0);
	puts("with CREEL_CANCEL_ON_ERROR");
	run(CREEL_CANCEL_ON_ERROR);
	puts("with CREEL_RETURN_EXCEPTIONS");
	run(CREEL_RETURN_EXCEPTIONS);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
