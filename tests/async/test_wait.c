/* SPDX-License-Identifier: MIT */
/* test_wait.c: creel_wait: when it returns, what is where then, and that nothing is left behind. */
#include "async/combined.h"
#include "future/made.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#define LIMIT CREEL_SECONDS(5)

/* One call of creel_wait(), as a task or a thread. */
typedef struct call {
	creel_future *futures[4];
	size_t n;
	creel_return_when when;
	creel_duration timeout;
	size_t ndone;
	creel_status status;
	int last_code;
	pthread_t thread;
} call;

static void *
wait_for_some(void *arg)
{
	call *c = arg;

	c->ndone = 99;
	c->status = creel_wait(c->futures, c->n, c->when, c->timeout, &c->ndone);
	c->last_code = creel_last_error()->code;
	return c;
}

static void
start(call *c)
{
	pthread_create(&c->thread, NULL, wait_for_some, c);
}

static void
join(call *c, creel_status status, size_t ndone)
{
	pthread_join(c->thread, NULL);
	ck_assert_int_eq(c->status, status);
	ck_assert_uint_eq(c->ndone, ndone);
}

static size_t
poll(creel_future *futures[], size_t n, creel_return_when when, creel_status expected)
{
	size_t ndone = 99;

	ck_assert_int_eq(creel_wait(futures, n, when, 0, &ndone), expected);
	return ndone;
}

/* 3.7 "wait": all are done; to wait for them again takes no time
   1.6 "already satisfied at entry": returns at once */
START_TEST(wait)
{
	made m[2];
	call c = {{made_promise(&m[0]), made_promise(&m[1])}, 2, CREEL_ALL_COMPLETED, CREEL_FOREVER,
		0, 0, 0, 0};
	creel_future *f[2] = {c.futures[0], c.futures[1]};

	start(&c);
	made_await_linked(f[1], 1);
	succeed(f[1], 1);
	made_await_linked(f[0], 1);
	succeed(f[0], 1);
	join(&c, CREEL_OK, 2);
	ck_assert_ptr_eq(c.futures[0], f[0]);
	ck_assert_ptr_eq(c.futures[1], f[1]);
	for (int when = CREEL_FIRST_COMPLETED; when <= CREEL_ALL_COMPLETED; when++)
		ck_assert_uint_eq(poll(f, 2, (creel_return_when)when, CREEL_OK), 2);
	creel_futures_unref(f, 2);
}
END_TEST

/* 3.7 "wait_first_completed": {b} is done, {a} is not. 3.3 "first_completed": the one that is done
   1.6 "pending at return": untouched, nothing linked */
START_TEST(wait_first_completed)
{
	made m[2];
	call c = {{made_promise(&m[0]), made_promise(&m[1])}, 2, CREEL_FIRST_COMPLETED,
		CREEL_FOREVER, 0, 0, 0, 0};
	creel_future *f[2] = {c.futures[0], c.futures[1]};

	start(&c);
	made_await_linked(f[0], 1);
	succeed(f[1], 1);
	join(&c, CREEL_OK, 1);
	ck_assert_ptr_eq(c.futures[0], f[1]);
	ck_assert_ptr_eq(c.futures[1], f[0]);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
	ck_assert_uint_eq(made_linked(f[0]), 0);
	creel_futures_unref(f, 2);
}
END_TEST

/* 3.3 "first_completed_some_already_completed": at once, with all that are done, cancelled ones too
   3.7 "wait_really_done": both. 1.6 "FIRST_COMPLETED": all that are done at that time */
START_TEST(some_already_completed)
{
	creel_future *f[4], *given[4];

	promises_make(f, 4);
	memcpy(given, f, sizeof f);
	succeed(f[1], 1);
	creel_future_cancel(f[3]);
	ck_assert_uint_eq(poll(given, 4, CREEL_FIRST_COMPLETED, CREEL_OK), 2);
	ck_assert(given[0] == f[1] && given[1] == f[3]);
	ck_assert(given[2] == f[0] && given[3] == f[2]);
	creel_futures_unref(f, 4);
}
END_TEST

/* 3.3 "first_exception": when one fails; what succeeded, or was cancelled, before is done as well
   3.3 "first_exception_some_already_complete": a cancelled one is no failure
   3.7 "wait_first_exception_in_wait": one that fails later. 1.6 "FIRST_EXCEPTION": cancelled: waits on */
