/* SPDX-License-Identifier: MIT */
/* test_combine_memory.c: gather, first, then, wait, shield, parallel_for and map when no memory can be had. */
#include "async/combined.h"
#include "future/made.h"
#include "support/faults.h"
#include "support/suite.h"
#include "task/turns.h"

#define N 4

static creel_future *
gather_all(creel_future *f[])
{
	return creel_gather(f, N, 0);
}

static creel_future *
first_two(creel_future *f[])
{
	return creel_first(f, N, 2, CREEL_ONLY_VALUES | CREEL_CANCEL_REST);
}

/* Fail the n-th, or all from there on, until none is left to fail; returns how many there were. */
static int
sweep(creel_future *(*make)(creel_future *[]), creel_future *f[], bool all)
{
	for (int n = 1;; n++) {
		creel_future *whole;
		bool failed;

		fault_arm(FAULT_MALLOC, n, all);
		whole = make(f);
		failed = fault_disarm();
		if (!failed) {
			ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
			creel_future_unref(whole);
			return n - 1;
		}
		expect_refused(whole, CREEL_ENOMEM);
		for (int i = 0; i < N; i++)
			ck_assert_uint_eq(made_linked(f[i]), 0);
	}
}

static void
sweep_many(creel_future *(*make)(creel_future *[]))
{
	for (int all = 0; all < 2; all++) {
		made m[N];
		creel_future *f[N];

		for (int i = 0; i < N; i++)
			f[i] = made_promise(&m[i]);
		ck_assert_int_eq(sweep(make, f, all), 2);
		for (int i = 0; i < N; i++)
			creel_future_set_result(f[i], number(i)); /* unless it was cancelled */
		creel_futures_unref(f, N);
		for (int i = 0; i < N; i++)
			ck_assert_int_eq(m[i].destroyed, 1);
	}
}

/* 0.2 "Allocation failure": a gather, or what is to be the first, has failed, and is linked to nothing */
START_TEST(gather)
{
	sweep_many(gather_all);
	sweep_many(first_two);
}
END_TEST

static void
count_drop(void *arg)
{
	++*(int *)arg;
}

static void *
pass_value(const creel_outcome *outcome, void *arg)
{
	(void)arg;
	return outcome->value;
}

