/* SPDX-License-Identifier: MIT */
/* test_timers.c: few timers, which are in the heap, by hand; many against a sorted array, and equal. */
#include "queue/timers.h"

#include "support/scale.h"
#include "support/suite.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static crl_timers timers;

static bool broken; /* a link or the order in the heap is wrong */

/* The walk over a heap, every link and every order in it checked. */
static int
count_below(const crl_timer *parent)
{
	const crl_timer *before = parent;
	int n = 0;

	for (const crl_timer *child = parent->child; child != NULL; child = child->next) {
		broken |= child->prev != before || child->when < parent->when ||
			  (child->when == parent->when && child->sequence < parent->sequence);
		n += 1 + count_below(child);
		before = child;
	}
	return n;
}

static int
count(void)
{
	const crl_timer *top = timers.top;
	int n = top != NULL ? 1 + count_below(top) : 0;

	broken |= top != NULL && (top->prev != top || top->next != NULL);
	ck_assert(!broken);
	ck_assert_uint_eq(timers.near, (size_t)n);
	return n + (int)timers.far;
}

static crl_timer *
due(int64_t now)
{
	return crl_timers_due(&timers, now, UINT64_MAX);
}

static void
assert_due_in_order(crl_timer *const expected[], int n)
{
	for (int i = 0; i < n; i++) {
		ck_assert_ptr_eq(due(INT64_MAX), expected[i]);
		ck_assert_ptr_null(expected[i]->prev);
		ck_assert_int_eq(count(), n - i - 1);
	}
	ck_assert_ptr_null(due(INT64_MAX));
}

START_TEST(nothing_is_due_of_none)
{
	ck_assert_ptr_null(due(INT64_MAX));
	ck_assert_ptr_null(due(INT64_MIN));
}
END_TEST

START_TEST(due_when_its_time_has_come)
{
	crl_timer timer = {0};

	crl_timers_add(&timers, &timer, 100);
	ck_assert_ptr_eq(timers.top, &timer);
	ck_assert_int_eq(timer.when, 100);
	ck_assert_ptr_null(due(99));
	ck_assert_ptr_eq(due(100), &timer);
	ck_assert_ptr_null(timer.prev);
	ck_assert_ptr_null(due(100));
	crl_timers_add(&timers, &timer, 200); /* and again */
	ck_assert_ptr_null(due(150));
	ck_assert_ptr_eq(due(250), &timer);
}
END_TEST

static void
never_called(crl_timer *timer)
{
	timer->when = 0;
}

/* What it does when it expires is for whoever takes it out. */
START_TEST(expire_is_left_alone)
{
	crl_timer timer = {.expire = never_called};

	crl_timers_add(&timers, &timer, 7);
	ck_assert_ptr_eq(due(7), &timer);
	ck_assert(timer.expire == never_called);
	ck_assert_int_eq(timer.when, 7);
}
END_TEST

START_TEST(the_earliest_comes_first)
{
	crl_timer t[5] = {{0}};

	crl_timers_add(&timers, &t[2], 30);
	crl_timers_add(&timers, &t[0], 10);
	crl_timers_add(&timers, &t[4], 50);
	crl_timers_add(&timers, &t[1], 20);
	crl_timers_add(&timers, &t[3], 40);
	ck_assert_int_eq(count(), 5);
	ck_assert_ptr_eq(timers.top, &t[0]);
	assert_due_in_order((crl_timer *const[]){&t[0], &t[1], &t[2], &t[3], &t[4]}, 5);
}
END_TEST

/* What is added while those that are due are taken out is left for later. */
START_TEST(younger_ones_wait)
{
	crl_timer t[7] = {{0}};
	uint64_t until;

	crl_timers_add(&timers, &t[0], 10);
	crl_timers_add(&timers, &t[1], 20);
	until = timers.sequence;
	for (int i = 2; i < 7; i++)
		crl_timers_add(&timers, &t[i], i);
	ck_assert_ptr_eq(crl_timers_due(&timers, 30, until), &t[0]);
	crl_timers_remove(&timers, &t[2]); /* the earliest of those that are aside, */
	crl_timers_remove(&timers, &t[5]); /* and another */
	ck_assert(!crl_timers_empty(&timers));
	ck_assert_ptr_eq(crl_timers_due(&timers, 30, until), &t[1]);
	ck_assert_ptr_null(crl_timers_due(&timers, 30, until));
	assert_due_in_order((crl_timer *const[]){&t[3], &t[4], &t[6]}, 3);
}
END_TEST

