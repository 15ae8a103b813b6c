/* SPDX-License-Identifier: MIT */
/*
 * test_timeouts.c: CPython's cases of asyncio.timeout, by their names there. Each is played by a task of a pool, by
 * one of a loop, and, if it does not cancel its own task, by a plain thread.
 */
#include "support/suite.h"
#include "task/places.h"

static bool
expired(const scene *s, int i)
{
	return creel_scope_expired(&s->scopes[i]);
}

static void *
time_out(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 10 * MS);
	s->waited[0] = creel_sleep(LONG);
	s->code = creel_last_error()->code;
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "timeout_basic": the wait is cut, leave says ETIMEDOUT, expired() is true, the deadline stays.
 * 3.11 "waiter_cancelled": inside, the wait answers ECANCELLED */
START_TEST(timeout_basic)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, time_out, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.code, CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert(expired(&s, 0));
		ck_assert_int_le(creel_scope_deadline(&s.scopes[0]), creel_now());
	}
}
END_TEST

static void *
time_out_at(void *arg)
{
	scene *s = arg;

	creel_scope_enter_at(&s->scopes[0], creel_now() + 10 * MS);
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "timeout_at_basic": the same for a time of the clock */
START_TEST(timeout_at_basic)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, time_out_at, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert(expired(&s, 0));
	}
}
END_TEST

static void *
nest(void *arg)
{
	const int64_t deadline = creel_now() + 10 * MS;
	scene *s = arg;

	creel_scope_enter_at(&s->scopes[0], deadline);
	creel_scope_enter_at(&s->scopes[1], deadline);
	s->waited[1] = creel_sleep(LONG);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "nested_timeouts": only the outermost says ETIMEDOUT, but both have expired. 1.8 "nested": likewise */
START_TEST(nested_timeouts)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, nest, &s)
	{
		ck_assert_int_eq(s.waited[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert(expired(&s, 0) && expired(&s, 1));
	}
}
END_TEST

/* Both deadlines pass while it works, before it waits; then it waits outside. */
static void *
work_past_both(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 20 * MS);
	creel_scope_enter(&s->scopes[1], 30 * MS);
	crl_clock_step(100 * MS);
	s->waited[1] = creel_sleep(LONG);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "nested_timeouts_concurrent": both are seen late, and the outer one counts */
START_TEST(nested_timeouts_concurrent)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, work_past_both, &s)
	{
		ck_assert_int_eq(s.waited[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert(expired(&s, 0) && expired(&s, 1));
	}
}
END_TEST

static void *
work_past_the_inner(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 60 * MS);
	creel_scope_enter(&s->scopes[1], 10 * MS);
	crl_clock_step(55 * MS);
	s->waited[1] = creel_sleep(LONG);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "nested_timeouts_loop_busy": after the inner one has been told of late, the outer one still ends the next */
START_TEST(nested_timeouts_loop_busy)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, work_past_the_inner, &s)
	{
		ck_assert_int_eq(s.waited[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[1], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
	}
}
END_TEST

static void *
be_in_time(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], LONG);
	s->waited[0] = creel_sleep(10 * MS);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	creel_scope_enter(&s->scopes[1], CREEL_FOREVER);
	s->waited[1] = creel_sleep(10 * MS);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	creel_scope_enter_at(&s->scopes[2], INT64_MAX);
	s->waited[2] = creel_sleep(10 * MS);
	s->left[2] = creel_scope_leave(&s->scopes[2]);
	return NULL;
}

/* 3.11 "timeout_not_called": no effect, not expired. 3.11 "timeout_disabled": nor where there is none.
 * 3.11 "timeout_at_disabled": nor here */
START_TEST(timeout_not_called)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, be_in_time, &s)
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(s.waited[i], CREEL_OK);
		ck_assert_int_eq(s.left[i], CREEL_OK);
		ck_assert(!expired(&s, i));
		if (i > 0)
			ck_assert_int_eq(creel_scope_deadline(&s.scopes[i]), INT64_MAX);
	}
}
END_TEST

