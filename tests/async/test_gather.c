/* SPDX-License-Identifier: MIT */
/* test_gather.c: one future of many: outcomes in order, who holds what, what is refused. */
#include "async/combined.h"
#include "future/made.h"
#include "support/scale.h"
#include "support/suite.h"

#define N 3

static const unsigned both_flags[] = {0, CREEL_RETURN_EXCEPTIONS};

static void
gather_in_another_order(unsigned flags)
{
	creel_future *f[N], *whole;
	creel_outcome *outcomes;
	void *value = NULL;
	int calls = 0;

	promises_make(f, N);
	whole = creel_gather(f, N, flags);
	creel_future_on_done(whole, count_callback, &calls);
	succeed(f[1], 1);
	succeed(f[0], 2);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_result(whole, &value), CREEL_EPENDING);
	ck_assert_int_eq(calls, 0);
	succeed(f[2], 3);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(creel_await(whole, &value), CREEL_OK);
	outcomes = value;
	expect_value(&outcomes[0], 2);
	expect_value(&outcomes[1], 1);
	expect_value(&outcomes[2], 3);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}

/* 3.8 "success": in the order of the input, whatever the order of completion; one callback
   1.5 "result order": the input's */
START_TEST(success)
{
	gather_in_another_order(0);
	gather_in_another_order(CREEL_CANCEL_ON_ERROR);
}
END_TEST

/* 3.8 "result_exception_success": the same with CREEL_RETURN_EXCEPTIONS */
START_TEST(result_exception_success)
{
	gather_in_another_order(CREEL_RETURN_EXCEPTIONS);
	gather_in_another_order(CREEL_RETURN_EXCEPTIONS | CREEL_CANCEL_ON_ERROR);
}
END_TEST

/* 3.8 "constructor_empty_sequence_without_loop, constructor_empty_sequence_use_running_loop,
 * constructor_empty_sequence_use_global_loop": done at once, with nothing; the array is there to be freed
   1.5 "empty input": done, no outcomes, too late to cancel */
START_TEST(constructor_empty_sequence)
{
	creel_future *none;

	for (unsigned flags = 0; flags < 4; flags++) {
		creel_future *whole = creel_gather(flags & 1 ? &none : NULL, 0, flags);
		void *value = NULL;

		ck_assert(creel_future_done(whole));
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
		ck_assert_int_eq(creel_take(whole, &value), CREEL_OK);
		ck_assert_ptr_nonnull(value);
		creel_free(value);
	}
}
END_TEST

/* 1.5 "already-done inputs": all done, so is the gather when it is returned */
START_TEST(of_done_ones)
{
	creel_future *f[N];

	promises_make(f, N);
	for (int i = 0; i < N; i++)
		succeed(f[i], i);
	for (size_t i = 0; i < 2; i++) {
		creel_future *whole = creel_gather(f, N, both_flags[i]);
		void *value = NULL;

		ck_assert_int_eq(creel_future_result(whole, &value), CREEL_OK);
		for (int j = 0; j < N; j++)
			expect_value((creel_outcome *)value + j, j);
		creel_future_unref(whole);
	}
	creel_futures_unref(f, N);
}
END_TEST

/* 3.8 "duplicate_coroutines": each place has the outcome
   1.5 "duplicates": one that is given n times counts n times */
START_TEST(duplicate_coroutines)
{
	creel_future *f[2];
	creel_outcome *outcomes;
	void *value = NULL;
	creel_future *whole;

	promises_make(f, 2);
	whole = creel_gather((creel_future *[]){f[0], f[0], f[1], f[0]}, 4, 0);
	succeed(f[0], 7);
	ck_assert(!creel_future_done(whole));
	succeed(f[1], 8);
	ck_assert_int_eq(creel_take(whole, &value), CREEL_OK);
	outcomes = value;
	expect_value(&outcomes[0], 7);
	expect_value(&outcomes[1], 7);
	expect_value(&outcomes[2], 8);
	expect_value(&outcomes[3], 7);
	creel_free(outcomes);
	creel_futures_unref(f, 2);
}
END_TEST

/* 1.5 "result memory": borrowed while the gather lives; taken, once, it is the caller's */
START_TEST(array_is_taken_once)
{
	creel_future *f = creel_future_create(), *whole = creel_gather(&f, 1, 0);
	void *lent = NULL, *taken = NULL, *again = &again;

	succeed(f, 5);
	ck_assert_int_eq(creel_await(whole, &lent), CREEL_OK);
	ck_assert_int_eq(creel_take(creel_future_ref(whole), &taken), CREEL_OK);
	ck_assert_ptr_eq(lent, taken);
	ck_assert_int_eq(creel_take(creel_future_ref(whole), &again), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_result(whole, &again), CREEL_ESTATE);
	ck_assert_ptr_eq(again, &again);
	creel_future_unref(whole);
	expect_value(taken, 5);
	creel_free(taken);
	creel_future_unref(f);
}
END_TEST