START_TEST(first_exception)
{
	made m[4];
	call c = {{made_promise(&m[0]), made_promise(&m[1]), made_promise(&m[2]),
			  made_promise(&m[3])},
		4, CREEL_FIRST_EXCEPTION, CREEL_FOREVER, 0, 0, 0, 0};
	creel_future *f[4];

	memcpy(f, c.futures, sizeof f);
	creel_future_cancel(f[0]);
	ck_assert_uint_eq(poll(c.futures, 4, CREEL_FIRST_EXCEPTION, CREEL_ETIMEDOUT), 1);
	start(&c);
	made_await_linked(f[3], 1); /* it waits, though one was cancelled */
	succeed(f[1], 1);
	made_await_linked(f[3], 1);
	creel_future_cancel(f[2]);
	made_await_linked(f[3], 1);
	ck_assert_int_eq(creel_future_status(f[3]), CREEL_EPENDING);
	fail_with(f[3], 1);
	join(&c, CREEL_OK, 4);
	creel_future_error(f[3]);
	creel_futures_unref(f, 4);
}
END_TEST

/* 3.3 "first_exception_one_already_failed": at once. 3.7 "wait_first_exception": the same
   1.6 "errors in done set": waiting is not looking */
START_TEST(first_exception_one_already_failed)
{
	creel_future *f[2], *given[2];

	count_reports();
	promises_make(f, 2);
	given[0] = f[0];
	given[1] = f[1];
	fail_with(f[1], 1);
	ck_assert_uint_eq(poll(given, 2, CREEL_FIRST_EXCEPTION, CREEL_OK), 1);
	ck_assert_ptr_eq(given[0], f[1]);
	creel_futures_unref(f, 2);
	ck_assert_int_eq(atomic_load(&reported), 1);
}
END_TEST

/* 3.3 "all_completed": of any outcome. 3.7 "wait_with_exception": errors stay inside the futures
   1.6 "FIRST_EXCEPTION": if none fails, all */
START_TEST(all_completed)
{
	for (int when = CREEL_FIRST_EXCEPTION; when <= CREEL_ALL_COMPLETED; when++) {
		creel_future *f[3];

		promises_make(f, 3);
		succeed(f[0], 1);
		creel_future_cancel(f[1]);
		ck_assert_uint_eq(poll(f, 3, (creel_return_when)when, CREEL_ETIMEDOUT), 2);
		if (when == CREEL_ALL_COMPLETED)
			fail_with(f[2], 4);
		else
			succeed(f[2], 4);
		ck_assert_uint_eq(poll(f, 3, (creel_return_when)when, CREEL_OK), 3);
		creel_future_error(f[2]);
		creel_futures_unref(f, 3);
	}
}
END_TEST

/* 3.3 "timeout": what is done by then is told. 3.7 "wait_with_timeout": the same
   1.6 "timeout": CREEL_ETIMEDOUT, and nothing is cancelled or left behind */
