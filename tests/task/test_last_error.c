/* SPDX-License-Identifier: MIT */
/* test_last_error.c: creel_last_error is the task's own, or the thread's. */
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

/* A copy of creel_last_error(), for the test's thread to look at. */
typedef struct copy {
	int code, line;
	char message[256], file[256];
	bool has_file, has_cause;
} copy;

static copy
copy_of(const creel_error *error)
{
	copy c = {error->code, error->line, "", "", error->file != NULL, error->cause != NULL};

	snprintf(c.message, sizeof c.message, "%s", error->message);
	snprintf(c.file, sizeof c.file, "%s", error->file != NULL ? error->file : "");
	return c;
}

static void
ck_nothing(const copy *c)
{
	ck_assert_int_eq(c->code, CREEL_OK);
	ck_assert_str_eq(c->message, creel_status_text(CREEL_OK));
	ck_assert(!c->has_file);
	ck_assert_int_eq(c->line, 0);
	ck_assert(!c->has_cause);
}

static void *
copy_last_error(void *arg)
{
	*(copy *)arg = copy_of(creel_last_error());
	return NULL;
}

START_TEST(before_any_failure_it_is_ok)
{
	creel_pool *pool = pool_of(1);
	pthread_t thread;
	copy c = {.code = -1};

	copy_last_error(&c);
	ck_nothing(&c);
	c.code = -1;
	ck_assert_int_eq(creel_pool_run(pool, copy_last_error, &c, NULL), CREEL_OK);
	ck_nothing(&c);
	ck_assert_int_eq(creel_await(NULL, NULL), CREEL_EINVAL);
	c.code = -1;
	ck_assert_int_eq(pthread_create(&thread, NULL, copy_last_error, &c), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_nothing(&c);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

static void *
failing(void *arg)
{
	return creel_fail(EIO, "no paper in tray %d", (int)(intptr_t)arg);
}

/* A task begins with none, whatever the one before it on the same worker said. */
START_TEST(a_task_begins_without_one)
{
	creel_pool *pool = pool_of(1);
	copy c = {.code = -1};

	ck_assert_int_eq(creel_pool_run(pool, failing, NULL, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_pool_run(pool, copy_last_error, &c, NULL), CREEL_OK);
	ck_nothing(&c);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct speaker {
	creel_future *turn, *failed;
	creel_status wrong;
	copy before, after;
} speaker;

/* Fail in two ways, then wait while others do. */
static void *
fail_and_wait(void *arg)
{
	speaker *s = arg;

	if (s->failed != NULL)
		s->wrong = creel_await(s->failed, NULL);
	else
		s->wrong = creel_sleep(-1);
	s->before = copy_of(creel_last_error());
	creel_await(s->turn, NULL);
	s->after = copy_of(creel_last_error());
	return NULL;
}

/* Tasks that take turns on one worker do not hear each other. */
START_TEST(tasks_that_interleave_keep_their_own)
{
	creel_pool *pool = pool_of(1);
	creel_future *turn = creel_future_create(), *failed = creel_future_create();
	speaker first = {.turn = turn}, second = {.turn = turn, .failed = failed};
	creel_future *tasks[2];

	creel_future_set_error(failed, 42, "the answer");
	tasks[0] = creel_submit(pool, fail_and_wait, &first);
	tasks[1] = creel_submit(pool, fail_and_wait, &second);
	settle(pool);
	creel_future_set_result(turn, NULL);
	ck_assert_int_eq(creel_take(tasks[0], NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(tasks[1], NULL), CREEL_OK);
	ck_assert_int_eq(first.wrong, CREEL_EINVAL);
	ck_assert_int_eq(first.before.code, CREEL_EINVAL);
	ck_assert_int_eq(first.after.code, CREEL_EINVAL);
	ck_assert_str_eq(first.after.message, first.before.message);
	ck_assert_int_eq(second.wrong, CREEL_EFAILED);
	ck_assert_int_eq(second.after.code, 42);
	ck_assert_str_eq(second.after.message, "the answer");
	ck_assert_str_eq(second.after.file, __FILE__);
	ck_assert_int_gt(second.after.line, 0);
	creel_future_unref(turn);
	creel_future_unref(failed);
	creel_pool_destroy(pool);
}
END_TEST

/* After creel_take() the future is gone, and its error can be read still. */
START_TEST(it_outlives_the_future)
{
	creel_pool *pool = pool_of(1);
	creel_future *future = creel_submit(pool, failing, pointer_of(3));
	const creel_error *error;

	ck_assert_int_eq(creel_take(future, NULL), CREEL_EFAILED);
	error = creel_last_error();
	ck_assert_int_eq(error->code, EIO);
	ck_assert_str_eq(error->message, "no paper in tray 3");
	ck_assert_str_eq(error->file, __FILE__);
	ck_assert_int_gt(error->line, 0);
	ck_assert_ptr_null(error->cause);
	creel_pool_destroy(pool);
	ck_assert_str_eq(creel_last_error()->message, "no paper in tray 3");
}
END_TEST

/* The status of every failing wait is also the last error's code, and a later one replaces it. */
START_TEST(failing_calls_say_why)
{
	creel_future *promise = creel_future_create(), *taken = creel_future_create();
	void *value;

	ck_assert_int_eq(creel_await(NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_await_for(promise, 0, NULL), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
	creel_no_suspend_enter();
	ck_assert_int_eq(creel_await(promise, NULL), CREEL_EDEADLK);
	creel_no_suspend_leave();
	ck_assert_int_eq(creel_last_error()->code, CREEL_EDEADLK);
	creel_future_set_result(taken, NULL);
	ck_assert_int_eq(creel_take(creel_future_ref(taken), &value), CREEL_OK);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EDEADLK);
	ck_assert_int_eq(creel_await(taken, NULL), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	creel_future_cancel(promise);
	ck_assert_int_eq(creel_await(promise, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_sleep(-1), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_str_ne(creel_last_error()->message, "");
	creel_future_unref(promise);
	creel_future_unref(taken);
}
END_TEST

static void *
stubborn(void *arg)
{
	atomic_store((atomic_int *)arg, 1);
	creel_sleep(CREEL_FOREVER);
	return arg;
}

/* What the waits that succeeded left of the error that was there before each of them. */
typedef struct after_success {
	creel_pool *pool;
	creel_status status[5];
	int code[5];
} after_success;

static void *
succeed(void *arg)
{
	after_success *a = arg;
	creel_future *done = creel_future_create();
	atomic_int started = 0;
	creel_future *task = creel_submit(a->pool, stubborn, &started);

	while (!atomic_load(&started))
		creel_sleep(0);
	creel_future_set_result(done, NULL);
	for (int i = 0; i < 5; i++) {
		creel_fail(1000 + i, "before");
		if (i == 0)
			a->status[i] = creel_await(done, NULL);
		else if (i == 1)
			a->status[i] = creel_sleep(0);
		else if (i == 2)
			a->status[i] = creel_sleep(1);
		else if (i == 3)
			a->status[i] = creel_wait_for(task, CREEL_MILLISECONDS(1), NULL);
		else
			a->status[i] = creel_pool_run(a->pool, same, NULL, NULL);
		a->code[i] = creel_last_error()->code;
	}
	creel_future_unref(done);
	creel_future_unref(task);
	return NULL;
}

/* A call that succeeds leaves it, even if it slept, or cut a wait short, on the way. */
START_TEST(successful_calls_leave_it)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	after_success in_task = {.pool = pool}, in_thread = {.pool = other};

	ck_assert_int_eq(creel_pool_run(pool, succeed, &in_task, NULL), CREEL_OK);
	succeed(&in_thread);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(in_task.status[i], CREEL_OK);
		ck_assert_int_eq(in_task.code[i], 1000 + i);
		ck_assert_int_eq(in_thread.status[i], CREEL_OK);
		ck_assert_int_eq(in_thread.code[i], 1000 + i);
	}
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.last_error", before_any_failure_it_is_ok, a_task_begins_without_one,
	tasks_that_interleave_keep_their_own, it_outlives_the_future, failing_calls_say_why,
	successful_calls_leave_it)
