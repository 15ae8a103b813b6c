/* SPDX-License-Identifier: MIT */
/* test_metrics.c: what a pool says of itself while it works, and when it is done. */
#include "pool/counted.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/fork.h>
#include <pthread.h>
#include <stdint.h>

enum { WORKERS = 3, SUBMITTERS = 2 };

typedef struct load {
	creel_pool *pool;
	int rounds;
	atomic_bool over;
	uint64_t looks;
} load;

static void *
fib(void *arg)
{
	const intptr_t n = (intptr_t)arg;
	creel_frame frame;
	intptr_t a, b;

	if (n < 2)
		return arg;
	creel_fork(&frame, fib, (void *)(n - 1));
	b = (intptr_t)fib((void *)(n - 2));
	a = (intptr_t)creel_join(&frame);
	return (void *)(a + b);
}

/* Three of its own, one of which it awaits; and parts, which are no tasks. */
static void *
work(void *arg)
{
	creel_pool *pool = creel_current_pool();

	if (creel_post(pool, counted_do, NULL) != CREEL_OK ||
		creel_post(pool, counted_do, NULL) != CREEL_OK)
		return counted_fail(arg);
	fib((void *)8);
	return creel_take(creel_submit(pool, counted_do, NULL), NULL) == CREEL_OK
		       ? arg
		       : counted_fail(arg);
}

/* A round: 4 + 1 + 1 + 1 + 3 tasks, of which 1 fails and 1 gives up; a fourth is cancelled, perhaps before it runs. */
static void *
submit_all(void *arg)
{
	load *l = arg;

	for (int i = 0; i < l->rounds; i++) {
		creel_future *good = creel_submit(l->pool, work, NULL);
		creel_future *bad = creel_submit(l->pool, counted_fail, NULL);
		creel_future *given_up = creel_submit(l->pool, counted_give_up, NULL);
		creel_future *cancelled = creel_submit(l->pool, counted_give_up, NULL);

		creel_future_cancel(cancelled);
		ck_assert_int_eq(creel_submit_many(l->pool, counted_do, NULL, 3, NULL), CREEL_OK);
		ck_assert_int_eq(creel_take(good, NULL), CREEL_OK);
		ck_assert_int_eq(creel_take(bad, NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_take(given_up, NULL), CREEL_ECANCELLED);
		creel_future_unref(cancelled);
	}
	return NULL;
}

static void
check_grown(const creel_pool_statistics *from, const creel_pool_statistics *to)
{
	ck_assert_uint_ge(to->submitted, from->submitted);
	ck_assert_uint_ge(to->done, from->done);
	ck_assert_uint_ge(to->failed, from->failed);
	ck_assert_uint_ge(to->cancelled, from->cancelled);
	ck_assert_uint_ge(to->stolen, from->stolen);
	ck_assert_uint_ge(to->parked, from->parked);
	ck_assert_uint_ge(to->measured, from->measured);
	ck_assert_int_ge(to->waited, from->waited);
	ck_assert_int_ge(to->longest_wait, from->longest_wait);
	ck_assert_uint_le(to->done + to->failed + to->cancelled, to->submitted);
	ck_assert_uint_le(to->running + to->idle, WORKERS);
	ck_assert_uint_eq(to->workers, WORKERS);
}

static void *
look(void *arg)
{
	load *l = arg;
	creel_pool_statistics before = counted_stats(l->pool);

	while (!atomic_load(&l->over)) {
		const creel_pool_statistics now = counted_stats(l->pool);

		check_grown(&before, &now);
		before = now;
		l->looks++;
	}
	return NULL;
}

static void
play(uint32_t flags, int rounds)
{
	load l = {.pool = pool_with(WORKERS, flags), .rounds = rounds};
	pthread_t submitters[SUBMITTERS], looker;
	const uint64_t all = (uint64_t)rounds * SUBMITTERS;
	creel_pool_statistics s;

	ck_assert_int_eq(pthread_create(&looker, NULL, look, &l), 0);
	for (int i = 0; i < SUBMITTERS; i++)
		ck_assert_int_eq(pthread_create(&submitters[i], NULL, submit_all, &l), 0);
	for (int i = 0; i < SUBMITTERS; i++)
		ck_assert_int_eq(pthread_join(submitters[i], NULL), 0);
	ck_assert_int_eq(creel_pool_wait_idle(l.pool, CREEL_FOREVER), CREEL_OK);
	atomic_store(&l.over, true);
	ck_assert_int_eq(pthread_join(looker, NULL), 0);
	ck_assert(counted_is(l.pool, 7 * all, all, 2 * all));
	s = counted_stats(l.pool);
	ck_assert_uint_le(s.measured, s.submitted);
	ck_assert_uint_ge(s.measured, flags & CREEL_POOL_MEASURE ? 9 * all : 0);
	creel_pool_destroy(l.pool);
}

/* 3.16 "30. metrics sum": whatever moves meanwhile, no more has ended than has come; at the end they are equal */
START_TEST(the_sums_agree)
{
	const int rounds = SCALE_TIMES(500);

	play(0, rounds);
	play(CREEL_POOL_FIFO, rounds);
	play(CREEL_POOL_MEASURE, rounds);
}
END_TEST

CREEL_SUITE("creel.conformance.metrics", the_sums_agree)
