/* SPDX-License-Identifier: MIT */
/*
 * test_race.c: eight threads that submit while the pool is shut down. What was accepted runs or is
 * cancelled, what was refused is ECLOSED, and every argument is dropped once: nothing else can be.
 */
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <pthread.h>
#include <string.h>

enum { PRODUCERS = 8, AFTER_CLOSE = 20, MANY = 3 };

/* How often each thing has happened in a round. */
typedef struct tally {
	atomic_int submitted, runs, drops, values, cancelled, refused, wrong;
} tally;

/* What a producer does until it has been refused often enough. */
typedef int submit_fn(creel_pool *pool, tally *t);

typedef struct producer {
	creel_pool *pool;
	tally *tally;
	submit_fn *submit;
	atomic_int *ready;
	pthread_t thread;
} producer;

static void *
run(void *arg)
{
	tally *t = arg;

	atomic_fetch_add(&t->runs, 1);
	return t;
}

/* Takes a while, and may be asked to end meanwhile. */
static void *
run_with_pauses(void *arg)
{
	tally *t = arg;
	creel_future *child;

	atomic_fetch_add(&t->runs, 1);
	creel_sleep(0);
	child = creel_submit(creel_current_pool(), run, t);
	atomic_fetch_add(&t->submitted, 1);
	switch (creel_take(child, NULL)) {
	case CREEL_OK:
		atomic_fetch_add(&t->values, 1);
		break;
	case CREEL_ECANCELLED: /* it, or this one */
		atomic_fetch_add(&t->cancelled, 1);
		break;
	case CREEL_EFAILED:
		atomic_fetch_add(&t->refused, 1);
		break;
	default:
		atomic_fetch_add(&t->wrong, 1);
	}
	return t;
}

static void
drop(void *arg)
{
	tally *t = arg;

	atomic_fetch_add(&t->drops, 1);
}

static const creel_task_options dropping = {.size = sizeof dropping, .arg_drop = drop};

/* The end of one future; 1 if it was refused. */
static int
conclude(creel_future *future, tally *t)
{
	void *result = NULL;

	switch (creel_await(future, &result)) {
	case CREEL_OK:
		atomic_fetch_add(result == t ? &t->values : &t->wrong, 1);
		break;
	case CREEL_ECANCELLED:
		atomic_fetch_add(&t->cancelled, 1);
		break;
	case CREEL_EFAILED:
		if (creel_future_error(future)->code != CREEL_ECLOSED)
			atomic_fetch_add(&t->wrong, 1);
		atomic_fetch_add(&t->refused, 1);
		creel_future_unref(future);
		return 1;
	default:
		atomic_fetch_add(&t->wrong, 1);
	}
	creel_future_unref(future);
	return 0;
}

static int
submit_one(creel_pool *pool, tally *t)
{
	atomic_fetch_add(&t->submitted, 1);
	return conclude(creel_submit_with(pool, &dropping, run, t), t);
}

static int
submit_with_pauses(creel_pool *pool, tally *t)
{
	atomic_fetch_add(&t->submitted, 1);
	return conclude(creel_submit_with(pool, &dropping, run_with_pauses, t), t);
}

/* All of them are accepted, or none. */
static int
submit_several(creel_pool *pool, tally *t)
{
	void *args[MANY] = {t, t, t};
	creel_future *futures[MANY];
	creel_status status = creel_submit_many(pool, run, args, MANY, futures);
	int refused = 0;

	atomic_fetch_add(&t->submitted, MANY);
	atomic_fetch_add(&t->drops, MANY); /* these have nobody to do it */
	for (int i = 0; i < MANY; i++)
		refused += conclude(futures[i], t);
	if (refused != (status == CREEL_OK ? 0 : MANY))
		atomic_fetch_add(&t->wrong, 1);
	return refused;
}

static int
post_one(creel_pool *pool, tally *t)
{
	creel_status status = creel_post(pool, run, t);

	atomic_fetch_add(&t->submitted, 1);
	atomic_fetch_add(&t->drops, 1);
	if (status == CREEL_OK) {
		atomic_fetch_add(&t->values, 1);
		return 0;
	}
	atomic_fetch_add(status == CREEL_ECLOSED ? &t->refused : &t->wrong, 1);
	return 1;
}

static void *
produce(void *arg)
{
	producer *p = arg;
	int refused = 0;

	for (int i = 0; refused < AFTER_CLOSE; i++) {
		refused += p->submit(p->pool, p->tally);
		if (i == 10)
			atomic_fetch_add(p->ready, 1);
		if (i > 100) /* let who closes it have a turn, lest the queue grow for ever */
			sched_yield();
	}
	return NULL;
}

static void
start(producer *p)
{
	pthread_create(&p->thread, NULL, produce, p);
}

