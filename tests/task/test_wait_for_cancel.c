/* SPDX-License-Identifier: MIT */
/* test_wait_for_cancel.c: creel_wait_for in a task that is itself cancelled while it waits. */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>

#define LIMIT CREEL_SECONDS(5)

/* The inner task: ends when it has been asked so often, with its last word. */
typedef struct inner {
	int obeys_at;             /* the how-manieth request */
	void *(*last_word)(void); /* as asked */
	atomic_int asked;
	creel_future *cleanup; /* NULL: none */
} inner;

static void *
obey(void)
{
	return creel_fail(CREEL_ECANCELLED, "as asked");
}

static void *
keep_on(void)
{
	return pointer_of(42);
}

static void *
crash(void)
{
	return creel_fail(EPIPE, "while cleaning up");
}

static void *
be_limited(void *arg)
{
	inner *i = arg;

	while (atomic_load(&i->asked) < i->obeys_at)
		if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
			atomic_fetch_add(&i->asked, 1);
	if (i->cleanup != NULL)
		creel_await(i->cleanup, NULL);
	return i->last_word();
}

/* The outer one, which waits for it, and what came of that. */
typedef struct outer {
	creel_future *future;
	creel_duration timeout;
	creel_status status, next; /* next: of a sleep afterwards */
	void *value;
	int last_code;
	bool requested, ended;
} outer;

static void *
limit(void *arg)
{
	outer *o = arg;

	o->value = o;
	o->status = creel_wait_for(o->future, o->timeout, &o->value);
	o->last_code = creel_last_error()->code;
	o->ended = creel_future_done(o->future);
	o->requested = creel_cancel_requested();
	o->next = creel_sleep(0);
	return NULL;
}

typedef struct scene {
	creel_pool *pool;
	inner i;
	outer o;
	creel_future *task;
} scene;

/* Both wait, on the same worker. */
static void
begin(scene *s)
{
	fake_clock_start();
	s->pool = pool_of(1);
	s->o.future = creel_submit(s->pool, be_limited, &s->i);
	s->task = creel_submit(s->pool, limit, &s->o);
	settle(s->pool);
}

static void
cancel_outer(scene *s)
{
	ck_assert_int_eq(creel_future_cancel(s->task), CREEL_CANCEL_REQUESTED);
	settle(s->pool);
}

static void
finish(scene *s)
{
	ck_assert_int_eq(creel_take(s->task, NULL), CREEL_OK);
	ck_assert(s->o.ended);
	creel_future_unref(s->o.future);
	creel_pool_destroy(s->pool);
}

/* The two names of 3.12 that differ in the timeout alone. */
static void
ck_cancel_reaches_the_child(creel_duration timeout)
{
	scene s = {.i = {.obeys_at = 1, .last_word = obey}, .o.timeout = timeout};

	begin(&s);
	cancel_outer(&s);
	ck_assert_int_eq(creel_future_status(s.o.future), CREEL_ECANCELLED);
	finish(&s);
	ck_assert_int_eq(atomic_load(&s.i.asked), 1);
	ck_assert_int_eq(s.o.status, CREEL_ECANCELLED);
	ck_assert_int_eq(s.o.last_code, CREEL_ECANCELLED);
	ck_assert_ptr_eq(s.o.value, &s.o);
	ck_assert(s.o.requested);
	ck_assert_int_eq(s.o.next, CREEL_OK);
}

/* 3.12 "cancel_blocking_wait_for": a cancel from outside reaches the child
   1.8 "outside cancel while waiting": the awaitable is cancelled too, ECANCELLED to the caller */
START_TEST(cancel_blocking_wait_for)
{
	ck_cancel_reaches_the_child(CREEL_FOREVER);
}
END_TEST

/* 3.12 "cancel_wait_for": and so it does where there is a limit */
START_TEST(cancel_wait_for)
{
	ck_cancel_reaches_the_child(LIMIT);
}
END_TEST

/* 3.12 "asyncio_wait_for_cancelled": it waits until the stubborn task has ended */
START_TEST(asyncio_wait_for_cancelled)
{
	creel_future *cleanup = creel_future_create();
	scene s = {.i = {1, obey, 0, cleanup}, .o.timeout = LIMIT};

	begin(&s);
	cancel_outer(&s);
	ck_assert_int_eq(atomic_load(&s.i.asked), 1);
	fake_clock_step(2 * LIMIT); /* the limit plays no part any more */
	settle(s.pool);
	ck_assert(!creel_future_done(s.task));
	ck_assert(!creel_future_done(s.o.future));
	creel_future_set_result(cleanup, NULL);
	finish(&s);
	ck_assert_int_eq(s.o.status, CREEL_ECANCELLED);
	ck_assert_int_eq(s.o.next, CREEL_OK);
	creel_future_unref(cleanup);
}
END_TEST

/* A child that ends with a value all the same: that is the answer, and the request stays pending. */
START_TEST(a_value_beats_the_request)
{
	scene s = {.i = {.obeys_at = 1, .last_word = keep_on}, .o.timeout = LIMIT};

	begin(&s);
	cancel_outer(&s);
	finish(&s);
	ck_assert_int_eq(s.o.status, CREEL_OK);
	ck_assert_int_eq((intptr_t)s.o.value, 42);
	ck_assert(s.o.requested);
	ck_assert_int_eq(s.o.next, CREEL_ECANCELLED);
}
END_TEST