static void *
begin_expired(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 0);
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	creel_scope_enter(&s->scopes[1], 0);
	s->waited[1] = creel_sleep(0);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	creel_scope_enter_at(&s->scopes[2], creel_now() - CREEL_SECONDS(1));
	s->waited[2] = creel_sleep(0);
	s->left[2] = creel_scope_leave(&s->scopes[2]);
	return NULL;
}

/* 3.11 "timeout_zero": it ends the first wait. 3.11 "timeout_zero_sleep_zero": also one that only yields.
 * 3.11 "timeout_in_the_past_sleep_zero": and by a time that has passed */
START_TEST(timeout_zero)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, begin_expired, &s)
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(s.waited[i], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[i], CREEL_ETIMEDOUT);
		ck_assert(expired(&s, i));
	}
}
END_TEST

static void *
never_wait(void *arg)
{
	creel_future *done = creel_future_create();
	scene *s = arg;

	creel_future_set_result(done, s);
	creel_scope_enter(&s->scopes[0], 0);
	s->waited[0] = creel_take(done, NULL);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 1.8 "body finishes without suspending": an outcome that is there is returned, and nothing has expired */
START_TEST(body_without_waits)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, never_wait, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_OK);
		ck_assert_int_eq(s.left[0], CREEL_OK);
		ck_assert(!expired(&s, 0));
	}
}
END_TEST

static void *
await_failure(void *arg)
{
	creel_future *failed = creel_future_create();
	scene *s = arg;

	creel_future_set_error(failed, 42, "foreign");
	creel_scope_enter(&s->scopes[0], 10 * MS);
	s->waited[0] = creel_take(failed, NULL);
	s->code = creel_last_error()->code;
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "foreign_exception_passed": another error is untouched, and the scope has not expired */
START_TEST(foreign_exception_passed)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, await_failure, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_EFAILED);
		ck_assert_int_eq(s.code, 42);
		ck_assert_int_eq(s.left[0], CREEL_OK);
		ck_assert(!expired(&s, 0));
	}
}
END_TEST

static void *
be_cancelled_inside(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], LONG);
	creel_future_cancel(creel_current());
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	s->waited[1] = creel_sleep(0);
	return NULL;
}

/* 3.11 "foreign_cancel_doesnt_timeout_if_not_expired": ECANCELLED, not expired; and it is told once.
 * 1.8 "foreign cancel when not expired": likewise */
START_TEST(foreign_cancel_doesnt_timeout_if_not_expired)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(TASKS, be_cancelled_inside, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.waited[1], CREEL_OK);
		ck_assert(!expired(&s, 0));
	}
}
END_TEST

static void *
go_on_outside(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], MS);
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	s->waited[1] = creel_sleep(MS);
	s->code = creel_cancel_requested();
	return s;
}

/* 3.11 "outer_task_is_not_cancelled": it goes on outside of the scope, and ends with its value */
START_TEST(outer_task_is_not_cancelled)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, go_on_outside, &s)
	{
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[1], CREEL_OK);
		ck_assert_int_eq(s.code, false);
		ck_assert_ptr_eq(s.value, &s);
	}
}
END_TEST

static void *
move_it(void *arg)
{
	const int64_t old = creel_now() + 10 * MS, new = creel_now() + 20 * MS;
	creel_status status[3];
	int64_t seen[3];
	scene *s = arg;

	creel_scope_enter_at(&s->scopes[0], old);
	seen[0] = creel_scope_deadline(&s->scopes[0]);
	status[0] = creel_scope_reschedule_at(&s->scopes[0], new);
	seen[1] = creel_scope_deadline(&s->scopes[0]);
	s->waited[0] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	creel_scope_enter(&s->scopes[1], 10 * MS);
	status[1] = creel_scope_reschedule(&s->scopes[1], CREEL_FOREVER);
	seen[2] = creel_scope_deadline(&s->scopes[1]);
	s->waited[1] = creel_sleep(20 * MS);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	status[2] = creel_scope_reschedule(&s->scopes[1], MS);
	s->code = seen[0] == old && seen[1] == new &&seen[2] == INT64_MAX &&status[0] ==
					    CREEL_OK &&status[1] == CREEL_OK &&status[2] ==
					    CREEL_ESTATE;
	return NULL;
}

