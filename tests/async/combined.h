/* SPDX-License-Identifier: MIT */
/* combined.h: what the tests of gather, wait and shield share. Values are numbers by address. */
#ifndef CREEL_TEST_ASYNC_COMBINED_H
#define CREEL_TEST_ASYNC_COMBINED_H

#include "async/consumer.h"

#include <check.h>
#include <stdatomic.h>

/* How often an error that nobody looked at was reported. */
static atomic_int reported;

static inline void
count_report(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	(void)error;
	(void)ctx;
	atomic_fetch_add(&reported, 1);
}

static inline void
count_reports(void)
{
	atomic_store(&reported, 0);
	creel_set_unhandled(count_report, NULL);
}

static inline void *
number(intptr_t n)
{
	return (void *)n;
}

static inline void
succeed(creel_future *promise, intptr_t n)
{
	ck_assert_int_eq(creel_future_set_result(promise, number(n)), CREEL_OK);
}

static inline void
fail_with(creel_future *promise, int code)
{
	ck_assert_int_eq(creel_future_set_error(promise, code, "failed"), CREEL_OK);
}

/* Done, with that error; its caller's reference is let go. */
static inline void
expect_refused(creel_future *future, int code)
{
	ck_assert_ptr_nonnull(future);
	ck_assert_int_eq(creel_future_status(future), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(future)->code, code);
	creel_future_unref(future);
}

static inline void
expect_value(const creel_outcome *outcome, intptr_t n)
{
	ck_assert_int_eq(outcome->status, CREEL_OK);
	ck_assert_ptr_eq(outcome->value, number(n));
	ck_assert_ptr_null(outcome->error);
}

/* An outcome that is no value. */
static inline void
expect_error(const creel_outcome *outcome, creel_status status, int code)
{
	ck_assert_int_eq(outcome->status, status);
	ck_assert_ptr_null(outcome->value);
	ck_assert_int_eq(outcome->error->code, code);
}

static inline void
count_callback(creel_future *future, void *arg)
{
	(void)future;
	++*(int *)arg;
}

#endif
