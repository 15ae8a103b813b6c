/* SPDX-License-Identifier: MIT */
/* test_cancel_all.c: a shutdown that asks everything to end, and what each gets to know of it. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/completions.h>
#include <creel/task.h>

#include <stdint.h>
#include <stdlib.h>

static void *
nothing(void *arg)
{
	return arg;
}

static void
shut_down(creel_pool *pool, creel_duration timeout, creel_status expected)
{
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, timeout), expected);
}

static void *
run_until_asked(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	while (!creel_cancel_requested())
		sched_yield();
	if (creel_checkpoint() != CREEL_ECANCELLED || !creel_cancel_requested())
		return NULL;
	return creel_fail(CREEL_ECANCELLED, "asked to end");
}

static void *
run_on_regardless(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	while (!creel_cancel_requested())
		sched_yield();
	return arg;
}

START_TEST(running_tasks_are_asked_to_end)
{
	atomic_int running = 0;
	creel_pool *pool = pool_of(2);
	creel_future *obedient = creel_submit(pool, run_until_asked, &running);
	creel_future *other = creel_submit(pool, run_on_regardless, &running);
	void *result = NULL;

	spin_until(&running, 2);
	shut_down(pool, CREEL_FOREVER, CREEL_OK);
	ck_assert_int_eq(creel_take(obedient, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_take(other, &result), CREEL_OK); /* its value counts */
	ck_assert_ptr_eq(result, &running);
	creel_pool_destroy(pool);
}
END_TEST

/* What the waits of a task answer, one after the other. */
typedef struct answers {
	creel_future *promise, *later;
	creel_completions *completions;
	creel_pool *other;
	gate *busy;
	creel_status first, second, checkpoint;
	bool requested;
} answers;

/* After the first wait: the request has been delivered, so clean-up can await. */
static void *
clean_up(answers *a)
{
	a->second = creel_await(a->later, NULL);
	a->requested = creel_cancel_requested();
	a->checkpoint = creel_checkpoint();
	return NULL;
}

static void *
by_await(void *arg)
{
	answers *a = arg;

	a->first = creel_await(a->promise, NULL);
	return clean_up(a);
}

static void *
by_await_for(void *arg)
{
	answers *a = arg;

	a->first = creel_await_for(a->promise, CREEL_SECONDS(3600), NULL);
	return clean_up(a);
}

static void *
by_sleep(void *arg)
{
	answers *a = arg;

	a->first = creel_sleep(CREEL_SECONDS(3600));
	return clean_up(a);
}

static void *
by_sleep_for_ever(void *arg)
{
	answers *a = arg;

	a->first = creel_sleep(CREEL_FOREVER);
	return clean_up(a);
}

static void *
by_next(void *arg)
{
	answers *a = arg;
	creel_completion c;

	a->first = creel_completions_next(a->completions, CREEL_FOREVER, &c);
	return clean_up(a);
}

static void *
by_wait_idle(void *arg)
{
	answers *a = arg;

	a->first = creel_pool_wait_idle(a->other, CREEL_FOREVER);
	return clean_up(a);
}

static void *
by_shutdown(void *arg)
{
	answers *a = arg;

	a->first = creel_pool_shutdown(a->other, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	return clean_up(a);
}

/* Passes the request on to what it waits for, and waits for its end. */
static void *
by_wait_for(void *arg)
{
	answers *a = arg;

	a->first = creel_wait_for(a->promise, CREEL_FOREVER, NULL);
	return clean_up(a);
}

static void
suspend_and_shut_down(creel_fn *fn, bool post)
{
	gate busy = GATE_INIT;
	answers a = {.promise = creel_future_create(),
		.later = creel_future_create(),
		.completions = creel_completions_create(),
		.other = pool_of(1),
		.busy = &busy,
		.first = CREEL_OK};
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(creel_post(a.other, gate_task, &busy), CREEL_OK);
	if (post)
		ck_assert_int_eq(creel_post(pool, fn, &a), CREEL_OK);
	else
		creel_future_unref(creel_submit(pool, fn, &a));
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK); /* is suspended */
	shut_down(pool, 0, CREEL_ETIMEDOUT);
	shut_down(pool, CREEL_MILLISECONDS(1), CREEL_ETIMEDOUT); /* a second one is no news */
	ck_assert_int_eq(creel_future_set_result(a.later, NULL), CREEL_OK);
	shut_down(pool, CREEL_FOREVER, CREEL_OK);
	ck_assert_int_eq(a.first, CREEL_ECANCELLED);
	ck_assert_int_eq(a.second, CREEL_OK);
	ck_assert(a.requested);
	ck_assert_int_eq(a.checkpoint, CREEL_ECANCELLED);
	creel_pool_destroy(pool);

	gate_open(&busy);
	creel_pool_destroy(a.other);
	creel_completions_destroy(a.completions);
	creel_future_unref(a.promise);
	creel_future_unref(a.later);
}

START_TEST(suspended_tasks_are_told_once)
{
	creel_fn *const fns[] = {by_await, by_await_for, by_sleep, by_sleep_for_ever, by_next,
		by_wait_idle, by_shutdown, by_wait_for};

	for (size_t i = 0; i < sizeof fns / sizeof *fns; i++) {
		suspend_and_shut_down(fns[i], false);
		suspend_and_shut_down(
			fns[i], true); /* posted work has no future, but can be asked */
	}
}
END_TEST

