/* SPDX-License-Identifier: MIT */
/* test_gather_errors.c: what a gather makes of members that fail, and who reports their errors. */
#include "async/combined.h"
#include "future/made.h"
#include "support/suite.h"

#define N 4

/* 3.8 "one_exception": the first ends it; later results, cancels and errors change nothing
   1.5 "`return_exceptions=False`, first error": at once; the others go on */
START_TEST(one_exception)
{
	creel_future *f[N], *whole;
	int calls = 0;

	count_reports();
	promises_make(f, N);
	whole = creel_gather(f, N, 0);
	creel_future_on_done(whole, count_callback, &calls);
	fail_with(f[2], 22);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EFAILED);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 22);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
	succeed(f[0], 1);
	ck_assert_int_eq(creel_future_cancel(f[1]), CREEL_CANCEL_NOW);
	fail_with(f[3], 33);
	ck_assert_int_eq(creel_future_error(whole)->code, 22);
	ck_assert_int_eq(calls, 1);
	creel_futures_unref(f, N);
	creel_future_unref(whole);
	ck_assert_int_eq(atomic_load(&reported), 0);
}
END_TEST

/* 1.5 "already-done inputs": of those that have failed the first in the order of the arguments
   1.5 "which error is first": else the one that was first in time */
START_TEST(which_is_first)
{
	creel_future *f[N], *whole;

	promises_make(f, N);
	fail_with(f[3], 3);
	fail_with(f[1], 1);
	for (unsigned flags = 0; flags <= CREEL_CANCEL_ON_ERROR; flags += CREEL_CANCEL_ON_ERROR) {
		whole = creel_gather(f, N, flags);
		if (flags == 0)
			ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
		else
			ck_assert_int_eq(creel_future_status(f[0]), CREEL_ECANCELLED);
		expect_refused(whole, 1);
	}
	creel_futures_unref(f, N);
	promises_make(f, N);
	whole = creel_gather(f, N, 0);
	fail_with(f[3], 3);
	fail_with(f[1], 1);
	expect_refused(whole, 3);
	creel_future_cancel(f[0]); /* a gather lives until all have ended */
	creel_future_cancel(f[2]);
	creel_futures_unref(f, N);
}
END_TEST

/* 3.8 "return_exceptions": done when all are, with values and errors in their places
   1.5 "`return_exceptions=True`": waits for all, and does not fail */
START_TEST(return_exceptions)
{
	creel_future *f[N], *whole;
	creel_outcome *outcomes;
	void *value = NULL;

	promises_make(f, N);
	whole = creel_gather(f, N, CREEL_RETURN_EXCEPTIONS);
	fail_with(f[2], 22);
	succeed(f[1], 1);
	fail_with(f[3], 33);
	ck_assert(!creel_future_done(whole));
	succeed(f[0], 3);
	ck_assert_int_eq(creel_await(whole, &value), CREEL_OK);
	outcomes = value;
	expect_value(&outcomes[0], 3);
	expect_value(&outcomes[1], 1);
	expect_error(&outcomes[2], CREEL_EFAILED, 22);
	expect_error(&outcomes[3], CREEL_EFAILED, 33);
	ck_assert_ptr_eq(outcomes[3].error, creel_future_error(f[3]));
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* 3.8 "one_cancellation": the gather has failed, with the code CREEL_ECANCELLED; it is not cancelled
   1.5 "child cancelled, re=False": a failure; the others go on */
START_TEST(one_cancellation)
{
	creel_future *f[N], *whole;

	promises_make(f, N);
	whole = creel_gather(f, N, 0);
	creel_future_cancel(f[1]);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(whole)->code, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
	creel_future_unref(whole);
	for (int i = 0; i < N; i++)
		creel_future_cancel(f[i]);
	creel_futures_unref(f, N);
}
END_TEST

/* 3.8 "result_exception_one_cancellation": its place says so, and the gather waits for the others
   1.5 "child cancelled, re=True": CREEL_ECANCELLED in its place */
START_TEST(result_exception_one_cancellation)
{
	creel_future *f[2], *whole;
	void *value = NULL;

	promises_make(f, 2);
	whole = creel_gather(f, 2, CREEL_RETURN_EXCEPTIONS);
	creel_future_cancel(f[0]);
	ck_assert(!creel_future_done(whole));
	succeed(f[1], 1);
	ck_assert_int_eq(creel_await(whole, &value), CREEL_OK);
	expect_error(value, CREEL_ECANCELLED, CREEL_ECANCELLED);
	expect_value((creel_outcome *)value + 1, 1);
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
}
END_TEST

/* The reports when a gather of two that fail, after being used so, and all else is let go of. */
static int
reports_after(unsigned flags, void (*use)(creel_future *whole))
{
	creel_future *f[2], *whole;

	count_reports();
	promises_make(f, 2);
	whole = creel_gather(f, 2, flags);
	fail_with(f[0], 1);
	if (flags == 0 && use != NULL)
		use(whole);
	fail_with(f[1], 2);
	if (flags != 0 && use != NULL)
		use(whole);
	creel_futures_unref(f, 2);
	ck_assert_int_eq(atomic_load(&reported), 0); /* the gather holds them */
	creel_future_unref(whole);
	creel_set_unhandled(NULL, NULL);
	return atomic_load(&reported);
}

static void
await_it(creel_future *whole)
{
	creel_await(whole, NULL);
}

static void
take_it(creel_future *whole)
{
	void *value = NULL;

	creel_take(creel_future_ref(whole), &value);
	creel_free(value);
}

static void
read_it(creel_future *whole)
{
	creel_future_result(whole, NULL);
}

static void
read_error(creel_future *whole)
{
	creel_future_error(whole);
}

static void
not_look(creel_future *whole)
{
	int calls = 0;
	size_t ndone = 0;

	creel_future_done(whole);
	creel_future_status(whole);
	creel_future_on_done(whole, count_callback, &calls);
	creel_future_cancel(whole);
	creel_wait(&whole, 1, CREEL_ALL_COMPLETED, 0, &ndone);
	ck_assert_uint_eq(ndone, 1);
}

/* 3.8 "exception_marking": once the gather was looked at, later errors count as looked at as well */
START_TEST(exception_marking)
{
	ck_assert_int_eq(reports_after(0, await_it), 0);
	ck_assert_int_eq(reports_after(0, take_it), 0);
	ck_assert_int_eq(reports_after(0, read_it), 0);
	ck_assert_int_eq(reports_after(0, read_error), 0);
}
END_TEST

/* To be lent or to take the outcomes is to look at them. */
START_TEST(reading_outcomes_is_looking)
{
	ck_assert_int_eq(reports_after(CREEL_RETURN_EXCEPTIONS, await_it), 0);
	ck_assert_int_eq(reports_after(CREEL_RETURN_EXCEPTIONS, take_it), 0);
	ck_assert_int_eq(reports_after(CREEL_RETURN_EXCEPTIONS, read_it), 0);
}
END_TEST

/* Each error is reported once, by its own future; the gather's, which is borrowed, is not. */
START_TEST(nobody_looked)
{
	static const unsigned flags[] = {0, CREEL_RETURN_EXCEPTIONS};

	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(reports_after(flags[i], NULL), 2);
		ck_assert_int_eq(reports_after(flags[i], not_look), 2);
	}
	ck_assert_int_eq(reports_after(CREEL_RETURN_EXCEPTIONS, read_error), 2); /* it has none */
}
END_TEST

