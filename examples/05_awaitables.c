/* SPDX-License-Identifier: MIT */
/*
 * 05_awaitables.c: what can be awaited. In asyncio an awaitable is a coroutine, or a future, and a task
 * is a future. Here a coroutine is a function that suspends, called as any other; all else is a
 * creel_future: a promise, a task on a loop, a task on a pool, and what combines them.
 *
 *     a function: 1
 *     a promise: 2
 *     a task on the loop: 3
 *     a task on a pool: 4
 *     a gather of two: 5 and 6
 */
#include "util/delay.h"

#include <stdio.h>

/* One and the same function is called, made a task, and sent to a pool. */
static void *
next_number(void *arg)
{
	return delay(0.1) == CREEL_OK ? arg : NULL;
}

/* Whatever it is, it is awaited in the same way. */
static void
print(const char *what, creel_future *future)
{
	void *value = NULL;

	if (creel_take(future, &value) == CREEL_OK)
		printf("%s: %d\n", what, number(value));
}

static creel_future *
kept_promise(int n)
{
	creel_future *promise = creel_future_create();

	creel_future_set_result(promise, seconds(n));
	return promise;
}

static void
print_gather(void)
{
	creel_future *both[] = {creel_create_task(next_number, seconds(5)),
		creel_to_thread(next_number, seconds(6))};
	creel_future *gather = creel_gather(both, 2, 0);
	void *value = NULL;

	if (creel_await(gather, &value) == CREEL_OK) {
		const creel_outcome *outcomes = value;

		printf("a gather of two: %d and %d\n", number(outcomes[0].value),
			number(outcomes[1].value));
	}
	creel_future_unref(gather);
	creel_futures_unref(both, 2);
}

static void *
main_task(void *arg)
{
	printf("a function: %d\n", number(next_number(seconds(1))));
	print("a promise", kept_promise(2));
	print("a task on the loop", creel_create_task(next_number, seconds(3)));
	print("a task on a pool", creel_to_thread(next_number, seconds(4)));
	print_gather();
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
