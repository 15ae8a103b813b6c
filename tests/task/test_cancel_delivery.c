/* SPDX-License-Identifier: MIT */
/* test_cancel_delivery.c: a request is told once, by the next wait; that it was made stays true. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>

/* The waits that a request ends, by number. */
enum {
	AWAIT,
	AWAIT_FOR,
	AWAIT_FOR_EVER,
	POLL,
	WAIT_FOR,
	TAKE,
	SLEEP,
	SLEEP_FOR_EVER,
	YIELD,
	POOL_RUN,
	WAIT_IDLE,
	NEXT,
	WAITS
};

typedef struct stage {
	creel_pool *other; /* another pool, never idle */
	creel_future *pending;
	int how;
	creel_status status, again, later;
	bool requested;
	int value; /* not atomic: a request publishes it */
} stage;

static void *
await_and_obey(void *arg)
{
	creel_status status = creel_await(arg, NULL);

	return status == CREEL_ECANCELLED ? creel_fail(CREEL_ECANCELLED, "as asked") : NULL;
}

/* With a future of its own, since wait_for cancels it. */
static creel_status
wait_somehow(const stage *s, int how)
{
	creel_future *own = creel_future_create();
	creel_completions *queue = creel_as_completed(&own, 1);
	creel_completion item;
	creel_status status = CREEL_EINVAL;

	switch (how) {
	case AWAIT:
		status = creel_await(own, NULL);
		break;
	case AWAIT_FOR:
		status = creel_await_for(own, CREEL_SECONDS(1000), NULL);
		break;
	case AWAIT_FOR_EVER:
		status = creel_await_for(own, CREEL_FOREVER, NULL);
		break;
	case POLL:
		status = creel_await_for(own, 0, NULL);
		break;
	case WAIT_FOR:
		status = creel_wait_for(own, CREEL_SECONDS(1000), NULL);
		break;
	case TAKE:
		status = creel_take(creel_future_ref(own), NULL);
		break;
	case SLEEP:
		status = creel_sleep(CREEL_SECONDS(1000));
		break;
	case SLEEP_FOR_EVER:
		status = creel_sleep(CREEL_FOREVER);
		break;
	case YIELD:
		status = creel_sleep(0);
		break;
	case POOL_RUN:
		status = creel_pool_run(s->other, await_and_obey, own, NULL);
		break;
	case WAIT_IDLE:
		status = creel_pool_wait_idle(s->other, CREEL_FOREVER);
		break;
	case NEXT:
		status = creel_completions_next(queue, CREEL_FOREVER, &item);
		break;
	default:
		break;
	}
	creel_completions_destroy(queue);
	creel_future_unref(own);
	return status;
}

/* Cancelled before it waits; then it yields, which tells nothing new. */
static void *
wait_with_a_request(void *arg)
{
	stage *s = arg;

	creel_future_cancel(creel_current());
	s->status = wait_somehow(s, s->how);
	s->again = creel_sleep(0);
	s->requested = creel_cancel_requested();
	s->later = creel_checkpoint();
	return NULL;
}

static void *
wait_for_a_request(void *arg)
{
	stage *s = arg;

	s->status = wait_somehow(s, s->how);
	s->again = creel_sleep(0);
	s->requested = creel_cancel_requested();
	s->later = creel_checkpoint();
	return NULL;
}

static void
ck_told_once(const stage *s)
{
	ck_assert_msg(s->status == CREEL_ECANCELLED, "wait %d answered %s", s->how,
		creel_status_name(s->status));
	ck_assert_int_eq(s->again, CREEL_OK);
	ck_assert(s->requested);
	ck_assert_int_eq(s->later, CREEL_ECANCELLED);
}

