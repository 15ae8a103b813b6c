/* SPDX-License-Identifier: MIT */
/* test_bounded.c: queue_limit: what is counted, and what is refused. */
#include "pool/bounded.h"
#include "support/pools.h"
#include "support/suite.h"

#include <stdatomic.h>

bounded_order bounded_started;

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

static atomic_int dropped;

static void
drop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&dropped, 1);
}

static creel_future *
submit_dropping(creel_pool *pool)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.arg_drop = drop;
	return creel_submit_with(pool, &options, bounded_nothing, NULL);
}

/* 1.15 "submit": with a bounded queue that is full, EFULL if the pool says so; the destructor runs, nothing leaks */
START_TEST(beyond_the_limit_submissions_fail)
{
	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = bounded_at_gate(&g, both[f], 2, CREEL_FULL_FAIL);
		creel_future *many[3];

		atomic_store(&dropped, 0);
		creel_future_unref(submit_dropping(pool));
		ck_assert_int_eq(
			creel_submit_many(pool, bounded_nothing, NULL, 3, many), CREEL_EFULL);
		ck_assert_int_eq(creel_last_error()->code, CREEL_EFULL);
		ck_assert_int_eq(creel_future_status(many[0]), CREEL_EPENDING);
		ck_assert_int_eq(bounded_code(many[1]), CREEL_EFULL);
		ck_assert_int_eq(bounded_code(many[2]), CREEL_EFULL);
		ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_EFULL);
		ck_assert_int_eq(creel_last_error()->code, CREEL_EFULL);
		ck_assert_int_eq(
			bounded_code(creel_submit(pool, bounded_nothing, NULL)), CREEL_EFULL);
		ck_assert_int_eq(atomic_load(&dropped), 0);
		ck_assert_int_eq(bounded_code(submit_dropping(pool)), CREEL_EFULL);
		ck_assert_int_eq(atomic_load(&dropped), 1);
		ck_assert_int_eq(
			creel_submit_many(pool, bounded_nothing, NULL, 3, NULL), CREEL_EFULL);
		gate_open(&g);
		ck_assert_int_eq(creel_take(many[0], NULL), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(atomic_load(&dropped), 2);
		ck_assert_int_eq(creel_submit_many(pool, bounded_nothing, NULL, 1, NULL), CREEL_OK);
		creel_pool_destroy(pool);
	}
}
END_TEST

START_TEST(what_waits_for_the_task_alone_says_why_it_was_refused)
{
	gate g = GATE_INIT;
	creel_pool *pool = bounded_at_gate(&g, 0, 1, CREEL_FULL_FAIL);

	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, bounded_nothing, NULL, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EFULL);
	gate_open(&g);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(try_submit_is_refused_by_all_full_pools)
{
	for (int when = CREEL_FULL_WAIT; when <= CREEL_FULL_CALLER_RUNS; when++) {
		gate g = GATE_INIT;
		creel_pool *pool = bounded_at_gate(&g, 0, 1, (creel_when_full)when);
		creel_future *first = creel_try_submit(pool, bounded_nothing, &g);
		void *value = NULL;

		ck_assert_int_eq(
			bounded_code(creel_try_submit(pool, bounded_nothing, NULL)), CREEL_EFULL);
		gate_open(&g);
		ck_assert_int_eq(creel_take(first, &value), CREEL_OK);
		ck_assert_ptr_eq(value, &g);
		creel_pool_destroy(pool);
	}
}
END_TEST

