/* SPDX-License-Identifier: MIT */
/*
 * test_race.c: creel_any() and creel_race() over tasks, and CPython's cases of staggered_race by their names
 * there: its delays are sleeps at the beginning of the tasks here.
 */
#include "async/winners.h"
#include "support/fake_clock.h"
#include "support/suite.h"
#include "task/turns.h"

#define BOTH (CREEL_ONLY_VALUES | CREEL_CANCEL_REST)

/* Begins when the ones before have had their time, takes its time, and ends with a number or a code. */
typedef struct attempt {
	creel_duration delay, takes;
	intptr_t value;
	int code; /* 0: the value */
	creel_status slept;
} attempt;

static void *
try(void *arg)
{
	attempt *a = arg;

	a->slept = creel_sleep(a->delay);
	if (a->slept == CREEL_OK && a->takes > 0)
		a->slept = creel_sleep(a->takes);
	if (a->slept != CREEL_OK)
		return creel_fail((int)a->slept, "lost");
	return a->code != 0 ? creel_fail(a->code, "attempt") : number(a->value);
}

/* Two attempts on a pool of one worker, suspended by now. */
static creel_pool *
begin(attempt a[2], creel_future *f[2])
{
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	for (int i = 0; i < 2; i++)
		f[i] = creel_submit(pool, try, &a[i]);
	settle(pool);
	return pool;
}

static void
end(creel_pool *pool, creel_future *whole, creel_future *f[2])
{
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
	creel_pool_destroy(pool);
}

/* 3.15 "staggered_race empty": there is no first of nothing: CREEL_EINVAL */
START_TEST(empty)
{
	expect_refused(creel_first(NULL, 0, 1, BOTH), CREEL_EINVAL);
}
END_TEST

/* 3.15 "staggered_race one_successful": the winner, its index, no error */
START_TEST(one_successful)
{
	creel_pool *pool = pool_of(1);
	attempt a = {.delay = 0, .value = 7};
	creel_future *f = creel_submit(pool, try, &a);
	creel_future *whole = creel_first(&f, 1, 1, BOTH);

	ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
	expect_winner(winners_of(whole), 0, 7);
	creel_future_unref(whole);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.15 "staggered_race first_error_second_successful": the second wins, the first has its error */
START_TEST(first_error_second_successful)
{
	attempt a[2] = {{.delay = 1, .code = 5}, {.delay = CREEL_SECONDS(1), .value = 2}};
	creel_future *f[2], *whole;
	creel_pool *pool = begin(a, f);

	whole = creel_first(f, 2, 1, BOTH);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
	expect_winner(winners_of(whole), 1, 2);
	ck_assert_int_eq(creel_future_error(f[0])->code, 5);
	end(pool, whole, f);
}
END_TEST

/* 3.15 "staggered_race first_timeout_second_successful": the second wins, the first is cancelled, and has ended */
START_TEST(first_timeout_second_successful)
{
	attempt a[2] = {{.delay = 1, .takes = CREEL_SECONDS(100), .value = 1},
		{.delay = CREEL_SECONDS(1), .value = 2}};
	creel_future *f[2], *whole;
	creel_pool *pool = begin(a, f);

	whole = creel_first(f, 2, 1, BOTH);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
	expect_winner(winners_of(whole), 1, 2);
	ck_assert_int_eq(a[0].slept, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_ECANCELLED);
	end(pool, whole, f);
}
END_TEST

/* 3.15 "staggered_race none_successful": it fails, with all errors, the last one first */
START_TEST(none_successful)
{
	static const int codes[] = {6, 5};
	attempt a[2] = {{.delay = 1, .code = 5}, {.delay = CREEL_SECONDS(1), .code = 6}};
	creel_future *f[2], *whole;
	creel_pool *pool = begin(a, f);

	whole = creel_first(f, 2, 1, BOTH);
	fake_clock_await_sleepers(1);
	fake_clock_step(2);
	ck_assert_int_eq(creel_await(f[0], NULL), CREEL_EFAILED);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 6);
	expect_codes(whole, codes, 2);
	end(pool, whole, f);
}
END_TEST

/* 1.18 "collectAnyWithoutException": the first value; the others go on; the last error if all fail */
START_TEST(any)
{
	attempt a[2] = {{.delay = 1, .value = 1}, {.delay = CREEL_SECONDS(1), .value = 2}};
	creel_future *f[2], *whole;
	creel_pool *pool = begin(a, f);

	whole = creel_any(f, 2);
	fake_clock_await_sleepers(1);
	fake_clock_step(2);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
	expect_winner(winners_of(whole), 0, 1);
	ck_assert_int_eq(creel_future_status(f[1]), CREEL_EPENDING);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_await(f[1], NULL), CREEL_OK);
	end(pool, whole, f);
}
END_TEST

/* 1.18 "collectAny": the first to end, with its index, whatever it ended with; but the losers are cancelled */
START_TEST(race)
{
	attempt a[2] = {{.delay = CREEL_SECONDS(1), .value = 1}, {.delay = 1, .code = 8}};
	creel_future *f[2], *whole;
	creel_pool *pool = begin(a, f);

	whole = creel_race(f, 2);
	fake_clock_await_sleepers(1);
	fake_clock_step(2);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
	ck_assert_uint_eq(winners_of(whole)->index, 1);
	expect_error(&winners_of(whole)->outcome, CREEL_EFAILED, 8);
	ck_assert_int_eq(creel_future_status(f[0]), CREEL_ECANCELLED);
	end(pool, whole, f);
}
END_TEST

CREEL_SUITE("creel.async.race", empty, one_successful, first_error_second_successful,
	first_timeout_second_successful, none_successful, any, race)
