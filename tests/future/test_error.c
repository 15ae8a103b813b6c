/* SPDX-License-Identifier: MIT */
/* test_error.c: what the error of a failed future says, and what creel_last_error() keeps of it. */
#include "future/race.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* 0.2 "errors": code, formatted message, file and line of the call, no cause */
/* 3.5 "future_source_traceback": the place where the error was raised is recorded */
START_TEST(set_error_tells_what_and_where)
{
	creel_future *f = creel_future_create();
	const creel_error *error;
	int line;

	line = __LINE__ + 1;
	ck_assert_int_eq(creel_future_set_error(f, 28, "%s: %d of %d", "disk", 3, 7), CREEL_OK);
	error = creel_future_error(f);
	ck_assert_int_eq(error->code, 28);
	ck_assert_str_eq(error->message, "disk: 3 of 7");
	ck_assert_str_eq(error->file, __FILE__);
	ck_assert_int_eq(error->line, line);
	ck_assert_ptr_null(error->cause);
	creel_future_unref(f);
}
END_TEST

START_TEST(the_plain_function_knows_no_place)
{
	creel_future *f = creel_future_create();

	ck_assert_int_eq((creel_future_set_error)(f, 2, "%s", "plain"), CREEL_OK);
	ck_assert_int_eq(creel_future_error(f)->code, 2);
	ck_assert_str_eq(creel_future_error(f)->message, "plain");
	ck_assert_ptr_null(creel_future_error(f)->file);
	ck_assert_int_eq(creel_future_error(f)->line, 0);
	creel_future_unref(f);
}
END_TEST

START_TEST(the_at_function_takes_any_place)
{
	creel_future *f = creel_future_create();

	ck_assert_int_eq(creel_future_set_error_at("else.c", 12, f, 3, "%c", 'x'), CREEL_OK);
	ck_assert_str_eq(creel_future_error(f)->message, "x");
	ck_assert_str_eq(creel_future_error(f)->file, "else.c");
	ck_assert_int_eq(creel_future_error(f)->line, 12);
	creel_future_unref(f);
}
END_TEST

START_TEST(a_null_format_is_an_empty_message)
{
	creel_future *by_macro = creel_future_create(), *plain = creel_future_create();

	ck_assert_int_eq(creel_future_set_error(by_macro, 4, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_status(by_macro), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(by_macro)->code, 4);
	ck_assert_str_eq(creel_future_error(by_macro)->message, "");
	ck_assert_int_eq((creel_future_set_error)(plain, 5, NULL), CREEL_OK);
	ck_assert_str_eq(creel_future_error(plain)->message, "");
	creel_future_unref(by_macro);
	creel_future_unref(plain);
}
END_TEST

/* 3.2 "swallows_falsey_exceptions": code 0 is an error too, and so is any other number */
START_TEST(any_code_is_an_error)
{
	static const int codes[] = {0, -1, 1, INT_MIN, INT_MAX};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		creel_future *f = creel_future_create();

		ck_assert_int_eq(creel_future_set_error(f, codes[i], "x"), CREEL_OK);
		ck_assert_int_eq(creel_future_status(f), CREEL_EFAILED);
		ck_assert_int_eq(creel_await(f, NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(f)->code, codes[i]);
		ck_assert_int_eq(creel_last_error()->code, codes[i]);
		creel_future_unref(f);
	}
}
END_TEST

/* 3.5 "stop_iteration_exception": otherwise: no code is reserved: a creel_status is a code like any other */
/* 1.3 "StopIteration as error": nothing is refused */
START_TEST(stop_iteration_exception)
{
	static const creel_status codes[] = {
		CREEL_ECANCELLED, CREEL_EPENDING, CREEL_ETIMEDOUT, CREEL_ESTATE};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		creel_future *f = creel_future_create();

		ck_assert_int_eq(creel_future_set_error(f, (int)codes[i], "mine"), CREEL_OK);
		ck_assert_int_eq(creel_future_status(f), CREEL_EFAILED);
		ck_assert_int_eq(creel_await(f, NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(f)->code, (int)codes[i]);
		ck_assert_str_eq(creel_future_error(f)->message, "mine");
		ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_TOO_LATE);
		creel_future_unref(f);
	}
}
END_TEST

START_TEST(a_message_may_be_long)
{
	enum { LENGTH = 100000 };
	creel_future *f = creel_future_create();
	char *text = malloc(LENGTH + 1);

	memset(text, 'm', LENGTH);
	text[LENGTH] = '\0';
	ck_assert_int_eq(creel_future_set_error(f, 1, "<%s>", text), CREEL_OK);
	ck_assert_uint_eq(strlen(creel_future_error(f)->message), LENGTH + 2);
	ck_assert(strncmp(creel_future_error(f)->message + 1, text, LENGTH) == 0);
	ck_assert(creel_future_error(f)->message[LENGTH + 1] == '>');
	free(text);
	creel_future_unref(f);
}
END_TEST

