/* SPDX-License-Identifier: MIT */
/* test_error.c: error objects, and the reserve of 32 for when there is no memory. */
#include "base/error.h"

#include "base/atomic.h"
#include "support/faults.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "sync/spin.h"

#include <limits.h>
#include <string.h>
#include <wchar.h>

#define RESERVE 32
#define MORE (RESERVE + 8)

CRL_PRINTF(4, 5)
static const creel_error *
make(const char *file, int line, int code, const char *format, ...)
{
	const creel_error *error;
	va_list args;

	va_start(args, format);
	error = crl_error_vnew(file, line, code, format, args);
	va_end(args);
	return error;
}

START_TEST(holds_what_it_was_given)
{
	char word[] = "seven";
	const creel_error *error = make("task.c", 12, 42, "%d is not %s", 6, word);

	memset(word, 'x', sizeof word - 1);
	ck_assert_int_eq(error->code, 42);
	ck_assert_str_eq(error->message, "6 is not seven");
	ck_assert_str_eq(error->file, "task.c");
	ck_assert_int_eq(error->line, 12);
	ck_assert_ptr_null(error->cause);
	crl_error_free(error);
}
END_TEST

/* 3.2 "swallows_falsey_exceptions": code 0 and no text make an error like any other */
START_TEST(may_be_empty)
{
	const creel_error *error = make(NULL, 0, 0, NULL), *other = make("", 0, 0, "%s", "");

	ck_assert_int_eq(error->code, 0);
	ck_assert_str_eq(error->message, "");
	ck_assert_ptr_null(error->file);
	ck_assert_str_eq(other->message, "");
	ck_assert_ptr_ne(error, other);
	crl_error_free(error);
	crl_error_free(other);
}
END_TEST

START_TEST(codes_are_the_tasks_own)
{
	static const int codes[] = {INT_MIN, -1, 0, 1, CREEL_ECANCELLED, INT_MAX};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		const creel_error *error = make("", 1, codes[i], "x");

		ck_assert_int_eq(error->code, codes[i]);
		crl_error_free(error);
	}
}
END_TEST

START_TEST(long_texts_are_kept_whole)
{
	static char text[100001];
	const creel_error *error;

	memset(text, 'x', sizeof text - 1);
	error = make("", 0, 1, "<%s>", text);
	ck_assert_uint_eq(strlen(error->message), sizeof text - 1 + 2);
	ck_assert_int_eq(error->message[0], '<');
	ck_assert_int_eq(error->message[sizeof text], '>');
	crl_error_free(error);
}
END_TEST

/* printf itself can fail: no multibyte character stands for this one. */
START_TEST(a_text_that_cannot_be_formatted_is_replaced)
{
	const creel_error *error = make("z.c", 4, 9, "%lc", (wint_t)0x7fffff00);

	ck_assert_int_eq(error->code, 9);
	ck_assert_str_eq(error->message, "(no memory was left for the message)");
	ck_assert_int_eq(error->line, 4);
	crl_error_free(error);
}
END_TEST

START_TEST(static_errors_outlive_free)
{
	const creel_error *const errors[] = {&crl_error_no_memory, &crl_error_cancelled,
		&crl_error_closed, &crl_error_invalid, &crl_error_no_failure};
	static const int codes[] = {
		CREEL_ENOMEM, CREEL_ECANCELLED, CREEL_ECLOSED, CREEL_EINVAL, CREEL_EINVAL};

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		for (int times = 0; times < 2; times++)
			crl_error_free(errors[i]);
		ck_assert_int_eq(errors[i]->code, codes[i]);
		ck_assert_uint_gt(strlen(errors[i]->message), 0);
	}
	crl_error_free(NULL);
}
END_TEST

/* Make n errors while there is no memory. No assertions: Check allocates. */
static void
make_without_memory(const creel_error *errors[], int n, int first_code)
{
	fault_arm(FAULT_MALLOC, 1, true);
	for (int i = 0; i < n; i++)
		errors[i] = make("none.c", i + 1, first_code + i, "text %d", i);
	fault_disarm();
}

static void
free_all(const creel_error *errors[], int n)
{
	for (int i = 0; i < n; i++)
		crl_error_free(errors[i]);
}

/* 3.16 "26. allocation-failure injection": code, file and line are kept, the text is static */
START_TEST(without_memory_comes_from_the_reserve)
{
	const creel_error *errors[RESERVE];

	make_without_memory(errors, RESERVE, 100);
	for (int i = 0; i < RESERVE; i++) {
		ck_assert_int_eq(errors[i]->code, 100 + i);
		ck_assert_int_eq(errors[i]->line, i + 1);
		ck_assert_str_eq(errors[i]->file, "none.c");
		ck_assert_str_eq(errors[i]->message, "(no memory was left for the message)");
		ck_assert_ptr_null(errors[i]->cause);
		for (int j = 0; j < i; j++)
			ck_assert_ptr_ne(errors[i], errors[j]);
	}
	free_all(errors, RESERVE);
}
END_TEST

