/* SPDX-License-Identifier: MIT */
/* test_context.c: who is running, its last error, and whether it may suspend. */
#include "base/context.h"

#include "support/gate.h"
#include "support/suite.h"

#include <creel/await.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

START_TEST(no_error_before_the_first)
{
	const creel_error *error = creel_last_error();

	ck_assert_ptr_nonnull(error);
	ck_assert_int_eq(error->code, CREEL_OK);
	ck_assert_str_eq(error->message, "success");
	ck_assert_ptr_null(error->file);
	ck_assert_int_eq(error->line, 0);
	ck_assert_ptr_null(error->cause);
}
END_TEST

START_TEST(report_keeps_status_and_text)
{
	static const char text[] = "this is the text";
	const creel_error *error = creel_last_error();

	ck_assert_int_eq(crl_report(CREEL_EINVAL, text), CREEL_EINVAL);
	ck_assert_ptr_eq(creel_last_error(), error);
	ck_assert_int_eq(error->code, CREEL_EINVAL);
	ck_assert_ptr_eq(error->message, text);

	ck_assert_int_eq(crl_report(CREEL_ESTATE, "another"), CREEL_ESTATE);
	ck_assert_int_eq(error->code, CREEL_ESTATE);
	ck_assert_str_eq(error->message, "another");
}
END_TEST

START_TEST(report_forgets_where_the_one_before_was)
{
	const creel_error old = {.code = 5, .message = "old", .file = "x.c", .line = 7};

	crl_report_error(&old);
	crl_report(CREEL_ENOMEM, "new");
	ck_assert_ptr_null(creel_last_error()->file);
	ck_assert_int_eq(creel_last_error()->line, 0);
	ck_assert_ptr_null(creel_last_error()->cause);
}
END_TEST

START_TEST(reportf_formats)
{
	ck_assert_int_eq(crl_reportf(CREEL_ESYS, "%s: %d", "worker", 3), CREEL_ESYS);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESYS);
	ck_assert_str_eq(creel_last_error()->message, "worker: 3");
}
END_TEST

static void
fill(char *text, size_t length)
{
	memset(text, 'x', length);
	text[length] = '\0';
}

START_TEST(reportf_keeps_200_bytes)
{
	char text[CRL_LAST_ERROR_TEXT + 2];

	ck_assert_int_eq(CRL_LAST_ERROR_TEXT, 200);
	for (size_t length = 199; length <= 201; length++) {
		fill(text, length);
		crl_reportf(CREEL_ESYS, "%s", text);
		ck_assert_uint_eq(strlen(creel_last_error()->message), length < 200 ? length : 200);
		ck_assert_int_eq(strncmp(creel_last_error()->message, text, 200), 0);
	}
}
END_TEST

START_TEST(report_error_copies)
{
	char text[] = "of a future";
	const creel_error cause = {.code = 1, .message = "cause"};
	creel_error gone = {.code = 42, .message = text, .file = "a.c", .line = 9, .cause = &cause};
	const creel_error *last = creel_last_error();

	ck_assert_int_eq(crl_report_error(&gone), CREEL_EFAILED);
	memset(text, 'y', sizeof text - 1);
	gone = (creel_error){0};
	ck_assert_int_eq(last->code, 42);
	ck_assert_str_eq(last->message, "of a future");
	ck_assert_str_eq(last->file, "a.c");
	ck_assert_int_eq(last->line, 9);
	ck_assert_ptr_null(last->cause); /* it may die with the future */
}
END_TEST

START_TEST(report_error_keeps_200_bytes)
{
	char text[300];
	const creel_error error = {.code = 1, .message = text};

	for (size_t length = 199; length <= 201; length++) {
		fill(text, length);
		crl_report_error(&error);
		ck_assert_uint_eq(strlen(creel_last_error()->message), length < 200 ? length : 200);
	}
	fill(text, sizeof text - 1);
	crl_report_error(&error);
	ck_assert_uint_eq(strlen(creel_last_error()->message), 200);
}
END_TEST

START_TEST(report_error_of_itself_changes_nothing)
{
	const creel_error error = {.code = 3, .message = "kept", .file = "b.c", .line = 11};

	crl_report_error(&error);
	ck_assert_int_eq(crl_report_error(creel_last_error()), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 3);
	ck_assert_str_eq(creel_last_error()->message, "kept");
	ck_assert_str_eq(creel_last_error()->file, "b.c");
	ck_assert_int_eq(creel_last_error()->line, 11);
}
END_TEST

/* What another thread saw of its own context, before and after it reported something. */
typedef struct other {
	gate before_report;
	gate before_end;
	crl_context *context;
	int code_before;
	int code_after;
	char message[32];
	unsigned no_suspend;
} other;

static void *
report_on_another_thread(void *arg)
{
	other *seen = arg;

	seen->context = crl_context_self();
	seen->code_before = creel_last_error()->code;
	seen->no_suspend = crl_context_self()->no_suspend;
	gate_pass(&seen->before_report);
	crl_reportf(CREEL_ECLOSED, "of the %s", "other");
	gate_pass(&seen->before_end);
	seen->code_after = creel_last_error()->code;
	snprintf(seen->message, sizeof seen->message, "%s", creel_last_error()->message);
	return NULL;
}

