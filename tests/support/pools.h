/* SPDX-License-Identifier: MIT */
/* pools.h: pools and waits that many tests need. */
#ifndef CREEL_TEST_POOLS_H
#define CREEL_TEST_POOLS_H

#include <creel/pool.h>
#include <sched.h>
#include <stdatomic.h>

static inline creel_pool *
pool_with(unsigned workers, uint32_t flags)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = workers;
	options.flags = flags;
	return creel_pool_create(&options);
}

static inline creel_pool *
pool_of(unsigned workers)
{
	return pool_with(workers, 0);
}

/* Until the number has come to n. For what another thread does soon. */
static inline void
spin_until(const atomic_int *number, int n)
{
	while (atomic_load(number) < n)
		sched_yield();
}

#endif
