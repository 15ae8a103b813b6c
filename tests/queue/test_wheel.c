/* SPDX-License-Identifier: MIT */
/*
 * test_wheel.c: many timers, most of which are in the wheel, against a sorted array: at all distances, with
 * time that goes on in steps of all sizes, and without memory.
 */
#include "queue/timers.h"

#include "base/clock.h"
#include "support/counting.h"
#include "support/fake_clock.h"
#include "support/faults.h"
#include "support/scale.h"
#include "support/suite.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FEW 32 /* are in the heap before there is a wheel */
#define MANY 600

static crl_timers timers;

/* Those that are in, sorted, equals in the order of adding. */
static struct {
	crl_timer all[MANY];
	crl_timer *sorted[MANY];
	int count;
} oracle;

static uint64_t state; /* of the random numbers */

static bool starving; /* there is no memory for the timers */

static uint64_t
any(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static void
start(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15;
	memset(&oracle, 0, sizeof oracle);
	crl_timers_init(&timers);
}

static void
add(crl_timer *timer, int64_t when)
{
	int at = oracle.count++;

	for (; at > 0 && oracle.sorted[at - 1]->when > when; at--)
		oracle.sorted[at] = oracle.sorted[at - 1];
	oracle.sorted[at] = timer;
	if (starving)
		fault_arm(FAULT_MALLOC, 1, true);
	crl_timers_add(&timers, timer, when);
	fault_disarm();
	ck_assert_ptr_nonnull(timer->prev);
}

static void
forget(const crl_timer *timer)
{
	int left = 0;

	for (int i = 0; i < oracle.count; i++)
		if (oracle.sorted[i] != timer)
			oracle.sorted[left++] = oracle.sorted[i];
	oracle.count = left;
}

static void
take_out(crl_timer *timer)
{
	crl_timers_remove(&timers, timer);
	ck_assert_ptr_null(timer->prev);
	forget(timer);
}

static crl_timer *
due(int64_t now)
{
	crl_timer *timer;

	if (starving)
		fault_arm(FAULT_MALLOC, 1, true);
	timer = crl_timers_due(&timers, now, UINT64_MAX);
	fault_disarm();
	return timer;
}

/* All that are due come, in their order; and it is not too late then to look again. */
static void
expect_due(int64_t now)
{
	while (oracle.count > 0 && oracle.sorted[0]->when <= now) {
		ck_assert(crl_timers_next(&timers) <= oracle.sorted[0]->when);
		ck_assert_ptr_eq(due(now), oracle.sorted[0]);
		ck_assert_ptr_null(oracle.sorted[0]->prev);
		forget(oracle.sorted[0]);
	}
	ck_assert_ptr_null(due(now));
	ck_assert_uint_eq(timers.near + timers.far, (size_t)oracle.count);
	if (oracle.count > 0)
		ck_assert(crl_timers_next(&timers) <= oracle.sorted[0]->when &&
			  crl_timers_next(&timers) > now);
	else
		ck_assert(crl_timers_next(&timers) == INT64_MAX);
}

/* 0 or more, near or far, each order of magnitude as often as the others. */
static int64_t
any_distance(unsigned bits)
{
	return (int64_t)any((uint64_t)1 << any(bits + 1));
}

/* One step: something is added, mostly; taken out; or time goes on. */
static void
step(unsigned bits, unsigned removals)
{
	crl_timer *timer = &oracle.all[any(MANY)];
	const uint64_t choice = any(16);

	if (choice == 0) {
		fake_clock_step(any_distance(bits - 3));
		expect_due(crl_now());
	} else if (choice <= removals) {
		if (timer->prev != NULL)
			take_out(timer);
	} else if (timer->prev == NULL) {
		int64_t when = crl_now() + any_distance(bits);

		if (choice == 15) /* some at the beginning of a slot, and equal */
			when &= ~(((int64_t)1 << 24) - 1);
		add(timer, when);
	}
}

static void
run(uint64_t seed, unsigned bits, unsigned removals)
{
	start(seed);
	for (int i = 0; i < SCALE_TIMES(8000); i++)
		step(bits, removals);
	for (int i = 0; i < MANY / 2; i++) /* and to the end of time */
		if (oracle.all[i].prev == NULL)
			add(&oracle.all[i],
				INT64_MAX - (int64_t)any(i % 2 ? 1 : (uint64_t)1 << 20));
	expect_due(INT64_MAX);
	ck_assert(crl_timers_empty(&timers));
}

/* From all within some ticks to years. */
START_TEST(agrees_with_a_sorted_array)
{
	static const unsigned bits[] = {4, 12, 20, 26, 32, 40, 54};

	fake_clock_start();
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		for (unsigned removals = 1; removals <= 9; removals += 4)
			run(10 * i + removals, bits[i], removals);
}
END_TEST

START_TEST(nothing_is_left_in_memory)
{
	int before;

	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
	fake_clock_start();
	before = counting_blocks();
	start(3);
	for (int i = 0; i < MANY; i++)
		add(&oracle.all[i], crl_now() + 1000000 + any_distance(40));
	ck_assert_int_gt(counting_blocks(), before);
	for (int i = 0; i < MANY; i += 2)
		take_out(&oracle.all[i]);
	fake_clock_step((int64_t)1 << 30);
	expect_due(crl_now());
	for (int i = 0; i < MANY; i++)
		if (oracle.all[i].prev != NULL)
			take_out(&oracle.all[i]);
	ck_assert(crl_timers_empty(&timers));
	ck_assert_int_eq(counting_blocks(), before);
}
END_TEST

/* Timeouts that are far away, and that are taken out again, need no memory for each. */
START_TEST(gaps_are_closed_up)
{
	int most = 0, before;

	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
	fake_clock_start();
	start(4);
	before = counting_blocks();
	for (int i = 0; i < 2 * FEW; i++)
		add(&oracle.all[i], crl_now() + ((int64_t)1 << 40));
	for (int times = 0; times < 20000; times++) {
		crl_timer *timer = &oracle.all[times % (2 * FEW)];

		take_out(timer);
		add(timer, crl_now() + ((int64_t)1 << 40));
		if (counting_blocks() - before > most)
			most = counting_blocks() - before;
	}
	ck_assert_int_le(most, 8);
	expect_due(INT64_MAX);
	ck_assert_int_eq(counting_blocks(), before);
}
END_TEST

/* Without memory all are in the heap, or go there when a slot is opened. */
START_TEST(it_does_without_memory)
{
	fake_clock_start();
	for (int fed = 0; fed <= MANY; fed += MANY / 20) {
		start((uint64_t)fed + 1);
		for (int i = 0; i < MANY; i++) {
			starving = i >= fed;
			add(&oracle.all[i], crl_now() + any_distance(36));
		}
		starving = true;
		for (int i = 0; i < MANY; i += 3)
			take_out(&oracle.all[i]);
		for (int i = 0; i < 9; i++) {
			fake_clock_step((int64_t)1 << 33);
			expect_due(crl_now());
		}
		ck_assert(crl_timers_empty(&timers));
		starving = false;
	}
}
END_TEST

/* A loop that waits long is woken but a few times more than it has timers. */
START_TEST(looking_again_comes_to_an_end)
{
	int looks = 0;

	fake_clock_start();
	start(5);
	for (int i = 0; i < MANY; i++)
		add(&oracle.all[i], crl_now() + ((int64_t)1 << 50) + i);
	while (oracle.count > 0) {
		fake_clock_step(crl_timers_next(&timers) - crl_now());
		expect_due(crl_now());
		looks++;
	}
	ck_assert_int_le(looks, MANY + 8);
}
END_TEST

CREEL_SUITE("creel.queue.wheel", agrees_with_a_sorted_array, nothing_is_left_in_memory,
	gaps_are_closed_up, it_does_without_memory, looking_again_comes_to_an_end)
