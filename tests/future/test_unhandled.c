/* SPDX-License-Identifier: MIT */
/* test_unhandled.c: errors that nobody looked at are told once; what counts as a look. */
#include "future/capture.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/completions.h>
#include <creel/future.h>
#include <stdio.h>
#include <string.h>

/* What the hook was told. */
typedef struct told {
	int times;
	creel_future *future;
	int code, line;
	char message[32], file[64];
} told;

static void
hook(creel_future *f, const creel_error *error, void *ctx)
{
	told *t = ctx;

	t->times++;
	t->future = f;
	t->code = error->code;
	t->line = error->line;
	snprintf(t->message, sizeof t->message, "%s", error->message);
	snprintf(t->file, sizeof t->file, "%s", error->file != NULL ? error->file : "-");
}

static creel_future *
failed(void)
{
	creel_future *f = creel_future_create();

	creel_future_set_error(f, 8, "nobody cares");
	return f;
}

/* Drop the last reference, and see how often the hook was called. */
static void
expect_told(creel_future *f, int times)
{
	told t = {0};

	creel_set_unhandled(hook, &t);
	creel_future_unref(f);
	creel_set_unhandled(NULL, NULL);
	ck_assert_int_eq(t.times, times);
}

/* 3.5 "tb_logger_exception_unretrieved": an error that nobody read is told */
/* 1.3 "never-retrieved error": at the last unref, with the error, in that thread */
/* 5 "D14": at the last unref */
START_TEST(tb_logger_exception_unretrieved)
{
	creel_future *f = creel_future_ref(creel_future_create());
	told t = {0};
	int line;

	creel_set_unhandled(hook, &t);
	line = __LINE__ + 1;
	creel_future_set_error(f, 8, "%s cares", "nobody");
	ck_assert_int_eq(t.times, 0);
	creel_future_unref(f);
	ck_assert_int_eq(t.times, 0);
	creel_future_unref(f);
	ck_assert_int_eq(t.times, 1);
	ck_assert_ptr_eq(t.future, f);
	ck_assert_int_eq(t.code, 8);
	ck_assert_str_eq(t.message, "nobody cares");
	ck_assert_int_eq(t.line, line);
	ck_assert_str_eq(t.file, __FILE__);
}
END_TEST

/* 3.5 "tb_logger_abandoned": a pending future that is dropped is not told of */
/* 1.3 "pending future dropped": silent */
START_TEST(tb_logger_abandoned)
{
	expect_told(creel_future_create(), 0);
}
END_TEST

/* 3.5 "tb_logger_result_unretrieved": values are never told of */
START_TEST(tb_logger_result_unretrieved)
{
	creel_future *f = creel_future_create();

	creel_future_set_result(f, NULL);
	expect_told(f, 0);
}
END_TEST

/* 3.5 "tb_logger_result_retrieved": values are never told of */
START_TEST(tb_logger_result_retrieved)
{
	creel_future *f = creel_future_create();

	creel_future_set_result(f, NULL);
	creel_future_result(f, NULL);
	expect_told(f, 0);
}
END_TEST

START_TEST(cancelled_is_not_unhandled)
{
	creel_future *f = creel_future_create();

	creel_future_cancel(f);
	expect_told(f, 0);
}
END_TEST

/* 3.5 "tb_logger_exception_retrieved": a read error is not told of */
START_TEST(tb_logger_exception_retrieved)
{
	creel_future *f = failed();

	ck_assert_ptr_nonnull(creel_future_error(f));
	expect_told(f, 0);
}
END_TEST

/* 3.5 "tb_logger_exception_result_retrieved": nor one whose result was asked for */
START_TEST(tb_logger_exception_result_retrieved)
{
	creel_future *f = failed();

	ck_assert_int_eq(creel_future_result(f, NULL), CREEL_EFAILED);
	expect_told(f, 0);
}
END_TEST

START_TEST(awaiting_is_looking)
{
	creel_future *f = failed();

	ck_assert_int_eq(creel_await(f, NULL), CREEL_EFAILED);
	expect_told(f, 0);
	f = failed();
	ck_assert_int_eq(creel_await_for(f, 0, NULL), CREEL_EFAILED);
	expect_told(f, 0);
	f = failed();
	ck_assert_int_eq(creel_wait_for(f, CREEL_FOREVER, NULL), CREEL_EFAILED);
	expect_told(f, 0);
	f = failed();
	ck_assert_int_eq(creel_take(creel_future_ref(f), NULL), CREEL_EFAILED);
	expect_told(f, 0);
}
END_TEST

/* A take that drops the last reference looked first. */
START_TEST(taking_is_looking)
{
	told t = {0};

	creel_set_unhandled(hook, &t);
	ck_assert_int_eq(creel_take(failed(), NULL), CREEL_EFAILED);
	ck_assert_int_eq(t.times, 0);
}
END_TEST

/* 3.5 "tb_logger_not_called_after_cancel": otherwise: a cancel too late silences nothing */
/* 1.3 "cancel() on a failed future": TOO_LATE, and the error is still told */
START_TEST(tb_logger_not_called_after_cancel)
{
	creel_future *f = failed();

	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_TOO_LATE);
	expect_told(f, 1);
}
END_TEST

static void
do_nothing(creel_future *f, void *arg)
{
	++*(int *)arg;
	(void)f;
}