/* Not suspended when it is asked: its next wait tells. */
static void *
hold_then_await(void *arg)
{
	answers *a = arg;

	gate_pass(a->busy);
	a->first = creel_await(a->promise, NULL);
	return clean_up(a);
}

static void *
hold_then_poll(void *arg)
{
	answers *a = arg;

	gate_pass(a->busy);
	a->first = creel_await_for(a->promise, 0, NULL);
	return clean_up(a);
}

static void *
hold_then_yield(void *arg)
{
	answers *a = arg;

	gate_pass(a->busy);
	a->first = creel_sleep(0);
	return clean_up(a);
}

static void *
hold_then_check(void *arg)
{
	answers *a = arg;

	gate_pass(a->busy);
	a->first = creel_checkpoint();
	return clean_up(a);
}

START_TEST(the_next_wait_of_a_running_task_tells_it)
{
	creel_fn *const fns[] = {hold_then_await, hold_then_poll, hold_then_yield, hold_then_check};

	for (size_t i = 0; i < sizeof fns / sizeof *fns; i++) {
		gate busy = GATE_INIT;
		answers a = {.promise = creel_future_create(),
			.later = creel_future_create(),
			.busy = &busy};
		creel_pool *pool = pool_of(1);

		ck_assert_int_eq(creel_post(pool, fns[i], &a), CREEL_OK);
		gate_await_arrivals(&busy, 1);
		shut_down(pool, 0, CREEL_ETIMEDOUT);
		gate_open(&busy);
		ck_assert_int_eq(creel_future_set_result(a.later, NULL), CREEL_OK);
		shut_down(pool, CREEL_FOREVER, CREEL_OK);
		ck_assert_int_eq(a.first, CREEL_ECANCELLED);
		ck_assert_int_eq(a.second, CREEL_OK);
		ck_assert_int_eq(a.checkpoint, CREEL_ECANCELLED);
		creel_pool_destroy(pool);
		creel_future_unref(a.promise);
		creel_future_unref(a.later);
	}
}
END_TEST

static void *
await_twice(void *arg)
{
	answers *a = arg;

	a->first = creel_await(a->promise, NULL);
	a->second = creel_await(a->later, NULL);
	return NULL;
}

/* 3.16 "21. deadline vs completion tie": done wins over the request, which stays pending for the next
 * wait */
START_TEST(an_outcome_that_is_there_comes_first)
{
	gate busy = GATE_INIT;
	answers a = {.promise = creel_future_create(), .later = creel_future_create()};
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(creel_post(pool, await_twice, &a), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, gate_task, &busy), CREEL_OK);
	gate_await_arrivals(&busy, 1); /* so the first is suspended, and cannot go on yet */
	ck_assert_int_eq(creel_future_set_result(a.promise, NULL), CREEL_OK);
	shut_down(pool, 0, CREEL_ETIMEDOUT);
	gate_open(&busy);
	shut_down(pool, CREEL_FOREVER, CREEL_OK);
	ck_assert_int_eq(a.first, CREEL_OK);
	ck_assert_int_eq(a.second, CREEL_ECANCELLED);
	creel_future_unref(a.promise);
	creel_future_unref(a.later);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(what_is_queued_is_cancelled_too)
{
	atomic_int running = 0;
	creel_pool *pool = pool_of(1);
	creel_future *first = creel_submit(pool, run_until_asked, &running);
	creel_future *queued[10];

	for (int i = 0; i < 10; i++)
		queued[i] = creel_submit(pool, run_until_asked, &running);
	spin_until(&running, 1);
	shut_down(pool, CREEL_FOREVER, CREEL_OK);
	ck_assert_int_eq(creel_take(first, NULL), CREEL_ECANCELLED);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(creel_take(queued[i], NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&running), 1);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct shared {
	creel_future *promise;
	atomic_int started;
} shared;

static void *
await_shared(void *arg)
{
	shared *s = arg;
	creel_status status;

	atomic_fetch_add(&s->started, 1);
	status = creel_await(s->promise, NULL);
	return status == CREEL_ECANCELLED ? creel_fail(CREEL_ECANCELLED, NULL) : NULL;
}

START_TEST(every_suspended_task_of_every_worker_ends)
{
	const int n = SCALE_SUSPENDED(10000);
	shared s = {.promise = creel_future_create()};
	creel_future **tasks = calloc((size_t)n, sizeof *tasks);
	creel_pool_options options = {.size = sizeof options, .workers = 4, .stack_size = 64 << 10};
	creel_pool *pool = creel_pool_create(&options);

	for (int i = 0; i < n; i++)
		tasks[i] = creel_submit(pool, await_shared, &s);
	spin_until(&s.started, n);
	shut_down(pool, CREEL_FOREVER, CREEL_OK);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(s.promise), CREEL_EPENDING);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
	free(tasks);
}
END_TEST

CREEL_SUITE("creel.pool.cancel_all", running_tasks_are_asked_to_end, suspended_tasks_are_told_once,
	the_next_wait_of_a_running_task_tells_it, an_outcome_that_is_there_comes_first,
	what_is_queued_is_cancelled_too, every_suspended_task_of_every_worker_ends)
