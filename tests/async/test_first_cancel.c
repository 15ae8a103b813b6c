/* SPDX-License-Identifier: MIT */
/* test_first_cancel.c: first, any and race cancel their members: because it is decided, or are asked to. */
#include "async/winners.h"
#include "future/made.h"
#include "support/suite.h"
#include "task/turns.h"

#define N 3

/* 1.18 "losers cancelled": and it is done when the last of them has ended; who won stays */
START_TEST(race_waits_for_the_losers)
{
	made m[N];
	creel_future *f[N] = {made_task(&m[0], CRL_RUNNING), made_task(&m[1], CRL_RUNNING),
		made_task(&m[2], CRL_PENDING)};
	creel_future *whole = creel_race(f, N);

	crl_future_complete(f[1], CRL_VALUE, number(1));
	ck_assert_int_eq(creel_future_status(f[2]), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
	crl_future_complete(f[0], CRL_VALUE, number(0)); /* a loser that did not hear */
	expect_winner(winners_of(whole), 1, 1);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* A race is over with the first that ends, also if that has failed, or was cancelled. */
START_TEST(race_is_won_by_a_failure)
{
	for (int cancelled = 0; cancelled < 2; cancelled++) {
		creel_future *f[2], *whole;
		const creel_winner *w;

		promises_make(f, 2);
		whole = creel_race(f, 2);
		if (cancelled)
			creel_future_cancel(f[1]);
		else
			fail_with(f[1], 5);
		w = winners_of(whole);
		ck_assert_uint_eq(w->index, 1);
		if (cancelled)
			expect_error(&w->outcome, CREEL_ECANCELLED, CREEL_ECANCELLED);
		else
			expect_error(&w->outcome, CREEL_EFAILED, 5);
		ck_assert_int_eq(creel_future_status(f[0]), CREEL_ECANCELLED);
		creel_future_unref(whole);
		creel_futures_unref(f, 2);
	}
}
END_TEST

/* Decided while it is made: what has not been looked at yet is cancelled, too. */
START_TEST(race_of_a_done_one)
{
	for (size_t done = 0; done < N; done++) {
		creel_future *f[N], *whole;

		promises_make(f, N);
		succeed(f[done], 4);
		whole = creel_race(f, N);
		expect_winner(winners_of(whole), done, 4);
		for (size_t i = 0; i < N; i++)
			ck_assert_int_eq(
				creel_future_status(f[i]), i == done ? CREEL_OK : CREEL_ECANCELLED);
		creel_future_unref(whole);
		creel_futures_unref(f, N);
	}
}
END_TEST

/* The first k of them are left alone, and so are those that failed before. */
START_TEST(rest_is_cancelled)
{
	creel_future *f[4], *whole;

	promises_make(f, 4);
	whole = creel_first(f, 4, 2, CREEL_ONLY_VALUES | CREEL_CANCEL_REST);
	succeed(f[2], 2);
	fail_with(f[0], 9);
	ck_assert_int_eq(creel_future_status(f[1]), CREEL_EPENDING);
	succeed(f[3], 3);
	ck_assert_int_eq(creel_future_status(f[1]), CREEL_ECANCELLED);
	expect_winner(&winners_of(whole)[0], 2, 2);
	expect_winner(&winners_of(whole)[1], 3, 3);
	creel_future_unref(whole);
	creel_futures_unref(f, 4);
}
END_TEST

/* If it fails the rest is cancelled, too; what they end with does not belong to the error. */
START_TEST(rest_is_cancelled_when_it_fails)
{
	static const int codes[] = {6, 5};
	made m;
	creel_future *f[3] = {NULL, NULL, made_task(&m, CRL_RUNNING)}, *whole;

	promises_make(f, 2);
	whole = creel_first(f, 3, 2, CREEL_ONLY_VALUES | CREEL_CANCEL_REST);
	fail_with(f[0], 5);
	fail_with(f[1], 6);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	crl_future_complete(f[2], CRL_CANCELLED, NULL);
	expect_codes(whole, codes, 2);
	creel_future_unref(whole);
	creel_futures_unref(f, 3);
}
END_TEST

/* 1.18 "folly (gap)": a cancel goes on to all members; cancelled when all have ended, whatever with */
START_TEST(cancel_reaches_all)
{
	for (unsigned flags = 0; flags < 4; flags++) {
		made m[N];
		creel_future *f[N] = {made_task(&m[0], CRL_RUNNING), made_promise(&m[1]),
			made_task(&m[2], CRL_PENDING)};
		creel_future *whole = creel_first(f, N, 1, flags);

		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
		ck_assert_int_eq(creel_future_status(f[1]), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_status(f[2]), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
		crl_future_complete(f[0], CRL_VALUE, number(1));
		ck_assert_int_eq(creel_future_status(whole), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_error(whole)->code, CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_ALREADY);
		creel_future_unref(whole);
		creel_futures_unref(f, N);
	}
}
END_TEST

/* Decided and done: the others are left alone. */
START_TEST(cancel_when_it_is_done)
{
	creel_future *f[2], *whole;

	promises_make(f, 2);
	whole = creel_any(f, 2);
	succeed(f[1], 1);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
	expect_winner(winners_of(whole), 1, 1);
	creel_future_cancel(f[0]);
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
}
END_TEST

/* A member that cannot be cancelled; if somebody tries, another one ends meanwhile. */
typedef struct stubborn {
	creel_future future;
	creel_future *ends;
} stubborn;

static creel_cancel_result
refuse(creel_future *future, const char *reason)
{
	stubborn *s = (stubborn *)future; /* its first member */

	(void)reason;
	if (s->ends != NULL)
		creel_future_set_result(s->ends, number(6));
	return CREEL_CANCEL_TOO_LATE;
}

static void
keep(creel_future *future)
{
	(void)future;
}

/* A cancel that reaches nobody is as if it had not been: what was decided meanwhile is acted upon. */
START_TEST(decided_while_reaching_nobody)
{
	static const crl_future_ops stubborn_ops = {.cancel = refuse, .destroy = keep};

	for (unsigned flags = 0; flags < 4; flags++) {
		const bool waits = flags & CREEL_CANCEL_REST;
		stubborn s = {.ends = creel_future_create()};
		creel_future *f[2] = {&s.future, s.ends}, *whole;

		crl_future_init(&s.future, &stubborn_ops, CRL_RUNNING, 1);
		whole = creel_first(f, 2, 1, flags);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
		ck_assert_int_eq(creel_future_status(whole), waits ? CREEL_EPENDING : CREEL_OK);
		crl_future_complete(f[0], CRL_VALUE, NULL);
		expect_winner(winners_of(whole), 1, 6);
		creel_future_unref(whole);
		creel_futures_unref(f, 2);
	}
}
END_TEST

/* creel_wait_for() cancels what it waits for, and a race passes that on. */
START_TEST(wait_for_passes_it_on)
{
	creel_future *f[N], *whole;

	promises_make(f, N);
	whole = creel_race(f, N);
	ck_assert_int_eq(creel_wait_for(whole, 0, NULL), CREEL_ETIMEDOUT);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(creel_future_status(f[i]), CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* A race of gathers: the losing gather is cancelled, and its members. */
START_TEST(race_of_gathers)
{
	creel_future *f[4], *inner[2], *whole;

	promises_make(f, 4);
	inner[0] = creel_gather(&f[0], 2, 0);
	inner[1] = creel_gather(&f[2], 2, 0);
	whole = creel_race(inner, 2);
	succeed(f[0], 0);
	succeed(f[2], 2);
	succeed(f[3], 3);
	ck_assert_uint_eq(winners_of(whole)->index, 1);
	ck_assert_int_eq(creel_future_status(f[1]), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(inner[0]), CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_futures_unref(inner, 2);
	creel_futures_unref(f, 4);
}
END_TEST

#define DEPTH 100000

/* A chain of races of one ends, is cancelled, and is freed on a few stack frames. */
START_TEST(deep_chain)
{
	for (int cancelled = 0; cancelled < 2; cancelled++) {
		creel_future *f = creel_future_create(), *last = creel_future_ref(f);

		for (size_t i = 0; i < DEPTH; i++) {
			creel_future *next = creel_race(&last, 1);

			creel_future_unref(last);
			last = next;
		}
		if (cancelled)
			ck_assert_int_eq(creel_future_cancel(last), CREEL_CANCEL_REQUESTED);
		else
			succeed(f, 1);
		ck_assert_int_eq(
			creel_future_status(last), cancelled ? CREEL_ECANCELLED : CREEL_OK);
		creel_future_unref(last);
		creel_future_unref(f);
	}
}
END_TEST

/* Losers that are queued, suspended, and done, on a pool. */
START_TEST(losers_in_all_states)
{
	creel_pool *pool = pool_of(1);
	creel_future *f[4] = {creel_future_create(), creel_submit(pool, sleep_for_ever, NULL),
		creel_submit(pool, sleep_for_ever, NULL), NULL};
	creel_future *whole;
	void *value = NULL;

	settle(pool);
	f[3] = creel_submit(pool, sleep_for_ever, NULL);
	whole = creel_race(f, 4);
	succeed(f[0], 1);
	ck_assert_int_eq(creel_take(whole, &value), CREEL_OK);
	expect_winner(value, 0, 1);
	creel_free(value);
	for (int i = 1; i < 4; i++)
		ck_assert(creel_future_done(f[i]));
	creel_futures_unref(f, 4);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.first_cancel", race_waits_for_the_losers, race_is_won_by_a_failure,
	race_of_a_done_one, rest_is_cancelled, rest_is_cancelled_when_it_fails, cancel_reaches_all,
	cancel_when_it_is_done, decided_while_reaching_nobody, wait_for_passes_it_on,
	race_of_gathers, deep_chain, losers_in_all_states)