/* The same for an error. */
START_TEST(an_error_beats_the_request)
{
	scene s = {.i = {.obeys_at = 1, .last_word = crash}, .o.timeout = CREEL_FOREVER};

	begin(&s);
	cancel_outer(&s);
	finish(&s);
	ck_assert_int_eq(s.o.status, CREEL_EFAILED);
	ck_assert_int_eq(s.o.last_code, EPIPE);
	ck_assert(s.o.requested);
	ck_assert_int_eq(s.o.next, CREEL_ECANCELLED);
}
END_TEST

/* A child that ignores the first request is asked again when the caller is. 1.4 "second cancel while the first is in delivery": it reaches the child that ignored the first */
START_TEST(each_request_is_passed_on)
{
	scene s = {.i = {.obeys_at = 3, .last_word = obey}, .o.timeout = LIMIT};

	begin(&s);
	for (int asked = 1; asked <= 3; asked++) {
		ck_assert(!creel_future_done(s.task));
		cancel_outer(&s);
		ck_assert_int_eq(atomic_load(&s.i.asked), asked);
	}
	finish(&s);
	ck_assert_int_eq(s.o.status, CREEL_ECANCELLED);
	ck_assert_int_eq(s.o.next, CREEL_OK);
}
END_TEST

/* The time is up, and while the child takes its time the caller is asked to end as well. */
START_TEST(a_request_after_the_timeout)
{
	scene s = {.i = {.obeys_at = 2, .last_word = obey}, .o.timeout = LIMIT};

	begin(&s);
	fake_clock_step(LIMIT);
	settle(s.pool);
	ck_assert_int_eq(atomic_load(&s.i.asked), 1);
	ck_assert(!creel_future_done(s.task));
	cancel_outer(&s);
	finish(&s);
	ck_assert_int_eq(atomic_load(&s.i.asked), 2);
	ck_assert_int_eq(s.o.status, CREEL_ECANCELLED);
	ck_assert(s.o.requested);
	ck_assert_int_eq(s.o.next, CREEL_OK);
}
END_TEST

/* 3.12 "race_condition": a value that is set just in time wins */
START_TEST(race_condition)
{
	creel_future *promise = creel_future_create();
	outer o = {.future = promise, .timeout = LIMIT};
	gate hold = GATE_INIT;
	creel_future *task;
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	task = creel_submit(pool, limit, &o);
	settle(pool);
	creel_post(pool, gate_task, &hold);
	gate_await_arrivals(&hold, 1);
	fake_clock_step(LIMIT);
	creel_future_set_result(promise, &promise);
	gate_open(&hold);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(o.status, CREEL_OK);
	ck_assert_ptr_eq(o.value, &promise);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.12 "cancellation_race_condition": the value is returned after a swallowed cancel */
START_TEST(cancellation_race_condition)
{
	scene s = {.i = {.obeys_at = 1, .last_word = keep_on}, .o.timeout = LIMIT};

	begin(&s);
	fake_clock_step(LIMIT);
	finish(&s);
	ck_assert_int_eq(s.o.status, CREEL_OK);
	ck_assert_int_eq((intptr_t)s.o.value, 42);
	ck_assert(!s.o.requested);
	ck_assert_int_eq(s.o.next, CREEL_OK);
}
END_TEST

static bool reached_end;

static void *
limit_then_sleep(void *arg)
{
	outer *o = arg;

	o->status = creel_wait_for(o->future, o->timeout, &o->value);
	o->next = creel_sleep(CREEL_SECONDS(1));
	if (o->next != CREEL_OK)
		return creel_fail(CREEL_ECANCELLED, "as asked");
	reached_end = true;
	return NULL;
}

/* 3.12 "issue86296": a cancel is not swallowed because the child has just ended */
START_TEST(issue86296)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	outer o = {.future = promise, .timeout = CREEL_SECONDS(100)};
	gate hold = GATE_INIT;
	creel_future *task = creel_submit(pool, limit_then_sleep, &o);

	settle(pool);
	creel_post(pool, gate_task, &hold);
	gate_await_arrivals(&hold, 1);
	creel_future_set_result(promise, &promise);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	gate_open(&hold);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(o.status, CREEL_OK);
	ck_assert_ptr_eq(o.value, &promise);
	ck_assert_int_eq(o.next, CREEL_ECANCELLED);
	ck_assert(!reached_end);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
cancel_self_and_limit(void *arg)
{
	creel_future_cancel(creel_current());
	return limit(arg);
}

/* A request that is pending already cancels the child at once, whatever the limit. */
START_TEST(a_pending_request_goes_first)
{
	creel_pool *pool = pool_of(1);
	outer o = {.future = creel_future_create(), .timeout = CREEL_FOREVER};

	ck_assert_int_eq(creel_pool_run(pool, cancel_self_and_limit, &o, NULL), CREEL_OK);
	ck_assert_int_eq(o.status, CREEL_ECANCELLED);
	ck_assert_int_eq(o.next, CREEL_OK);
	ck_assert_int_eq(creel_future_status(o.future), CREEL_ECANCELLED);
	creel_future_unref(o.future);
	o.future = creel_future_create();
	creel_future_set_result(o.future, NULL);
	ck_assert_int_eq(creel_pool_run(pool, cancel_self_and_limit, &o, NULL), CREEL_OK);
	ck_assert_int_eq(o.status, CREEL_OK);
	ck_assert_int_eq(o.next, CREEL_ECANCELLED);
	creel_future_unref(o.future);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.wait_for_cancel", cancel_blocking_wait_for, cancel_wait_for,
	asyncio_wait_for_cancelled, a_value_beats_the_request, an_error_beats_the_request,
	each_request_is_passed_on, a_request_after_the_timeout, race_condition,
	cancellation_race_condition, issue86296, a_pending_request_goes_first)
