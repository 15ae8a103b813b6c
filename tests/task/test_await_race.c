/* SPDX-License-Identifier: MIT */
/*
 * test_await_race.c: waits on the stack against what ends them from elsewhere. Right after each wait
 * its memory is overwritten and looked at: nobody may touch it any more.
 */
#include "future/future.h"
#include "support/fake_clock.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>
#include <stdlib.h>

/* Returns false if somebody else writes where the frames of the last call were. */
static __attribute__((noinline)) bool
scribble(unsigned seed)
{
	volatile unsigned char frame[1024];
	bool intact = true;

	for (size_t i = 0; i < sizeof frame; i++)
		frame[i] = (unsigned char)(seed + i);
	for (size_t i = 0; i < sizeof frame; i++)
		intact = intact && frame[i] == (unsigned char)(seed + i);
	return intact;
}

/* A series of promises, one after the other: one party waits for each, others end the wait. */
typedef struct series {
	creel_future **promises;
	int n;
	bool cancels; /* somebody cancels the waiting task */
	atomic_int awaited, over;
	creel_future *task;
	/* By the waiting party. */
	int done, timed_out, cancelled, wrong;
	bool corrupt;
} series;

static void
prepare(series *s, int n)
{
	s->n = n;
	s->promises = calloc((size_t)n, sizeof *s->promises);
	for (int i = 0; i < n; i++)
		s->promises[i] = creel_future_create();
}

static void
count(series *s, int i, creel_status status, const void *value)
{
	if (status == CREEL_OK)
		s->done++;
	else if (status == CREEL_ETIMEDOUT)
		s->timed_out++;
	else if (status == CREEL_ECANCELLED)
		s->cancelled++;
	else
		s->wrong++;
	if ((status == CREEL_OK) != (value == pointer_of(i)))
		s->wrong++;
}

/* Timeouts from nothing to some microseconds, so that the end comes before, at, and after. */
static void *
await_each(void *arg)
{
	series *s = arg;

	for (int i = 0; i < s->n; i++) {
		void *value = s;
		creel_status status;

		atomic_store(&s->awaited, i + 1);
		status = creel_await_for(s->promises[i], i % 7 * 900, &value);
		s->corrupt = !scribble((unsigned)i) || s->corrupt;
		count(s, i, status, value);
		while (status != CREEL_OK) {
			status = creel_await(s->promises[i], &value);
			s->corrupt = !scribble((unsigned)i) || s->corrupt;
		}
		if (value != pointer_of(i))
			s->wrong++;
	}
	atomic_store(&s->over, 1);
	return NULL;
}

/* Keeps its thread to itself: on a worker of its own. */
static void *
complete_each(void *arg)
{
	series *s = arg;

	for (int i = 0; i < s->n; i++) {
		spin_until(&s->awaited, i + 1);
		for (volatile int spin = 0; spin < i % 13 * 60; spin++)
			;
		creel_future_set_result(s->promises[i], pointer_of(i));
	}
	return NULL;
}

static void *
cancel_again_and_again(void *arg)
{
	series *s = arg;

	spin_until(&s->awaited, 1); /* before it starts, a cancel would end it */
	while (!atomic_load(&s->over)) {
		creel_future_cancel(s->task);
		sched_yield();
	}
	return NULL;
}

static void
ck_series(series *s)
{
	ck_assert_int_eq(s->wrong, 0);
	ck_assert(!s->corrupt);
	ck_assert_int_eq(s->done + s->timed_out + s->cancelled, s->n);
	if (!s->cancels)
		ck_assert_int_eq(s->cancelled, 0);
	creel_futures_unref(s->promises, (size_t)s->n);
	free(s->promises);
}