/* The array is a copy: to take the value of a member takes nothing from it, and the reverse. */
START_TEST(members_keep_their_values)
{
	creel_future *f = creel_future_create(), *whole = creel_gather(&f, 1, 0);
	void *value = NULL, *outcomes = NULL;

	succeed(f, 5);
	ck_assert_int_eq(creel_take(whole, &outcomes), CREEL_OK);
	ck_assert_int_eq(creel_take(f, &value), CREEL_OK);
	ck_assert_ptr_eq(value, number(5));
	creel_free(outcomes);
}
END_TEST

/* 1.5 "outer dropped/unreferenced while children run": it is only freed when they have ended */
START_TEST(dropped_while_members_run)
{
	made m[2];
	creel_future *f[2] = {made_promise(&m[0]), made_promise(&m[1])};

	creel_future_unref(creel_gather(f, 2, 0));
	ck_assert_uint_eq(made_linked(f[0]), 1);
	creel_futures_unref(f, 2); /* it has references of its own */
	ck_assert_int_eq(m[0].destroyed, 0);
	succeed(f[0], 1);
	ck_assert_int_eq(m[0].destroyed, 0);
	succeed(f[1], 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(m[i].destroyed, 1);
		ck_assert_ptr_eq(m[i].dropped_value, number(i + 1));
	}
}
END_TEST

/* What an outcome points to lives as long as the gather. */
START_TEST(members_live_as_long)
{
	made m;
	creel_future *f = made_promise(&m), *whole = creel_gather(&f, 1, 0);

	succeed(f, 1);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 0);
	creel_future_unref(whole);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 1);
}
END_TEST

START_TEST(refused)
{
	creel_future *f = creel_future_create();

	expect_refused(creel_gather(NULL, 1, 0), CREEL_EINVAL);
	expect_refused(creel_gather(&f, 1, 4), CREEL_EINVAL);
	expect_refused(creel_gather(&f, 1, ~0u), CREEL_EINVAL);
	expect_refused(creel_gather(&f, 0, 4), CREEL_EINVAL);
	expect_refused(creel_gather(&f, SIZE_MAX, 0), CREEL_ENOMEM);
	expect_refused(creel_gather(&f, SIZE_MAX / sizeof(creel_outcome), 0), CREEL_ENOMEM);
	creel_future_unref(f);
}
END_TEST

/* 3.8 "issue46672": one of the futures is none: nothing stays behind in the others
   1.5 "error while attaching half-way": all is looked at before anything is linked */
START_TEST(issue46672)
{
	made m;
	creel_future *f = made_promise(&m);

	for (size_t i = 0; i < N; i++) {
		creel_future *given[N] = {f, f, f};

		given[i] = NULL;
		expect_refused(creel_gather(given, N, 0), CREEL_EINVAL);
		ck_assert_uint_eq(made_linked(f), 0);
	}
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

#define MANY 1000

static creel_future *many[MANY];

static void *
complete_half(void *arg)
{
	for (size_t i = (size_t)(intptr_t)arg; i < MANY; i += 2)
		creel_future_set_result(many[i], &many[i]);
	return NULL;
}

/* 1.5 "completion thread": whoever ends the last member ends the gather; two threads at once */
START_TEST(two_threads_complete)
{
	for (int round = 0; round < SCALE_TIMES(100); round++) {
		pthread_t threads[2];
		void *value = NULL;
		creel_future *whole;

		promises_make(many, MANY);
		whole = creel_gather(many, MANY, 0);
		for (intptr_t i = 0; i < 2; i++)
			pthread_create(&threads[i], NULL, complete_half, number(i));
		ck_assert_int_eq(creel_take(whole, &value), CREEL_OK);
		for (size_t i = 0; i < MANY; i++)
			ck_assert_ptr_eq(((creel_outcome *)value)[i].value, &many[i]);
		creel_free(value);
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		creel_futures_unref(many, MANY);
	}
}
END_TEST

CREEL_SUITE("creel.async.gather", success, result_exception_success, constructor_empty_sequence,
	of_done_ones, duplicate_coroutines, array_is_taken_once, members_keep_their_values,
	dropped_while_members_run, members_live_as_long, refused, issue46672, two_threads_complete)