START_TEST(a_spent_reserve_gives_the_static_error)
{
	const creel_error *errors[MORE];

	make_without_memory(errors, MORE, 100);
	for (int i = 0; i < RESERVE; i++)
		ck_assert_int_eq(errors[i]->code, 100 + i);
	for (int i = RESERVE; i < MORE; i++)
		ck_assert_ptr_eq(errors[i], &crl_error_no_memory);
	free_all(errors, MORE);
}
END_TEST

START_TEST(the_reserve_is_recycled)
{
	const creel_error *errors[RESERVE], *again[3], *more[RESERVE];

	make_without_memory(errors, RESERVE, 100);
	crl_error_free(errors[20]);
	crl_error_free(errors[3]);
	make_without_memory(again, 3, 500);
	ck_assert_int_eq(again[0]->code, 500);
	ck_assert_int_eq(again[1]->code, 501);
	ck_assert_ptr_eq(again[2], &crl_error_no_memory);
	for (int i = 0; i < RESERVE; i++) /* the others are as they were */
		if (i != 20 && i != 3)
			ck_assert_int_eq(errors[i]->code, 100 + i);
	errors[20] = again[0];
	errors[3] = again[1];
	free_all(errors, RESERVE);

	make_without_memory(more, RESERVE, 900);
	for (int i = 0; i < RESERVE; i++)
		ck_assert_int_eq(more[i]->code, 900 + i);
	free_all(more, RESERVE);
}
END_TEST

START_TEST(memory_that_is_back_is_used)
{
	const creel_error *reserve[1], *error;

	make_without_memory(reserve, 1, 1);
	error = make("x.c", 1, 2, "words");
	ck_assert_str_eq(error->message, "words");
	crl_error_free(error);
	crl_error_free(reserve[0]);
}
END_TEST

#define THREADS 2
#define EACH (MORE / THREADS)
#define ROUNDS SCALE_TIMES(20000)

/* A thread that holds up to EACH errors; all threads together want more than there are. */
typedef struct holder {
	int number;
	int wrong;  /* an error was not what its holder had made */
	int none;   /* how often the reserve was spent */
	int rounds; /* done */
} holder;

static crl_atomic(int) arrived; /* at a round, over all rounds */

static gate start = GATE_INIT;

static void
hold_and_look(holder *self, int round)
{
	const creel_error *errors[EACH];
	int code = self->number * 1000000 + round;
	unsigned spins = 0;

	/* Together: relaxed, so that nothing but the reserve itself orders what they do. */
	crl_fetch_add(&arrived, 1, relaxed);
	while (crl_load(&arrived, relaxed) < THREADS * (round + 1))
		crl_spin(&spins);
	for (int i = 0; i < EACH; i++)
		errors[i] = make("holder.c", i, code, "x");
	for (int i = 0; i < EACH; i++) {
		if (errors[i] == &crl_error_no_memory)
			self->none++;
		else if (errors[i]->code != code || errors[i]->line != i)
			self->wrong++;
		crl_error_free(errors[i]);
	}
	self->rounds++;
}

static void *
hold(void *arg)
{
	gate_pass(&start);
	for (int round = 0; round < ROUNDS; round++)
		hold_and_look(arg, round);
	return NULL;
}

START_TEST(the_reserve_is_shared_by_threads)
{
	const creel_error *errors[RESERVE];
	holder holders[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		holders[i] = (holder){.number = i + 1};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hold, &holders[i]), 0);
	}
	gate_await_arrivals(&start, THREADS);
	fault_arm(FAULT_MALLOC, 1, true);
	gate_open(&start);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	fault_disarm();
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(holders[i].wrong, 0);
		ck_assert_int_eq(holders[i].rounds, ROUNDS);
	}

	make_without_memory(errors, RESERVE, 7); /* and nothing was lost */
	for (int i = 0; i < RESERVE; i++)
		ck_assert_int_eq(errors[i]->code, 7 + i);
	free_all(errors, RESERVE);
}
END_TEST

CREEL_SUITE("creel.base.error", holds_what_it_was_given, may_be_empty, codes_are_the_tasks_own,
	long_texts_are_kept_whole, a_text_that_cannot_be_formatted_is_replaced,
	static_errors_outlive_free, without_memory_comes_from_the_reserve,
	a_spent_reserve_gives_the_static_error, the_reserve_is_recycled,
	memory_that_is_back_is_used, the_reserve_is_shared_by_threads)
