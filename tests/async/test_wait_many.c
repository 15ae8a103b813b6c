/* SPDX-License-Identifier: MIT */
/* test_wait_many.c: creel_wait for many, for the same, for none, for what cannot be. */
#include "async/combined.h"
#include "future/made.h"
#include "support/scale.h"
#include "support/suite.h"

#define MANY 1000

static creel_future *f[MANY], *given[MANY];

/* Which of n are done, in pattern p. */
static bool
in_pattern(unsigned p, size_t i, size_t n)
{
	switch (p) {
	case 0:
		return false;
	case 1:
		return true;
	case 2:
		return i < n / 2;
	case 3:
		return i >= n / 2;
	case 4:
		return i == 0;
	case 5:
		return i + 1 == n;
	case 6:
		return i % 64 == 0; /* where the library's blocks might end */
	case 7:
		return i % 64 != 63;
	default:
		return (i * 2654435761u ^ p * 40503u) >> 7 & 1 || i % p == 0;
	}
}

/* After the call: those that are done, in their order, then the others, in theirs. */
static void
expect_partition(size_t n, size_t ndone)
{
	size_t done = 0, pending = ndone, wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += given[creel_future_done(f[i]) ? done++ : pending++] != f[i];
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(done, ndone);
}

static void
partition_in_pattern(unsigned p, size_t n)
{
	size_t ndone = MANY + 1, expected = 0;
	creel_status status;

	promises_make(f, n);
	for (size_t i = 0; i < n; i++) {
		given[i] = f[i];
		if (in_pattern(p, i, n)) {
			succeed(f[i], 1);
			expected++;
		}
	}
	status = creel_wait(given, n, CREEL_ALL_COMPLETED, 0, &ndone);
	ck_assert_int_eq(status, expected == n ? CREEL_OK : CREEL_ETIMEDOUT);
	ck_assert_uint_eq(ndone, expected);
	expect_partition(n, ndone);
	creel_futures_unref(f, n);
}

START_TEST(partition_is_stable)
{
	static const size_t sizes[] = {1, 2, 63, 64, 65, 127, 128, 129, 192, MANY};

	for (unsigned p = 0; p < 20; p++)
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
			partition_in_pattern(p, sizes[i]);
}
END_TEST

/* Small ones: all patterns there are. */
START_TEST(partition_of_few)
{
	for (unsigned pattern = 0; pattern < 1u << 6; pattern++) {
		size_t ndone = 0;

		promises_make(f, 6);
		for (size_t i = 0; i < 6; i++) {
			given[i] = f[i];
			if (pattern >> i & 1)
				creel_future_cancel(f[i]);
		}
		creel_wait(given, 6, CREEL_ALL_COMPLETED, 0, &ndone);
		expect_partition(6, ndone);
		creel_futures_unref(f, 6);
	}
}
END_TEST

static void *
complete_half(void *arg)
{
	for (size_t i = (size_t)(intptr_t)arg; i < 100; i += 2)
		creel_future_set_result(f[i], NULL);
	return NULL;
}

/* 3.3 "pending_calls_race": 100 complete at once by two threads while one waits; none is miscounted */
START_TEST(pending_calls_race)
{
	for (int round = 0; round < SCALE_TIMES(1000); round++) {
		const creel_return_when when = (creel_return_when)(round % 3);
		pthread_t threads[2];
		size_t ndone = 0;

		promises_make(f, 100);
		memcpy(given, f, 100 * sizeof *f);
		for (intptr_t i = 0; i < 2; i++)
			pthread_create(&threads[i], NULL, complete_half, number(i));
		ck_assert_int_eq(creel_wait(given, 100, when, CREEL_FOREVER, &ndone), CREEL_OK);
		ck_assert_uint_ge(ndone, when == CREEL_FIRST_COMPLETED ? 1 : 100);
		for (size_t i = 0; i < ndone; i++)
			ck_assert(creel_future_done(given[i]));
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		for (size_t i = 0; i < 100; i++)
			ck_assert_uint_eq(made_linked(f[i]), 0);
		creel_futures_unref(f, 100);
	}
}
END_TEST

static void *
complete_when_linked(void *arg)
{
	made_await_linked(f[0], (size_t)(intptr_t)arg);
	creel_future_set_result(f[0], NULL);
	return NULL;
}

/* 3.3 "20369": the same one twice: it returns, and both are done
   3.7 "wait_duplicate_coroutines": otherwise: they count as often as they are given
   1.6 "duplicates": each counts, and none is counted twice */
/* 5 "D17": each place counts */
START_TEST(duplicates)
{
	for (int when = CREEL_FIRST_COMPLETED; when <= CREEL_ALL_COMPLETED; when++) {
		pthread_t thread;
		size_t ndone = 0;

		promises_make(f, 2);
		given[0] = given[1] = given[2] = f[0];
		pthread_create(&thread, NULL, complete_when_linked, number(3));
		ck_assert_int_eq(
			creel_wait(given, 3, (creel_return_when)when, CREEL_FOREVER, &ndone),
			CREEL_OK);
		ck_assert_uint_eq(ndone, 3);
		pthread_join(thread, NULL);
		given[1] = f[1];
		ck_assert_int_eq(
			creel_wait(given, 3, CREEL_ALL_COMPLETED, 0, &ndone), CREEL_ETIMEDOUT);
		ck_assert_uint_eq(ndone, 2);
		ck_assert(given[0] == f[0] && given[1] == f[0] && given[2] == f[1]);
		creel_futures_unref(f, 2);
	}
}
END_TEST

/* 1.6 "empty": all of nothing is there; the first of nothing never comes */
/* 5 "D16": CREEL_OK for all, CREEL_EINVAL for the first */
START_TEST(of_nothing)
{
	size_t ndone = 9;

	ck_assert_int_eq(creel_wait(NULL, 0, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone), CREEL_OK);
	ck_assert_uint_eq(ndone, 0);
	ck_assert_int_eq(creel_wait(NULL, 0, CREEL_FIRST_COMPLETED, 0, &ndone), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait(NULL, 0, CREEL_FIRST_EXCEPTION, 0, &ndone), CREEL_EINVAL);
}
END_TEST

/* 3.7 "wait_invalid_args": refused. 3.7 "wait_errors": also where all is done already
   1.6 "bad return_when": looked at first */
START_TEST(wait_invalid_args)
{
	creel_future *done[2];
	size_t ndone = 9;

	promises_make(done, 2);
	succeed(done[0], 1);
	ck_assert_int_eq(creel_wait(NULL, 1, CREEL_ALL_COMPLETED, 0, &ndone), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait(done, 1, (creel_return_when)3, 0, &ndone), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait(done, 1, (creel_return_when)-1, 0, &ndone), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait(done, 1, CREEL_ALL_COMPLETED, -1, &ndone), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait(done, 1, CREEL_ALL_COMPLETED, INT64_MIN, &ndone), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait(done, 1, CREEL_ALL_COMPLETED, 0, NULL), CREEL_EINVAL);
	ck_assert_int_eq(
		creel_wait((creel_future *[]){done[0], NULL}, 2, CREEL_FIRST_COMPLETED, 0, &ndone),
		CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_uint_eq(ndone, 9);
	creel_futures_unref(done, 2);
}
END_TEST

CREEL_SUITE("creel.async.wait_many", partition_is_stable, partition_of_few, pending_calls_race,
	duplicates, of_nothing, wait_invalid_args)
