/* SPDX-License-Identifier: MIT */
/* test_group_race.c: all that can happen to a group, at the same time. */
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/creel.h>

#include <pthread.h>
#include <stdint.h>

enum { CHILDREN = 40 };

typedef struct storm {
	creel_pool *pool;
	creel_group *group;
	unsigned seed;
	atomic_int dropped, inside, taken, failed;
} storm;

/* Numbers without order, one after the other, but the same every time. */
static unsigned
next_of(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

static void
count_drop(void *arg)
{
	storm *s = arg;

	atomic_fetch_add(&s->dropped, 1);
}

static void *
sleep_a_little(void *arg)
{
	storm *s = arg;
	void *value = NULL;

	atomic_fetch_add(&s->inside, 1);
	for (int i = 0; i < 3; i++)
		if (creel_sleep(0) != CREEL_OK)
			value = creel_fail(CREEL_ECANCELLED, "cancelled");
	atomic_fetch_sub(&s->inside, 1);
	return value;
}

static void submit_one(storm *s, creel_fn *fn);

static void *
submit_another(void *arg)
{
	submit_one(arg, sleep_a_little);
	return NULL;
}

static void *
fail_now(void *arg)
{
	storm *s = arg;

	atomic_fetch_add(&s->failed, 1);
	return creel_fail(5, "failed");
}

static void
submit_one(storm *s, creel_fn *fn)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.arg_drop = count_drop;
	creel_future_unref(creel_group_submit_with(s->group, &options, fn, s, s));
}

static void *
submit_many(void *arg)
{
	storm *s = arg;

	for (int i = 0; i < CHILDREN; i++)
		submit_one(s, i % 5 == 4 ? submit_another : sleep_a_little);
	return NULL;
}

static void *
take_some(void *arg)
{
	storm *s = arg;
	creel_completion out;

	for (int i = 0; i < CHILDREN; i++)
		if (creel_group_next(s->group, CREEL_MILLISECONDS(1), &out) == CREEL_OK) {
			creel_future_unref(out.future);
			atomic_fetch_add(&s->taken, 1);
		}
	return NULL;
}

static void *
interfere(void *arg)
{
	storm *s = arg;
	const unsigned choice = next_of(&s->seed) % 6;

	for (unsigned i = next_of(&s->seed) % 50; i > 0; i--)
		sched_yield();
	if (choice < 2)
		creel_group_cancel(s->group);
	else if (choice == 2)
		submit_one(s, fail_now);
	else if (choice == 3)
		creel_group_detach(s->group);
	else if (choice == 4)
		creel_group_set_limit(s->group, 0);
	else
		creel_group_fail(s->group, 6, "failed");
	return NULL;
}

static void
ignore_report(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	(void)error;
	(void)ctx;
}

static int dropped_in_all, submitted_in_all;

static void
one_round(creel_pool *pool, unsigned seed)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	storm s = {.pool = pool, .seed = seed};
	pthread_t thread[3];
	creel_status status;

	options.pool = pool;
	options.flags = seed % 2 ? CREEL_GROUP_COMPLETIONS : 0;
	options.limit = seed % 3 == 0 ? 0 : 4;
	options.timeout = seed % 7 == 0 ? CREEL_MILLISECONDS(1) : 0;
	s.group = creel_group_create(&options);
	pthread_create(&thread[0], NULL, submit_many, &s);
	pthread_create(&thread[1], NULL, take_some, &s);
	pthread_create(&thread[2], NULL, interfere, &s);
	for (int i = 0; i < 5; i++)
		creel_group_join(s.group, seed % 4 == 0 ? CREEL_FOREVER : CREEL_MICROSECONDS(1));
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	status = creel_group_join(s.group, CREEL_FOREVER);
	ck_assert(status == CREEL_OK || status == CREEL_EFAILED || status == CREEL_ETIMEDOUT);
	ck_assert_uint_eq(creel_group_pending(s.group), 0);
	creel_group_destroy(s.group);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&s.inside), 0);
	ck_assert_int_ge(atomic_load(&s.dropped), CHILDREN);
	dropped_in_all += atomic_load(&s.dropped);
	submitted_in_all += CHILDREN;
}

/* Children are submitted, by children too, and taken, while the group is joined, cancelled, fails, is detached, or its
   time is up. */
START_TEST(a_storm)
{
	creel_pool *pool = pool_of(2);

	creel_set_unhandled(ignore_report, NULL);
	for (unsigned i = 0; i < SCALE_TIMES(400); i++)
		one_round(pool, i);
	ck_assert_int_ge(dropped_in_all, submitted_in_all);
	creel_pool_destroy(pool);
}
END_TEST

/* A body with an inner group, which it always joins; whatever its own group says then. */
static void *
body(void *arg)
{
	storm *s = arg;
	creel_group *outer = creel_group_create(NULL), *inner = creel_group_create(NULL);
	creel_status status[2];

	for (int i = 0; i < 4; i++) {
		creel_future_unref(creel_group_submit(outer, sleep_a_little, s));
		creel_future_unref(creel_group_submit(inner, sleep_a_little, s));
	}
	if (next_of(&s->seed) % 2)
		creel_future_unref(creel_group_submit(outer, fail_now, s));
	if (next_of(&s->seed) % 2)
		creel_future_unref(creel_group_submit(inner, fail_now, s));
	if (next_of(&s->seed) % 2)
		creel_sleep(0);
	status[0] = creel_group_join(inner, CREEL_FOREVER);
	status[1] = creel_group_join(outer, CREEL_FOREVER);
	creel_group_destroy(inner);
	creel_group_destroy(outer);
	if (atomic_load(&s->inside) != 0)
		return creel_fail(1, "a child outlives its group");
	if (status[0] == CREEL_ECANCELLED && status[1] == CREEL_OK)
		return creel_fail(2, "who has cancelled the inner group?");
	return NULL;
}

static void *
cancel(void *arg)
{
	for (int i = 0; i < 3; i++) {
		creel_future_cancel(arg);
		sched_yield();
	}
	return NULL;
}

/* A body is cancelled from outside while children of two groups end and fail: nobody outlives its group; and in the end
   the task knows of the request. */
START_TEST(a_body_is_cancelled)
{
	creel_pool *pool = pool_of(2);

	creel_set_unhandled(ignore_report, NULL);
	for (unsigned i = 0; i < SCALE_TIMES(2000); i++) {
		storm s = {.pool = pool, .seed = i};
		creel_future *task = creel_submit(pool, body, &s);
		const bool cancelled = i % 2;
		creel_status status;
		pthread_t thread;

		if (cancelled)
			pthread_create(&thread, NULL, cancel, task);
		status = creel_await(task, NULL);
		if (cancelled)
			pthread_join(thread, NULL);
		if (status == CREEL_EFAILED)
			ck_assert(cancelled && creel_future_error(task)->code == 2);
		creel_future_unref(task);
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.group_race", a_storm, a_body_is_cancelled)
