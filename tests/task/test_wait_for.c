/* SPDX-License-Identifier: MIT */
/* test_wait_for.c: creel_wait_for: a time limit that cancels, and waits until it has really ended. */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>

#define LIMIT CREEL_SECONDS(5)

/* Who waits, and what came of it. As a task or a thread: limit. */
typedef struct wait {
	creel_future *future;
	creel_duration timeout;
	creel_status status, next; /* next: of a sleep afterwards */
	void *value;
	int last_code;
	bool requested, ended;
	atomic_int back;
} wait;

static void *
limit(void *arg)
{
	wait *w = arg;

	w->value = w;
	w->status = creel_wait_for(w->future, w->timeout, &w->value);
	w->last_code = creel_last_error()->code;
	w->ended = creel_future_done(w->future);
	w->requested = creel_cancel_requested();
	w->next = creel_sleep(0);
	atomic_store(&w->back, 1);
	return NULL;
}

/* What a task does that is asked to end: clean-up that takes as long as the promise is pending, then
 * its last word. */
typedef struct victim {
	creel_future *cleanup; /* NULL: none */
	void *(*last_word)(void);
	atomic_int asked;
	bool cleaned;
} victim;

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
	victim *v = arg;

	if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
		atomic_fetch_add(&v->asked, 1);
	if (v->cleanup != NULL)
		creel_await(v->cleanup, NULL);
	v->cleaned = true;
	return v->last_word();
}

/* A victim in a pool of its own, started; and somebody who limits it, by the fake clock. */
typedef struct scene {
	creel_pool *pool, *other;
	victim v;
	wait w;
	creel_future *limiting;
	pthread_t thread;
} scene;

static void
begin(scene *s, bool in_thread)
{
	fake_clock_start();
	s->pool = pool_of(1);
	s->other = pool_of(1);
	s->w.future = creel_submit(s->other, be_limited, &s->v);
	settle(s->other);
	s->limiting = NULL;
	if (in_thread)
		ck_assert_int_eq(pthread_create(&s->thread, NULL, limit, &s->w), 0);
	else
		s->limiting = creel_submit(s->pool, limit, &s->w);
	if (s->w.timeout > 0)
		fake_clock_await_sleepers(1);
}

static void
finish(scene *s)
{
	if (s->limiting != NULL)
		ck_assert_int_eq(creel_take(s->limiting, NULL), CREEL_OK);
	else
		ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
	ck_assert(s->w.ended);
	ck_assert_int_eq(atomic_load(&s->v.asked), 1);
	creel_future_unref(s->w.future);
	creel_pool_destroy(s->other);
	creel_pool_destroy(s->pool);
	if (s->v.cleanup != NULL)
		creel_future_unref(s->v.cleanup);
}

/* 3.12 "wait_for": cancelled when the time is up
   1.8 "cancelled future on timeout": it is cancelled, the answer is ETIMEDOUT */
START_TEST(wait_for)
{
	for (int in_thread = 0; in_thread < 2; in_thread++) {
		scene s = {.v.last_word = obey, .w.timeout = LIMIT};

		begin(&s, in_thread);
		fake_clock_step(LIMIT - 1);
		linger(&s.v.asked);
		ck_assert_int_eq(atomic_load(&s.v.asked), 0);
		fake_clock_step(1);
		ck_assert_int_eq(creel_await(s.w.future, NULL), CREEL_ECANCELLED);
		finish(&s);
		ck_assert_int_eq(s.w.status, CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.w.last_code, CREEL_ETIMEDOUT);
		ck_assert_ptr_eq(s.w.value, &s.w);
		ck_assert(!s.w.requested);
		ck_assert_int_eq(s.w.next, CREEL_OK);
	}
}
END_TEST

/* 3.12 "waits_for_task_cancellation": a slow clean-up completes first
   3.12 "asyncio_wait_for_timeout": the wait lasts until the stubborn task has ended
   1.8 "expiry": cancels and waits for the end, beyond the timeout */