START_TEST(equals_come_in_the_order_of_adding)
{
	crl_timer t[6] = {{0}};

	crl_timers_add(&timers, &t[2], 5);
	crl_timers_add(&timers, &t[0], 4);
	crl_timers_add(&timers, &t[3], 5);
	crl_timers_add(&timers, &t[1], 4);
	crl_timers_add(&timers, &t[5], 6);
	crl_timers_add(&timers, &t[4], 5);
	assert_due_in_order((crl_timer *const[]){&t[0], &t[1], &t[2], &t[3], &t[4], &t[5]}, 6);
}
END_TEST

/* One that is added again is the last of its equals. */
START_TEST(adding_again_counts_anew)
{
	crl_timer t[3] = {{0}};

	for (int i = 0; i < 3; i++)
		crl_timers_add(&timers, &t[i], 5);
	crl_timers_remove(&timers, &t[0]);
	crl_timers_add(&timers, &t[0], 5);
	assert_due_in_order((crl_timer *const[]){&t[1], &t[2], &t[0]}, 3);
}
END_TEST

#define FEW 9

/* A heap of FEW, one of which is taken out when `taken` have come due: it is the root then, or has
 * children, siblings, or neither. */
static void
remove_one(int removed, int taken)
{
	crl_timer t[FEW];

	memset(t, 0, sizeof t);
	memset(&timers, 0, sizeof timers);
	for (int i = 0; i < FEW; i++)
		crl_timers_add(&timers, &t[i * 4 % FEW], i * 4 % FEW);
	for (int i = 0; i < taken; i++)
		ck_assert_ptr_eq(due(INT64_MAX), &t[i]);
	crl_timers_remove(&timers, &t[removed]);
	ck_assert_ptr_null(t[removed].prev);
	ck_assert_int_eq(count(), FEW - taken - (removed >= taken));
	for (int i = taken; i < FEW; i++)
		if (i != removed)
			ck_assert_ptr_eq(due(INT64_MAX), &t[i]);
	ck_assert(crl_timers_empty(&timers));
}

START_TEST(any_can_be_removed)
{
	for (int taken = 0; taken <= FEW; taken++)
		for (int removed = 0; removed < FEW; removed++)
			remove_one(removed, taken);
}
END_TEST

START_TEST(removing_what_is_not_in_is_harmless)
{
	crl_timer in = {0}, out = {0};

	crl_timers_remove(&timers, &out); /* of none */
	crl_timers_add(&timers, &in, 1);
	crl_timers_remove(&timers, &out);
	crl_timers_add(&timers, &out, 2);
	for (int times = 0; times < 3; times++)
		crl_timers_remove(&timers, &out);
	ck_assert_int_eq(count(), 1);
	ck_assert_ptr_eq(due(1), &in);
	crl_timers_remove(&timers, &in);
	ck_assert(crl_timers_empty(&timers));
}
END_TEST

START_TEST(the_last_one_can_be_removed)
{
	crl_timer timer = {0};

	crl_timers_add(&timers, &timer, 1);
	crl_timers_remove(&timers, &timer);
	ck_assert(crl_timers_empty(&timers));
	ck_assert_ptr_null(due(INT64_MAX));
}
END_TEST

