/* SPDX-License-Identifier: MIT */
/* test_waiter.c: one wait, and everything that can end it, in every order. */
#include "runner/desk.h"
#include "support/fake_clock.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include "base/clock.h"
#include "base/context.h"
#include "runner/policy.h"
#include "runner/strand.h"
#include "runner/waiter.h"

#include <creel/await.h>

#include <pthread.h>

/* A wait of a plain thread: what came before it ends it at once. */
START_TEST(what_came_before_ends_a_threads_wait)
{
	crl_waiter waiter;

	ck_assert_int_eq(crl_waiter_prepare(&waiter), CREEL_OK);
	ck_assert_ptr_null(waiter.strand);
	ck_assert(!crl_waiter_done(&waiter));
	crl_waker_wake(&waiter.waker);
	crl_waiter_wait(&waiter, CRL_NEVER);
	ck_assert(crl_waiter_done(&waiter));
}
END_TEST

START_TEST(a_deadline_that_has_passed_ends_it_too)
{
	crl_waiter waiter;

	ck_assert_int_eq(crl_waiter_prepare(&waiter), CREEL_OK);
	crl_waiter_wait(&waiter, crl_now() - 1);
	ck_assert(!crl_waiter_done(&waiter));
	ck_assert_int_eq(crl_waiter_interrupted(&waiter), CREEL_ETIMEDOUT);
}
END_TEST

/* A thread that waits, and what it found. */
typedef struct sleeper {
	pthread_t thread;
	crl_waiter waiter;
	creel_duration timeout;
	atomic_int prepared;
	bool done;
	creel_status why;
	int64_t woken;
} sleeper;

static void *
sleep_in_thread(void *arg)
{
	sleeper *s = arg;

	crl_waiter_prepare(&s->waiter);
	atomic_store(&s->prepared, 1);
	crl_waiter_wait(&s->waiter, crl_deadline(s->timeout));
	s->woken = crl_now();
	s->done = crl_waiter_done(&s->waiter);
	s->why = s->done ? CREEL_OK : crl_waiter_interrupted(&s->waiter);
	return NULL;
}

START_TEST(a_thread_sleeps_until_its_deadline)
{
	sleeper s = {.timeout = CREEL_SECONDS(3)};
	int64_t begin;

	fake_clock_start();
	begin = crl_now();
	pthread_create(&s.thread, NULL, sleep_in_thread, &s);
	fake_clock_await_sleepers(1);
	spin_until(&s.prepared, 1);
	crl_unpark(s.waiter.parker); /* for nothing: it looks, and sleeps on */
	fake_clock_step(CREEL_SECONDS(2));
	fake_clock_step(CREEL_SECONDS(1));
	pthread_join(s.thread, NULL);
	ck_assert(!s.done);
	ck_assert_int_eq(s.why, CREEL_ETIMEDOUT);
	ck_assert_int_eq(s.woken, begin + CREEL_SECONDS(3));
}
END_TEST

START_TEST(a_thread_is_woken_by_what_it_waits_for)
{
	for (int i = 0; i < 2; i++) {
		sleeper s = {.timeout = i == 0 ? CREEL_SECONDS(3) : CREEL_FOREVER};

		if (i == 0)
			fake_clock_start();
		pthread_create(&s.thread, NULL, sleep_in_thread, &s);
		if (i == 0)
			fake_clock_await_sleepers(1);
		spin_until(&s.prepared, 1);
		crl_waker_wake(&s.waiter.waker);
		pthread_join(s.thread, NULL);
		ck_assert(s.done);
		ck_assert_int_eq(s.why, CREEL_OK);
	}
}
END_TEST

/* Too late to unlink: the completer has the waker, and its wake is on its way. */
static void *
wake_late(void *arg)
{
	sleeper *s = arg;

	spin_until(&s->prepared, 1);
	crl_waker_wake(&s->waiter.waker);
	return NULL;
}

START_TEST(a_thread_can_wait_for_the_wake_that_is_on_its_way)
{
	for (int i = 0; i < SCALE_TIMES(2000); i++) {
		sleeper s = {.prepared = 0};

		ck_assert_int_eq(crl_waiter_prepare(&s.waiter), CREEL_OK);
		pthread_create(&s.thread, NULL, wake_late, &s);
		crl_waiter_wait(&s.waiter, crl_now() - 1);
		ck_assert(!crl_waiter_done(&s.waiter));
		atomic_store(&s.prepared, 1);
		crl_waiter_join(&s.waiter);
		ck_assert(crl_waiter_done(&s.waiter));
		pthread_join(s.thread, NULL);
	}
}
END_TEST

