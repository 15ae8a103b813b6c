/* SPDX-License-Identifier: MIT */
/*
 * test_timeouts_errors.c: CPython's cases of asyncio.timeout in which something fails when the time is up, and of
 * what is cancelled inside of it and what outside, by their names there.
 */
#include "support/suite.h"
#include "task/places.h"

enum { ZERO_DIVISION = 1 };

static void *
crash_when_time_is_up(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 10 * MS);
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return creel_fail(ZERO_DIVISION, "1/0");
}

/* 3.11 "foreign_exception_on_timeout": it has expired, and the task ends with its own error */
START_TEST(foreign_exception_on_timeout)
{
	scene s = {.scopes = {CREEL_SCOPE_INIT}};
	creel_future *task;
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	playing = crash_when_time_is_up;
	task = creel_submit(pool, play_it, &s);
	let_time_pass();
	ck_assert_int_eq(creel_await(task, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(task)->code, ZERO_DIVISION);
	ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
	ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
	ck_assert(creel_scope_expired(&s.scopes[0]));
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

/* A child that is interrupted, and fails in its clean-up. */
static void *
crash_in_clean_up(void *arg)
{
	creel_status *slept = arg;

	*slept = creel_sleep(LONG);
	return creel_fail(ZERO_DIVISION, "1/0");
}

static void *
time_out_group(void *arg)
{
	creel_group_error errors[2];
	creel_group *group;
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 10 * MS);
	group = creel_group_create(NULL);
	creel_future_unref(creel_group_submit(group, crash_in_clean_up, &s->waited[2]));
	s->waited[0] = creel_sleep(LONG);
	s->waited[1] = creel_group_join(group, CREEL_FOREVER);
	if (creel_group_errors(group, errors, 2) == 1)
		s->code = errors[0].error->code;
	creel_group_destroy(group);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "timeout_taskgroup": body and child are interrupted; the group fails with the child's error, and it expired */
START_TEST(timeout_taskgroup)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(TASKS, time_out_group, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.waited[2], CREEL_ECANCELLED);
		ck_assert_int_eq(s.waited[1], CREEL_EFAILED);
		ck_assert_int_eq(s.code, ZERO_DIVISION);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
	}
}
END_TEST

static creel_duration limit, pause_inside;
static bool cancel_inside;

/* A block with a timeout, and unrelated code behind it. */
static void *
request_with_timeout(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], limit);
	if (cancel_inside)
		creel_future_cancel(creel_current());
	s->waited[0] = creel_sleep(pause_inside);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	s->code = creel_cancel_requested();
	s->waited[1] = creel_sleep(MS);
	return NULL;
}

static void
expect_request(creel_duration timeout, creel_duration pause, bool cancel, creel_status in,
	creel_status out)
{
	scene s = {.pool = NULL};

	limit = timeout;
	pause_inside = pause;
	cancel_inside = cancel;
	EVERYWHERE(TASKS, request_with_timeout, &s)
	{
		ck_assert_int_eq(s.waited[0], in);
		ck_assert_int_eq(s.left[0], out);
		ck_assert_int_eq(s.code, cancel);
		ck_assert_int_eq(s.waited[1], CREEL_OK);
	}
}

/* 3.6 "uncancel_structured_blocks": a block takes its own timeout back, and nothing else: what is behind it goes on;
 * a cancel from outside is known there */
START_TEST(uncancel_structured_blocks)
{
	fake_clock_start();
	expect_request(LONG, 0, false, CREEL_OK, CREEL_OK);
	expect_request(MS, LONG, false, CREEL_ECANCELLED, CREEL_ETIMEDOUT);
	expect_request(LONG, LONG, true, CREEL_ECANCELLED, CREEL_ECANCELLED);
}
END_TEST

CREEL_SUITE("creel.conformance.timeouts_errors", foreign_exception_on_timeout, timeout_taskgroup,
	uncancel_structured_blocks)
