/* SPDX-License-Identifier: MIT */
/* test_executor.c: what Python's tests of its executor ask of one, without its end. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

static void *
square(void *arg)
{
	intptr_t n = (intptr_t)arg;

	return (void *)(n * n);
}

/* 3.2 "submit": the value comes back */
START_TEST(submit)
{
	creel_pool *pool = pool_of(2);
	creel_future *futures[100];
	void *result;

	for (intptr_t i = 0; i < 100; i++)
		futures[i] = creel_submit(pool, square, (void *)i);
	for (intptr_t i = 0; i < 100; i++) {
		ck_assert_int_eq(creel_take(futures[i], &result), CREEL_OK);
		ck_assert_int_eq((intptr_t)result, i * i);
	}
	creel_pool_destroy(pool);
}
END_TEST

typedef struct arguments {
	int self, fn;
	const void *arg;
	bool untouched;
} arguments;

static void *
look_at(void *arg)
{
	arguments *a = arg;

	a->untouched = a->self == 1 && a->fn == 2 && a->arg == a;
	return arg;
}

static void *
echo(void *arg)
{
	return arg;
}

/* 3.2 "submit_keyword": what is passed arrives as it is, whatever it is */
START_TEST(submit_keyword)
{
	static void *const odd[] = {NULL, (void *)1, (void *)-1, (void *)INTPTR_MIN};
	creel_pool *pool = pool_of(1);
	arguments a = {.self = 1, .fn = 2, .arg = &a};
	void *result = NULL;

	ck_assert_int_eq(creel_pool_run(pool, look_at, &a, &result), CREEL_OK);
	ck_assert_ptr_eq(result, &a);
	ck_assert(a.untouched);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		ck_assert_int_eq(creel_pool_run(pool, echo, odd[i], &result), CREEL_OK);
		ck_assert_ptr_eq(result, odd[i]);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
count(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return arg;
}

/* 3.2 "shutdown_race_issue12456": many submissions, then a shutdown at once: it does not hang */
START_TEST(shutdown_race_issue12456)
{
	enum { JOBS = 100 };

	for (int round = 0; round < SCALE_TIMES(500); round++) {
		atomic_int ran = 0;
		void *args[JOBS];
		creel_future *futures[JOBS];
		creel_pool *pool = pool_of(4);

		for (int i = 0; i < JOBS; i++)
			args[i] = &ran;
		ck_assert_int_eq(creel_submit_many(pool, count, args, JOBS, futures), CREEL_OK);
		ck_assert_int_eq(
			creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(atomic_load(&ran), JOBS);
		for (int i = 0; i < JOBS; i++)
			ck_assert_int_eq(creel_future_status(futures[i]), CREEL_OK);
		creel_futures_unref(futures, JOBS);
		creel_pool_destroy(pool);
	}
}
END_TEST

static void
count_drop(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

/* 3.2 "no_stale_references": the argument is let go of when the job has ended, not when its worker
 * has something else to do; also where nobody has the future */
START_TEST(no_stale_references)
{
	const creel_task_options options = {.size = sizeof options, .arg_drop = count_drop};
	atomic_int number = 0;
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit_with(pool, &options, count, &number);

	ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&number), 2);
	creel_future_unref(task);
	creel_future_unref(creel_submit_with(pool, &options, count, &number));
	spin_until(&number, 4);
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_with(void *arg)
{
	return creel_fail((int)(intptr_t)arg, NULL);
}

static void *
nothing(void *arg)
{
	(void)arg;
	return NULL;
}

/* 3.2 "swallows_falsey_exceptions": the code 0 and no message are an error, and NULL is a value;
 * 1.15 "falsy exception objects": the status tells, not the payload */
START_TEST(swallows_falsey_exceptions)
{
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit(pool, fail_with, NULL);
	void *result = &task;

	ck_assert_int_eq(creel_await(task, &result), CREEL_EFAILED);
	ck_assert_ptr_eq(result, &task);
	ck_assert_int_eq(creel_future_error(task)->code, 0);
	ck_assert_str_eq(creel_future_error(task)->message, "");
	creel_future_unref(task);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, &result), CREEL_OK);
	ck_assert_ptr_null(result);
	creel_pool_destroy(pool);
}
END_TEST

static void *
get_thread(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)gettid();
}

/* 3.2 "idle_thread_reuse": no job gets a thread of its own; 1.15 "exception in job": nor does a failed
 * one cost its worker */
START_TEST(idle_thread_reuse)
{
	enum { WORKERS = 3 };
	creel_pool *pool = pool_of(WORKERS);
	const size_t threads = proc_threads();
	intptr_t known[WORKERS];
	int count_known = 0;

	for (int i = 0; i < 1000; i++) {
		void *result;
		int k = 0;

		ck_assert_int_eq(creel_pool_run(pool, fail_with, (void *)EIO, NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_last_error()->code, EIO);
		ck_assert_int_eq(creel_pool_run(pool, get_thread, NULL, &result), CREEL_OK);
		while (k < count_known && known[k] != (intptr_t)result)
			k++;
		ck_assert_int_lt(k, WORKERS);
		if (k == count_known)
			known[count_known++] = (intptr_t)result;
	}
	ck_assert_uint_eq(proc_threads(), threads);
	creel_pool_destroy(pool);
}
END_TEST

static void *
nest(void *arg)
{
	intptr_t depth = (intptr_t)arg;
	void *below = NULL;

	if (depth == 0)
		return NULL;
	if (creel_pool_run(creel_current_pool(), nest, (void *)(depth - 1), &below) != CREEL_OK)
		return (void *)-1;
	return (void *)((intptr_t)below + 1);
}

/* 1.15 "nested submit + wait in a worker": one worker is enough for any depth */
START_TEST(tasks_wait_for_tasks_of_the_same_pool)
{
	const intptr_t depth = SCALE_SUSPENDED(2000);

	for (unsigned workers = 1; workers <= 2; workers++) {
		creel_pool *pool = pool_of(workers);
		void *result = NULL;

		ck_assert_int_eq(creel_pool_run(pool, nest, (void *)depth, &result), CREEL_OK);
		ck_assert_int_eq((intptr_t)result, depth);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* 3.4 "gh105829_should_not_deadlock_if_wakeup_pipe_full": whoever submits is never held up, however
 * much is there and however long no worker comes for it */
START_TEST(gh105829_should_not_deadlock_if_wakeup_pipe_full)
{
	const int jobs = SCALE_TIMES(200000);
	gate g = GATE_INIT;
	atomic_int ran = 0;
	creel_pool *pool = pool_of(2);

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 2);
	for (int i = 0; i < jobs; i++)
		ck_assert_int_eq(creel_post(pool, count, &ran), CREEL_OK);
	ck_assert_int_eq(atomic_load(&ran), 0);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&ran), jobs);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.executor", submit, submit_keyword, shutdown_race_issue12456,
	no_stale_references, swallows_falsey_exceptions, idle_thread_reuse,
	tasks_wait_for_tasks_of_the_same_pool, gh105829_should_not_deadlock_if_wakeup_pipe_full)