/* Let go of at once: the errors that come later are still somebody's. */
START_TEST(dropped_before_the_errors)
{
	creel_future *f[2];

	count_reports();
	promises_make(f, 2);
	creel_future_unref(creel_gather(f, 2, 0));
	fail_with(f[0], 1);
	fail_with(f[1], 2);
	creel_future_error(f[1]); /* looked at by itself */
	creel_futures_unref(f, 2);
	ck_assert_int_eq(atomic_load(&reported), 1);
}
END_TEST

/* The gather's error is its member's, which lives as long. */
START_TEST(error_is_borrowed)
{
	made m;
	creel_future *f = made_promise(&m), *whole = creel_gather(&f, 1, 0);
	const creel_error *error;

	fail_with(f, 9);
	error = creel_future_error(f);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 0);
	ck_assert_ptr_eq(creel_future_error(whole), error);
	ck_assert_str_eq(creel_future_error(whole)->message, "failed");
	creel_future_unref(whole);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

/* Let a running one end, as a worker would. */
static void
end_made(creel_future *f)
{
	ck_assert(crl_future_complete(f, CRL_VALUE, NULL));
}

/* 1.5 "`return_exceptions=False`, first error": CREEL_CANCEL_ON_ERROR cancels the others, waits for all */
/* 5 "D10": on demand an error cancels the others */
START_TEST(cancel_on_error)
{
	made m;
	creel_future *f[3] = {
		creel_future_create(), creel_future_create(), made_task(&m, CRL_RUNNING)};
	creel_future *whole = creel_gather(f, 3, CREEL_CANCEL_ON_ERROR);

	fail_with(f[1], 11);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING); /* one still runs */
	end_made(f[2]);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 11);
	creel_futures_unref(f, 3);
	creel_future_unref(whole);
}
END_TEST

/* Also if it was the end of a cancelled one; the first in time stays first. */
START_TEST(cancel_on_cancelled_member)
{
	creel_future *f[3], *whole;

	promises_make(f, 3);
	whole = creel_gather(f, 3, CREEL_CANCEL_ON_ERROR);
	creel_future_cancel(f[2]);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(creel_future_status(f[i]), CREEL_ECANCELLED);
	expect_refused(whole, CREEL_ECANCELLED);
	creel_futures_unref(f, 3);
}
END_TEST

/* Both flags: the first failure cancels, and all of it are outcomes. */
START_TEST(cancel_on_error_and_return)
{
	creel_future *f[3], *whole;
	creel_outcome *outcomes;
	void *value = NULL;

	promises_make(f, 3);
	succeed(f[0], 5);
	whole = creel_gather(f, 3, CREEL_CANCEL_ON_ERROR | CREEL_RETURN_EXCEPTIONS);
	fail_with(f[1], 11);
	ck_assert_int_eq(creel_await(whole, &value), CREEL_OK);
	outcomes = value;
	expect_value(&outcomes[0], 5);
	expect_error(&outcomes[1], CREEL_EFAILED, 11);
	expect_error(&outcomes[2], CREEL_ECANCELLED, CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_futures_unref(f, 3);
}
END_TEST

CREEL_SUITE("creel.async.gather_errors", one_exception, which_is_first, return_exceptions,
	one_cancellation, result_exception_one_cancellation, exception_marking,
	reading_outcomes_is_looking, nobody_looked, dropped_before_the_errors, error_is_borrowed,
	cancel_on_error, cancel_on_cancelled_member, cancel_on_error_and_return)