/* One pool, eight producers; closed in full swing. */
static void
play(creel_shutdown_mode mode, submit_fn *submit, tally *t)
{
	atomic_int ready = 0;
	creel_pool *pool = pool_of(2);
	producer producers[PRODUCERS];

	memset(t, 0, sizeof *t);
	for (int i = 0; i < PRODUCERS; i++) {
		producers[i] =
			(producer){.pool = pool, .tally = t, .submit = submit, .ready = &ready};
		start(&producers[i]);
	}
	spin_until(&ready, 1);
	ck_assert_int_eq(creel_pool_shutdown(pool, mode, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(producers[i].thread, NULL);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&t->wrong), 0);
	ck_assert_int_ge(atomic_load(&t->refused), PRODUCERS * AFTER_CLOSE);
	ck_assert_int_eq(atomic_load(&t->submitted),
		atomic_load(&t->values) + atomic_load(&t->cancelled) + atomic_load(&t->refused));
}

static const creel_shutdown_mode modes[] = {
	CREEL_SHUTDOWN_DRAIN, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_SHUTDOWN_CANCEL_ALL};

/* 3.16 "13. shutdown(DRAIN) vs submit from 8 threads": all that draining accepted runs.
 * 3.16 "25. closure destructor count": one for each, run, cancelled or refused */
START_TEST(single_submissions)
{
	for (int round = 0; round < SCALE_TIMES(60); round++)
		for (int m = 0; m < 3; m++) {
			tally t;

			play(modes[m], submit_one, &t);
			ck_assert_int_eq(atomic_load(&t.drops), atomic_load(&t.submitted));
			ck_assert_int_eq(atomic_load(&t.runs), atomic_load(&t.values));
			if (modes[m] == CREEL_SHUTDOWN_DRAIN)
				ck_assert_int_eq(atomic_load(&t.cancelled), 0);
		}
}
END_TEST

START_TEST(several_at_a_time)
{
	for (int round = 0; round < SCALE_TIMES(50); round++)
		for (int m = 0; m < 3; m++) {
			tally t;

			play(modes[m], submit_several, &t);
			ck_assert_int_eq(atomic_load(&t.runs), atomic_load(&t.values));
			ck_assert_int_eq(atomic_load(&t.refused) % MANY, 0);
			if (modes[m] == CREEL_SHUTDOWN_DRAIN)
				ck_assert_int_eq(atomic_load(&t.cancelled), 0);
		}
}
END_TEST

START_TEST(posts)
{
	for (int round = 0; round < SCALE_TIMES(50); round++)
		for (int m = 0; m < 3; m++) {
			tally t;

			play(modes[m], post_one, &t);
			if (modes[m] == CREEL_SHUTDOWN_DRAIN)
				ck_assert_int_eq(atomic_load(&t.runs), atomic_load(&t.values));
			else
				ck_assert_int_le(atomic_load(&t.runs), atomic_load(&t.values));
		}
}
END_TEST

/* The tasks suspend themselves, and submit others: while draining those are accepted, too. */
START_TEST(tasks_that_suspend_and_submit)
{
	for (int round = 0; round < SCALE_TIMES(50); round++)
		for (int m = 0; m < 3; m++) {
			tally t;
			int outside;

			play(modes[m], submit_with_pauses, &t);
			/* Each run from outside has one child, which has no drop. */
			outside = atomic_load(&t.drops);
			ck_assert_int_le(outside, atomic_load(&t.submitted));
			if (modes[m] == CREEL_SHUTDOWN_DRAIN) {
				ck_assert_int_eq(atomic_load(&t.cancelled), 0);
				ck_assert_int_eq(atomic_load(&t.runs), atomic_load(&t.values));
				ck_assert_int_eq(atomic_load(&t.values) % 2, 0);
				ck_assert_int_eq(outside,
					atomic_load(&t.refused) + atomic_load(&t.values) / 2);
			}
		}
}
END_TEST

/* Destroying is no race with submissions from outside, but with what tasks submit. */
static void *
spread(void *arg)
{
	tally *t = arg;

	if (atomic_fetch_add(&t->runs, 1) < 1000)
		for (int i = 0; i < 2; i++) {
			atomic_fetch_add(&t->submitted, 1);
			creel_future_unref(
				creel_submit_with(creel_current_pool(), &dropping, spread, t));
		}
	return NULL;
}

START_TEST(tasks_that_submit_while_the_pool_is_destroyed)
{
	for (int round = 0; round < SCALE_TIMES(50); round++) {
		tally t = {.submitted = 1};
		creel_pool *pool = pool_with(2, round % 2 == 0 ? 0 : CREEL_POOL_FIFO);

		creel_future_unref(creel_submit_with(pool, &dropping, spread, &t));
		creel_pool_destroy(pool);
		ck_assert_int_eq(atomic_load(&t.runs), atomic_load(&t.submitted));
		ck_assert_int_eq(atomic_load(&t.drops), atomic_load(&t.submitted));
		ck_assert_int_eq(atomic_load(&t.submitted), 2001);
	}
}
END_TEST

CREEL_SUITE("creel.pool.race", single_submissions, several_at_a_time, posts,
	tasks_that_suspend_and_submit, tasks_that_submit_while_the_pool_is_destroyed)
