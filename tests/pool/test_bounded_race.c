/* SPDX-License-Identifier: MIT */
/* test_bounded_race.c: a bounded queue under many producers: each task once, never more than allowed. */
#include "pool/bounded.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/creel.h>
#include <stdatomic.h>

bounded_order bounded_started;

enum { PRODUCERS = 4, WORKERS = 2, LIMIT = 3 };

typedef struct crowd {
	creel_pool *pool;
	int each;
	atomic_int accepted, refused, began, most;
} crowd;

static void *
one_of_crowd(void *arg)
{
	crowd *c = arg;

	atomic_fetch_add(&c->began, 1);
	return NULL;
}

/* What was accepted and has not begun: at most what may be queued, and what the workers are about to begin. */
static void
note(crowd *c, creel_status status)
{
	int most = atomic_load(&c->most), queued;

	if (status != CREEL_OK) {
		atomic_fetch_add(&c->refused, 1);
		return;
	}
	queued = atomic_fetch_add(&c->accepted, 1) + 1 - atomic_load(&c->began);
	while (most < queued && !atomic_compare_exchange_weak(&c->most, &most, queued))
		;
}

static void *
produce(void *arg)
{
	crowd *c = arg;
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	for (int i = 0; i < c->each; i++) {
		creel_future *future;

		options.priority = (creel_priority)(i % 3);
		future = creel_submit_with(c->pool, &options, one_of_crowd, c);
		note(c, creel_future_status(future) == CREEL_EFAILED ? CREEL_EFULL : CREEL_OK);
		creel_future_error(future);
		creel_future_unref(future);
		note(c, creel_post(c->pool, one_of_crowd, c));
	}
	return arg;
}

static void
check(crowd *c)
{
	ck_assert_int_eq(
		atomic_load(&c->accepted) + atomic_load(&c->refused), 2 * PRODUCERS * c->each);
	ck_assert_int_eq(atomic_load(&c->began), atomic_load(&c->accepted));
	if (c->pool->when_full != CREEL_FULL_FAIL)
		ck_assert_int_eq(atomic_load(&c->refused), 0);
	if (c->pool->when_full != CREEL_FULL_CALLER_RUNS)
		ck_assert_int_le(atomic_load(&c->most), LIMIT + WORKERS);
}

START_TEST(all_that_is_accepted_runs_once)
{
	for (int when = CREEL_FULL_WAIT; when <= CREEL_FULL_CALLER_RUNS; when++) {
		crowd c = {.pool = bounded_pool(WORKERS, 0, LIMIT, (creel_when_full)when),
			.each = SCALE_TIMES(2000)};
		pthread_t threads[PRODUCERS];

		for (int i = 0; i < PRODUCERS; i++)
			pthread_create(&threads[i], NULL, produce, &c);
		for (int i = 0; i < PRODUCERS; i++)
			pthread_join(threads[i], NULL);
		ck_assert_int_eq(creel_pool_wait_idle(c.pool, CREEL_FOREVER), CREEL_OK);
		check(&c);
		creel_pool_destroy(c.pool);
	}
}
END_TEST

/* Tasks of two pools that submit to each other, with hardly any room: they suspend, and nobody is stuck. */
typedef struct partners {
	creel_pool *pools[2];
	atomic_int ran;
} partners;

static void *
visit(void *arg)
{
	atomic_fetch_add(&((partners *)arg)->ran, 1);
	return arg;
}

static void *
visit_other(void *arg)
{
	partners *p = arg;
	creel_pool *other = p->pools[creel_current_pool() == p->pools[0]];

	for (int i = 0; i < 5; i++)
		if (creel_post(other, visit, p) != CREEL_OK)
			return NULL;
	return visit(arg);
}

START_TEST(pools_that_submit_to_each_other)
{
	const int n = SCALE_TIMES(500);
	partners p = {.pools = {bounded_pool(1, 0, 1, CREEL_FULL_WAIT),
			      bounded_pool(1, 0, 2, CREEL_FULL_WAIT)}};

	for (int i = 0; i < n; i++)
		ck_assert_int_eq(creel_post(p.pools[i % 2], visit_other, &p), CREEL_OK);
	while (atomic_load(&p.ran) < 6 * n)
		sched_yield();
	creel_pool_destroy(p.pools[0]);
	creel_pool_destroy(p.pools[1]);
	ck_assert_int_eq(atomic_load(&p.ran), 6 * n);
}
END_TEST

/* Threads that wait for a while only, on two workers and a shutdown in the end. */
typedef struct hurry {
	creel_pool *pool;
	atomic_int ran, accepted, late, closed;
} hurry;

static void *
count_run(void *arg)
{
	atomic_fetch_add(&((hurry *)arg)->ran, 1);
	return arg;
}

static void *
submit_in_a_hurry(void *arg)
{
	hurry *h = arg;
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	int code = 0;

	while (code != CREEL_ECLOSED) {
		creel_future *future;

		options.start_deadline = creel_now() + 2000;
		future = creel_submit_with(h->pool, &options, count_run, h);
		creel_await(future, NULL);
		code = bounded_code(future);
		atomic_fetch_add(code == 0                 ? &h->accepted
				 : code == CREEL_ETIMEDOUT ? &h->late
							   : &h->closed,
			1);
	}
	return arg;
}

START_TEST(some_give_up_and_the_pool_is_shut_down)
{
	hurry h = {.pool = bounded_pool(WORKERS, 0, 1, CREEL_FULL_WAIT)};
	const int n = SCALE_TIMES(5000);
	pthread_t threads[PRODUCERS];

	for (int i = 0; i < PRODUCERS; i++)
		pthread_create(&threads[i], NULL, submit_in_a_hurry, &h);
	while (atomic_load(&h.accepted) + atomic_load(&h.late) < n)
		sched_yield();
	ck_assert_int_eq(
		creel_pool_shutdown(h.pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&h.ran), atomic_load(&h.accepted));
	ck_assert_int_eq(atomic_load(&h.closed), PRODUCERS);
	creel_pool_destroy(h.pool);
}
END_TEST

CREEL_SUITE("creel.pool.bounded_race", all_that_is_accepted_runs_once,
	pools_that_submit_to_each_other, some_give_up_and_the_pool_is_shut_down)
