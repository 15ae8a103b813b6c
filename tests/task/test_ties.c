/* SPDX-License-Identifier: MIT */
/*
 * test_ties.c: an outcome, a timeout and a request at the same time: the outcome is what a wait
 * answers, and the request stays pending. Here they really coincide: all have come before the waiting
 * task has its turn on its one worker.
 */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>

typedef struct wait wait;

struct wait {
	creel_future *future;
	creel_status (*how)(wait *);
	creel_status status, next; /* next: of a sleep afterwards */
	void *value;
	bool requested;
};

static creel_status
by_await(wait *w)
{
	return creel_await(w->future, &w->value);
}

static creel_status
by_await_for(wait *w)
{
	return creel_await_for(w->future, CREEL_SECONDS(5), &w->value);
}

static creel_status
by_wait_for(wait *w)
{
	return creel_wait_for(w->future, CREEL_SECONDS(5), &w->value);
}

static creel_status
by_take(wait *w)
{
	return creel_take(creel_future_ref(w->future), &w->value);
}

static creel_status (*const ways[])(wait *) = {by_await, by_await_for, by_wait_for, by_take};
enum { WAYS = sizeof ways / sizeof *ways };

static void *
do_wait(void *arg)
{
	wait *w = arg;

	w->value = w;
	w->status = w->how(w);
	w->requested = creel_cancel_requested();
	w->next = creel_sleep(0);
	return NULL;
}

/* What is to coincide, in this order, while the worker is kept busy; 0: nothing more. */
enum { DONE = 1, TIMEOUT, CANCEL };
typedef struct scene {
	creel_pool *pool;
	creel_future *waiting, *promise;
	const int *events;
} scene;

/* Cancel and complete on the worker itself: by its ready list, not its mailbox. */
static void *
play(void *arg)
{
	scene *s = arg;

	for (const int *event = s->events; *event != 0; event++) {
		if (*event == DONE)
			creel_future_set_result(s->promise, s);
		else if (*event == CANCEL)
			creel_future_cancel(s->waiting);
		else
			fake_clock_step(CREEL_SECONDS(5));
	}
	return NULL;
}

/* A task waits somehow; then the events come, from the worker or from outside; it answers. */
static wait
coincide(int way, const int *events, bool outside)
{
	wait w = {.future = creel_future_create(), .how = ways[way]};
	creel_pool *pool = pool_of(1);
	scene s = {pool, creel_submit(pool, do_wait, &w), w.future, events};
	gate hold = GATE_INIT;
	creel_future *holding;

	settle(pool);
	holding = creel_submit(pool, gate_task, &hold);
	gate_await_arrivals(&hold, 1);
	if (outside)
		play(&s);
	else
		creel_post(pool, play, &s);
	gate_open(&hold);
	ck_assert_int_eq(creel_take(s.waiting, NULL), CREEL_OK);
	if (w.status == CREEL_OK) {
		ck_assert_ptr_eq(w.value, &s);
	} else {
		ck_assert_ptr_eq(w.value, &w);
		creel_future_cancel(w.future);
	}
	creel_future_unref(w.future);
	creel_future_unref(holding);
	creel_pool_destroy(pool);
	return w;
}

/* 1.8 "result and expiry in the same loop batch": done wins over the timeout, in either order
   3.16 "21. deadline vs completion tie": the value, whichever came first */
/* 5 "D7": over a timeout */
START_TEST(done_wins_over_timeout)
{
	const int first[] = {DONE, TIMEOUT, 0}, last[] = {TIMEOUT, DONE, 0};

	fake_clock_start();
	for (int way = 0; way < WAYS; way++)
		for (int outside = 0; outside < 2; outside++) {
			wait w = coincide(way, first, outside);

			ck_assert_int_eq(w.status, CREEL_OK);
			ck_assert_int_eq(w.next, CREEL_OK);
			w = coincide(way, last, outside);
			ck_assert_int_eq(w.status, CREEL_OK);
			ck_assert_int_eq(w.next, CREEL_OK);
		}
}
END_TEST

/* 1.4 "cancel while F is done but the wakeup is still queued": F's value; the request is for the next
   1.8 "outside cancel while waiting": the result that is ready at that instant is the answer */
