/* SPDX-License-Identifier: MIT */
/* test_first.c: the first k of many: who they are, in which order, who holds what, what is refused. */
#include "async/winners.h"
#include "future/made.h"
#include "support/scale.h"
#include "support/suite.h"

#define N 4

/* 1.18 "collectN": the first k that end, in the order in which they do, with their places; the others go on */
START_TEST(in_order_of_completion)
{
	creel_future *f[N], *whole;

	promises_make(f, N);
	whole = creel_first(f, N, 2, 0);
	succeed(f[3], 30);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	succeed(f[1], 10);
	expect_winner(&winners_of(whole)[0], 3, 30);
	expect_winner(&winners_of(whole)[1], 1, 10);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_EPENDING);
	succeed(f[0], 0);
	succeed(f[2], 20);
	expect_winner(&winners_of(whole)[0], 3, 30);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* However they end. */
START_TEST(all_ends_count)
{
	creel_future *f[N], *whole;
	const creel_winner *w;

	promises_make(f, N);
	whole = creel_first(f, N, 3, 0);
	fail_with(f[2], 5);
	creel_future_cancel(f[0]);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	succeed(f[1], 1);
	w = winners_of(whole);
	ck_assert_uint_eq(w[0].index, 2);
	expect_error(&w[0].outcome, CREEL_EFAILED, 5);
	ck_assert_uint_eq(w[1].index, 0);
	expect_error(&w[1].outcome, CREEL_ECANCELLED, CREEL_ECANCELLED);
	expect_winner(&w[2], 1, 1);
	creel_future_cancel(f[3]);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* Failures are left out while there can be enough values. */
START_TEST(only_values_count)
{
	creel_future *f[N], *whole;

	promises_make(f, N);
	whole = creel_first(f, N, 2, CREEL_ONLY_VALUES);
	fail_with(f[0], 5);
	succeed(f[3], 3);
	creel_future_cancel(f[1]);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	succeed(f[2], 2);
	expect_winner(&winners_of(whole)[0], 3, 3);
	expect_winner(&winners_of(whole)[1], 2, 2);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* It fails as soon as there cannot be enough, with the errors so far, the last one first. */
START_TEST(too_many_fail)
{
	static const int codes[] = {CREEL_ECANCELLED, 6, 5};
	creel_future *f[N], *whole;

	promises_make(f, N);
	whole = creel_first(f, N, 2, CREEL_ONLY_VALUES);
	fail_with(f[3], 5);
	fail_with(f[0], 6);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	creel_future_cancel(f[2]);
	expect_codes(whole, codes, 3);
	ck_assert_str_eq(creel_future_error(whole)->cause->message, "failed");
	ck_assert_ptr_nonnull(creel_future_error(whole)->cause->file);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_status(f[1]), CREEL_EPENDING);
	fail_with(f[1], 7); /* comes too late to be among them */
	expect_codes(whole, codes, 3);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* Those that have ended before come first, in the order of the input; done on return. */
START_TEST(of_done_ones)
{
	creel_future *f[N], *whole;

	promises_make(f, N);
	for (int i = N; i-- > 1;)
		succeed(f[i], i);
	whole = creel_first(f, N, 2, 0);
	expect_winner(&winners_of(whole)[0], 1, 1);
	expect_winner(&winners_of(whole)[1], 2, 2);
	creel_future_unref(whole);
	whole = creel_first(f, N, N, 0);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	succeed(f[0], 0);
	expect_winner(&winners_of(whole)[N - 1], 0, 0);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* One that is given twice wins twice, or fails twice. */
START_TEST(duplicates)
{
	static const int codes[] = {8, 8};
	creel_future *f[2], *whole, *failing;

	promises_make(f, 2);
	whole = creel_first((creel_future *[]){f[1], f[0], f[1]}, 3, 2, 0);
	failing = creel_first((creel_future *[]){f[0], f[0], f[1]}, 3, 2, CREEL_ONLY_VALUES);
	succeed(f[1], 1);
	expect_winner(&winners_of(whole)[0], 0, 1);
	expect_winner(&winners_of(whole)[1], 2, 1);
	ck_assert_int_eq(creel_future_status(failing), CREEL_EPENDING);
	fail_with(f[0], 8);
	expect_codes(failing, codes, 2);
	creel_future_unref(whole);
	creel_future_unref(failing);
	creel_futures_unref(f, 2);
}
END_TEST

/* Borrowed while it lives; taken, once, it is the caller's; the members keep their values. */
START_TEST(array_is_taken_once)
{
	creel_future *f[2], *whole;
	void *lent = NULL, *taken = NULL, *again = &again, *value = NULL;

	promises_make(f, 2);
	whole = creel_first(f, 2, 1, 0);
	succeed(f[0], 5);
	ck_assert_int_eq(creel_await(whole, &lent), CREEL_OK);
	ck_assert_int_eq(creel_take(creel_future_ref(whole), &taken), CREEL_OK);
	ck_assert_ptr_eq(lent, taken);
	ck_assert_int_eq(creel_take(whole, &again), CREEL_ESTATE);
	ck_assert_ptr_eq(again, &again);
	ck_assert_int_eq(creel_take(f[0], &value), CREEL_OK);
	ck_assert_ptr_eq(value, number(5));
	expect_winner(taken, 0, 5);
	succeed(f[1], 1);
	creel_free(taken);
	creel_future_unref(f[1]);
}
END_TEST

/* 4 "T5": let go of at once, it is freed when all members have ended, and they then */
START_TEST(dropped_while_members_run)
{
	for (unsigned flags = 0; flags < 4; flags++) {
		made m[2];
		creel_future *f[2] = {made_task(&m[0], CRL_RUNNING), made_task(&m[1], CRL_RUNNING)};

		creel_future_unref(creel_first(f, 2, 1, flags));
		ck_assert_uint_eq(made_linked(f[0]), 1);
		creel_future_ref(f[1]);
		creel_futures_unref(f, 2); /* it has references of its own */
		crl_future_complete(&m[0].future, CRL_VALUE, number(1));
		ck_assert_int_eq(m[0].destroyed, 0);
		crl_future_complete(&m[1].future, CRL_VALUE, number(2));
		ck_assert_int_eq(m[0].destroyed, 1);
		ck_assert_int_eq(m[1].destroyed, 0);
		creel_future_unref(&m[1].future);
		ck_assert_int_eq(m[1].destroyed, 1);
	}
}
END_TEST

/* Errors count as looked at when its own outcome was, also of those that failed after it was decided. */
START_TEST(looked_at)
{
	for (int look = 0; look < 2; look++) {
		creel_future *f[N], *whole;

		count_reports();
		promises_make(f, N);
		whole = creel_first(f, N, 1, CREEL_ONLY_VALUES);
		fail_with(f[0], 1);
		succeed(f[1], 1);
		fail_with(f[2], 2);
		if (look)
			ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
		succeed(f[3], 3);
		creel_future_unref(whole);
		creel_futures_unref(f, N);
		ck_assert_int_eq(atomic_load(&reported), look ? 0 : 2);
	}
}
END_TEST

/* Failed or not: of its own error nothing is reported, for it is its members'. */
START_TEST(reports_no_error_of_its_own)
{
	creel_future *f[2], *whole;

	count_reports();
	promises_make(f, 2);
	whole = creel_any(f, 2);
	fail_with(f[0], 1);
	fail_with(f[1], 2);
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
	ck_assert_int_eq(atomic_load(&reported), 2);
}
END_TEST

START_TEST(refused)
{
	made m;
	creel_future *f = made_promise(&m), *with_none[2] = {f, NULL};

	for (unsigned flags = 0; flags < 4; flags++) {
		expect_refused(creel_first(NULL, 0, 0, flags), CREEL_EINVAL);
		expect_refused(creel_first(NULL, 1, 1, flags), CREEL_EINVAL);
		expect_refused(creel_first(&f, 1, 0, flags), CREEL_EINVAL);
		expect_refused(creel_first(&f, 1, 2, flags), CREEL_EINVAL);
		expect_refused(creel_first(&f, 0, 1, flags), CREEL_EINVAL);
		expect_refused(creel_first(with_none, 2, 1, flags), CREEL_EINVAL);
		expect_refused(creel_first(&f, 1, SIZE_MAX, flags), CREEL_EINVAL);
		expect_refused(creel_first(&f, SIZE_MAX, 1, flags), CREEL_ENOMEM);
		expect_refused(creel_first(&f, SIZE_MAX, SIZE_MAX, flags), CREEL_ENOMEM);
		expect_refused(creel_first(&f, SIZE_MAX / 64, SIZE_MAX / 64, flags), CREEL_ENOMEM);
	}
	expect_refused(creel_first(&f, 1, 1, 4), CREEL_EINVAL);
	expect_refused(creel_first(&f, 1, 1, ~0u), CREEL_EINVAL);
	expect_refused(creel_any(&f, 0), CREEL_EINVAL);
	expect_refused(creel_any(NULL, 2), CREEL_EINVAL);
	expect_refused(creel_any(with_none, 2), CREEL_EINVAL);
	expect_refused(creel_race(&f, 0), CREEL_EINVAL);
	expect_refused(creel_race(NULL, 2), CREEL_EINVAL);
	expect_refused(creel_race(with_none, 2), CREEL_EINVAL);
	ck_assert_uint_eq(made_linked(f), 0);
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING); /* nor was it cancelled */
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

#define MANY 500

static creel_future *many[MANY];

static void *
end_half(void *arg)
{
	for (size_t i = (size_t)(intptr_t)arg; i < MANY; i += 2)
		if (i % 4 < 2)
			creel_future_set_result(many[i], &many[i]);
		else
			creel_future_set_error(many[i], (int)i + 1, "one of many");
	return NULL;
}

/* Each winner once, with its own value. */
static void
check_winners(const creel_winner *w, size_t k)
{
	bool seen[MANY] = {false};

	for (size_t i = 0; i < k; i++) {
		ck_assert_uint_lt(w[i].index, MANY);
		ck_assert(!seen[w[i].index]);
		seen[w[i].index] = true;
		ck_assert_ptr_eq(w[i].outcome.value, &many[w[i].index]);
	}
}

/* Each error once. */
static void
check_errors(const creel_error *error, size_t n)
{
	bool seen[MANY] = {false};

	for (; n > 0; n--, error = error->cause) {
		ck_assert_int_eq(error->code % 4 >= 3 || error->code % 4 == 0, true);
		ck_assert(!seen[error->code - 1]);
		seen[error->code - 1] = true;
	}
	ck_assert_ptr_null(error);
}

/* Two threads end them, half with values: that many are had, one more is not. */
START_TEST(two_threads_complete)
{
	for (int round = 0; round < SCALE_TIMES(100); round++) {
		const size_t k = MANY / 2 + (round % 2 != 0);
		pthread_t threads[2];
		creel_future *whole;
		creel_status status;

		promises_make(many, MANY);
		whole = creel_first(many, MANY, k, CREEL_ONLY_VALUES);
		for (intptr_t i = 0; i < 2; i++)
			pthread_create(&threads[i], NULL, end_half, number(i));
		status = creel_await(whole, NULL);
		ck_assert_int_eq(status, round % 2 ? CREEL_EFAILED : CREEL_OK);
		if (status == CREEL_OK)
			check_winners(winners_of(whole), k);
		else
			check_errors(creel_future_error(whole), MANY - k + 1);
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		creel_future_unref(whole);
		creel_futures_unref(many, MANY);
	}
}
END_TEST

CREEL_SUITE("creel.async.first", in_order_of_completion, all_ends_count, only_values_count,
	too_many_fail, of_done_ones, duplicates, array_is_taken_once, dropped_while_members_run,
	looked_at, reports_no_error_of_its_own, refused, two_threads_complete)
