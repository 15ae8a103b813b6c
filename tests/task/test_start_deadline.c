/* SPDX-License-Identifier: MIT */
/* test_start_deadline.c: a task that is not started in time ends without having run. */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

static int ran, dropped;

static void *
run(void *arg)
{
	ran++;
	return arg;
}

static void
drop(void *arg)
{
	(void)arg;
	dropped++;
}

static creel_future *
submit_before(creel_pool *pool, int64_t deadline)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.arg_drop = drop;
	options.start_deadline = deadline;
	return creel_submit_with(pool, &options, run, NULL);
}

static creel_pool *
pool_at_gate(gate *g)
{
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	ck_assert_int_eq(creel_post(pool, gate_task, g), CREEL_OK);
	gate_await_arrivals(g, 1);
	ran = dropped = 0;
	return pool;
}

START_TEST(a_task_that_is_too_late_does_not_run)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g);
	const int64_t now = creel_now();
	creel_future *early = submit_before(pool, now + 1), *late = submit_before(pool, now + 4);
	creel_future *just = submit_before(pool, now + 5), *never = submit_before(pool, INT64_MAX);

	fake_clock_step(5);
	gate_open(&g);
	ck_assert_int_eq(creel_await(early, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(early)->code, CREEL_ETIMEDOUT);
	ck_assert_str_ne(creel_future_error(early)->message, "");
	ck_assert_int_eq(creel_await(late, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_await(just, NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(never, NULL), CREEL_OK);
	ck_assert_int_eq(ran, 2);
	ck_assert_int_eq(dropped, 4);
	creel_futures_unref((creel_future *[]){early, late, just, never}, 4);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(one_that_was_cancelled_stays_so)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g);
	creel_future *future = submit_before(pool, creel_now() + 1);

	ck_assert_int_eq(creel_future_cancel(future), CREEL_CANCEL_NOW);
	fake_clock_step(5);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_take(future, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(dropped, 1);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(zero_is_none_and_what_is_negative_is_refused)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g);
	creel_future *none = submit_before(pool, 0), *refused = submit_before(pool, -1);

	ck_assert_int_eq(creel_await(refused, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(refused)->code, CREEL_EINVAL);
	ck_assert_int_eq(dropped, 1);
	fake_clock_step(CREEL_SECONDS(100));
	gate_open(&g);
	ck_assert_int_eq(creel_take(none, NULL), CREEL_OK);
	creel_future_unref(refused);
	creel_pool_destroy(pool);
}
END_TEST

/* What a task of the pool submits has one, too. */
static void *
submit_late(void *arg)
{
	creel_future *future = submit_before(creel_current_pool(), creel_now() + 1);
	int code;

	fake_clock_step(2);
	creel_await(future, NULL);
	code = creel_future_error(future) != NULL ? creel_future_error(future)->code : 0;
	creel_future_unref(future);
	(void)arg;
	return pointer_of(code);
}

START_TEST(inner_tasks_can_be_too_late)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g);

	gate_open(&g);
	ck_assert_int_eq(take_number(creel_submit(pool, submit_late, NULL)), CREEL_ETIMEDOUT);
	creel_pool_destroy(pool);
}
END_TEST

/* Also where the caller would have to run it. */
START_TEST(a_caller_does_not_run_one_that_is_too_late)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	gate g = GATE_INIT;
	creel_pool *pool;
	creel_future *late, *early;

	fake_clock_start();
	ran = dropped = 0;
	options.workers = 1;
	options.queue_limit = 1;
	options.when_full = CREEL_FULL_CALLER_RUNS;
	pool = creel_pool_create(&options);
	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	ck_assert_int_eq(creel_post(pool, same, NULL), CREEL_OK);
	late = submit_before(pool, creel_now() - 1);
	early = submit_before(pool, creel_now());
	ck_assert_int_eq(creel_future_error(late)->code, CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_status(early), CREEL_OK);
	ck_assert_int_eq(ran, 1);
	ck_assert_int_eq(dropped, 2);
	gate_open(&g);
	creel_future_unref(late);
	creel_future_unref(early);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.start_deadline", a_task_that_is_too_late_does_not_run,
	one_that_was_cancelled_stays_so, zero_is_none_and_what_is_negative_is_refused,
	inner_tasks_can_be_too_late, a_caller_does_not_run_one_that_is_too_late)