/* A continuation that there is no memory for has failed, and its argument has gone; later it needs none. */
START_TEST(then)
{
	creel_then_options options = CREEL_THEN_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	made m;
	creel_future *f = made_promise(&m), *none, *refused, *next;
	creel_status status;
	int drops = 0;

	options.arg_drop = count_drop;
	settle(pool);
	fault_arm(FAULT_MALLOC, 1, true);
	none = creel_then_with(pool, f, &options, pass_value, &drops);
	refused = creel_then(pool, NULL, pass_value, NULL);
	ck_assert(fault_disarm());
	expect_refused(none, CREEL_ENOMEM);
	expect_refused(refused, CREEL_ENOMEM);
	ck_assert_int_eq(drops, 1);
	ck_assert_uint_eq(made_linked(f), 0);
	next = creel_then_with(pool, f, &options, pass_value, &drops);
	fault_arm(FAULT_MALLOC, 1, true);
	creel_future_set_result(f, number(5));
	while ((status = creel_future_status(next)) == CREEL_EPENDING)
		sched_yield();
	ck_assert(!fault_disarm());
	ck_assert_int_eq(status, CREEL_OK);
	ck_assert_int_eq(take_number(next), 5);
	ck_assert_int_eq(drops, 2);
	creel_future_unref(f);
	creel_pool_destroy(pool);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

START_TEST(shield)
{
	made m;
	creel_future *f = made_promise(&m), *none, *refused;

	fault_arm(FAULT_MALLOC, 1, true);
	none = creel_shield(f);
	refused = creel_shield(NULL);
	ck_assert(fault_disarm());
	expect_refused(none, CREEL_ENOMEM);
	expect_refused(refused, CREEL_ENOMEM);
	ck_assert_uint_eq(made_linked(f), 0);
	creel_future_cancel(f);
	fault_arm(FAULT_MALLOC, 1, true);
	none = creel_shield(f); /* needs none */
	ck_assert(!fault_disarm());
	ck_assert_ptr_eq(none, f);
	creel_future_unref(none);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

/* 0.2 "Allocation failure": a wait says so, and tells who is done all the same; to poll needs none */
START_TEST(wait)
{
	made m[2];
	creel_future *f[2] = {made_promise(&m[0]), made_promise(&m[1])}, *given[2] = {f[0], f[1]};
	size_t ndone[3] = {9, 9, 9};
	creel_status status[3];
	int code;

	creel_await_for(f[0], 1, NULL); /* this thread has what it waits with */
	succeed(f[1], 1);
	fault_arm(FAULT_MALLOC, 1, true);
	status[0] = creel_wait(given, 2, CREEL_ALL_COMPLETED, 0, &ndone[0]);
	status[1] = creel_wait(given, 2, CREEL_FIRST_COMPLETED, CREEL_FOREVER, &ndone[1]);
	ck_assert(!fault_disarm());
	given[0] = f[0];
	given[1] = f[1];
	fault_arm(FAULT_MALLOC, 1, true);
	status[2] = creel_wait(given, 2, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone[2]);
	ck_assert(fault_disarm());
	code = creel_last_error()->code;
	ck_assert_int_eq(status[0], CREEL_ETIMEDOUT);
	ck_assert_int_eq(status[1], CREEL_OK);
	ck_assert_int_eq(status[2], CREEL_ENOMEM);
	ck_assert_int_eq(code, CREEL_ENOMEM);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(ndone[i], 1);
	ck_assert(given[0] == f[1] && given[1] == f[0]);
	ck_assert_uint_eq(made_linked(f[0]), 0);
	creel_futures_unref(f, 2);
}
END_TEST

static void
count(size_t begin, size_t end, void *ctx)
{
	atomic_fetch_add((atomic_int *)ctx, (int)(end - begin));
}

/* All was done, or nothing and CREEL_ENOMEM. */
START_TEST(parallel_for)
{
	creel_pool *pool = pool_of(2);
	int refusals[2] = {0, 0};

	settle(pool);
	for (int all = 0; all < 2; all++) {
		bool failed = true;

		for (int n = 1; failed; n++) {
			atomic_int done = 0;
			creel_status status;

			fault_arm(FAULT_MALLOC, n, all);
			status = creel_parallel_for(pool, 0, 1000, 1, count, &done);
			failed = fault_disarm();
			ck_assert_int_eq(atomic_load(&done), status == CREEL_OK ? 1000 : 0);
			if (status == CREEL_OK)
				continue;
			ck_assert_int_eq(status, CREEL_ENOMEM);
			ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
			refusals[all]++;
		}
	}
	ck_assert_int_ge(refusals[0], 1); /* for its one task */
	ck_assert_int_ge(refusals[1], 1);
	creel_pool_destroy(pool);
}
END_TEST

/* All have a result, or CREEL_ENOMEM. */
START_TEST(map)
{
	creel_pool *pool = pool_of(2);

	settle(pool);
	for (int all = 0; all < 2; all++) {
		bool failed = true;
		int n = 0;

		while (failed) {
			void *args[N] = {&n, &n, &n, &n}, *results[N];
			creel_status status;

			fault_arm(FAULT_MALLOC, ++n, all);
			status = creel_map(pool, same, args, N, results);
			failed = fault_disarm();
			ck_assert_int_eq(status, failed ? CREEL_ENOMEM : CREEL_OK);
			if (failed)
				ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
			for (int i = 0; i < N && !failed; i++)
				ck_assert_ptr_eq(results[i], &n);
		}
		ck_assert_int_ge(n, 3); /* for its array, and for its task */
	}
	creel_pool_destroy(pool);
}
END_TEST

static void
add(size_t begin, size_t end, void *acc, void *ctx)
{
	(void)ctx;
	*(size_t *)acc += end - begin;
}

static void
add_other(void *acc, const void *other, void *ctx)
{
	(void)ctx;
	*(size_t *)acc += *(const size_t *)other;
}

/* Who takes a part and has no memory for it leaves it to its join. */
START_TEST(parallel_reduce)
{
	creel_pool *pool = pool_of(2);

	settle(pool);
	for (int all = 0; all < 2; all++) {
		for (int n = 1; n < 30; n++) {
			const size_t zero = 0;
			size_t sum = 17;
			creel_status status;

			fault_arm(FAULT_MALLOC, n, all);
			status = creel_parallel_reduce(
				pool, 0, 1000, 1, add, add_other, &zero, sizeof sum, &sum, NULL);
			fault_disarm();
			if (n < 3) /* for its accumulator, and for its task */
				ck_assert_int_eq(status, CREEL_ENOMEM);
			else
				ck_assert_int_eq(status, CREEL_OK);
			ck_assert_uint_eq(sum, status == CREEL_OK ? 1000 : 17);
		}
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.facade.combine_memory", gather, then, shield, wait, parallel_for, map,
	parallel_reduce)
