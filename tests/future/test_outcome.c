/* SPDX-License-Identifier: MIT */
/* test_outcome.c: how plain threads wait for a future, and get and take its outcome. */
#include "base/clock.h"
#include "future/made.h"
#include "support/fake_clock.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <pthread.h>

static char a_value, another; /* values by address */

/* A thread that waits for a future, and what it got. */
typedef struct reader {
	pthread_t thread;
	creel_future *future;
	creel_duration timeout;
	creel_status status;
	void *value;
	int code; /* of the future's error after the wait; -1: none */
	int64_t ended;
} reader;

static void *
read_it(void *arg)
{
	reader *r = arg;
	const creel_error *error;

	r->value = &another;
	r->status = r->timeout == CREEL_FOREVER ? creel_await(r->future, &r->value)
						: creel_await_for(r->future, r->timeout, &r->value);
	r->ended = creel_now();
	error = creel_future_error(r->future);
	r->code = error != NULL ? error->code : -1;
	return NULL;
}

/* Starts it, and returns when it is in the future's list. */
static void
start_reader(reader *r, creel_future *f, creel_duration timeout)
{
	const size_t before = made_linked(f);

	*r = (reader){.future = f, .timeout = timeout};
	pthread_create(&r->thread, NULL, read_it, r);
	made_await_linked(f, before + 1);
}

static void
join_reader(reader *r)
{
	pthread_join(r->thread, NULL);
}

static creel_future *
with_value(void *value)
{
	creel_future *f = creel_future_create();

	creel_future_set_result(f, value);
	return f;
}

static creel_future *
with_error(int code)
{
	creel_future *f = creel_future_create();

	creel_future_set_error(f, code, "x");
	creel_future_error(f);
	return f;
}

static creel_future *
cancelled(void)
{
	creel_future *f = creel_future_create();

	creel_future_cancel(f);
	return f;
}

static void
expect_poll(creel_future *f, creel_status status, void *value)
{
	void *out = &another;

	ck_assert_int_eq(creel_await_for(f, 0, &out), status);
	ck_assert_ptr_eq(out, status == CREEL_OK ? value : &another);
	ck_assert_int_eq(creel_await_for(f, 0, NULL), status);
}

/* 3.1 "result_with_timeout": 0 polls: pending, running, cancelled, failed, ok */
/* 1.2 "result(timeout)": timeout 0 is a poll, and *result is written on OK alone */
START_TEST(result_with_timeout)
{
	made tasks[2];
	creel_future *pending = made_task(&tasks[0], CRL_PENDING);
	creel_future *running = made_task(&tasks[1], CRL_RUNNING);
	creel_future *done[] = {cancelled(), with_error(5), with_value(&a_value)};

	expect_poll(pending, CREEL_ETIMEDOUT, NULL);
	expect_poll(running, CREEL_ETIMEDOUT, NULL);
	expect_poll(done[0], CREEL_ECANCELLED, NULL);
	expect_poll(done[1], CREEL_EFAILED, NULL);
	expect_poll(done[2], CREEL_OK, &a_value);
	creel_futures_unref(done, 3);
	creel_future_unref(pending);
	creel_future_unref(running);
}
END_TEST

static void
expect_error(creel_future *f, creel_status status, int code)
{
	ck_assert_int_eq(creel_await_for(f, 0, NULL), status);
	ck_assert_int_eq(creel_last_error()->code, code);
	if (creel_future_done(f))
		ck_assert_int_eq(creel_future_error(f)->code, code);
	else
		ck_assert_ptr_null(creel_future_error(f));
}

/* 3.1 "exception_with_timeout": the same table for the error; none for a value */
/* 1.2 "exception(timeout)": await, then the error; NULL for a value */
START_TEST(exception_with_timeout)
{
	made tasks[2];
	creel_future *pending = made_task(&tasks[0], CRL_PENDING);
	creel_future *running = made_task(&tasks[1], CRL_RUNNING);
	creel_future *done[] = {cancelled(), with_error(5), with_value(NULL)};

	expect_error(pending, CREEL_ETIMEDOUT, CREEL_ETIMEDOUT);
	expect_error(running, CREEL_ETIMEDOUT, CREEL_ETIMEDOUT);
	expect_error(done[0], CREEL_ECANCELLED, CREEL_ECANCELLED);
	expect_error(done[1], CREEL_EFAILED, 5);
	ck_assert_int_eq(creel_await_for(done[2], 0, NULL), CREEL_OK);
	ck_assert_ptr_null(creel_future_error(done[2]));
	creel_futures_unref(done, 3);
	creel_future_unref(pending);
	creel_future_unref(running);
}
END_TEST