START_TEST(where_waiting_is_not_allowed_nobody_prepares)
{
	crl_waiter waiter;

	creel_no_suspend_enter();
	ck_assert_int_eq(crl_waiter_prepare(&waiter), CREEL_EDEADLK);
	creel_no_suspend_leave();
	ck_assert_int_eq(crl_waiter_prepare(&waiter), CREEL_OK);
}
END_TEST

START_TEST(an_answer_is_reported_as_the_last_word)
{
	static const creel_status told[] = {
		CREEL_ETIMEDOUT, CREEL_ECANCELLED, CREEL_EDEADLK, CREEL_ENOMEM};

	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		ck_assert_int_eq(crl_waiter_report(told[i]), told[i]);
		ck_assert_int_eq(creel_last_error()->code, told[i]);
		ck_assert_str_ne(creel_last_error()->message, "");
		ck_assert_int_eq(crl_waiter_report(CREEL_OK), CREEL_OK);
		ck_assert_int_eq(creel_last_error()->code, told[i]);
	}
}
END_TEST

/* A wait of a job, on this thread; the log says what came of it: d(one), t(ime out), c(ancelled). */
static void
say_outcome(step *s, const crl_waiter *waiter)
{
	const creel_status why =
		crl_waiter_done(waiter) ? CREEL_OK : crl_waiter_interrupted(waiter);

	desk_log(s->desk, why == CREEL_OK ? 'd' : why == CREEL_ETIMEDOUT ? 't' : 'c');
}

static crl_waiter *waiting; /* the one that other jobs may notify */

static void
wait_until_count(step *s)
{
	crl_waiter waiter;

	if (crl_waiter_prepare(&waiter) != CREEL_OK)
		desk_log(s->desk, 'e');
	waiting = &waiter;
	crl_waiter_wait(&waiter, s->count == 0 ? CRL_NEVER : crl_now() + s->count);
	say_outcome(s, &waiter);
}

static void
wait_through_until_count(step *s)
{
	crl_waiter waiter;

	if (crl_waiter_prepare(&waiter) != CREEL_OK)
		desk_log(s->desk, 'e');
	waiting = &waiter;
	crl_waiter_wait_through(&waiter, s->count == 0 ? CRL_NEVER : crl_now() + s->count);
	say_outcome(s, &waiter);
}

static void
notify_done(step *s)
{
	desk_log(s->desk, '.');
	crl_waker_wake(&waiting->waker);
}

static void
request_cancel(step *s)
{
	desk_log(s->desk, '.');
	crl_cancel_request(&s->desk->steps[0].cancel);
}

static void
step_clock(step *s)
{
	desk_log(s->desk, '.');
	crl_clock_step(10);
}

static void
cancel_then_done(step *s)
{
	request_cancel(s);
	notify_done(s);
}

static void
done_then_cancel(step *s)
{
	notify_done(s);
	request_cancel(s);
}

static void
time_then_done(step *s)
{
	step_clock(s);
	crl_runner_collect_timers(s->desk->runner); /* it is timed out now */
	notify_done(s);
}

static void
time_then_cancel(step *s)
{
	step_clock(s);
	crl_runner_collect_timers(s->desk->runner);
	request_cancel(s);
}

/* The first job waits, at most `timeout` (0: for ever), while the second does something. */
static void
assert_outcome(void (*wait)(step *), int timeout, void (*event)(step *), const char *log)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, wait, 'a')->count = timeout;
	desk_add(&d, event, 'b');
	desk_run(&d);
	ck_assert_str_eq(d.log, log);
	ck_assert_int_eq(d.ended, 2);
	ck_assert_ptr_null(d.steps[0].cancel.listeners);
	ck_assert(crl_timers_empty(&d.runner->timers));
	desk_close(&d);
}

