/* SPDX-License-Identifier: MIT */
/*
 * turns.h: what the tests of tasks have in common. Most of them drive a pool of one worker, whose
 * order is known, from the test's own thread:
 *
 *     pool = pool_of(1);
 *     waiting = creel_submit(pool, await_it, promise);
 *     settle(pool);                            it is suspended now, by what creel does, not by luck
 *     creel_future_set_result(promise, NULL);
 *     ck_assert_int_eq(take_number(waiting), CREEL_OK);
 */
#ifndef CREEL_TEST_TURNS_H
#define CREEL_TEST_TURNS_H

#include "support/pools.h"

#include <check.h>
#include <creel/creel.h>
#include <stdint.h>

static inline void *
pointer_of(intptr_t number)
{
	return (void *)number;
}

/* For very many suspended tasks. */
static inline creel_pool *
pool_of_small_stacks(unsigned workers)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = workers;
	options.stack_size = (size_t)32 << 10;
	options.guard_size = (size_t)16 << 10;
	pool = creel_pool_create(&options);
	ck_assert_ptr_nonnull(pool);
	return pool;
}

/* A task: returns its argument. */
static inline void *
same(void *arg)
{
	return arg;
}

/*
 * On a pool of one worker: until all that was submitted, or made ready, before has ended or is
 * suspended. Three rounds, since now and then a worker takes a new task before the ready ones.
 */
static inline void
settle(creel_pool *pool)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(creel_pool_run(pool, same, NULL, NULL), CREEL_OK);
}

/* Time in which what must not happen may happen. Where nothing is wrong it makes no difference. */
static inline void
linger(const atomic_int *wrong)
{
	for (int i = 0; i < 1000 && (wrong == NULL || atomic_load(wrong) == 0); i++)
		sched_yield();
}

/* The number that a task returned; it must have returned one. */
static inline int
take_number(creel_future *task)
{
	void *value = NULL;

	ck_assert_int_eq(creel_take(task, &value), CREEL_OK);
	return (int)(intptr_t)value;
}

/* Tasks that wait for the future in their argument and return the status. */
static inline void *
await_it(void *arg)
{
	return pointer_of(creel_await(arg, NULL));
}

static inline void *
sleep_for_ever(void *arg)
{
	(void)arg;
	return pointer_of(creel_sleep(CREEL_FOREVER));
}

#endif
