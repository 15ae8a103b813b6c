/* SPDX-License-Identifier: MIT */
/* threads.h: how many threads there are without a pool. For tests linked with SOURCES support/proc.c. */
#ifndef CREEL_TEST_THREADS_H
#define CREEL_TEST_THREADS_H

#include "support/pools.h"
#include "support/proc.h"

#include <creel/task.h>
#include <stdlib.h>
#include <unistd.h>

static inline void *
threads_get_own(void *arg)
{
	*(pid_t *)arg = gettid();
	return NULL;
}

/* No pool is there now. Some tools add a thread of their own to the first that a program makes. */
static inline size_t
threads_without_pools(void)
{
	creel_pool *pool = pool_of(1);
	pid_t worker = 0;

	if (creel_pool_run(pool, threads_get_own, &worker, NULL) != CREEL_OK)
		abort();
	creel_pool_destroy(pool);
	proc_await_gone(worker);
	return proc_threads();
}

#endif
