/* SPDX-License-Identifier: MIT */
/* test_linear.c: the linearizability check, with histories made by hand. */
#include "model/explorer/linear.h"

#include "model/subjects.h"
#include "support/suite.h"

START_TEST(an_empty_history)
{
	subject_begin(REGISTER);
	ck_assert(check());
}
END_TEST

START_TEST(what_is_recorded)
{
	linear_op *a, *b;

	subject_begin(QUEUE);
	a = call(0, PUSH, 7);
	b = call(OTHER, POP, 0);
	linear_return(&history, b, 7);
	ck_assert_uint_eq(history.count, 2);
	ck_assert_uint_eq(history.clock, 3);
	ck_assert(a->thread == 0 && a->kind == PUSH && a->arg == 7);
	ck_assert(a->begin == 1 && a->end == 0);
	ck_assert(b->thread == OTHER && b->kind == POP && b->result == 7);
	ck_assert(b->begin == 2 && b->end == 3);
	subject_begin(QUEUE);
	ck_assert(history.count == 0 && history.clock == 0);
}
END_TEST

START_TEST(a_full_history)
{
	subject_begin(QUEUE);
	for (int i = 0; i < LINEAR_MAX; i++)
		whole(0, i % 2 == 0 ? PUSH : POP, i, i % 2 == 0 ? 0 : i - 1);
	ck_assert_ptr_null(linear_call(&history, 0, POP, 0));
	ck_assert_uint_eq(history.count, LINEAR_MAX);
	ck_assert(check());
	ck_assert_int_eq(subject_steps, LINEAR_MAX); /* and no search */
	history.ops[LINEAR_MAX - 1].result = EMPTY;
	ck_assert(!check());
}
END_TEST

START_TEST(register_reads_the_last_write)
{
	subject_begin(REGISTER);
	whole(0, READ, 0, 0);
	whole(0, WRITE, 1, 0);
	whole(OTHER, READ, 0, 1);
	whole(0, WRITE, 2, 0);
	whole(OTHER, READ, 0, 2);
	ck_assert(check());
	history.ops[4].result = 1; /* stale */
	ck_assert(!check());
	history.ops[4].result = 3; /* never written */
	ck_assert(!check());
	history.ops[4].begin = history.ops[3].begin; /* as long as the write before it */
	ck_assert(!check());
	history.ops[4].result = 1;
	ck_assert(check());
}
END_TEST

/* While it is written, a register may be read old or new, but not old after new. */
START_TEST(register_new_then_old)
{
	linear_op *write;

	subject_begin(REGISTER);
	write = call(0, WRITE, 1);
	whole(OTHER, READ, 0, 0);
	whole(THIRD, READ, 0, 1);
	linear_return(&history, write, 0);
	ck_assert(check());
	history.ops[1].result = 1;
	ck_assert(check());
	history.ops[2].result = 0;
	ck_assert(!check());
	history.ops[1].result = 0;
	ck_assert(check());
}
END_TEST

/* Two see two writes in different orders. */
START_TEST(register_seen_in_two_orders)
{
	linear_op *one, *two;

	subject_begin(REGISTER);
	one = call(0, WRITE, 1);
	two = call(OTHER, WRITE, 2);
	whole(THIRD, READ, 0, 1);
	whole(THIRD, READ, 0, 2);
	linear_return(&history, one, 0);
	linear_return(&history, two, 0);
	whole(THIRD, READ, 0, 2);
	ck_assert(check());
	history.ops[4].result = 1;
	ck_assert(!check());
}
END_TEST

START_TEST(queue_in_order)
{
	subject_begin(QUEUE);
	whole(0, POP, 0, EMPTY);
	whole(0, PUSH, 1, 0);
	whole(OTHER, PUSH, 2, 0);
	whole(0, POP, 0, 1);
	whole(OTHER, POP, 0, 2);
	whole(0, POP, 0, EMPTY);
	ck_assert(check());
	history.ops[3].result = 2; /* reordered */
	history.ops[4].result = 1;
	ck_assert(!check());
	history.ops[2].begin = history.ops[1].begin; /* but not if pushed at the same time */
	ck_assert(check());
	history.ops[4].result = 2; /* twice */
	ck_assert(!check());
	history.ops[4].result = 3; /* never pushed */
	ck_assert(!check());
	history.ops[4].result = EMPTY; /* lost */
	ck_assert(!check());
}
END_TEST

/* The queue of Herlihy and Wing: a pop that began before the pushes. */
START_TEST(queue_pops_at_the_same_time)
{
	linear_op *early, *late;

	subject_begin(QUEUE);
	early = call(0, POP, 0);
	whole(OTHER, PUSH, 1, 0);
	late = call(THIRD, POP, 0);
	whole(OTHER, PUSH, 2, 0);
	linear_return(&history, late, 1);
	linear_return(&history, early, 2);
	ck_assert(check());
	early->result = EMPTY;
	ck_assert(check());
	late->result = EMPTY; /* early came first, but this one after the first push */
	ck_assert(!check());
	early->result = 1;
	ck_assert(check());
	early->result = 2;
	ck_assert(!check());
}
END_TEST