/* 3.1 "result_with_success": a blocked reader is woken by set_result from another thread */
START_TEST(result_with_success)
{
	creel_future *f = creel_future_create();
	reader r;

	start_reader(&r, f, CREEL_FOREVER);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	join_reader(&r);
	ck_assert_int_eq(r.status, CREEL_OK);
	ck_assert_ptr_eq(r.value, &a_value);
	ck_assert_int_eq(r.code, -1);
	creel_future_unref(f);
}
END_TEST

/* 3.1 "result_with_cancel": a blocked reader is woken by cancel */
/* 1.2 "cancel() and blocked result()": it returns ECANCELLED at once */
START_TEST(result_with_cancel)
{
	creel_future *f = creel_future_create();
	reader r;

	start_reader(&r, f, CREEL_FOREVER);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_NOW);
	join_reader(&r);
	ck_assert_int_eq(r.status, CREEL_ECANCELLED);
	ck_assert_ptr_eq(r.value, &another);
	creel_future_unref(f);
}
END_TEST

/* 3.1 "exception_with_success": a blocked error reader is woken */
START_TEST(exception_with_success)
{
	creel_future *f = creel_future_create();
	reader r;

	start_reader(&r, f, CREEL_FOREVER);
	ck_assert_int_eq(creel_future_set_error(f, 12, "x"), CREEL_OK);
	join_reader(&r);
	ck_assert_int_eq(r.status, CREEL_EFAILED);
	ck_assert_int_eq(r.code, 12);
	creel_future_unref(f);
}
END_TEST

/* 1.2 "result() many times / from many threads": the same value for all, every time */
START_TEST(many_readers)
{
	enum { READERS = 8 };
	creel_future *f = creel_future_create();
	reader readers[READERS];
	void *out = NULL;

	for (int i = 0; i < READERS; i++)
		start_reader(&readers[i], f, CREEL_FOREVER);
	ck_assert_uint_eq(made_linked(f), READERS);
	creel_future_set_result(f, &a_value);
	for (int i = 0; i < READERS; i++) {
		join_reader(&readers[i]);
		ck_assert_int_eq(readers[i].status, CREEL_OK);
		ck_assert_ptr_eq(readers[i].value, &a_value);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_await(f, &out), CREEL_OK);
		ck_assert_ptr_eq(out, &a_value);
	}
	creel_future_unref(f);
}
END_TEST

/* 1.2 "result(timeout)": a timeout neither cancels nor disturbs the future */
START_TEST(a_timeout_leaves_the_future_alone)
{
	creel_future *f = creel_future_create();
	reader impatient, patient;

	fake_clock_start();
	start_reader(&patient, f, CREEL_FOREVER);
	start_reader(&impatient, f, CREEL_SECONDS(3));
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(3));
	join_reader(&impatient);
	ck_assert_int_eq(impatient.status, CREEL_ETIMEDOUT);
	ck_assert_ptr_eq(impatient.value, &another);
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	ck_assert_uint_eq(made_linked(f), 1);
	creel_future_set_result(f, &a_value);
	join_reader(&patient);
	ck_assert_int_eq(patient.status, CREEL_OK);
	creel_future_unref(f);
}
END_TEST

