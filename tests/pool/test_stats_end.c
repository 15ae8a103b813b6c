/* SPDX-License-Identifier: MIT */
/* test_stats_end.c: what a pool has counted when it has been shut down; times; parts of tasks. */
#include "pool/counted.h"
#include "support/suite.h"

enum { QUEUED = 20 };

/* A pool whose one worker is at the gate, with one that is suspended, and others that are queued. */
typedef struct busy {
	gate g;
	creel_pool *pool;
	creel_future *promise, *suspended, *queued[QUEUED];
} busy;

static void
begin(busy *b, uint32_t flags)
{
	*b = (busy){.g = GATE_INIT, .pool = pool_with(1, flags), .promise = creel_future_create()};
	b->suspended = creel_submit(b->pool, counted_await, b->promise);
	counted_await_suspended(b->pool, 1);
	ck_assert_int_eq(creel_post(b->pool, (creel_fn *)gate_task, &b->g), CREEL_OK);
	gate_await_arrivals(&b->g, 1);
	for (int i = 0; i < QUEUED; i++)
		b->queued[i] = creel_submit(b->pool, counted_do, NULL);
	ck_assert_uint_eq(counted_stats(b->pool).queued, QUEUED);
}

static void
end(busy *b)
{
	creel_future_unref(b->suspended);
	for (int i = 0; i < QUEUED; i++)
		creel_future_unref(b->queued[i]);
	creel_future_unref(b->promise);
	creel_pool_destroy(b->pool);
}

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

START_TEST(drained)
{
	for (int f = 0; f < 2; f++) {
		busy b;

		begin(&b, both[f]);
		ck_assert_int_eq(
			creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_post(b.pool, counted_do, NULL), CREEL_ECLOSED);
		ck_assert_uint_eq(counted_stats(b.pool).queued, QUEUED);
		creel_future_set_result(b.promise, NULL);
		gate_open(&b.g);
		ck_assert_int_eq(
			creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
		ck_assert(counted_is(b.pool, QUEUED + 2, 0, 0));
		end(&b);
	}
}
END_TEST

START_TEST(queued_cancelled)
{
	for (int f = 0; f < 2; f++) {
		busy b;

		begin(&b, both[f]);
		creel_future_cancel(b.queued[0]);
		ck_assert_int_eq(creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0),
			CREEL_ETIMEDOUT);
		ck_assert_uint_eq(counted_stats(b.pool).cancelled, QUEUED);
		ck_assert_uint_eq(counted_stats(b.pool).submitted, QUEUED + 2);
		ck_assert_uint_eq(counted_stats(b.pool).queued, 0);
		creel_future_set_result(b.promise, NULL);
		gate_open(&b.g);
		ck_assert_int_eq(
			creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
		ck_assert(counted_is(b.pool, 2, 0, QUEUED));
		end(&b);
	}
}
END_TEST

START_TEST(all_cancelled)
{
	for (int f = 0; f < 2; f++) {
		busy b;

		begin(&b, both[f]);
		ck_assert_int_eq(
			creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_CANCEL_ALL, 0), CREEL_ETIMEDOUT);
		gate_open(&b.g);
		ck_assert_int_eq(
			creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER),
			CREEL_OK);
		ck_assert(counted_is(b.pool, 1, 0, QUEUED + 1));
		end(&b);
	}
}
END_TEST

static gate broken_gate = GATE_INIT;

static int
fail_to_begin(unsigned index, void **local, void *arg)
{
	(void)index, (void)local, (void)arg;
	gate_pass(&broken_gate);
	return 1;
}

/* One was cancelled before: that is what it stays. */
START_TEST(broken)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_future *queued[3];
	creel_pool *pool;

	options.workers = 1;
	options.worker_init = fail_to_begin;
	pool = creel_pool_create(&options);
	for (int i = 0; i < 3; i++)
		queued[i] = creel_submit(pool, counted_do, NULL);
	creel_future_cancel(queued[1]);
	ck_assert_uint_eq(counted_stats(pool).queued, 3);
	ck_assert_uint_eq(counted_stats(pool).idle, 0);
	gate_open(&broken_gate);
	ck_assert_int_eq(creel_take(queued[0], NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_take(queued[1], NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_take(queued[2], NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert(counted_is(pool, 0, 2, 1));
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(without_being_asked_no_time_is_taken)
{
	creel_pool *measures = pool_with(1, CREEL_POOL_MEASURE), *pool = pool_of(1);

	ck_assert_int_eq(creel_pool_run(pool, counted_do, NULL, NULL), CREEL_OK);
	ck_assert_uint_eq(counted_stats(pool).measured, 0);
	ck_assert_int_eq(counted_stats(pool).waited, 0);
	creel_pool_destroy(pool);
	creel_pool_destroy(measures);
}
END_TEST

static void *
then_do(const creel_outcome *outcome, void *arg)
{
	(void)outcome;
	return arg;
}

/* They are queued while the clock goes on by 5 ms at least; the one that is cancelled never begins. */
START_TEST(time_is_taken_from_submission_to_beginning)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_with(1, CREEL_POOL_MEASURE);
	creel_future *queued[3], *promise = creel_future_create(), *then;
	creel_pool_statistics s;
	int64_t until;

	ck_assert_int_eq(creel_post(pool, (creel_fn *)gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	then = creel_then(pool, promise, then_do, NULL);
	for (int i = 0; i < 3; i++)
		queued[i] = creel_submit(pool, counted_do, NULL);
	creel_future_cancel(queued[0]);
	for (until = creel_now() + CREEL_MILLISECONDS(5); creel_now() < until;)
		sched_yield();
	creel_future_set_result(promise, NULL);
	gate_open(&g);
	ck_assert_int_eq(creel_take(then, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(counted_is(pool, 4, 0, 1));
	s = counted_stats(pool);
	ck_assert_uint_eq(s.measured, 4);
	ck_assert_int_ge(s.longest_wait, CREEL_MILLISECONDS(5));
	ck_assert_int_ge(s.waited, 2 * CREEL_MILLISECONDS(5));
	ck_assert_int_le(s.waited, 4 * s.longest_wait);
	for (int i = 0; i < 3; i++)
		creel_future_unref(queued[i]);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.stats_end", drained, queued_cancelled, all_cancelled, broken,
	without_being_asked_no_time_is_taken, time_is_taken_from_submission_to_beginning)
