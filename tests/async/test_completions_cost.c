/* SPDX-License-Identifier: MIT */
/*
 * test_completions_cost.c: what an item costs does not depend on how many there are. Not timed:
 * counted are allocations and locks of mutexes.
 */
#include "async/consumer.h"
#include "support/counting.h"
#include "support/suite.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_size_t locks;

int __real_pthread_mutex_lock(pthread_mutex_t *);
int __wrap_pthread_mutex_lock(pthread_mutex_t *);

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	atomic_fetch_add(&locks, 1);
	return __real_pthread_mutex_lock(mutex);
}

static void
count_all(void)
{
	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
}

typedef struct cost {
	size_t allocations, frees, locks;
} cost;

/* What was counted since the last call. */
static cost
lap(void)
{
	return (cost){atomic_exchange(&counting_allocations, 0),
		atomic_exchange(&counting_frees, 0), atomic_exchange(&locks, 0)};
}

static creel_future *f[20000];
static size_t surprises; /* assertions lock mutexes too, so they come later */

/* The costs of the five steps in a queue's life, with n items. */
static void
measure(size_t n, bool batch, cost steps[5])
{
	creel_completions *queue;

	promises_make(f, n);
	lap();
	if (batch) {
		queue = creel_as_completed(f, n);
	} else {
		queue = creel_completions_create();
		for (size_t i = 0; i < n; i++)
			creel_completions_add(queue, f[i], NULL);
	}
	steps[0] = lap();
	for (size_t i = 0; i < n / 2; i++)
		creel_future_set_result(f[i], NULL);
	steps[1] = lap();
	for (size_t i = 0; i < n / 2; i++)
		surprises += next_index(queue) != i;
	steps[2] = lap();
	for (size_t i = 0; i < n; i++)
		surprises += next_index(queue) != SIZE_MAX;
	steps[3] = lap();
	creel_completions_destroy(queue);
	steps[4] = lap();
	creel_futures_unref(f, n);
}

static void
check_linear(bool batch)
{
	cost small[5], large[5];

	measure(1000, batch, small);
	measure(20000, batch, large);
	ck_assert_uint_eq(surprises, 0);
	for (int i = 0; i < 5; i++) {
		ck_assert_uint_le(large[i].locks, small[i].locks * 20);
		ck_assert_uint_le(large[i].allocations, small[i].allocations * 20);
	}
	ck_assert_uint_eq(large[0].allocations, batch ? 1 : 1 + 20000);
	ck_assert_uint_eq(large[1].allocations, 0); /* completing never allocates */
	ck_assert_uint_eq(large[2].allocations, 0);
	ck_assert_uint_eq(large[3].allocations, 0);
	ck_assert_uint_eq(large[4].allocations, 0);
	ck_assert_uint_eq(large[1].locks, 20000 / 2); /* one each */
	ck_assert_uint_eq(large[2].locks, 20000 / 2);
	ck_assert_uint_eq(large[2].frees + large[4].frees, batch ? 1 : 1 + 20000);
	ck_assert_uint_le(large[4].locks, 2); /* destroy takes its lock once for all */
}

START_TEST(batch_costs_the_same_for_each)
{
	count_all();
	check_linear(true);
}
END_TEST

/* 5 "D3": 20 times as many cost 20 times as much, not more */
START_TEST(adds_cost_the_same_for_each)
{
	count_all();
	check_linear(false);
}
END_TEST

CREEL_SUITE(
	"creel.async.completions_cost", batch_costs_the_same_for_each, adds_cost_the_same_for_each)
