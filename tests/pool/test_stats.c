/* SPDX-License-Identifier: MIT */
/* test_stats.c: what a pool counts, of what is known. */
#include "pool/counted.h"
#include "support/child.h"
#include "support/suite.h"

#include <string.h>

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

START_TEST(a_new_pool_has_done_nothing)
{
	creel_pool *pool = pool_of(3);
	creel_pool_statistics s;

	do
		s = counted_stats(pool);
	while (s.idle < 3); /* once they have begun */
	ck_assert_uint_eq(s.size, sizeof s);
	ck_assert_uint_eq(s.workers, 3);
	ck_assert(counted_is(pool, 0, 0, 0));
	ck_assert_uint_eq(s.stolen + s.in_caller + s.measured, 0);
	ck_assert_int_eq(s.waited + s.longest_wait, 0);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(each_end_is_counted_as_what_it_is)
{
	for (int f = 0; f < 2; f++) {
		creel_pool *pool = pool_with(1, both[f]);
		creel_future *futures[4];

		futures[0] = creel_submit(pool, counted_do, NULL);
		futures[1] = creel_submit(pool, counted_fail, NULL);
		futures[2] = creel_submit(pool, counted_give_up, NULL);
		futures[3] = creel_submit(pool, counted_do, NULL);
		for (int i = 0; i < 4; i++) {
			creel_await(futures[i], NULL);
			creel_future_error(futures[i]); /* looked at */
			creel_future_unref(futures[i]);
		}
		ck_assert_int_eq(creel_post(pool, counted_do, NULL), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert(counted_is(pool, 3, 1, 1));
		creel_pool_destroy(pool);
	}
}
END_TEST

static void
ignore(creel_future *future, const creel_error *error, void *arg)
{
	(void)future, (void)error;
	atomic_fetch_add((atomic_int *)arg, 1);
}

START_TEST(a_post_that_fails_has_failed)
{
	creel_pool *pool = pool_of(1);
	atomic_int unhandled = 0;

	creel_set_unhandled(ignore, &unhandled);
	ck_assert_int_eq(creel_post(pool, counted_fail, NULL), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, counted_do, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	creel_set_unhandled(NULL, NULL);
	ck_assert_int_eq(atomic_load(&unhandled), 1);
	ck_assert(counted_is(pool, 1, 1, 0));
	creel_pool_destroy(pool);
}
END_TEST

/* One runs, three are queued, one of them cancelled: it is queued until its turn. */
START_TEST(what_is_queued_and_what_runs)
{
	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_with(1, both[f]);
		creel_task_options high = CREEL_TASK_OPTIONS_INIT, low = high;
		creel_future *cancelled;
		creel_pool_statistics s;

		high.priority = CREEL_PRIORITY_HIGH;
		low.priority = CREEL_PRIORITY_LOW;
		ck_assert_int_eq(creel_post(pool, (creel_fn *)gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		cancelled = creel_submit(pool, counted_do, NULL);
		creel_future_unref(creel_submit_with(pool, &high, counted_do, NULL));
		creel_future_unref(creel_submit_with(pool, &low, counted_do, NULL));
		ck_assert_int_eq(creel_future_cancel(cancelled), CREEL_CANCEL_NOW);
		s = counted_stats(pool);
		ck_assert_uint_eq(s.submitted, 4);
		ck_assert_uint_eq(s.queued, 3);
		ck_assert_uint_eq(s.running, 1);
		ck_assert_uint_eq(s.idle, 0);
		ck_assert_uint_eq(s.done + s.failed + s.cancelled + s.suspended, 0);
		gate_open(&g);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert(counted_is(pool, 3, 0, 1));
		creel_future_unref(cancelled);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* More than is walked along at once, in several steps, and again when some have been fetched. */
START_TEST(a_long_queue_is_counted)
{
	enum { MANY = 5000 };
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(creel_post(pool, (creel_fn *)gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	for (uint64_t i = 1; i <= MANY; i++) {
		ck_assert_int_eq(creel_post(pool, counted_do, NULL), CREEL_OK);
		if (i % 1000 == 1 || i == MANY)
			ck_assert_uint_eq(counted_stats(pool).queued, i);
	}
	ck_assert_uint_eq(counted_stats(pool).queued, MANY);
	ck_assert_uint_eq(counted_stats(pool).submitted, MANY + 1);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(counted_is(pool, MANY + 1, 0, 0));
	creel_pool_destroy(pool);
}
END_TEST

/* A task puts in more than fits into its worker's deque, and looks. */
static void *
put_in_own(void *arg)
{
	creel_pool *pool = creel_current_pool();
	creel_pool_statistics *s = arg;

	for (int i = 0; i < 1100; i++)
		if (creel_post(pool, counted_do, NULL) != CREEL_OK)
			return NULL;
	*s = counted_stats(pool);
	return arg;
}

START_TEST(what_tasks_put_in_is_counted)
{
	for (int f = 0; f < 2; f++) {
		creel_pool *pool = pool_with(1, both[f]);
		creel_pool_statistics s;

		ck_assert_int_eq(creel_pool_run(pool, put_in_own, &s, NULL), CREEL_OK);
		ck_assert_uint_eq(s.queued, 1100);
		ck_assert_uint_eq(s.submitted, 1101);
		ck_assert_uint_eq(s.running, 1);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert(counted_is(pool, 1101, 0, 0));
		creel_pool_destroy(pool);
	}
}
END_TEST

START_TEST(who_waits_is_suspended_and_its_worker_sleeps)
{
	creel_pool *pool = pool_of(2);
	creel_future *promise = creel_future_create();
	creel_pool_statistics s;
	uint64_t parked;

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(creel_post(pool, counted_await, promise), CREEL_OK);
	counted_await_suspended(pool, 5);
	do
		s = counted_stats(pool);
	while (s.idle < 2);
	ck_assert_uint_eq(s.suspended, 5);
	ck_assert_uint_eq(s.queued + s.running, 0);
	while ((parked = counted_stats(pool).parked) < 2)
		sched_yield();
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(counted_is(pool, 5, 0, 0));
	ck_assert_uint_ge(counted_stats(pool).parked, parked);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(what_starts_too_late_has_failed)
{
	creel_pool *pool = pool_of(1);
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_future *late;

	options.start_deadline = 1;
	late = creel_submit_with(pool, &options, counted_do, NULL);
	ck_assert_int_eq(creel_take(late, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(counted_is(pool, 0, 1, 0));
	creel_pool_destroy(pool);
}
END_TEST

/* Room for one: the second is run by the caller, whatever its end; the third is refused. */
START_TEST(what_the_pool_has_not_accepted_is_not_counted)
{
	gate g = GATE_INIT;
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool_statistics s;
	creel_future *failed;
	creel_pool *pool;

	options.workers = 1;
	options.queue_limit = 1;
	options.when_full = CREEL_FULL_CALLER_RUNS;
	pool = creel_pool_create(&options);
	ck_assert_int_eq(creel_post(pool, (creel_fn *)gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	ck_assert_int_eq(creel_post(pool, counted_do, NULL), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, counted_do, NULL), CREEL_OK);
	failed = creel_submit(pool, counted_fail, NULL);
	ck_assert_int_eq(creel_take(failed, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_take(creel_try_submit(pool, counted_do, NULL), NULL), CREEL_EFAILED);
	s = counted_stats(pool);
	ck_assert_uint_eq(s.in_caller, 2);
	ck_assert_uint_eq(s.submitted, 2);
	ck_assert_uint_eq(s.queued, 1);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(counted_is(pool, 2, 0, 0));
	ck_assert_uint_eq(counted_stats(pool).in_caller, 2);
	creel_pool_destroy(pool);
}
END_TEST

/* A struct of an older creel is filled as far as it goes, one of a newer one with zeros. */
START_TEST(the_size_says_what_is_filled)
{
	struct {
		creel_pool_statistics known;
		uint64_t more;
	} newer = {.known.size = sizeof newer, .more = 1};
	creel_pool_statistics older = CREEL_POOL_STATISTICS_INIT;
	creel_pool *pool = pool_of(2);

	memset((char *)&older + sizeof older.size, 0xff, sizeof older - sizeof older.size);
	older.size = offsetof(creel_pool_statistics, idle);
	ck_assert_int_eq(creel_pool_stats(pool, &older), CREEL_OK);
	ck_assert_uint_eq(older.workers, 2);
	ck_assert_uint_eq(older.idle, UINT64_MAX);
	ck_assert_int_eq(creel_pool_stats(pool, &newer.known), CREEL_OK);
	ck_assert_uint_eq(newer.known.workers, 2);
	ck_assert_uint_eq(newer.known.size, sizeof newer);
	ck_assert_uint_eq(newer.more, 0);
	older.size = 0;
	ck_assert_int_eq(creel_pool_stats(pool, &older), CREEL_EINVAL);
	ck_assert_uint_eq(older.idle, UINT64_MAX);
	ck_assert_int_eq(creel_pool_stats(pool, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_stats(NULL, &newer.known), CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

static void
look_in_the_child(void *arg)
{
	creel_pool_statistics s = CREEL_POOL_STATISTICS_INIT;

	child_expect(creel_pool_stats(arg, &s) == CREEL_ECLOSED);
	creel_pool_destroy(arg);
}

START_TEST(in_the_child_of_a_fork_there_is_nothing_to_read)
{
	creel_pool *pool = pool_of(1);

	ck_assert(child_exited_with(child_run(look_in_the_child, pool), 0));
	ck_assert(counted_is(pool, 0, 0, 0));
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.stats", a_new_pool_has_done_nothing, each_end_is_counted_as_what_it_is,
	a_post_that_fails_has_failed, what_is_queued_and_what_runs, a_long_queue_is_counted,
	what_tasks_put_in_is_counted, who_waits_is_suspended_and_its_worker_sleeps,
	what_starts_too_late_has_failed, what_the_pool_has_not_accepted_is_not_counted,
	the_size_says_what_is_filled, in_the_child_of_a_fork_there_is_nothing_to_read)
