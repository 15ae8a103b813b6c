/* SPDX-License-Identifier: MIT */
/* counted.h: tasks of all ends, and what a pool says of them. */
#ifndef CREEL_TEST_POOL_COUNTED_H
#define CREEL_TEST_POOL_COUNTED_H

#include "support/gate.h"
#include "support/pools.h"

#include <creel/creel.h>
#include <stdlib.h>

static inline creel_pool_statistics
counted_stats(creel_pool *pool)
{
	creel_pool_statistics stats = CREEL_POOL_STATISTICS_INIT;

	if (creel_pool_stats(pool, &stats) != CREEL_OK)
		abort();
	return stats;
}

/* Of a pool that is idle. */
static inline bool
counted_is(creel_pool *pool, uint64_t done, uint64_t failed, uint64_t cancelled)
{
	const creel_pool_statistics s = counted_stats(pool);

	return s.submitted == done + failed + cancelled && s.done == done && s.failed == failed &&
	       s.cancelled == cancelled && s.queued == 0 && s.running == 0 && s.suspended == 0;
}

static inline void *
counted_do(void *arg)
{
	return arg;
}

static inline void *
counted_fail(void *arg)
{
	(void)arg;
	return creel_fail(7, "on purpose");
}

static inline void *
counted_give_up(void *arg)
{
	(void)arg;
	return creel_fail(CREEL_ECANCELLED, "on purpose");
}

/* Wait for a future; cancelled with the caller. */
static inline void *
counted_await(void *arg)
{
	return creel_await(arg, NULL) == CREEL_ECANCELLED ? counted_give_up(arg) : arg;
}

/* Until so many are suspended. */
static inline void
counted_await_suspended(creel_pool *pool, uint64_t n)
{
	while (counted_stats(pool).suspended < n || counted_stats(pool).running > 0)
		sched_yield();
}

#endif
