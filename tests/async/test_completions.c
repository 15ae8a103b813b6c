/* SPDX-License-Identifier: MIT */
/* test_completions.c: what a completion queue holds and hands out, without anybody waiting. */
#include "async/consumer.h"
#include "support/suite.h"

#include <stdlib.h>

#define N 8

static creel_future *promises[N];

/* 1.7 "element yielded": the original future, with a reference of its own, its tag and its index */
/* 5 "D4": each with its tag */
START_TEST(hands_out_future_tag_and_index)
{
	int tags[N];
	creel_completions *queue = creel_completions_create();

	promises_make(promises, N);
	for (size_t i = 0; i < N; i++)
		ck_assert_int_eq(creel_completions_add(queue, promises[i], &tags[i]), CREEL_OK);
	for (size_t i = 0; i < N; i++) {
		creel_completion out;
		void *value = NULL;

		creel_future_set_result(promises[i], &tags[i]);
		creel_future_unref(promises[i]);
		ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
		ck_assert_ptr_eq(out.future, promises[i]);
		ck_assert_ptr_eq(out.tag, &tags[i]);
		ck_assert_uint_eq(out.index, i);
		ck_assert_int_eq(creel_take(out.future, &value), CREEL_OK);
		ck_assert_ptr_eq(value, &tags[i]);
	}
	creel_completions_destroy(queue);
}
END_TEST

START_TEST(array_index_and_no_tag)
{
	creel_completions *queue;

	promises_make(promises, N);
	queue = creel_as_completed(promises, N);
	for (size_t i = N; i-- > 0;) {
		creel_completion out = untouched();

		creel_future_set_result(promises[i], NULL);
		ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
		ck_assert_ptr_eq(out.future, promises[i]);
		ck_assert_ptr_null(out.tag);
		ck_assert_uint_eq(out.index, i);
		creel_future_unref(out.future);
	}
	creel_completions_destroy(queue);
	creel_futures_unref(promises, N);
}
END_TEST

/* 1.7 "empty input": of nothing it is CREEL_EEMPTY at once, for every timeout, and again */
START_TEST(empty_input)
{
	creel_completions *const queues[] = {creel_as_completed(NULL, 0),
		creel_as_completed(promises, 0), creel_completions_create()};

	creel_completions_close(queues[2]);
	for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
		creel_completion out = untouched();

		ck_assert_ptr_nonnull(queues[i]);
		ck_assert_uint_eq(creel_completions_pending(queues[i]), 0);
		ck_assert_int_eq(creel_completions_next(queues[i], 0, &out), CREEL_EEMPTY);
		ck_assert_int_eq(
			creel_completions_next(queues[i], CREEL_FOREVER, &out), CREEL_EEMPTY);
		ck_assert_int_eq(creel_last_error()->code, CREEL_EEMPTY);
		ck_assert_int_eq(creel_completions_next(queues[i], 0, &out), CREEL_EEMPTY);
		ck_assert(is_untouched(&out));
		creel_completions_destroy(queues[i]);
	}
}
END_TEST

/* 1.7 "duplicates": they count as often as they occur, each with its own index and reference */
/* 5 "D17": each is handed out */
START_TEST(duplicates_count_as_often)
{
	creel_future *f = creel_future_create();
	creel_future *const same[] = {f, f, f};
	creel_completions *queue = creel_as_completed(same, 3);
	creel_completion out;

	ck_assert_uint_eq(creel_completions_pending(queue), 3);
	creel_future_set_result(f, f);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
		ck_assert_ptr_eq(out.future, f);
		ck_assert_uint_eq(out.index, i);
		creel_future_unref(f);
	}
	ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_EEMPTY);
	ck_assert_int_eq(creel_future_result(f, NULL), CREEL_OK);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

START_TEST(duplicates_among_adds_keep_their_tags)
{
	int one, two;
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_completions_create();
	creel_completion out;

	creel_completions_add(queue, f, &one);
	creel_future_set_result(f, NULL);
	creel_completions_add(queue, f, &two);
	ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
	ck_assert_ptr_eq(out.tag, &one);
	creel_future_unref(out.future);
	ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
	ck_assert_ptr_eq(out.tag, &two);
	ck_assert_uint_eq(out.index, 1);
	creel_future_unref(out.future);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

/* 1.7 "already-done inputs": in input order, then the others in the order of their completion */
/* 5 "D5": those that are done come in the order of the input */
START_TEST(done_inputs_in_input_order)
{
	static const size_t done_before[] = {6, 2, 4, 0}, later[] = {5, 1, 7, 3};
	static const size_t expected[N] = {0, 2, 4, 6, 5, 1, 7, 3};
	creel_completions *queue;

	promises_make(promises, N);
	for (size_t i = 0; i < 4; i++)
		creel_future_set_result(promises[done_before[i]], NULL);
	queue = creel_as_completed(promises, N);
	for (size_t i = 0; i < 4; i++)
		creel_future_set_result(promises[later[i]], NULL);
	for (size_t i = 0; i < N; i++)
		ck_assert_uint_eq(next_index(queue), expected[i]);
	creel_completions_destroy(queue);
	creel_futures_unref(promises, N);
}
END_TEST

START_TEST(order_of_completion_is_exact)
{
	enum { MANY = 1000 };
	static creel_future *many[MANY];
	static size_t order[MANY];
	creel_completions *queue;

	promises_make(many, MANY);
	queue = creel_as_completed(many, MANY);
	srand(1);
	for (size_t i = 0; i < MANY; i++)
		order[i] = i;
	for (size_t i = MANY - 1; i > 0; i--) {
		size_t j = (size_t)rand() % (i + 1), swapped = order[i];

		order[i] = order[j];
		order[j] = swapped;
	}
	for (size_t i = 0; i < MANY; i++)
		creel_future_set_result(many[order[i]], NULL);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_uint_eq(next_index(queue), order[i]);
	creel_completions_destroy(queue);
	creel_futures_unref(many, MANY);
}
END_TEST

/* 1.7 "cancelled input": it is yielded like any other, and so is one that failed */
START_TEST(cancelled_and_failed_are_yielded)
{
	creel_completions *queue;
	creel_completion out;

	promises_make(promises, 4);
	creel_future_cancel(promises[0]);
	creel_future_set_error(promises[1], 7, "before");
	queue = creel_as_completed(promises, 4);
	creel_future_cancel(promises[3]);
	creel_future_set_error(promises[2], 8, "after");
	for (size_t i = 0; i < 4; i++) {
		static const size_t expected[] = {0, 1, 3, 2};
		bool cancelled = expected[i] == 0 || expected[i] == 3;

		ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
		ck_assert_uint_eq(out.index, expected[i]);
		ck_assert_int_eq(
			creel_take(out.future, NULL), cancelled ? CREEL_ECANCELLED : CREEL_EFAILED);
	}
	ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_EEMPTY);
	creel_completions_destroy(queue);
	creel_futures_unref(promises, 4);
}
END_TEST