START_TEST(the_message_is_copied)
{
	creel_future *f = creel_future_create();
	char text[] = "before";

	creel_future_set_error(f, 1, "%s", text);
	memcpy(text, "after!", sizeof text);
	ck_assert_str_eq(creel_future_error(f)->message, "before");
	creel_future_unref(f);
}
END_TEST

/* A message that printf cannot format does not stop the future from failing. */
START_TEST(a_message_that_cannot_be_formatted)
{
	static const wchar_t wide[] = {0x20AC, 0}; /* not in the "C" locale */
	creel_future *f = creel_future_create();

	ck_assert_int_eq(creel_future_set_error(f, 9, "%ls", wide), CREEL_OK);
	ck_assert_int_eq(creel_future_status(f), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(f)->code, 9);
	ck_assert_str_eq(creel_future_error(f)->file, __FILE__);
	ck_assert_ptr_nonnull(creel_future_error(f)->message);
	creel_future_unref(f);
}
END_TEST

typedef struct reading {
	creel_future *future;
	const creel_error *seen[5];
	int codes[5];
	char texts[5][16];
} reading;

static void
read_error(void *item, int who)
{
	reading *r = item;
	const creel_error *error;

	creel_await(r->future, NULL);
	error = creel_future_error(r->future);
	r->seen[who] = error;
	r->codes[who] = error->code;
	strncpy(r->texts[who], error->message, sizeof r->texts[who] - 1);
}

/* 3.5 "future_traceback": the error is one object for 5 readers, and stays as it was */
/* 0.2 "errors": immutable: many readers share it, from any thread */
START_TEST(future_traceback)
{
	enum { TIMES = SCALE_TIMES(1000) };
	static reading items[TIMES];
	creel_future *f = creel_future_create();
	const creel_error *error;

	creel_future_set_error(f, 77, "shared");
	error = creel_future_error(f);
	for (int i = 0; i < TIMES; i++)
		items[i].future = f;
	race(5, read_error, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++)
		for (int who = 0; who < 5; who++) {
			ck_assert_ptr_eq(items[i].seen[who], error);
			ck_assert_int_eq(items[i].codes[who], 77);
			ck_assert_str_eq(items[i].texts[who], "shared");
		}
	ck_assert_int_eq(error->code, 77);
	ck_assert_str_eq(error->message, "shared");
	creel_future_unref(f);
}
END_TEST

/* creel_last_error() outlives the future: 200 bytes of the message, the code and place. */
START_TEST(last_error_outlives_the_future)
{
	creel_future *f = creel_future_create();
	char text[301];
	int line;

	memset(text, 'a', 300);
	text[300] = '\0';
	line = __LINE__ + 1;
	creel_future_set_error(f, 31, "%s", text);
	ck_assert_int_eq(creel_take(f, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 31);
	ck_assert_uint_eq(strlen(creel_last_error()->message), 200);
	ck_assert(strncmp(creel_last_error()->message, text, 200) == 0);
	ck_assert_str_eq(creel_last_error()->file, __FILE__);
	ck_assert_int_eq(creel_last_error()->line, line);
	ck_assert_ptr_null(creel_last_error()->cause);
}
END_TEST

START_TEST(last_error_is_left_by_success)
{
	creel_future *failed = creel_future_create(), *ok = creel_future_create();

	creel_future_set_error(failed, 31, "kept");
	creel_future_set_result(ok, NULL);
	ck_assert_int_eq(creel_future_result(failed, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_await(ok, NULL), CREEL_OK);
	ck_assert_int_eq(creel_last_error()->code, 31);
	ck_assert_str_eq(creel_last_error()->message, "kept");
	ck_assert_int_eq(creel_await(NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_ptr_null(creel_last_error()->file);
	creel_future_unref(failed);
	creel_future_unref(ok);
}
END_TEST

static void *
own_last_error(void *arg)
{
	*(int *)arg = creel_last_error()->code;
	return NULL;
}

START_TEST(last_error_is_the_threads_own)
{
	pthread_t thread;
	int code = -1;

	ck_assert_int_eq(creel_future_status(NULL), CREEL_EINVAL);
	pthread_create(&thread, NULL, own_last_error, &code);
	pthread_join(thread, NULL);
	ck_assert_int_eq(code, CREEL_OK);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
}
END_TEST

/* The last error's text may be the text of the next error. */
START_TEST(last_error_as_a_message)
{
	creel_future *first = creel_future_create(), *second = creel_future_create();

	creel_future_set_error(first, 1, "deep");
	creel_future_result(first, NULL);
	creel_future_set_error(second, 2, "up: %s", creel_last_error()->message);
	ck_assert_str_eq(creel_future_error(second)->message, "up: deep");
	creel_future_unref(first);
	creel_future_unref(second);
}
END_TEST

CREEL_SUITE("creel.future.error", set_error_tells_what_and_where, the_plain_function_knows_no_place,
	the_at_function_takes_any_place, a_null_format_is_an_empty_message, any_code_is_an_error,
	stop_iteration_exception, a_message_may_be_long, the_message_is_copied,
	a_message_that_cannot_be_formatted, future_traceback, last_error_outlives_the_future,
	last_error_is_left_by_success, last_error_is_the_threads_own, last_error_as_a_message)