/* 1.4 "cancel while running (self-cancel)": whatever it waits for next tells it, without waiting */
START_TEST(the_next_wait_tells)
{
	creel_pool *pool = pool_of(1), *other = pool_of(2);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(other, gate_task, &hold);

	for (int how = 0; how < WAITS; how++) {
		stage s = {.other = other, .how = how};

		ck_assert_int_eq(creel_pool_run(pool, wait_with_a_request, &s, NULL), CREEL_OK);
		ck_told_once(&s);
	}
	gate_open(&hold);
	creel_future_unref(holding);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* The same if it waits already. A poll and a yield do not wait. */
START_TEST(a_request_ends_the_wait)
{
	creel_pool *pool = pool_of(1), *other = pool_of(2);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(other, gate_task, &hold);

	for (int how = 0; how < WAITS; how++) {
		stage s = {.other = other, .how = how};
		creel_future *task;

		if (how == POLL || how == YIELD)
			continue;
		task = creel_submit(pool, wait_for_a_request, &s);
		settle(pool);
		ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_told_once(&s);
	}
	gate_open(&hold);
	creel_future_unref(holding);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct log {
	creel_future *futures[3];
	creel_status status[10];
	bool requested[10];
	int n;
	atomic_int steps;
} log_of_calls;

static void
note(log_of_calls *l, creel_status status)
{
	l->status[l->n] = status;
	l->requested[l->n++] = creel_cancel_requested();
}

static void
ck_log(const log_of_calls *l, int n, const creel_status *expected)
{
	ck_assert_int_eq(l->n, n);
	for (int i = 0; i < n; i++)
		ck_assert_msg(l->status[i] == expected[i], "call %d answered %s", i,
			creel_status_name(l->status[i]));
}

static void *
wait_for_what_is_done(void *arg)
{
	log_of_calls *l = arg;

	creel_future_cancel(creel_current());
	for (int i = 0; i < 3; i++)
		note(l, creel_await(l->futures[i], NULL));
	note(l, creel_await_for(l->futures[0], 0, NULL));
	note(l, creel_wait_for(l->futures[0], 0, NULL));
	note(l, creel_sleep(0));
	note(l, creel_sleep(0));
	return NULL;
}

/* An outcome that is there is what a wait answers, good or bad; the request stays pending. */
START_TEST(outcomes_that_are_there_go_first)
{
	const creel_status expected[] = {CREEL_OK, CREEL_EFAILED, CREEL_ECANCELLED, CREEL_OK,
		CREEL_OK, CREEL_ECANCELLED, CREEL_OK};
	creel_pool *pool = pool_of(1);
	log_of_calls l = {
		.futures = {creel_future_create(), creel_future_create(), creel_future_create()}};

	creel_future_set_result(l.futures[0], NULL);
	creel_future_set_error(l.futures[1], EIO, "failed");
	creel_future_cancel(l.futures[2]);
	ck_assert_int_eq(creel_pool_run(pool, wait_for_what_is_done, &l, NULL), CREEL_OK);
	ck_log(&l, 7, expected);
	for (int i = 0; i < 7; i++)
		ck_assert(l.requested[i]);
	creel_futures_unref(l.futures, 3);
	creel_pool_destroy(pool);
}
END_TEST

static void *
call_what_cannot_wait(void *arg)
{
	log_of_calls *l = arg;

	creel_future_cancel(creel_current());
	note(l, creel_await(NULL, NULL));
	note(l, creel_await_for(l->futures[0], -1, NULL));
	note(l, creel_sleep(-1));
	note(l, creel_await(creel_current(), NULL));
	creel_no_suspend_enter();
	note(l, creel_await(l->futures[0], NULL));
	note(l, creel_sleep(1));
	note(l, creel_await_for(l->futures[0], 0, NULL));
	creel_no_suspend_leave();
	note(l, creel_await(l->futures[0], NULL));
	note(l, creel_sleep(0));
	return NULL;
}

/* A call that cannot wait, or is wrong, does not use the request up. */
START_TEST(refused_waits_do_not_tell)
{
	const creel_status expected[] = {CREEL_EINVAL, CREEL_EINVAL, CREEL_EINVAL, CREEL_EDEADLK,
		CREEL_EDEADLK, CREEL_EDEADLK, CREEL_ETIMEDOUT, CREEL_ECANCELLED, CREEL_OK};
	creel_pool *pool = pool_of(1);
	log_of_calls l = {.futures = {creel_future_create()}};

	ck_assert_int_eq(creel_pool_run(pool, call_what_cannot_wait, &l, NULL), CREEL_OK);
	ck_log(&l, 9, expected);
	creel_future_unref(l.futures[0]);
	creel_pool_destroy(pool);
}
END_TEST

static void *
checkpoint_and_clean_up(void *arg)
{
	log_of_calls *l = arg;

	note(l, creel_checkpoint());
	creel_future_cancel(creel_current());
	note(l, creel_checkpoint());
	note(l, creel_await(l->futures[0], NULL)); /* cleaning up */
	note(l, creel_checkpoint());
	note(l, creel_sleep(0));
	return NULL;
}

/* The first checkpoint that tells of a request delivers it, so that clean-up can await. */
START_TEST(a_checkpoint_tells)
{
	const creel_status expected[] = {
		CREEL_OK, CREEL_ECANCELLED, CREEL_OK, CREEL_ECANCELLED, CREEL_OK};
	creel_pool *pool = pool_of(1);
	log_of_calls l = {.futures = {creel_future_create()}};
	creel_future *task = creel_submit(pool, checkpoint_and_clean_up, &l);

	settle(pool);
	ck_assert_int_eq(creel_future_status(task), CREEL_EPENDING);
	creel_future_set_result(l.futures[0], NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_log(&l, 5, expected);
	ck_assert(!l.requested[0]);
	for (int i = 1; i < 5; i++)
		ck_assert(l.requested[i]);
	creel_future_unref(l.futures[0]);
	creel_pool_destroy(pool);
}
END_TEST

static void *
ask_again_and_again(void *arg)
{
	log_of_calls *l = arg;

	for (int i = 0; i < 2; i++)
		creel_future_cancel(creel_current());
	note(l, creel_sleep(0)); /* both of them */
	note(l, creel_sleep(0));
	creel_future_cancel(creel_current());
	note(l, creel_sleep(0)); /* a new one */
	note(l, creel_sleep(0));
	creel_checkpoint();
	creel_future_cancel(creel_current());
	note(l, creel_checkpoint());
	note(l, creel_sleep(0));
	return NULL;
}

/* 1.4 "second cancel while the first is in delivery": requests that come before a wait are told
 * together, once; one that comes later is told again. 1.4 "count": none is kept: requested() stays true */
START_TEST(requests_before_a_wait_are_one)
{
	const creel_status expected[] = {
		CREEL_ECANCELLED, CREEL_OK, CREEL_ECANCELLED, CREEL_OK, CREEL_ECANCELLED, CREEL_OK};
	creel_pool *pool = pool_of(1);
	log_of_calls l = {.n = 0};

	ck_assert_int_eq(creel_pool_run(pool, ask_again_and_again, &l, NULL), CREEL_OK);
	ck_log(&l, 6, expected);
	for (int i = 0; i < 6; i++)
		ck_assert(l.requested[i]);
	creel_pool_destroy(pool);
}
END_TEST

static void *
poll_the_level(void *arg)
{
	stage *s = arg;

	while (!creel_cancel_requested())
		sched_yield();
	return pointer_of(s->value);
}

/* A running task that only asks sees the request, and all that was done before it was made. */
START_TEST(a_busy_task_sees_it)
{
	creel_pool *pool = pool_of(1);

	for (int i = 1; i < 100; i++) {
		gate hold = GATE_INIT;
		stage s = {.value = 0};
		creel_future *holding = creel_submit(pool, gate_task, &hold), *task;

		task = creel_submit(pool, poll_the_level, &s);
		gate_open(&hold);
		ck_assert_int_eq(creel_take(holding, NULL), CREEL_OK);
		s.value = i;
		if (creel_future_cancel(task) == CREEL_CANCEL_REQUESTED)
			ck_assert_int_eq(take_number(task), i);
		else
			ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
	}
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(off_tasks_there_is_nobody_to_ask)
{
	ck_assert(!creel_cancel_requested());
	ck_assert_int_eq(creel_checkpoint(), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(NULL), CREEL_CANCEL_TOO_LATE);
}
END_TEST

CREEL_SUITE("creel.task.cancel_delivery", the_next_wait_tells, a_request_ends_the_wait,
	outcomes_that_are_there_go_first, refused_waits_do_not_tell, a_checkpoint_tells,
	requests_before_a_wait_are_one, a_busy_task_sees_it, off_tasks_there_is_nobody_to_ask)