START_TEST(timeout_0_polls)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_as_completed(&f, 1);
	creel_completion out = untouched();

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
		ck_assert(is_untouched(&out));
	}
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
	creel_future_unref(out.future);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

START_TEST(pending_counts_what_is_not_handed_out)
{
	creel_completions *queue = creel_completions_create();

	promises_make(promises, N);
	for (size_t i = 0; i < N; i++) {
		ck_assert_uint_eq(creel_completions_pending(queue), i);
		creel_completions_add(queue, promises[i], NULL);
	}
	for (size_t i = 0; i < N; i++) {
		creel_future_set_result(promises[i], NULL);
		ck_assert_uint_eq(creel_completions_pending(queue), N);
	}
	creel_completions_close(queue);
	for (size_t i = 0; i < N; i++) {
		ck_assert_uint_eq(creel_completions_pending(queue), N - i);
		ck_assert_uint_eq(next_index(queue), i);
	}
	ck_assert_uint_eq(creel_completions_pending(queue), 0);
	creel_completions_destroy(queue);
	creel_futures_unref(promises, N);
}
END_TEST

/* 1.7 "add futures while iterating": indices go on, across hand-outs */
/* 5 "D4": futures are added at any time */
START_TEST(add_while_iterating)
{
	creel_completions *queue = creel_completions_create();

	promises_make(promises, N);
	for (size_t i = 0; i < N; i++) {
		ck_assert_int_eq(creel_completions_add(queue, promises[i], NULL), CREEL_OK);
		creel_future_set_result(promises[i], NULL);
		ck_assert_uint_eq(next_index(queue), i);
		ck_assert_uint_eq(next_index(queue), SIZE_MAX);
	}
	creel_completions_destroy(queue);
	creel_futures_unref(promises, N);
}
END_TEST

START_TEST(add_after_close_is_closed)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_completions_create();
	creel_completions *closed_before = creel_as_completed(NULL, 0);

	creel_completions_add(queue, f, NULL);
	ck_assert_int_eq(creel_completions_close(queue), CREEL_OK);
	ck_assert_int_eq(creel_completions_close(queue), CREEL_OK);
	ck_assert_int_eq(creel_completions_add(queue, f, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_int_eq(creel_completions_add(closed_before, f, NULL), CREEL_ECLOSED);
	ck_assert_uint_eq(creel_completions_pending(queue), 1);

	/* With a pending one a closed queue is not empty yet. */
	ck_assert_uint_eq(next_index(queue), SIZE_MAX);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
	creel_future_set_result(f, NULL);
	ck_assert_uint_eq(next_index(queue), 0);
	ck_assert_uint_eq(next_index(queue), SIZE_MAX);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EEMPTY);
	creel_completions_destroy(queue);
	creel_completions_destroy(closed_before);
	creel_future_unref(f);
}
END_TEST

/* One future in two queues, and with waiters of its own, is handed out by both. */
START_TEST(queues_do_not_disturb_each_other)
{
	creel_future *f = creel_future_create();
	creel_completions *a = creel_as_completed(&f, 1), *b = creel_as_completed(&f, 1);
	creel_completions *gone = creel_as_completed(&f, 1);

	creel_completions_destroy(gone);
	creel_future_set_result(f, NULL);
	ck_assert_uint_eq(next_index(b), 0);
	ck_assert_uint_eq(creel_completions_pending(a), 1);
	ck_assert_uint_eq(next_index(a), 0);
	creel_completions_destroy(a);
	creel_completions_destroy(b);
	creel_future_unref(f);
}
END_TEST

CREEL_SUITE("creel.async.completions", hands_out_future_tag_and_index, array_index_and_no_tag,
	empty_input, duplicates_count_as_often, duplicates_among_adds_keep_their_tags,
	done_inputs_in_input_order, order_of_completion_is_exact, cancelled_and_failed_are_yielded,
	timeout_0_polls, pending_counts_what_is_not_handed_out, add_while_iterating,
	add_after_close_is_closed, queues_do_not_disturb_each_other)