START_TEST(extremes)
{
	static const int64_t whens[] = {
		INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
	enum { N = sizeof whens / sizeof *whens };
	crl_timer t[N] = {{0}};

	for (int i = 0; i < N; i++)
		crl_timers_add(&timers, &t[i * 3 % N], whens[i * 3 % N]);
	for (int i = 0; i < N; i++) {
		if (i > 0)
			ck_assert_ptr_null(due(whens[i] - 1));
		ck_assert_ptr_eq(due(whens[i]), &t[i]);
	}
	ck_assert(crl_timers_empty(&timers));
}
END_TEST

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#define SOME 100

/* The oracle: those that are in, sorted, equals in the order of adding. */
typedef struct oracle {
	crl_timer all[SOME];
	crl_timer *sorted[SOME];
	int count;
} oracle;

static void
oracle_add(oracle *o, crl_timer *timer, int64_t when)
{
	int at = o->count++;

	for (; at > 0 && o->sorted[at - 1]->when > when; at--)
		o->sorted[at] = o->sorted[at - 1];
	o->sorted[at] = timer;
	crl_timers_add(&timers, timer, when);
}

static void
oracle_forget(oracle *o, const crl_timer *timer)
{
	int left = 0;

	for (int i = 0; i < o->count; i++)
		if (o->sorted[i] != timer)
			o->sorted[left++] = o->sorted[i];
	o->count = left;
}

static void
random_step(oracle *o, uint64_t *state, int64_t range)
{
	crl_timer *timer = &o->all[next_random(state) % SOME], *first;
	int64_t when = (int64_t)(next_random(state) % (uint64_t)range) - range / 2;
	uint64_t choice = next_random(state) % 8;

	if (choice < 5 && timer->prev == NULL) {
		oracle_add(o, timer, when);
	} else if (choice < 7) {
		crl_timers_remove(&timers, timer);
		oracle_forget(o, timer);
	} else {
		first = o->count > 0 && o->sorted[0]->when <= when ? o->sorted[0] : NULL;
		ck_assert_ptr_eq(due(when), first);
		if (first != NULL)
			oracle_forget(o, first);
	}
	ck_assert(crl_timers_next(&timers) <= (o->count > 0 ? o->sorted[0]->when : INT64_MAX));
}

static void
run_against_oracle(uint64_t seed, int64_t range)
{
	oracle o;

	memset(&o, 0, sizeof o);
	memset(&timers, 0, sizeof timers);
	for (int step = 0; step < SCALE_TIMES(20000); step++) {
		random_step(&o, &seed, range);
		if (step % 16 == 0)
			ck_assert_int_eq(count(), o.count);
	}
	assert_due_in_order(o.sorted, o.count);
}

/* 5 "D5": a stable order. Ranges from all equal to all different. */
START_TEST(agrees_with_a_sorted_array)
{
	static const int64_t ranges[] = {1, 3, 20, 1000, INT64_MAX};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		for (uint64_t seed = 1; seed <= 3; seed++)
			run_against_oracle(seed * 0x9e3779b97f4a7c15, ranges[i]);
}
END_TEST

#define MANY SCALE_TIMES(100000)

/* 3.16 "20. timers": 10^5 equal deadlines stay in the order of adding, with some taken out between */
START_TEST(many_equals_stay_in_order)
{
	crl_timer *t = calloc((size_t)MANY, sizeof *t);
	bool *gone = calloc((size_t)MANY, sizeof *gone);
	int wrong = 0;

	for (int i = 0; i < MANY; i++)
		crl_timers_add(&timers, &t[i], 77);
	for (int i = 0; i < MANY; i += 7) {
		crl_timers_remove(&timers, &t[i]);
		gone[i] = true;
	}
	for (int i = 0; i < MANY; i++) {
		int later = i + 500;

		if (!gone[i])
			wrong += due(77) != &t[i];
		if (i % 100 == 1 && later < MANY) {
			crl_timers_remove(&timers, &t[later]);
			gone[later] = true;
		}
	}
	ck_assert_int_eq(wrong, 0);
	ck_assert(crl_timers_empty(&timers));
	free(gone);
	free(t);
}
END_TEST

/* Ever earlier and ever later ones: the heap is a chain, or all children of one. */
START_TEST(many_in_sorted_and_reversed_order)
{
	crl_timer *t = calloc((size_t)MANY, sizeof *t);
	int wrong = 0;

	for (int i = 0; i < MANY; i++)
		crl_timers_add(&timers, &t[i], MANY - i);
	for (int i = MANY - 1; i >= 0; i--)
		wrong += due(INT64_MAX) != &t[i];
	for (int i = 0; i < MANY; i++)
		crl_timers_add(&timers, &t[i], i);
	for (int i = 0; i < MANY; i++)
		wrong += due(i) != &t[i];
	ck_assert_int_eq(wrong, 0);
	ck_assert(crl_timers_empty(&timers));
	free(t);
}
END_TEST

CREEL_SUITE("creel.queue.timers", nothing_is_due_of_none, due_when_its_time_has_come,
	expire_is_left_alone, the_earliest_comes_first, younger_ones_wait,
	equals_come_in_the_order_of_adding, adding_again_counts_anew, any_can_be_removed,
	removing_what_is_not_in_is_harmless, the_last_one_can_be_removed, extremes,
	agrees_with_a_sorted_array, many_equals_stay_in_order, many_in_sorted_and_reversed_order)
