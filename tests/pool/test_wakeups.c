/* SPDX-License-Identifier: MIT */
/*
 * test_wakeups.c: work never waits while a worker sleeps. A wake-up that goes to a worker which has
 * something else to do must reach another one, or the tests here never end.
 */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

static void *
nothing(void *arg)
{
	return arg;
}

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

/* As many jobs at once as there are workers, who all must come. */
START_TEST(a_batch_wakes_as_many_as_it_has_jobs)
{
	enum { WORKERS = 20 };
	static const int sizes[] = {1, 2, 7, 8, 9, 15, 16, 17, 20}; /* they are woken by eights */

	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		const int n = sizes[k];
		gate g = GATE_INIT;
		void *args[WORKERS];
		creel_pool *pool = pool_of(WORKERS);

		for (int i = 0; i < n; i++)
			args[i] = &g;
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
		ck_assert_int_eq(
			creel_submit_many(pool, gate_task, args, (size_t)n, NULL), CREEL_OK);
		gate_await_arrivals(&g, n);
		gate_open(&g);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* A task that is suspended on the worker that will be the first to be woken, and holds it then. */
typedef struct holder {
	creel_future *promise;
	gate g;
} holder;

static void *
await_then_hold(void *arg)
{
	holder *h = arg;

	creel_await(h->promise, NULL);
	gate_pass(&h->g);
	return NULL;
}

static void *
sleep_then_hold(void *arg)
{
	holder *h = arg;

	creel_sleep(CREEL_SECONDS(1));
	gate_pass(&h->g);
	return NULL;
}

START_TEST(a_worker_that_was_idle_and_is_busy_again_is_not_counted_on)
{
	for (int round = 0; round < 40; round++) {
		holder h = {.promise = creel_future_create(), .g = GATE_INIT};
		creel_pool *pool = pool_with(2, both[round % 2]);

		ck_assert_int_eq(creel_post(pool, await_then_hold, &h), CREEL_OK);
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
		creel_future_set_result(h.promise, NULL);
		gate_await_arrivals(&h.g, 1);
		/* Its worker went idle when it was suspended, and took no job since. */
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
		gate_open(&h.g);
		creel_pool_destroy(pool);
		creel_future_unref(h.promise);
	}
}
END_TEST

START_TEST(nor_is_one_whose_timer_has_expired)
{
	fake_clock_start();
	for (int round = 0; round < 40; round++) {
		holder h = {.g = GATE_INIT};
		creel_pool *pool = pool_with(2, both[round % 2]);

		ck_assert_int_eq(creel_post(pool, sleep_then_hold, &h), CREEL_OK);
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
		fake_clock_await_sleepers(1);
		fake_clock_step(CREEL_SECONDS(1));
		gate_await_arrivals(&h.g, 1);
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
		gate_open(&h.g);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* The job and the wake-up of a suspended task come at the same moment, in both orders; the task keeps
 * its worker until the job has run, so the job must not be left to that worker. */
typedef struct meeting {
	creel_future *promise;
	atomic_int suspended, ran, held;
} meeting;

static void *
run_at_meeting(void *arg)
{
	meeting *m = arg;

	atomic_store(&m->ran, 1);
	return NULL;
}

static void *
hold_until_ran(void *arg)
{
	meeting *m = arg;

	atomic_store(&m->suspended, 1);
	creel_await(m->promise, NULL);
	spin_until(&m->ran, 1);
	atomic_store(&m->held, 1);
	return NULL;
}

START_TEST(a_job_is_not_left_to_a_worker_that_resumes_a_task)
{
	creel_pool *pools[2] = {pool_with(2, both[0]), pool_with(2, both[1])};

	for (int round = 0; round < SCALE_TIMES(4000); round++) {
		creel_pool *pool = pools[round % 2];
		meeting m = {.promise = creel_future_create()};

		ck_assert_int_eq(creel_post(pool, hold_until_ran, &m), CREEL_OK);
		spin_until(&m.suspended, 1);
		if (round % 4 < 2) {
			creel_post(pool, run_at_meeting, &m);
			creel_future_set_result(m.promise, NULL);
		} else {
			creel_future_set_result(m.promise, NULL);
			creel_post(pool, run_at_meeting, &m);
		}
		spin_until(&m.held, 1);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		creel_future_unref(m.promise);
	}
	creel_pool_destroy(pools[0]);
	creel_pool_destroy(pools[1]);
}
END_TEST

/* The same between a pool's own tasks: each hands on what it cannot do itself. */
typedef struct relay {
	atomic_int left;
	atomic_int inside;
} relay;

static void *
needs_a_partner(void *arg)
{
	relay *r = arg;

	/* Two at a time: the second is posted by the first, which blocks its worker until it runs. */
	if (atomic_fetch_add(&r->inside, 1) % 2 == 0) {
		int mine = atomic_load(&r->inside);

		creel_post(creel_current_pool(), needs_a_partner, r);
		spin_until(&r->inside, mine + 1);
		if (atomic_fetch_sub(&r->left, 1) > 1)
			creel_post(creel_current_pool(), needs_a_partner, r);
	}
	return NULL;
}

START_TEST(an_idle_worker_is_woken_by_inner_work)
{
	for (int f = 0; f < 2; f++) {
		relay r = {.left = SCALE_TIMES(4000)};
		creel_pool *pool = pool_with(2, both[f]);

		ck_assert_int_eq(creel_post(pool, needs_a_partner, &r), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(atomic_load(&r.left), 0);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* With a limit on outside work, what is first in the queue may not be what can be started. */
typedef struct limited {
	creel_pool *pool;
	gate g;
	atomic_int inner_ran, outer_ran;
} limited;

static void *
count_inner(void *arg)
{
	limited *l = arg;

	atomic_store(&l->inner_ran, 1);
	return NULL;
}

static void *
count_outer(void *arg)
{
	limited *l = arg;

	atomic_store(&l->outer_ran, 1);
	return NULL;
}

static void *
post_inner_and_hold(void *arg)
{
	limited *l = arg;

	gate_pass(&l->g);
	creel_post(l->pool, count_inner, l);
	spin_until(&l->inner_ran, 1);
	return NULL;
}

START_TEST(inner_work_behind_outside_work_that_must_wait_wakes_a_worker)
{
	for (int round = 0; round < 40; round++) {
		creel_pool_options options = {
			.size = sizeof options, .workers = 2, .max_started = 1};
		limited l = {.g = GATE_INIT};

		options.flags = both[round % 2];
		l.pool = creel_pool_create(&options);
		ck_assert_int_eq(creel_post(l.pool, post_inner_and_hold, &l), CREEL_OK);
		gate_await_arrivals(&l.g, 1);
		ck_assert_int_eq(creel_post(l.pool, count_outer, &l), CREEL_OK);
		gate_open(&l.g);
		ck_assert_int_eq(creel_pool_wait_idle(l.pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(atomic_load(&l.inner_ran), 1);
		ck_assert_int_eq(atomic_load(&l.outer_ran), 1);
		creel_pool_destroy(l.pool);
	}
}
END_TEST

/* A task that is resumed takes no place of another, and leaves its own when it ends. */
START_TEST(outside_work_waits_for_a_resumed_task)
{
	for (int round = 0; round < 40; round++) {
		creel_pool_options options = {
			.size = sizeof options, .workers = 2, .max_started = 1};
		holder h = {.promise = creel_future_create(), .g = GATE_INIT};
		creel_pool *pool;
		creel_future *waiting;

		options.flags = both[round % 2];
		pool = creel_pool_create(&options);
		ck_assert_int_eq(creel_post(pool, await_then_hold, &h), CREEL_OK);
		creel_future_set_result(h.promise, NULL);
		gate_await_arrivals(&h.g, 1);
		waiting = creel_submit(pool, nothing, NULL);
		ck_assert_int_eq(
			creel_await_for(waiting, CREEL_MICROSECONDS(100), NULL), CREEL_ETIMEDOUT);
		gate_open(&h.g);
		ck_assert_int_eq(creel_take(waiting, NULL), CREEL_OK);
		creel_pool_destroy(pool);
		creel_future_unref(h.promise);
	}
}
END_TEST

CREEL_SUITE("creel.pool.wakeups", a_batch_wakes_as_many_as_it_has_jobs,
	a_worker_that_was_idle_and_is_busy_again_is_not_counted_on,
	nor_is_one_whose_timer_has_expired, a_job_is_not_left_to_a_worker_that_resumes_a_task,
	an_idle_worker_is_woken_by_inner_work,
	inner_work_behind_outside_work_that_must_wait_wakes_a_worker,
	outside_work_waits_for_a_resumed_task)
