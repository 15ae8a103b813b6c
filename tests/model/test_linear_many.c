/* SPDX-License-Identifier: MIT */
/* test_linear_many.c: the linearizability check of histories that are as long as can be. What it
 * costs is counted in steps of the specification. */
#include "model/explorer/linear.h"

#include "model/subjects.h"
#include "support/scale.h"
#include "support/suite.h"

/* The last that got something got what never was there: all has to be searched. False: none did. */
static bool
spoil_the_last(void)
{
	for (unsigned i = history.count; i-- > 0;)
		if (history.ops[i].end != 0 && history.ops[i].result > 0) {
			history.ops[i].result = 99;
			return true;
		}
	return false;
}

static void
check_many(subject s)
{
	int wrong = 0, rounds = SCALE_TIMES(60);

	random_seed();
	for (int round = 0; round < rounds; round++) {
		subject_make(s, round % 3 == 0 ? 4 : 8, LINEAR_MAX, round % 2 == 0);
		ck_assert_uint_eq(history.count, LINEAR_MAX);
		ck_assert(check());
		if (spoil_the_last()) {
			ck_assert(!check());
			wrong++;
		}
	}
	ck_assert(wrong > rounds / 2);
}

START_TEST(many_of_a_register)
{
	check_many(REGISTER);
}
END_TEST

START_TEST(many_of_a_deque)
{
	check_many(DEQUE);
}
END_TEST

START_TEST(many_of_a_queue)
{
	check_many(QUEUE);
}
END_TEST

/* Nearly all orders of the pushes are tried, 9! of them and the beginnings of each, which all make
 * different states: more than the memo holds. */
START_TEST(a_full_memo)
{
	enum { N = 9 };

	subject_begin(QUEUE);
	for (int i = 1; i <= N; i++)
		call(i, PUSH, i);
	for (unsigned i = 0; i < N; i++)
		linear_return(&history, &history.ops[i], 0);
	for (int i = N; i > 0; i--)
		whole(0, POP, 0, i);
	ck_assert(check());
	ck_assert_int_gt(subject_steps, 400000);
	history.ops[2 * N - 1].result = EMPTY;
	ck_assert(!check());
	ck_assert_int_gt(subject_steps, 400000);
}
END_TEST

CREEL_SUITE("creel.model.linear_many", many_of_a_register, many_of_a_deque, many_of_a_queue,
	a_full_memo)
