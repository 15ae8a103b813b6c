/* SPDX-License-Identifier: MIT */
/*
 * test_linear_oracle.c: the linearizability check of small random histories, against all orders
 * that there are. Its memo is so small that it is full of other pairs, and forgets.
 */
#define MEMO_SLOTS ((size_t)8)
#include "model/explorer/linear.c"

#include "model/subjects.h"
#include "support/scale.h"
#include "support/suite.h"

/* Give an operation another result: that of another one, or any. */
static void
spoil(void)
{
	linear_op *op = &history.ops[random_below(history.count)];
	const linear_op *other = &history.ops[random_below(history.count)];

	if (op->end != 0)
		op->result = random_below(4) == 0 ? random_below(9) - 1 : other->result;
}

static bool
is_explanation(subject s, const linear_op *const order[], unsigned n)
{
	_Alignas(max_align_t) unsigned char state[LINEAR_STATE_MAX] = {0};

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++)
			if (order[j]->end != 0 && order[j]->end < order[i]->begin)
				return false;
	for (unsigned i = 0; i < n; i++) {
		long result = subject_do(s, state, order[i]->kind, order[i]->arg);

		if (order[i]->end != 0 && order[i]->result != result)
			return false;
	}
	return true;
}

/* The oracle: all orders of all operations that returned and of any others, looked at when they are
 * complete. The first n are in order, and used. */
static bool
some_order(subject s, const linear_op *order[], unsigned n, unsigned used)
{
	bool complete = true;

	for (unsigned i = 0; i < history.count; i++)
		complete = complete && ((used >> i & 1) != 0 || history.ops[i].end == 0);
	if (complete && is_explanation(s, order, n))
		return true;
	for (unsigned i = 0; i < history.count; i++) {
		order[n] = &history.ops[i];
		if ((used >> i & 1) == 0 && some_order(s, order, n + 1, used | 1U << i))
			return true;
	}
	return false;
}

static void
compare_with_oracle(subject s)
{
	const linear_op *order[LINEAR_MAX];
	int fine = 0, wrong = 0, rounds = SCALE_TIMES(1500);

	random_seed();
	for (int round = 0; round < rounds; round++) {
		subject_make(s, 2 + (size_t)random_below(4), 2 + (unsigned)random_below(6),
			round % 3 == 0);
		ck_assert_msg(check(), "round %d", round);
		for (int i = 0; i < 2; i++) {
			bool expected;

			spoil();
			expected = some_order(s, order, 0, 0);
			ck_assert_msg(check() == expected, "round %d: %d", round, expected);
			fine += expected;
			wrong += !expected;
		}
	}
	ck_assert(fine > rounds / 4 && wrong > rounds / 4);
}

START_TEST(register_in_all_orders)
{
	compare_with_oracle(REGISTER);
}
END_TEST

START_TEST(queue_in_all_orders)
{
	compare_with_oracle(QUEUE);
}
END_TEST

START_TEST(deque_in_all_orders)
{
	compare_with_oracle(DEQUE);
}
END_TEST

CREEL_SUITE("creel.model.linear_oracle", register_in_all_orders, queue_in_all_orders,
	deque_in_all_orders)
