/* SPDX-License-Identifier: MIT */
/* test_parked.c: tasks that are suspended in masses: how many, what they cost, and what is left. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static creel_pool *
pool_of_small_stacks(unsigned workers)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = workers;
	options.stack_size = 64 << 10;
	return creel_pool_create(&options);
}

/* What all of them wait for. */
typedef struct crowd {
	creel_future *promise;
	atomic_int parked;
	atomic_int failed;
	atomic_int resumed;
} crowd;

static void *
park(void *arg)
{
	crowd *c = arg;
	void *value = NULL;

	atomic_fetch_add(&c->parked, 1);
	if (creel_await(c->promise, &value) != CREEL_OK || value != c)
		atomic_fetch_add(&c->failed, 1);
	atomic_fetch_add(&c->resumed, 1);
	return value;
}

START_TEST(a_hundred_thousand_tasks_wait_for_one_promise)
{
	const int n = SCALE_SUSPENDED(100000);
	crowd c = {.promise = creel_future_create()};
	creel_future **tasks = calloc((size_t)n, sizeof *tasks);
	void **args = calloc((size_t)n, sizeof *args);
	creel_pool *pool = pool_of_small_stacks(2);

	for (int i = 0; i < n; i++)
		args[i] = &c;
	ck_assert_int_eq(creel_submit_many(pool, park, args, (size_t)n, tasks), CREEL_OK);
	spin_until(&c.parked, n);
	ck_assert_int_eq(atomic_load(&c.resumed), 0);
	ck_assert_int_eq(creel_future_set_result(c.promise, &c), CREEL_OK);
	for (int i = 0; i < n; i++) {
		void *result = NULL;

		ck_assert_int_eq(creel_take(tasks[i], &result), CREEL_OK);
		ck_assert_ptr_eq(result, &c);
	}
	ck_assert_int_eq(atomic_load(&c.resumed), n); /* each of them once */
	ck_assert_int_eq(atomic_load(&c.failed), 0);
	creel_pool_destroy(pool);
	creel_future_unref(c.promise);
	free(tasks);
	free(args);
}
END_TEST

/* Each waits for the one before: a chain that is resolved from its end. */
typedef struct link {
	creel_future *before;
	atomic_int *parked;
	intptr_t number;
} link_of_chain;

static void *
wait_for_the_one_before(void *arg)
{
	const link_of_chain *l = arg;
	void *value = NULL;

	atomic_fetch_add(l->parked, 1);
	if (creel_await(l->before, &value) != CREEL_OK || (intptr_t)value != l->number - 1)
		return NULL;
	return (void *)l->number;
}

START_TEST(a_chain_of_tasks_is_resolved_from_its_end)
{
	const int n = SCALE_SUSPENDED(20000);
	atomic_int parked = 0;
	link_of_chain *chain = calloc((size_t)n, sizeof *chain);
	creel_future **tasks = calloc((size_t)n + 1, sizeof *tasks);
	creel_pool *pool = pool_of_small_stacks(2);
	void *result = NULL;

	tasks[0] = creel_future_create();
	for (int i = 0; i < n; i++) {
		chain[i] = (link_of_chain){tasks[i], &parked, i + 1};
		tasks[i + 1] = creel_submit(pool, wait_for_the_one_before, &chain[i]);
	}
	spin_until(&parked, n);
	ck_assert_int_eq(creel_future_set_result(tasks[0], NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(tasks[n], &result), CREEL_OK);
	ck_assert_int_eq((intptr_t)result, n);
	creel_futures_unref(tasks, (size_t)n + 1);
	creel_pool_destroy(pool);
	free(tasks);
	free(chain);
}
END_TEST

#define FRAME ((size_t)32 << 10)
#define MOST_WARM 1024 /* of lib/runner/runner.c */

static void *
park_with_large_frame(void *arg)
{
	volatile char bytes[FRAME];

	for (size_t i = 0; i < sizeof bytes; i += 512)
		bytes[i] = 1;
	park(arg);
	return bytes[0] + bytes[FRAME - 512] == 2 ? arg : NULL;
}

static void *
nothing(void *arg)
{
	return arg;
}

/* Stacks of tasks that have ended give their memory back, but for a few that are kept warm. */
START_TEST(what_was_parked_gives_its_memory_back)
{
	const int n = SCALE_SUSPENDED(10000);
	const size_t frames = (size_t)n * FRAME;
	crowd c = {.promise = creel_future_create()};
	size_t before, parked, after;
	creel_pool *pool = pool_of_small_stacks(1);

	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	before = proc_resident();
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(creel_post(pool, park_with_large_frame, &c), CREEL_OK);
	spin_until(&c.parked, n);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	parked = proc_resident();
	ck_assert_uint_ge(parked, before + frames);
	ck_assert_int_eq(creel_future_set_result(c.promise, &c), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	after = proc_resident();
	/* So many at the most are kept warm: where fewer were parked, there is nothing to give back. */
	if (n > 2 * MOST_WARM)
		ck_assert_uint_le(after, parked - frames / 2); /* tools have needs of their own */
	else
		ck_assert_uint_le(after, parked + frames);
	ck_assert_int_eq(atomic_load(&c.failed), 0);

	/* And they can be used again. */
	atomic_store(&c.parked, 0);
	creel_future_unref(c.promise);
	c.promise = creel_future_create();
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(creel_post(pool, park_with_large_frame, &c), CREEL_OK);
	spin_until(&c.parked, n);
	ck_assert_int_eq(creel_future_set_result(c.promise, &c), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&c.failed), 0);
	ck_assert_int_eq(atomic_load(&c.resumed), 2 * n);
	creel_future_unref(c.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* Those that are kept warm are enough where tasks wait one after the other. */
static void *
wait_for_children(void *arg)
{
	for (int i = 0; i < 1000; i++)
		if (creel_pool_run(creel_current_pool(), nothing, NULL, NULL) != CREEL_OK)
			return NULL;
	return arg;
}

START_TEST(tasks_that_wait_in_turn_need_few_stacks)
{
	creel_pool *pool = pool_of(1);
	size_t mappings;
	void *result = NULL;

	ck_assert_int_eq(creel_pool_run(pool, wait_for_children, pool, &result), CREEL_OK);
	mappings = proc_mappings();
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(creel_pool_run(pool, wait_for_children, pool, &result), CREEL_OK);
	ck_assert_ptr_eq(result, pool);
	ck_assert_uint_le(proc_mappings(), mappings + 4);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.runner.parked", a_hundred_thousand_tasks_wait_for_one_promise,
	a_chain_of_tasks_is_resolved_from_its_end, what_was_parked_gives_its_memory_back,
	tasks_that_wait_in_turn_need_few_stacks)