START_TEST(waits_for_task_cancellation)
{
	for (int in_thread = 0; in_thread < 2; in_thread++) {
		scene s = {.v = {creel_future_create(), obey, 0, false}, .w.timeout = LIMIT};

		begin(&s, in_thread);
		fake_clock_step(LIMIT);
		while (atomic_load(&s.v.asked) == 0)
			settle(s.other);
		fake_clock_step(100 * LIMIT);
		settle(s.pool);
		settle(s.other);
		ck_assert_int_eq(atomic_load(&s.w.back), 0);
		creel_future_set_result(s.v.cleanup, NULL);
		finish(&s);
		ck_assert_int_eq(s.w.status, CREEL_ETIMEDOUT);
		ck_assert(s.v.cleaned);
	}
}
END_TEST

/* 3.12 "waits_for_task_cancellation_w_timeout_0": with 0 a slow clean-up completes first, too
   3.12 "timeout_less_then_0_or_0": a running one is cancelled, and its end awaited
   1.8 "timeout ≤ 0": cancel, wait until it is really finished */
START_TEST(waits_for_task_cancellation_w_timeout_0)
{
	for (int in_thread = 0; in_thread < 2; in_thread++) {
		scene s = {.v = {creel_future_create(), obey, 0, false}};

		begin(&s, in_thread);
		while (atomic_load(&s.v.asked) == 0)
			settle(s.other);
		settle(s.pool);
		ck_assert_int_eq(atomic_load(&s.w.back), 0);
		creel_future_set_result(s.v.cleanup, NULL);
		finish(&s);
		ck_assert_int_eq(s.w.status, CREEL_ETIMEDOUT);
	}
}
END_TEST

/* 3.12 "cancel_suppressed": a task that goes on all the same: its value
   1.8 "expiry but task swallows the cancel and returns v": v, no ETIMEDOUT */
START_TEST(cancel_suppressed)
{
	for (int in_thread = 0; in_thread < 2; in_thread++) {
		scene s = {.v.last_word = keep_on, .w.timeout = LIMIT};

		begin(&s, in_thread);
		fake_clock_step(LIMIT);
		finish(&s);
		ck_assert_int_eq(s.w.status, CREEL_OK);
		ck_assert_int_eq((intptr_t)s.w.value, 42);
		ck_assert_int_eq(s.w.last_code, CREEL_OK);
	}
}
END_TEST

/* 3.12 "reraises_exception_during_cancellation": the error of the clean-up wins over ETIMEDOUT
   1.8 "expiry and task raises E while cancelling": E */
START_TEST(reraises_exception_during_cancellation)
{
	for (int in_thread = 0; in_thread < 2; in_thread++) {
		scene s = {.v.last_word = crash, .w.timeout = in_thread ? 0 : LIMIT};

		begin(&s, in_thread);
		fake_clock_step(LIMIT);
		finish(&s);
		ck_assert_int_eq(s.w.status, CREEL_EFAILED);
		ck_assert_int_eq(s.w.last_code, EPIPE);
		ck_assert_ptr_eq(s.w.value, &s.w);
	}
}
END_TEST

/* 3.12 "timeout_less_then_0_or_0_future_done": 0 on what is done: its outcome; negative is EINVAL
   1.8 "timeout ≤ 0": done: its result */