START_TEST(each_thread_has_its_own)
{
	other seen = {.before_report = GATE_INIT, .before_end = GATE_INIT};
	pthread_t thread;

	crl_reportf(CREEL_EINVAL, "of the %s", "first");
	creel_no_suspend_enter();
	ck_assert_int_eq(pthread_create(&thread, NULL, report_on_another_thread, &seen), 0);
	gate_open(&seen.before_report);
	gate_await_arrivals(&seen.before_end, 1);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_str_eq(creel_last_error()->message, "of the first");
	crl_reportf(CREEL_ENOMEM, "again");
	gate_open(&seen.before_end);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);

	ck_assert_ptr_ne(seen.context, crl_context_self());
	ck_assert_int_eq(seen.code_before, CREEL_OK);
	ck_assert_int_eq(seen.code_after, CREEL_ECLOSED);
	ck_assert_str_eq(seen.message, "of the other");
	ck_assert_uint_eq(seen.no_suspend, 0);
	creel_no_suspend_leave();
}
END_TEST

START_TEST(a_context_can_be_installed)
{
	crl_context *own = crl_context_self(), fiber = {.no_suspend = 0};

	crl_report(CREEL_EINVAL, "of the thread");
	crl_context_set(&fiber);
	ck_assert_ptr_eq(crl_context_self(), &fiber);
	ck_assert_int_eq(creel_last_error()->code, CREEL_OK);
	ck_assert_str_eq(creel_last_error()->message, "success");
	crl_report(CREEL_ESTATE, "of the fiber");
	creel_no_suspend_enter();
	ck_assert_uint_eq(fiber.no_suspend, 1);

	crl_context_set(NULL);
	ck_assert_ptr_eq(crl_context_self(), own);
	ck_assert_uint_eq(own->no_suspend, 0);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_str_eq(creel_last_error()->message, "of the thread");
	ck_assert_int_eq(fiber.last_error.code, CREEL_ESTATE);
}
END_TEST

/* The next job of a fiber finds what a new thread finds: nothing of the one before. */
START_TEST(reset_forgets_everything)
{
	const creel_error error = {.code = 3, .message = "old", .file = "b.c", .line = 11};
	crl_context fiber = {.no_suspend = 0};

	crl_context_set(&fiber);
	crl_report_error(&error);
	creel_no_suspend_enter();
	creel_no_suspend_enter();
	crl_context_reset(&fiber);
	ck_assert_uint_eq(fiber.no_suspend, 0);
	ck_assert_int_eq(creel_last_error()->code, CREEL_OK);
	ck_assert_str_eq(creel_last_error()->message, "success");
	ck_assert_ptr_null(creel_last_error()->file);
	ck_assert_int_eq(creel_last_error()->line, 0);
	crl_context_set(NULL);
}
END_TEST

START_TEST(a_leave_without_enter_does_nothing)
{
	creel_no_suspend_leave();
	ck_assert(crl_may_suspend());
	creel_no_suspend_enter();
	ck_assert(!crl_may_suspend());
	creel_no_suspend_leave();
	ck_assert(crl_may_suspend());
}
END_TEST

START_TEST(inhibiting_nests)
{
	crl_inhibition outer, inner;

	ck_assert(crl_may_suspend());
	outer = crl_inhibit();
	ck_assert(!crl_may_suspend());
	inner = crl_inhibit();
	crl_inhibit_end(inner);
	ck_assert(!crl_may_suspend());
	crl_inhibit_end(outer);
	ck_assert(crl_may_suspend());
}
END_TEST

/* A callback that leaves more often than it entered cannot make a wait possible, not even after it. */
START_TEST(what_the_program_leaves_ends_with_the_inhibition)
{
	crl_inhibition inhibition;

	creel_no_suspend_enter();
	inhibition = crl_inhibit();
	creel_no_suspend_leave();
	creel_no_suspend_leave();
	ck_assert(!crl_may_suspend());
	crl_inhibit_end(inhibition);
	ck_assert(!crl_may_suspend());
	creel_no_suspend_leave();
	ck_assert(crl_may_suspend());
}
END_TEST

START_TEST(what_the_program_enters_ends_with_the_inhibition)
{
	crl_inhibition inhibition = crl_inhibit();

	creel_no_suspend_enter();
	creel_no_suspend_enter();
	crl_inhibit_end(inhibition);
	ck_assert(crl_may_suspend());
}
END_TEST

CREEL_SUITE("creel.base.context", no_error_before_the_first, report_keeps_status_and_text,
	report_forgets_where_the_one_before_was, reportf_formats, reportf_keeps_200_bytes,
	report_error_copies, report_error_keeps_200_bytes, report_error_of_itself_changes_nothing,
	each_thread_has_its_own, a_context_can_be_installed, reset_forgets_everything,
	a_leave_without_enter_does_nothing, inhibiting_nests,
	what_the_program_leaves_ends_with_the_inhibition,
	what_the_program_enters_ends_with_the_inhibition)