/* 0.2 "Time": a wake-up for no reason neither ends nor extends a wait */
START_TEST(spurious_wake_ups_change_no_deadline)
{
	creel_future *f = creel_future_create();
	int64_t start;
	reader r;

	fake_clock_start();
	start = creel_now();
	start_reader(&r, f, 10);
	for (int i = 0; i < 9; i++) {
		fake_clock_await_sleepers(1);
		fake_clock_step(1);
	}
	fake_clock_await_sleepers(1);
	fake_clock_step(1);
	join_reader(&r);
	ck_assert_int_eq(r.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(r.ended - start, 10);
	creel_future_unref(f);
}
END_TEST

/* 3.16 "21. deadline vs completion tie": the value */
/* 4 "T1": (e) done wins */
START_TEST(done_beats_the_deadline)
{
	creel_future *f = creel_future_create();
	reader r;

	fake_clock_start();
	start_reader(&r, f, CREEL_SECONDS(1));
	fake_clock_await_sleepers(1);
	crl_clock_step(CREEL_SECONDS(2)); /* wakes nobody */
	creel_future_set_result(f, &a_value);
	join_reader(&r);
	ck_assert_int_eq(r.status, CREEL_OK);
	ck_assert_ptr_eq(r.value, &a_value);
	creel_future_unref(f);
}
END_TEST

/* 0.2 "Time": negative is EINVAL, done or not; zero polls; FOREVER is no deadline */
START_TEST(durations)
{
	creel_future *pending = creel_future_create(), *ok = with_value(&a_value);
	void *out = &another;
	reader r;

	ck_assert_int_eq(creel_await_for(pending, -1, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_await_for(ok, -1, &out), CREEL_EINVAL);
	ck_assert_int_eq(creel_await_for(ok, INT64_MIN, &out), CREEL_EINVAL);
	ck_assert_ptr_eq(out, &another);
	ck_assert_int_eq(creel_await_for(ok, CREEL_FOREVER, &out), CREEL_OK);
	ck_assert_ptr_eq(out, &a_value);
	start_reader(&r, pending, CREEL_FOREVER - 1); /* from now on it would overflow */
	creel_future_set_result(pending, NULL);
	join_reader(&r);
	ck_assert_int_eq(r.status, CREEL_OK);
	creel_future_unref(pending);
	creel_future_unref(ok);
}
END_TEST

/* 4 "T2": (iii) whoever timed out is unlinked: a loop of short waits leaves nothing behind */
START_TEST(short_waits_leave_no_garbage)
{
	creel_future *f = creel_future_create();

	for (int i = 0; i < SCALE_TIMES(10000); i++)
		ck_assert_int_eq(creel_await_for(f, 1, NULL), CREEL_ETIMEDOUT);
	ck_assert_uint_eq(made_linked(f), 0);
	creel_future_unref(f);
}
END_TEST

/* 3.5 "yield_from_twice": awaiting a done future does not suspend, however often */
/* 1.3 "await": a done future is answered even where waiting is not allowed */
START_TEST(yield_from_twice)
{
	creel_future *ok = with_value(&a_value), *pending = creel_future_create();
	void *out = NULL;

	creel_no_suspend_enter();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(creel_await(ok, &out), CREEL_OK);
		ck_assert_ptr_eq(out, &a_value);
		ck_assert_int_eq(creel_await_for(ok, CREEL_SECONDS(1), NULL), CREEL_OK);
	}
	ck_assert_int_eq(creel_await(pending, NULL), CREEL_EDEADLK);
	ck_assert_int_eq(creel_await_for(pending, 1, NULL), CREEL_EDEADLK);
	ck_assert_int_eq(creel_await_for(pending, 0, NULL), CREEL_ETIMEDOUT);
	creel_no_suspend_leave();
	ck_assert_int_eq(creel_await_for(pending, 1, NULL), CREEL_ETIMEDOUT);
	ck_assert_uint_eq(made_linked(pending), 0);
	creel_future_unref(ok);
	creel_future_unref(pending);
}
END_TEST

static void
never(creel_future *f, void *arg)
{
	(void)f;
	(void)arg;
}

START_TEST(null_arguments)
{
	creel_future *f = creel_future_create();

	ck_assert(!creel_future_done(NULL));
	ck_assert_int_eq(creel_future_status(NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_future_result(NULL, NULL), CREEL_EINVAL);
	ck_assert_ptr_null(creel_future_error(NULL));
	ck_assert_int_eq(creel_future_set_result(NULL, &a_value), CREEL_EINVAL);
	ck_assert_int_eq(creel_future_set_error(NULL, 1, "x"), CREEL_EINVAL);
	ck_assert_int_eq((creel_future_set_error)(NULL, 1, "x"), CREEL_EINVAL);
	ck_assert_int_eq(creel_future_cancel(NULL), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_on_done(NULL, never, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_future_on_done(f, NULL, NULL), CREEL_EINVAL);
	ck_assert_uint_eq(creel_future_remove_on_done(NULL, never, NULL), 0);
	ck_assert_uint_eq(creel_future_remove_on_done(f, NULL, NULL), 0);
	ck_assert_int_eq(creel_await(NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_await_for(NULL, 0, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_take(NULL, NULL), CREEL_EINVAL);
	ck_assert_ptr_null(creel_future_ref(NULL));
	creel_future_unref(NULL);
	ck_assert_int_eq(creel_future_set_result(f, NULL), CREEL_OK);
	creel_future_unref(f);
}
END_TEST

CREEL_SUITE("creel.future.outcome", result_with_timeout, exception_with_timeout,
	result_with_success, result_with_cancel, exception_with_success, many_readers,
	a_timeout_leaves_the_future_alone, spurious_wake_ups_change_no_deadline,
	done_beats_the_deadline, durations, short_waits_leave_no_garbage, yield_from_twice,
	null_arguments)