/* 3.11 "reschedule": moved, taken away; the state is kept */
START_TEST(reschedule)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, move_it, &s)
	{
		ck_assert_int_eq(s.code, true);
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[1], CREEL_OK);
		ck_assert_int_eq(s.left[1], CREEL_OK);
	}
}
END_TEST

static void *
clean_up_shielded(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 10 * MS);
	s->waited[0] = creel_sleep(LONG);
	creel_scope_enter_shielded(&s->scopes[1], 10 * MS);
	s->waited[1] = creel_sleep(LONG);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	return NULL;
}

/* 3.11 "nested_timeout_in_finally": a second one during the clean-up works, if it is shielded */
START_TEST(nested_timeout_in_finally)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, clean_up_shielded, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.waited[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[1], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
	}
}
END_TEST

static void *
swallow_then_time_out(void *arg)
{
	scene *s = arg;

	creel_future_cancel(creel_current());
	s->waited[0] = creel_sleep(LONG);
	creel_scope_enter(&s->scopes[0], 0);
	s->waited[1] = creel_sleep(LONG);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	creel_scope_enter(&s->scopes[1], LONG);
	creel_future_cancel(creel_current());
	s->waited[2] = creel_sleep(LONG);
	s->left[1] = creel_scope_leave(&s->scopes[1]);
	return NULL;
}

/* 3.11 "timeout_after_cancellation": a request that was told before does not make it one by a request.
 * 3.11 "cancel_in_timeout_after_cancellation": a new one does */
START_TEST(timeout_after_cancellation)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(TASKS, swallow_then_time_out, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.waited[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[2], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[1], CREEL_ECANCELLED);
		ck_assert(!expired(&s, 1));
	}
}
END_TEST

static void *
misuse(void *arg)
{
	scene *s = arg;
	creel_scope *scope = &s->scopes[0];
	int wrong = 0;

	wrong += creel_scope_reschedule(scope, MS) != CREEL_ESTATE;
	wrong += creel_scope_leave(scope) != CREEL_ESTATE;
	wrong += creel_scope_enter(scope, 0) != CREEL_OK;
	wrong += creel_scope_enter(scope, MS) != CREEL_ESTATE;
	wrong += creel_sleep(MS) != CREEL_ECANCELLED;
	wrong += creel_scope_reschedule(scope, MS) != CREEL_ESTATE;
	wrong += creel_scope_leave(scope) != CREEL_ETIMEDOUT;
	wrong += creel_scope_reschedule(scope, MS) != CREEL_ESTATE;
	wrong += creel_scope_enter(scope, MS) != CREEL_ESTATE;
	wrong += creel_scope_leave(scope) != CREEL_ESTATE;
	s->code = wrong;
	return NULL;
}

/* 3.11 "already_entered": ESTATE. 3.11 "double_enter": ESTATE. 3.11 "not_entered": ESTATE. 3.11 "finished": ESTATE.
 * 3.11 "expired": ESTATE. 3.11 "expiring": ESTATE, once a wait was told */
START_TEST(wrong_states)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, misuse, &s)
	ck_assert_int_eq(s.code, 0);
}
END_TEST

static creel_status in_callback;

static void
enter_in_callback(creel_future *future, void *arg)
{
	creel_scope scope = CREEL_SCOPE_INIT;

	(void)future;
	in_callback = creel_scope_enter(&scope, *(creel_duration *)arg);
}

/* 3.11 "without_task": otherwise: a plain thread has scopes, too, but a callback has none */
START_TEST(without_task)
{
	creel_future *f = creel_future_create();
	creel_duration timeout = MS;

	creel_future_on_done(f, enter_in_callback, &timeout);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(in_callback, CREEL_ESTATE);
	creel_future_unref(f);
}
END_TEST

CREEL_SUITE("creel.conformance.timeouts", timeout_basic, timeout_at_basic, nested_timeouts,
	nested_timeouts_concurrent, nested_timeouts_loop_busy, timeout_not_called, timeout_zero,
	body_without_waits, foreign_exception_passed, foreign_cancel_doesnt_timeout_if_not_expired,
	outer_task_is_not_cancelled, reschedule, nested_timeout_in_finally,
	timeout_after_cancellation, wrong_states, without_task)