/* 3.16 "5. waiter with timeout vs completion": a task's is never touched after its return */
START_TEST(timeouts_race_completions_in_a_task)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	series s = {0};
	creel_future *completer;

	prepare(&s, SCALE_TIMES(25000));
	s.task = creel_submit(pool, await_each, &s);
	completer = creel_submit(other, complete_each, &s);
	ck_assert_int_eq(creel_take(s.task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(completer, NULL), CREEL_OK);
	ck_series(&s);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.16 "5. waiter with timeout vs completion": nor is a plain thread's */
START_TEST(timeouts_race_completions_in_a_thread)
{
	pthread_t thread;
	series s = {0};

	prepare(&s, SCALE_TIMES(15000));
	ck_assert_int_eq(pthread_create(&thread, NULL, complete_each, &s), 0);
	await_each(&s);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_series(&s);
}
END_TEST

/* 3.16 "5. waiter with timeout vs completion": nor with a storm of cancellations besides */
START_TEST(cancels_race_timeouts_and_completions)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	series s = {.cancels = true};
	pthread_t thread;
	creel_future *completer;

	prepare(&s, SCALE_TIMES(15000));
	s.task = creel_submit(pool, await_each, &s);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_again_and_again, &s), 0);
	completer = creel_submit(other, complete_each, &s);
	ck_assert_int_eq(creel_take(completer, NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(s.task, NULL), CREEL_OK);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	creel_future_unref(s.task);
	ck_series(&s);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* The waiting party owns the only reference, and lets it go. */
static void *
await_and_free_each(void *arg)
{
	series *s = arg;

	for (int i = 0; i < s->n; i++) {
		void *value = s;
		creel_status status;

		atomic_store(&s->awaited, i + 1);
		status = i % 2 ? creel_take(s->promises[i], &value)
			       : creel_await(s->promises[i], &value);
		if (i % 2 == 0)
			creel_future_unref(s->promises[i]);
		s->promises[i] = NULL;
		s->corrupt = !scribble((unsigned)i) || s->corrupt;
		count(s, i, status, value);
	}
	return NULL;
}

/* 3.16 "18. future freed by waiter right after wake": by a task and by a thread, while the completer is
   still in its call */
START_TEST(the_waiter_may_free_the_future)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	series s = {0};
	creel_future *completer;

	prepare(&s, SCALE_TIMES(25000));
	s.task = creel_submit(pool, await_and_free_each, &s);
	completer = creel_submit(other, complete_each, &s);
	ck_assert_int_eq(creel_take(s.task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(completer, NULL), CREEL_OK);
	ck_assert_int_eq(s.done, s.n);
	ck_series(&s);
	s = (series){0};
	prepare(&s, SCALE_TIMES(15000));
	completer = creel_submit(other, complete_each, &s);
	await_and_free_each(&s);
	ck_assert_int_eq(creel_take(completer, NULL), CREEL_OK);
	ck_assert_int_eq(s.done, s.n);
	ck_series(&s);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* A waker in front of the waiter, which holds the completer up between the end and the waiter. */
typedef struct obstacle {
	crl_waker waker;
	creel_future *promise;
	atomic_int reached, open;
	/* Who waits behind it. */
	atomic_int returned;
	creel_status status;
	bool intact;
} obstacle;

static void
hold_up(crl_waker *waker)
{
	obstacle *o = CRL_CONTAINER_OF(waker, obstacle, waker);

	atomic_store(&o->reached, 1);
	spin_until(&o->open, 1);
}

static crl_wake *const by_holding = hold_up;

static void *
complete_it(void *arg)
{
	return pointer_of(creel_future_set_result(((obstacle *)arg)->promise, arg));
}

static void *
wait_behind(void *arg)
{
	obstacle *o = arg;

	o->status = creel_await_for(o->promise, CREEL_SECONDS(5), NULL);
	atomic_store(&o->returned, 1);
	o->intact = scribble(77);
	return NULL;
}

/* The timeout comes when the future is done and the completer on its way to the waiter. */
static void
ck_hand_off_is_awaited(bool in_thread)
{
	obstacle o = {.waker.wake = &by_holding, .promise = creel_future_create()};
	creel_pool *pool = pool_of(1);
	pthread_t waiting, completing;

	crl_list_init(&o.waker.link);
	ck_assert(crl_future_link(o.promise, &o.waker));
	if (in_thread)
		ck_assert_int_eq(pthread_create(&waiting, NULL, wait_behind, &o), 0);
	else
		creel_post(pool, wait_behind, &o);
	fake_clock_await_sleepers(1);
	ck_assert_int_eq(pthread_create(&completing, NULL, complete_it, &o), 0);
	spin_until(&o.reached, 1);
	fake_clock_step(CREEL_SECONDS(5));
	linger(&o.returned);
	ck_assert_int_eq(atomic_load(&o.returned), 0);
	atomic_store(&o.open, 1);
	ck_assert_int_eq(pthread_join(completing, NULL), 0);
	if (in_thread)
		ck_assert_int_eq(pthread_join(waiting, NULL), 0);
	creel_pool_destroy(pool);
	ck_assert_int_eq(o.status, CREEL_OK);
	ck_assert(o.intact);
	creel_future_unref(o.promise);
}

/* 3.16 "5. waiter with timeout vs completion": one that is too late to unlink waits for the hand-off */
START_TEST(the_hand_off_is_awaited)
{
	fake_clock_start();
	ck_hand_off_is_awaited(false);
	ck_hand_off_is_awaited(true);
}
END_TEST

/* Two tasks that wake each other in turn. */
typedef struct player {
	creel_future **mine, **theirs;
	int n;
	int pass; /* what is added to the number that comes with the ball */
	int wrong;
} player;

static void *
return_each_ball(void *arg)
{
	player *p = arg;

	for (int i = 0; i < p->n; i++) {
		void *value = NULL;

		if (creel_await(p->mine[i], &value) != CREEL_OK || value != pointer_of(i))
			p->wrong++;
		creel_future_set_result(p->theirs[i], pointer_of(i + p->pass));
	}
	return NULL;
}

/* 3.16 "11. worker waits for job of the same pool with 1 thread": two that wake each other, on one
   worker, on two of a pool, in two pools */
START_TEST(ping_pong)
{
	creel_pool *pools[] = {pool_of(1), pool_of(2), pool_of(1)};
	creel_pool *const pairs[][2] = {
		{pools[0], pools[0]}, {pools[1], pools[1]}, {pools[0], pools[2]}};

	for (int pair = 0; pair < 3; pair++) {
		series here = {0}, there = {0};
		player ping, pong;
		creel_future *tasks[2];

		prepare(&here, SCALE_TIMES(15000) + 1);
		prepare(&there, SCALE_TIMES(15000) + 1);
		ping = (player){here.promises, there.promises, here.n - 1, 0, 0};
		pong = (player){there.promises, here.promises + 1, here.n - 1, 1, 0};
		tasks[0] = creel_submit(pairs[pair][0], return_each_ball, &ping);
		tasks[1] = creel_submit(pairs[pair][1], return_each_ball, &pong);
		creel_future_set_result(here.promises[0], pointer_of(0));
		ck_assert_int_eq(creel_take(tasks[0], NULL), CREEL_OK);
		ck_assert_int_eq(creel_take(tasks[1], NULL), CREEL_OK);
		ck_assert_int_eq(ping.wrong, 0);
		ck_assert_int_eq(pong.wrong, 0);
		creel_futures_unref(here.promises, (size_t)here.n);
		creel_futures_unref(there.promises, (size_t)there.n);
		free(here.promises);
		free(there.promises);
	}
	for (int i = 0; i < 3; i++)
		creel_pool_destroy(pools[i]);
}
END_TEST

CREEL_SUITE("creel.task.await_race", timeouts_race_completions_in_a_task,
	timeouts_race_completions_in_a_thread, cancels_race_timeouts_and_completions,
	the_hand_off_is_awaited, the_waiter_may_free_the_future, ping_pong)