/* done, status, callbacks, a wait that ended before, setting again: none of them is a look. */
START_TEST(what_is_not_looking)
{
	creel_future *f = creel_future_create();
	int calls = 0;

	ck_assert_int_eq(creel_await_for(f, 1, NULL), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_result(f, NULL), CREEL_EPENDING);
	ck_assert_ptr_null(creel_future_error(f));
	creel_future_on_done(f, do_nothing, &calls);
	creel_future_set_error(f, 1, "x");
	creel_future_on_done(f, do_nothing, &calls);
	ck_assert_int_eq(calls, 2);
	ck_assert(creel_future_done(f));
	ck_assert_int_eq(creel_future_status(f), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_set_error(f, 2, "y"), CREEL_ESTATE);
	ck_assert_uint_eq(creel_future_remove_on_done(f, do_nothing, &calls), 0);
	ck_assert_ptr_nonnull(creel_last_error());
	expect_told(f, 1);
}
END_TEST

/* To be handed a future by a completion queue is not to look at it. */
START_TEST(a_completion_is_not_a_look)
{
	creel_completions *queue = creel_completions_create();
	creel_completion item = {0};
	creel_future *f = failed();

	ck_assert_int_eq(creel_completions_add(queue, f, NULL), CREEL_OK);
	creel_future_unref(f);
	ck_assert_int_eq(creel_completions_next(queue, 0, &item), CREEL_OK);
	ck_assert_ptr_eq(item.future, f);
	expect_told(item.future, 1);
	creel_completions_destroy(queue);
}
END_TEST

static void
curious_hook(creel_future *f, const creel_error *error, void *ctx)
{
	int *step = ctx;

	++*step;
	creel_future_unref(creel_future_ref(f));
	if (creel_future_done(f) && creel_future_status(f) == CREEL_EFAILED &&
		creel_future_error(f) == error && creel_await(f, NULL) == CREEL_EFAILED &&
		creel_last_error()->code == error->code &&
		creel_future_cancel(f) == CREEL_CANCEL_TOO_LATE &&
		creel_take(creel_future_ref(f), NULL) == CREEL_EFAILED)
		++*step;
	if (creel_sleep(1) == CREEL_EDEADLK)
		++*step;
}

/* The hook may use the future; what it lets go of does not call it again. It may not wait. */
START_TEST(the_hook_may_read_the_future)
{
	int step = 0;

	creel_set_unhandled(curious_hook, &step);
	creel_future_unref(failed());
	ck_assert_int_eq(step, 3);
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
}
END_TEST

static void
dropping_hook(creel_future *f, const creel_error *error, void *ctx)
{
	int *depth = ctx;

	(void)f;
	(void)error;
	if (++*depth < 3)
		creel_future_unref(failed());
}

/* A hook may set off further reports, also set another hook: no lock is held. */
START_TEST(the_hook_may_cause_further_reports)
{
	int depth = 0;

	creel_set_unhandled(dropping_hook, &depth);
	creel_future_unref(failed());
	ck_assert_int_eq(depth, 3);
}
END_TEST

/* 3.5 "future_exception_never_retrieved": by default one line on stderr: text, code, place */
/* 3.5 "future_exception_never_retrieved_debug": with the place where it was set, always */
START_TEST(future_exception_never_retrieved)
{
	char text[512], expected[512];
	creel_future *f;
	capture c;
	int line;

	capture_start(&c);
	f = creel_future_create();
	line = __LINE__ + 1;
	creel_future_set_error(f, 28, "disk %d full", 2);
	creel_future_unref(f);
	capture_end(&c, text, sizeof text);
	snprintf(expected, sizeof expected,
		"creel: an error that nobody looked at: disk 2 full (code 28, %s:%d)\n", __FILE__,
		line);
	ck_assert_str_eq(text, expected);
}
END_TEST

/* 3.5 "future_exception_never_retrieved": without a place where none is known */
START_TEST(the_default_line_without_a_place)
{
	creel_future *f = creel_future_create();
	char text[512];
	capture c;

	(creel_future_set_error)(f, -3, NULL);
	creel_set_unhandled(hook, NULL);
	creel_set_unhandled(NULL, NULL);
	capture_start(&c);
	creel_future_unref(f);
	capture_end(&c, text, sizeof text);
	ck_assert_str_eq(text, "creel: an error that nobody looked at:  (code -3)\n");
}
END_TEST

/* Nothing is written for what was looked at. */
START_TEST(the_default_is_silent_otherwise)
{
	creel_future *f = failed();
	char text[512];
	capture c;

	creel_future_error(f);
	capture_start(&c);
	creel_future_unref(f);
	creel_future_unref(creel_future_create());
	capture_end(&c, text, sizeof text);
	ck_assert_str_eq(text, "");
}
END_TEST

CREEL_SUITE("creel.future.unhandled", tb_logger_exception_unretrieved, tb_logger_abandoned,
	tb_logger_result_unretrieved, tb_logger_result_retrieved, cancelled_is_not_unhandled,
	tb_logger_exception_retrieved, tb_logger_exception_result_retrieved, awaiting_is_looking,
	taking_is_looking, tb_logger_not_called_after_cancel, what_is_not_looking,
	a_completion_is_not_a_look, the_hook_may_read_the_future,
	the_hook_may_cause_further_reports, future_exception_never_retrieved,
	the_default_line_without_a_place, the_default_is_silent_otherwise)