START_TEST(deque_from_both_ends)
{
	subject_begin(DEQUE);
	for (long i = 1; i <= 4; i++)
		whole(0, PUSH, i, 0);
	whole(0, POP, 0, 4);
	whole(OTHER, STEAL, 0, 1);
	whole(OTHER, STEAL, 0, 2);
	whole(0, POP, 0, 3);
	whole(OTHER, STEAL, 0, EMPTY);
	whole(0, POP, 0, EMPTY);
	ck_assert(check());
	history.ops[4].result = 1; /* each from the other's end */
	history.ops[5].result = 4;
	ck_assert(!check());
}
END_TEST

/* The owner and thieves, all at the last one: one of them gets it. */
START_TEST(deque_the_last_one)
{
	static const struct {
		long pop, steal, steal_too;
		bool fine;
	} cases[] = {
		{1, EMPTY, EMPTY, true},
		{EMPTY, 1, EMPTY, true},
		{EMPTY, EMPTY, 1, true},
		{1, 1, EMPTY, false},
		{EMPTY, 1, 1, false},
		{1, 1, 1, false},
		{EMPTY, EMPTY, EMPTY, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		linear_op *pop, *steal, *steal_too;

		subject_begin(DEQUE);
		whole(0, PUSH, 1, 0);
		steal = call(OTHER, STEAL, 0);
		pop = call(0, POP, 0);
		steal_too = call(THIRD, STEAL, 0);
		linear_return(&history, pop, cases[i].pop);
		linear_return(&history, steal, cases[i].steal);
		linear_return(&history, steal_too, cases[i].steal_too);
		ck_assert(check() == cases[i].fine);
	}
}
END_TEST

/* A thief that is slow gets what was the oldest when it came; it must have been so at some time. */
START_TEST(deque_a_slow_thief)
{
	linear_op *steal;

	subject_begin(DEQUE);
	whole(0, PUSH, 1, 0);
	steal = call(OTHER, STEAL, 0);
	whole(0, PUSH, 2, 0);
	whole(THIRD, STEAL, 0, 1);
	whole(0, PUSH, 3, 0);
	linear_return(&history, steal, 2);
	ck_assert(check());
	steal->result = 3;
	ck_assert(!check());
	steal->result = 1;
	ck_assert(!check());
	history.ops[3].result = 2; /* the other one */
	ck_assert(check());
	steal->result = EMPTY;
	ck_assert(!check());
}
END_TEST

START_TEST(pending_or_not_at_all)
{
	subject_begin(QUEUE);
	call(0, PUSH, 1);
	ck_assert(check());
	whole(OTHER, POP, 0, EMPTY); /* not yet */
	ck_assert(check());
	whole(OTHER, POP, 0, 1); /* meanwhile */
	ck_assert(check());
	whole(OTHER, POP, 0, EMPTY);
	ck_assert(check());
	whole(OTHER, POP, 0, 1); /* again */
	ck_assert(!check());
}
END_TEST

START_TEST(pending_not_before_its_call)
{
	subject_begin(QUEUE);
	whole(OTHER, POP, 0, 1);
	call(0, PUSH, 1);
	ck_assert(!check());
	history.ops[1].begin = 2; /* at the moment when the pop returned */
	ck_assert(check());
}
END_TEST

/* With any result, and of each kind: here one has to have taken an item. */
START_TEST(pending_takes)
{
	subject_begin(QUEUE);
	whole(0, PUSH, 1, 0);
	whole(0, PUSH, 2, 0);
	whole(0, POP, 0, 2);
	ck_assert(!check());
	subject_begin(QUEUE);
	whole(0, PUSH, 1, 0);
	call(OTHER, POP, 0);
	whole(0, PUSH, 2, 0);
	whole(0, POP, 0, 2);
	ck_assert(check());
	whole(0, POP, 0, 1);
	ck_assert(!check());
}
END_TEST

/* Two of five that never returned must have happened, in another order than they began. */
START_TEST(pending_many)
{
	subject_begin(QUEUE);
	for (int i = 1; i <= 5; i++)
		call(i, PUSH, i);
	whole(0, POP, 0, 4);
	whole(0, POP, 0, 2);
	whole(0, POP, 0, EMPTY);
	ck_assert(check());
	whole(0, POP, 0, 4);
	ck_assert(!check());
}
END_TEST

/* No history of pending operations alone is wrong, nor has to be searched. */
START_TEST(pending_all)
{
	subject_begin(DEQUE);
	for (int i = 0; i < LINEAR_MAX; i++)
		call(i, i % 3, i);
	ck_assert(check());
	ck_assert_int_eq(subject_steps, 0);
}
END_TEST

CREEL_SUITE("creel.model.linear", an_empty_history, what_is_recorded, a_full_history,
	register_reads_the_last_write, register_new_then_old, register_seen_in_two_orders,
	queue_in_order, queue_pops_at_the_same_time, deque_from_both_ends, deque_the_last_one,
	deque_a_slow_thief, pending_or_not_at_all, pending_not_before_its_call, pending_takes,
	pending_many, pending_all)
