/* SPDX-License-Identifier: MIT */
/* test_runs.c: a chain that is turned round comes out in order, many at a time. */
#include "queue/runs.h"

#include "support/suite.h"

#define LETTERS ((size_t)CRL_RUNS * CRL_RUN_LENGTH * 5)

static crl_letter letters[LETTERS];
static crl_runs runs;

/* A chain of the letters [0, n), the newest first, as a mailbox has it. */
static crl_letter *
chain(size_t n)
{
	for (size_t i = 0; i < n; i++)
		letters[i].next = i > 0 ? &letters[i - 1] : NULL;
	return n > 0 ? &letters[n - 1] : NULL;
}

/* The letters from this one on come next, linked with each other. Returns how many. */
static size_t
assert_next(size_t from, size_t most)
{
	crl_run run = crl_runs_take(&runs, most);
	const crl_letter *letter = run.first;

	ck_assert_uint_ge(run.count, 1);
	ck_assert_uint_le(run.count, most);
	for (size_t i = 0; i < run.count; i++, letter = letter->next)
		ck_assert_ptr_eq(letter, &letters[from + i]);
	return run.count;
}

START_TEST(nothing_makes_no_runs)
{
	crl_runs_turn(&runs, chain(0));
	ck_assert_uint_eq(runs.count, 0);
}
END_TEST

START_TEST(a_whole_run_comes_at_a_time)
{
	crl_runs_turn(&runs, chain(3 * CRL_RUN_LENGTH));
	ck_assert_uint_eq(runs.count, 3 * CRL_RUN_LENGTH);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(assert_next(i * CRL_RUN_LENGTH, LETTERS), CRL_RUN_LENGTH);
	ck_assert_uint_eq(runs.count, 0);
}
END_TEST

/* The oldest run is the rest that did not make a whole one. */
START_TEST(the_rest_comes_first)
{
	crl_runs_turn(&runs, chain(CRL_RUN_LENGTH + 1));
	ck_assert_uint_eq(assert_next(0, LETTERS), 1);
	ck_assert_uint_eq(assert_next(1, LETTERS), CRL_RUN_LENGTH);
	ck_assert_uint_eq(runs.count, 0);
}
END_TEST

START_TEST(a_run_can_be_split)
{
	crl_runs_turn(&runs, chain(CRL_RUN_LENGTH));
	ck_assert_uint_eq(assert_next(0, 1), 1);
	ck_assert_uint_eq(assert_next(1, 2), 2);
	ck_assert_uint_eq(runs.count, CRL_RUN_LENGTH - 3);
	ck_assert_uint_eq(assert_next(3, LETTERS), CRL_RUN_LENGTH - 3);
	ck_assert_uint_eq(runs.count, 0);
}
END_TEST

/* Of whatever length, and taken by whatever numbers: each comes once, in order. */
START_TEST(many_make_longer_runs)
{
	for (size_t n = 1; n <= LETTERS; n = n * 3 + 1) {
		size_t longest = 0;

		crl_runs_turn(&runs, chain(n));
		ck_assert_uint_eq(runs.count, n);
		ck_assert_uint_le(runs.depth, CRL_RUNS);
		for (size_t from = 0; from < n;) {
			const size_t count = assert_next(from, from % 7 == 0 ? 5 : LETTERS);

			longest = count > longest ? count : longest;
			from += count;
		}
		ck_assert_uint_eq(runs.count, 0);
		ck_assert_uint_eq(runs.depth, 0);
		if (n > 2 * CRL_RUNS * CRL_RUN_LENGTH)
			ck_assert_uint_ge(longest, 4 * CRL_RUN_LENGTH);
	}
}
END_TEST

CREEL_SUITE("creel.queue.runs", nothing_makes_no_runs, a_whole_run_comes_at_a_time,
	the_rest_comes_first, a_run_can_be_split, many_make_longer_runs)