START_TEST(timeout_less_then_0_or_0_future_done)
{
	creel_future *done = creel_future_create(), *failed = creel_future_create();
	creel_future *cancelled = creel_future_create(), *pending = creel_future_create();
	void *value = NULL;

	creel_future_set_result(done, &done);
	creel_future_set_error(failed, EIO, "failed");
	creel_future_cancel(cancelled);
	ck_assert_int_eq(creel_wait_for(done, 0, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &done);
	ck_assert_int_eq(creel_wait_for(failed, 0, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, EIO);
	ck_assert_int_eq(creel_wait_for(cancelled, 0, &value), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_wait_for(done, -1, &value), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait_for(pending, -1, &value), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait_for(NULL, 0, &value), CREEL_EINVAL);
	ck_assert_int_eq(creel_future_status(pending), CREEL_EPENDING);
	ck_assert_ptr_eq(value, &done);
	creel_future_unref(done);
	creel_future_unref(failed);
	creel_future_unref(cancelled);
	creel_future_unref(pending);
}
END_TEST

static atomic_int started;

static void *
note_start(void *arg)
{
	atomic_fetch_add(&started, 1);
	return arg;
}

/* 3.12 "timeout_less_then_0_or_0_coroutine_do_not_started": what has not started never does
   1.8 "timeout ≤ 0": a not-started one never starts */
START_TEST(timeout_less_then_0_or_0_coroutine_do_not_started)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold);
	creel_future *queued = creel_submit(pool, note_start, NULL);

	ck_assert_int_eq(creel_wait_for(queued, 0, NULL), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_status(queued), CREEL_ECANCELLED);
	gate_open(&hold);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&started), 0);
	creel_future_unref(queued);
	creel_future_unref(holding);
}
END_TEST

/* A promise is cancelled at once, and who completes it is too late. */
START_TEST(a_promise_is_cancelled)
{
	creel_future *promise = creel_future_create();

	ck_assert_int_eq(creel_wait_for(promise, 1, NULL), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_status(promise), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_ESTATE);
	ck_assert_int_eq(creel_wait_for(promise, 1, NULL), CREEL_ECANCELLED);
	creel_future_unref(promise);
}
END_TEST

/* 3.12 "wait_for_blocking": without a limit it waits as long as it takes
   1.8 "timeout None": a plain await */
START_TEST(wait_for_blocking)
{
	creel_future *promise = creel_future_create();
	wait w = {.future = promise, .timeout = CREEL_FOREVER};
	creel_future *task;
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	task = creel_submit(pool, limit, &w);
	settle(pool);
	fake_clock_step(1000 * LIMIT);
	settle(pool);
	ck_assert_int_eq(atomic_load(&w.back), 0);
	creel_future_set_result(promise, &promise);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_OK);
	ck_assert_ptr_eq(w.value, &promise);
	ck_assert_int_eq(creel_wait_for(promise, CREEL_FOREVER, NULL), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* 1.8 "child cancelled by someone else": ECANCELLED, not ETIMEDOUT, and the caller was not asked */
START_TEST(others_may_cancel_it)
{
	scene s = {.v.last_word = obey, .w.timeout = LIMIT};

	begin(&s, false);
	ck_assert_int_eq(creel_future_cancel(s.w.future), CREEL_CANCEL_REQUESTED);
	finish(&s);
	ck_assert_int_eq(s.w.status, CREEL_ECANCELLED);
	ck_assert_int_eq(s.w.last_code, CREEL_ECANCELLED);
	ck_assert(!s.w.requested);
	ck_assert_int_eq(s.w.next, CREEL_OK);
}
END_TEST

/* Several limit the same future: the shortest limit ends it for all. */
START_TEST(the_shortest_limit_holds)
{
	enum { N = 3 };
	wait waits[N];
	creel_future *promise = creel_future_create(), *tasks[N];
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	for (int i = 0; i < N; i++) {
		waits[i] = (wait){.future = promise, .timeout = CREEL_SECONDS(3 - i)};
		tasks[i] = creel_submit(pool, limit, &waits[i]);
	}
	settle(pool);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1));
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(waits[i].status, i == N - 1 ? CREEL_ETIMEDOUT : CREEL_ECANCELLED);
	}
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.wait_for", wait_for, waits_for_task_cancellation,
	waits_for_task_cancellation_w_timeout_0, cancel_suppressed,
	reraises_exception_during_cancellation, timeout_less_then_0_or_0_future_done,
	timeout_less_then_0_or_0_coroutine_do_not_started, a_promise_is_cancelled,
	wait_for_blocking, others_may_cancel_it, the_shortest_limit_holds)