START_TEST(timeout)
{
	for (int in_task = 0; in_task < 2; in_task++) {
		made m[2];
		call c = {{made_promise(&m[0]), made_promise(&m[1])}, 2, CREEL_ALL_COMPLETED, LIMIT,
			0, 0, 0, 0};
		creel_future *f[2] = {c.futures[0], c.futures[1]}, *task = NULL;
		creel_pool *pool;

		fake_clock_start();
		pool = pool_of(1);
		if (in_task)
			task = creel_submit(pool, wait_for_some, &c);
		else
			start(&c);
		fake_clock_await_sleepers(1);
		succeed(f[1], 1);
		fake_clock_step(LIMIT);
		if (in_task)
			ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		else
			pthread_join(c.thread, NULL);
		ck_assert_int_eq(c.status, CREEL_ETIMEDOUT);
		ck_assert_int_eq(c.last_code, CREEL_ETIMEDOUT);
		ck_assert_uint_eq(c.ndone, 1);
		ck_assert(c.futures[0] == f[1] && c.futures[1] == f[0]);
		ck_assert_uint_eq(made_linked(f[0]), 0);
		ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
		creel_futures_unref(f, 2);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* 3.7 "wait_concurrent_complete": done when the deadline comes: done wins */
START_TEST(wait_concurrent_complete)
{
	made m;
	gate busy = GATE_INIT;
	call c = {{made_promise(&m)}, 1, CREEL_ALL_COMPLETED, LIMIT, 0, 0, 0, 0};
	creel_future *f = c.futures[0], *task, *blocker;
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	task = creel_submit(pool, wait_for_some, &c);
	fake_clock_await_sleepers(1);
	blocker = creel_submit(pool, gate_task, &busy);
	gate_await_arrivals(&busy, 1);
	succeed(f, 1);
	fake_clock_step(LIMIT);
	gate_open(&busy);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_OK);
	ck_assert_uint_eq(c.ndone, 1);
	creel_take(blocker, NULL);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.7 "yield_wait_does_not_shield_cancel": the futures go on
   1.6 "wait itself cancelled": CREEL_ECANCELLED, and nothing is left behind */
START_TEST(caller_is_cancelled)
{
	creel_pool *pool = pool_of(1);
	made m[2];
	call c = {{made_promise(&m[0]), made_promise(&m[1])}, 2, CREEL_ALL_COMPLETED, CREEL_FOREVER,
		0, 0, 0, 0};
	creel_future *f[2] = {c.futures[0], c.futures[1]};
	creel_future *task = creel_submit(pool, wait_for_some, &c);

	made_await_linked(f[1], 1);
	succeed(f[1], 1);
	settle(pool);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_ECANCELLED);
	ck_assert_int_eq(c.last_code, CREEL_ECANCELLED);
	ck_assert_uint_eq(c.ndone, 1);
	ck_assert_ptr_eq(c.futures[0], f[1]);
	ck_assert_uint_eq(made_linked(f[0]), 0);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
	creel_futures_unref(f, 2);
	creel_pool_destroy(pool);
}
END_TEST

static creel_future *others;

static void *
wait_for_itself(void *arg)
{
	creel_future *f[2] = {creel_current(), arg};
	size_t ndone = 9;
	int wrong = 0;

	wrong += creel_wait(f, 2, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone) != CREEL_EDEADLK;
	wrong += ndone != 0 || creel_last_error()->code != CREEL_EDEADLK;
	wrong += creel_wait(f, 2, CREEL_FIRST_EXCEPTION, CREEL_FOREVER, &ndone) != CREEL_EDEADLK;
	wrong += creel_wait(f, 1, CREEL_FIRST_COMPLETED, CREEL_FOREVER, &ndone) != CREEL_EDEADLK;
	wrong += creel_wait(f, 2, CREEL_ALL_COMPLETED, 0, &ndone) != CREEL_ETIMEDOUT;
	creel_no_suspend_enter();
	wrong += creel_wait(&others, 1, CREEL_ALL_COMPLETED, 1, &ndone) != CREEL_EDEADLK;
	creel_no_suspend_leave();
	/* The first of others may be waited for. */
	wrong += creel_wait(f, 2, CREEL_FIRST_COMPLETED, CREEL_FOREVER, &ndone) != CREEL_OK;
	wrong += ndone != 1 || f[0] != arg;
	return pointer_of(wrong);
}

START_TEST(of_itself)
{
	creel_pool *pool = pool_of(1);
	made m;
	creel_future *f = made_promise(&m), *task;

	others = creel_future_create();
	task = creel_submit(pool, wait_for_itself, f);
	made_await_linked(f, 1);
	succeed(f, 1);
	ck_assert_int_eq(take_number(task), 0);
	creel_future_unref(f);
	creel_future_unref(others);
	creel_pool_destroy(pool);
}
END_TEST

static void
wait_in_callback(creel_future *done, void *arg)
{
	call *c = arg;
	creel_future *both[2] = {c->futures[0], done};
	size_t ndone = 9;

	wait_for_some(c);
	if (creel_wait(both, 2, CREEL_FIRST_COMPLETED, CREEL_FOREVER, &ndone) != CREEL_OK ||
		ndone != 1)
		c->status = CREEL_OK;
}

/* In a callback: unless the condition holds. */
START_TEST(in_a_callback)
{
	creel_future *f[2];
	call c = {.n = 1, .when = CREEL_ALL_COMPLETED, .timeout = CREEL_FOREVER};

	promises_make(f, 2);
	c.futures[0] = f[0];
	creel_future_on_done(f[1], wait_in_callback, &c);
	succeed(f[1], 1);
	ck_assert_int_eq(c.status, CREEL_EDEADLK);
	ck_assert_int_eq(c.last_code, CREEL_EDEADLK);
	ck_assert_uint_eq(c.ndone, 0);
	creel_futures_unref(f, 2);
}
END_TEST

CREEL_SUITE("creel.async.wait", wait, wait_first_completed, some_already_completed, first_exception,
	first_exception_one_already_failed, all_completed, timeout, wait_concurrent_complete,
	caller_is_cancelled, of_itself, in_a_callback)