/* 5 "D7": over a request to end */
START_TEST(done_wins_over_cancel)
{
	const int first[] = {DONE, CANCEL, 0}, last[] = {CANCEL, DONE, 0};

	fake_clock_start();
	for (int way = 0; way < WAYS; way++)
		for (int outside = 0; outside < 2; outside++) {
			wait w = coincide(way, first, outside);

			ck_assert_int_eq(w.status, CREEL_OK);
			ck_assert(w.requested);
			ck_assert_int_eq(w.next, CREEL_ECANCELLED);
			w = coincide(way, last, outside);
			ck_assert_int_eq(w.status, CREEL_OK);
			ck_assert(w.requested);
			ck_assert_int_eq(w.next, CREEL_ECANCELLED);
		}
}
END_TEST

/* All three at once, in every order. */
START_TEST(done_wins_over_both)
{
	const int orders[][4] = {{DONE, TIMEOUT, CANCEL, 0}, {DONE, CANCEL, TIMEOUT, 0},
		{TIMEOUT, DONE, CANCEL, 0}, {TIMEOUT, CANCEL, DONE, 0}, {CANCEL, DONE, TIMEOUT, 0},
		{CANCEL, TIMEOUT, DONE, 0}};

	fake_clock_start();
	for (int way = 0; way < WAYS; way++)
		for (int i = 0; i < 6; i++) {
			wait w = coincide(way, orders[i], i % 2);

			ck_assert_int_eq(w.status, CREEL_OK);
			ck_assert(w.requested);
			ck_assert_int_eq(w.next, CREEL_ECANCELLED);
		}
}
END_TEST

/* Without an outcome the request is what is told of; it is delivered by that. */
START_TEST(cancel_wins_over_timeout)
{
	const int first[] = {CANCEL, TIMEOUT, 0}, last[] = {TIMEOUT, CANCEL, 0};

	fake_clock_start();
	for (int i = 0; i < 4; i++) {
		wait w = coincide(1, i % 2 ? first : last, i / 2);

		ck_assert_int_eq(w.status, CREEL_ECANCELLED);
		ck_assert(w.requested);
		ck_assert_int_eq(w.next, CREEL_OK);
	}
}
END_TEST

/* Several tasks whose time is up at once: the first to go on completes what the last waits for. */
typedef struct chain {
	creel_future *awaited, *to_complete;
	creel_duration timeout;
	creel_status status;
} chain;

static void *
wait_and_complete(void *arg)
{
	chain *c = arg;

	c->status = creel_await_for(c->awaited, c->timeout, NULL);
	creel_future_set_result(c->to_complete, NULL);
	return NULL;
}

/* 3.16 "21. deadline vs completion tie": the value, though the timer was taken out first */
START_TEST(done_wins_over_a_timer_that_is_out)
{
	enum { N = 5 };
	creel_future *futures[N + 1], *tasks[N];
	gate hold = GATE_INIT;
	creel_pool *pool;
	chain links[N];

	fake_clock_start();
	pool = pool_of(1);
	for (int i = 0; i <= N; i++)
		futures[i] = creel_future_create();
	for (int i = 0; i < N; i++) {
		links[i] = (chain){futures[i], futures[i + 1], CREEL_SECONDS(i + 1), CREEL_EINVAL};
		tasks[i] = creel_submit(pool, wait_and_complete, &links[i]);
	}
	settle(pool);
	creel_post(pool, gate_task, &hold);
	gate_await_arrivals(&hold, 1);
	fake_clock_step(CREEL_SECONDS(N + 1)); /* all N timers are due when the gate opens */
	gate_open(&hold);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(links[i].status, i == 0 ? CREEL_ETIMEDOUT : CREEL_OK);
	}
	creel_futures_unref(futures, N + 1);
	creel_pool_destroy(pool);
}
END_TEST

static void *
wait_in_thread(void *arg)
{
	wait *w = arg;

	w->status = by_await_for(w);
	return NULL;
}

/* A plain thread: completed before its clock is looked at again. */
START_TEST(done_wins_over_timeout_in_a_thread)
{
	for (int i = 0; i < 200; i++) {
		wait w = {.future = creel_future_create()};
		pthread_t thread;

		fake_clock_start();
		ck_assert_int_eq(pthread_create(&thread, NULL, wait_in_thread, &w), 0);
		fake_clock_await_sleepers(1);
		creel_future_set_result(w.future, &w);
		fake_clock_step(CREEL_SECONDS(10));
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(w.status, CREEL_OK);
		ck_assert_ptr_eq(w.value, &w);
		creel_future_unref(w.future);
	}
}
END_TEST

CREEL_SUITE("creel.task.ties", done_wins_over_timeout, done_wins_over_cancel, done_wins_over_both,
	cancel_wins_over_timeout, done_wins_over_a_timer_that_is_out,
	done_wins_over_timeout_in_a_thread)