START_TEST(a_job_is_woken_by_the_first_and_told_the_best)
{
	fake_clock_start();
	assert_outcome(wait_until_count, 0, notify_done, ".d");
	assert_outcome(wait_until_count, 10, notify_done, ".d");
	assert_outcome(wait_until_count, 0, request_cancel, ".c");
	assert_outcome(wait_until_count, 10, request_cancel, ".c");
	assert_outcome(wait_until_count, 10, step_clock, ".t");
	assert_outcome(wait_until_count, 0, cancel_then_done, "..d");
	assert_outcome(wait_until_count, 0, done_then_cancel, "..d");
	assert_outcome(wait_until_count, 10, time_then_done, "..d");
	assert_outcome(wait_until_count, 10, time_then_cancel, "..c");
}
END_TEST

START_TEST(a_wait_that_goes_through_cannot_be_cancelled)
{
	fake_clock_start();
	assert_outcome(wait_through_until_count, 0, cancel_then_done, "..d");
	assert_outcome(wait_through_until_count, 10, time_then_cancel, "..t");
}
END_TEST

/* What was there before the wait: a request, or what is waited for, or both. */
static void
wait_after_request(step *s)
{
	crl_waiter waiter;

	crl_cancel_request(&s->cancel);
	crl_waiter_prepare(&waiter);
	crl_waiter_wait(&waiter, CRL_NEVER); /* does not suspend: nobody would resume it */
	say_outcome(s, &waiter);
	desk_log(s->desk, crl_cancel_pending(&s->cancel) ? 'p' : '-');
}

static void
wait_after_done(step *s)
{
	crl_waiter waiter;

	crl_waiter_prepare(&waiter);
	crl_waker_wake(&waiter.waker);
	crl_waiter_wait(&waiter, CRL_NEVER);
	say_outcome(s, &waiter);
}

/* Done queues the job; it must take that up, or it would be resumed in its next wait. */
static void
wait_after_done_and_request(step *s)
{
	crl_waiter waiter;

	crl_waiter_prepare(&waiter);
	crl_waker_wake(&waiter.waker);
	crl_cancel_request(&s->cancel);
	crl_waiter_wait(&waiter, CRL_NEVER);
	say_outcome(s, &waiter);
	desk_log(s->desk, crl_cancel_pending(&s->cancel) ? 'p' : '-');
	crl_cancel_deliver(&s->cancel);
	wait_until_count(s);
}

START_TEST(what_was_there_before_a_jobs_wait_ends_it)
{
	fake_clock_start();
	assert_outcome(wait_after_request, 0, step_clock, "c-.");
	assert_outcome(wait_after_done, 0, step_clock, "d.");
	assert_outcome(wait_after_done_and_request, 10, step_clock, "dp.t");
}
END_TEST

/* A poll, and whether a request is pending before and after. */
static void
poll_twice(step *s)
{
	desk_log(s->desk, crl_waiter_poll() == CREEL_ETIMEDOUT ? 't' : '?');
	crl_cancel_request(&s->cancel);
	creel_no_suspend_enter();
	desk_log(s->desk, crl_waiter_poll() == CREEL_ETIMEDOUT ? 't' : '?');
	creel_no_suspend_leave();
	desk_log(s->desk, crl_waiter_poll() == CREEL_ECANCELLED ? 'c' : '?');
	desk_log(s->desk, crl_waiter_poll() == CREEL_ETIMEDOUT ? 't' : '?');
	s->strand->cancel = NULL;
	desk_log(s->desk, crl_waiter_poll() == CREEL_ETIMEDOUT ? 't' : '?');
}

START_TEST(a_poll_delivers_a_request_where_a_wait_would)
{
	ck_assert_int_eq(crl_waiter_poll(), CREEL_ETIMEDOUT); /* a plain thread is never asked */
	assert_outcome(poll_twice, 0, step_clock, "ttctt.");
}
END_TEST

CREEL_SUITE("creel.runner.waiter", what_came_before_ends_a_threads_wait,
	a_deadline_that_has_passed_ends_it_too, a_thread_sleeps_until_its_deadline,
	a_thread_is_woken_by_what_it_waits_for, a_thread_can_wait_for_the_wake_that_is_on_its_way,
	where_waiting_is_not_allowed_nobody_prepares, an_answer_is_reported_as_the_last_word,
	a_job_is_woken_by_the_first_and_told_the_best, a_wait_that_goes_through_cannot_be_cancelled,
	what_was_there_before_a_jobs_wait_ends_it, a_poll_delivers_a_request_where_a_wait_would)