START_TEST(try_submit_is_submit_where_there_is_no_limit)
{
	gate g = GATE_INIT;
	creel_pool *pool = bounded_at_gate(&g, 0, 0, CREEL_FULL_FAIL);
	creel_future *futures[1000];

	for (int i = 0; i < 1000; i++)
		futures[i] = creel_try_submit(pool, bounded_nothing, NULL);
	gate_open(&g);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(creel_take(futures[i], NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(
		bounded_code(creel_try_submit(pool, bounded_nothing, NULL)), CREEL_ECLOSED);
	creel_pool_destroy(pool);
}
END_TEST

/* The running task puts in more than there is room for, while the queue is full from outside. */
static void *
submit_to_own(void *arg)
{
	creel_pool *pool = creel_current_pool();
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	void *args[3] = {NULL, NULL, NULL};

	gate_pass(arg);
	for (int i = 0; i < 3; i++) {
		if (creel_post(pool, bounded_start, bounded_letter('p')) != CREEL_OK)
			return NULL;
		creel_future_unref(creel_try_submit(pool, bounded_start, bounded_letter('t')));
		options.priority = (creel_priority)i;
		creel_future_unref(
			creel_submit_with(pool, &options, bounded_start, bounded_letter('w')));
	}
	if (creel_submit_many(pool, bounded_start, args, 3, NULL) != CREEL_OK)
		return NULL;
	return creel_take(creel_submit(pool, bounded_start, bounded_letter('s')), NULL) == CREEL_OK
		       ? arg
		       : NULL;
}

/* 4 "T6": a task of the pool never waits for room in it, nor is it refused: it over-commits */
START_TEST(a_task_of_the_pool_never_waits)
{
	for (int i = 0; i < 6; i++) {
		gate g = GATE_INIT;
		creel_pool *pool = bounded_pool(1, both[i % 2], 1, (creel_when_full)(i / 2));
		creel_future *own = creel_submit(pool, submit_to_own, &g);
		void *value = NULL;

		bounded_started.length = 0;
		gate_await_arrivals(&g, 1);
		ck_assert_int_eq(creel_post(pool, bounded_start, bounded_letter('o')), CREEL_OK);
		gate_open(&g);
		ck_assert_int_eq(creel_take(own, &value), CREEL_OK);
		ck_assert_ptr_eq(value, &g);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(bounded_started.length, 3 * 3 + 3 + 1 + 1);
		creel_pool_destroy(pool);
	}
}
END_TEST

START_TEST(a_cancelled_task_keeps_its_place_until_its_turn)
{
	gate g = GATE_INIT;
	creel_pool *pool = bounded_at_gate(&g, 0, 1, CREEL_FULL_FAIL);
	creel_future *queued = creel_submit(pool, bounded_nothing, NULL);

	ck_assert_int_eq(creel_future_cancel(queued), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_EFULL);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_OK);
	creel_future_unref(queued);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int waiting;

static void *
await_promise(void *arg)
{
	atomic_store(&waiting, 1);
	creel_await(arg, NULL);
	return arg;
}

/* One has started and is suspended, so the others stay queued, held back, once the worker has seen them. */
START_TEST(what_may_not_start_is_queued)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_task_options high = CREEL_TASK_OPTIONS_INIT;
	creel_future *promise = creel_future_create(), *queued[2];
	creel_pool *pool;

	options.workers = 1;
	options.max_started = 1;
	options.queue_limit = 2;
	options.when_full = CREEL_FULL_FAIL;
	high.priority = CREEL_PRIORITY_HIGH;
	pool = creel_pool_create(&options);
	ck_assert_int_eq(creel_post(pool, await_promise, promise), CREEL_OK);
	spin_until(&waiting, 1);
	queued[0] = creel_submit(pool, bounded_nothing, NULL);
	queued[1] = creel_submit_with(pool, &high, bounded_nothing, NULL);
	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_EFULL);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_take(queued[0], NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(queued[1], NULL), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_pool_without_room_can_be_shut_down)
{
	for (int when = CREEL_FULL_WAIT; when <= CREEL_FULL_CALLER_RUNS; when++) {
		gate g = GATE_INIT;
		creel_pool *pool = bounded_at_gate(&g, 0, 1, (creel_when_full)when);
		creel_future *queued = creel_submit(pool, bounded_nothing, NULL);

		ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0),
			CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_take(queued, NULL), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_ECLOSED);
		ck_assert_int_eq(
			bounded_code(creel_submit(pool, bounded_nothing, NULL)), CREEL_ECLOSED);
		ck_assert_int_eq(
			bounded_code(creel_try_submit(pool, bounded_nothing, NULL)), CREEL_ECLOSED);
		ck_assert_int_eq(
			creel_submit_many(pool, bounded_nothing, NULL, 3, NULL), CREEL_ECLOSED);
		gate_open(&g);
		creel_pool_destroy(pool);
	}
}
END_TEST

CREEL_SUITE("creel.pool.bounded", beyond_the_limit_submissions_fail,
	what_waits_for_the_task_alone_says_why_it_was_refused,
	try_submit_is_refused_by_all_full_pools, try_submit_is_submit_where_there_is_no_limit,
	a_task_of_the_pool_never_waits, a_cancelled_task_keeps_its_place_until_its_turn,
	what_may_not_start_is_queued, a_pool_without_room_can_be_shut_down)
