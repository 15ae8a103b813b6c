/* SPDX-License-Identifier: MIT */
/* test_fail.c: creel_fail: what a task that fails leaves in its future. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <string.h>

static int line; /* of the latest creel_fail() below */

static void *
fail_with_text(void *arg)
{
	line = __LINE__ + 1;
	return creel_fail(ENOENT, "cannot read %s, line %d", (const char *)arg, 7);
}

START_TEST(the_error_has_code_message_and_origin)
{
	creel_pool *pool = pool_of(1);
	creel_future *future = creel_submit(pool, fail_with_text, (char[]){"a file"});
	const creel_error *error;

	ck_assert_int_eq(creel_await(future, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_status(future), CREEL_EFAILED);
	error = creel_future_error(future);
	ck_assert_int_eq(error->code, ENOENT);
	ck_assert_str_eq(error->message, "cannot read a file, line 7");
	ck_assert_str_eq(error->file, __FILE__);
	ck_assert_int_eq(error->line, line);
	ck_assert_ptr_null(error->cause);
	ck_assert_ptr_eq(creel_future_error(future), error);
	creel_future_unref(future);
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_with_code(void *arg)
{
	return creel_fail((int)(intptr_t)arg, "a code of its own");
}

/* 3.2 "swallows_falsey_exceptions": code 0 is an error, and so is a code that is a status elsewhere
   1.15 "falsy exception objects": they count as errors */
START_TEST(swallows_falsey_exceptions)
{
	const int codes[] = {0, -1, EIO, CREEL_ETIMEDOUT, CREEL_EPENDING, CREEL_ECLOSED, INT32_MAX};
	creel_pool *pool = pool_of(1);

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		creel_future *future = creel_submit(pool, fail_with_code, pointer_of(codes[i]));

		ck_assert_int_eq(creel_await(future, NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(future)->code, codes[i]);
		ck_assert_str_eq(creel_future_error(future)->message, "a code of its own");
		creel_future_unref(future);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_without_format(void *arg)
{
	const char *format = arg;

	return creel_fail_at("elsewhere.c", 12, 3, format, 0);
}

static void *
fail_without_origin(void *arg)
{
	return (creel_fail)(4, "%s", (const char *)arg);
}

START_TEST(the_format_and_the_origin_may_be_missing)
{
	creel_pool *pool = pool_of(1);
	creel_future *plain = creel_submit(pool, fail_without_format, NULL);
	creel_future *function = creel_submit(pool, fail_without_origin, (char[]){"%d%s%n"});

	ck_assert_int_eq(creel_await(plain, NULL), CREEL_EFAILED);
	ck_assert_str_eq(creel_future_error(plain)->message, "");
	ck_assert_str_eq(creel_future_error(plain)->file, "elsewhere.c");
	ck_assert_int_eq(creel_future_error(plain)->line, 12);
	ck_assert_int_eq(creel_await(function, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(function)->code, 4);
	ck_assert_str_eq(creel_future_error(function)->message, "%d%s%n");
	ck_assert_ptr_null(creel_future_error(function)->file);
	ck_assert_int_eq(creel_future_error(function)->line, 0);
	creel_future_unref(plain);
	creel_future_unref(function);
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_at_length(void *arg)
{
	char text[5000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	return creel_fail(5, "%s%s", text, (const char *)arg);
}

/* The future keeps all of a long message, creel_last_error() the beginning. */
START_TEST(a_message_may_be_long)
{
	creel_pool *pool = pool_of(1);
	creel_future *future = creel_submit(pool, fail_at_length, (char[]){"end"});

	ck_assert_int_eq(creel_await(future, NULL), CREEL_EFAILED);
	ck_assert_uint_eq(strlen(creel_future_error(future)->message), 5002);
	ck_assert_str_eq(creel_future_error(future)->message + 4999, "end");
	ck_assert_uint_eq(strlen(creel_last_error()->message), 200);
	creel_future_unref(future);
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_thrice(void *arg)
{
	creel_fail(1, "first");
	creel_fail(2, "second");
	return creel_fail(3, "third, after %s", creel_last_error()->message + (arg != NULL));
}

static void *
fail_but_return_a_value(void *arg)
{
	creel_fail(1, "never mind");
	return arg;
}

static void *
keep_the_sentinel(void *arg)
{
	void *first = creel_fail(1, "first");

	creel_sleep(0);
	creel_fail(2, "second");
	(void)arg;
	return first;
}

/* The latest error counts, and only if what creel_fail() returned is what the task returns. */
START_TEST(it_counts_when_it_is_returned)
{
	creel_pool *pool = pool_of(1);
	creel_future *thrice = creel_submit(pool, fail_thrice, NULL);
	creel_future *kept = creel_submit(pool, keep_the_sentinel, NULL);
	void *value = &value;

	ck_assert_int_eq(creel_await(thrice, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(thrice)->code, 3);
	ck_assert_str_eq(creel_future_error(thrice)->message, "third, after second");
	ck_assert_int_eq(creel_await(kept, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(kept)->code, 2);
	ck_assert_int_eq(creel_pool_run(pool, fail_but_return_a_value, &pool, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &pool);
	ck_assert_int_eq(creel_pool_run(pool, fail_but_return_a_value, NULL, &value), CREEL_OK);
	ck_assert_ptr_null(value);
	creel_future_unref(thrice);
	creel_future_unref(kept);
	creel_pool_destroy(pool);
}
END_TEST

static void *sentinel;

static void *
leave_the_sentinel(void *arg)
{
	sentinel = creel_fail(1, "mine");
	return arg;
}

/* What another task's creel_fail() returned fails this one, but not with that one's error. */
START_TEST(a_sentinel_of_another_task_fails_too)
{
	creel_pool *pool = pool_of(1);
	creel_future *future;

	ck_assert_int_eq(creel_pool_run(pool, leave_the_sentinel, NULL, NULL), CREEL_OK);
	ck_assert_ptr_nonnull(sentinel);
	future = creel_submit(pool, same, sentinel);
	ck_assert_int_eq(creel_await(future, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(future)->code, CREEL_EINVAL);
	creel_future_unref(future);
	creel_pool_destroy(pool);
}
END_TEST

static void *
end_cancelled(void *arg)
{
	line = __LINE__ + 1;
	return creel_fail(CREEL_ECANCELLED, "enough of %s", (const char *)arg);
}

/* 3.6 "cancel_traceback_for_future_result, cancel_traceback_for_future_exception": a cancelled end keeps where it was raised */
START_TEST(cancel_traceback_for_future_result)
{
	creel_pool *pool = pool_of(1);
	creel_future *future = creel_submit(pool, end_cancelled, (char[]){"this"});

	ck_assert_int_eq(creel_await(future, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(future), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_error(future)->code, CREEL_ECANCELLED);
	ck_assert_str_eq(creel_future_error(future)->message, "enough of this");
	ck_assert_str_eq(creel_future_error(future)->file, __FILE__);
	ck_assert_int_eq(creel_future_error(future)->line, line);
	ck_assert_int_eq(creel_future_cancel(future), CREEL_CANCEL_ALREADY);
	creel_future_unref(future);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct told {
	atomic_int times;
	int code;
} told;

static void
note_unhandled(creel_future *future, const creel_error *error, void *ctx)
{
	told *t = ctx;

	(void)future;
	t->code = error->code;
	atomic_fetch_add(&t->times, 1);
}

static void *
pass_and_fail(void *arg)
{
	gate_pass(arg);
	return creel_fail(EIO, "asked to end, but it failed");
}

/* 3.6 "tb_logger_not_called_after_cancel": otherwise: neither a request that the task ignored nor a cancel
   that came too late silences its error */
START_TEST(tb_logger_not_called_after_cancel)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *task;
	told t = {.code = 0};

	creel_set_unhandled(note_unhandled, &t);
	task = creel_submit(pool, pass_and_fail, &hold);
	gate_await_arrivals(&hold, 1);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	gate_open(&hold);
	settle(pool);
	ck_assert_int_eq(creel_future_status(task), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(atomic_load(&t.times), 0);
	creel_future_unref(task);
	creel_pool_destroy(pool); /* the worker has let go of it, too */
	ck_assert_int_eq(atomic_load(&t.times), 1);
	ck_assert_int_eq(t.code, EIO);
}
END_TEST

START_TEST(off_tasks_it_sets_the_last_error)
{
	ck_assert_ptr_nonnull(creel_fail(EIO, "out of %s", "paper"));
	ck_assert_int_eq(creel_last_error()->code, EIO);
	ck_assert_str_eq(creel_last_error()->message, "out of paper");
	ck_assert_str_eq(creel_last_error()->file, __FILE__);
	creel_fail_at(NULL, 0, 0, NULL);
	ck_assert_int_eq(creel_last_error()->code, 0);
	ck_assert_str_eq(creel_last_error()->message, "");
	ck_assert_ptr_null(creel_last_error()->file);
}
END_TEST

/* Two tasks fail while both are on one worker: neither has the other's error. */
typedef struct interleaved {
	creel_future *promise;
	int code;
	int seen; /* by creel_last_error(), right after */
} interleaved;

static void *
fail_around_a_wait(void *arg)
{
	interleaved *i = arg;
	void *failure = creel_fail(i->code, "code %d", i->code);

	creel_await(i->promise, NULL);
	i->seen = creel_last_error()->code;
	return failure;
}

START_TEST(each_task_has_its_own_error)
{
	enum { TASKS = 10 };
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	interleaved tasks[TASKS];
	creel_future *futures[TASKS];

	for (int i = 0; i < TASKS; i++) {
		tasks[i] = (interleaved){promise, i, -1};
		futures[i] = creel_submit(pool, fail_around_a_wait, &tasks[i]);
	}
	settle(pool);
	creel_future_set_result(promise, NULL);
	for (int i = 0; i < TASKS; i++) {
		ck_assert_int_eq(creel_await(futures[i], NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(futures[i])->code, i);
		ck_assert_int_eq(tasks[i].seen, i);
	}
	creel_futures_unref(futures, TASKS);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.4 "error_during_func_exec_on_worker": the worker lives on
   1.15 "exception in job": stored, the worker lives on
   1.4 "error escaping": stored in the task */
START_TEST(error_during_func_exec_on_worker)
{
	creel_pool *pool = pool_of(1);

	for (int i = 0; i < 100; i++) {
		void *value = NULL;

		ck_assert_int_eq(
			creel_pool_run(pool, fail_with_code, pointer_of(i), NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_last_error()->code, i);
		ck_assert_int_eq(creel_pool_run(pool, same, &pool, &value), CREEL_OK);
		ck_assert_ptr_eq(value, &pool);
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.fail", the_error_has_code_message_and_origin, swallows_falsey_exceptions,
	the_format_and_the_origin_may_be_missing, a_message_may_be_long,
	it_counts_when_it_is_returned, a_sentinel_of_another_task_fails_too,
	cancel_traceback_for_future_result, tb_logger_not_called_after_cancel,
	off_tasks_it_sets_the_last_error, each_task_has_its_own_error,
	error_during_func_exec_on_worker)
