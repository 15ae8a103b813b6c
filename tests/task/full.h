/* SPDX-License-Identifier: MIT */
/* full.h: a pool whose queue is full, so that who submits to it runs the task. */
#ifndef CREEL_TEST_TASK_FULL_H
#define CREEL_TEST_TASK_FULL_H

#include "support/gate.h"

#include <creel/creel.h>

/* NULL: it could not be had. */
static inline creel_pool *
full_pool(gate *g)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = 1;
	options.queue_limit = 1;
	options.when_full = CREEL_FULL_CALLER_RUNS;
	pool = creel_pool_create(&options);
	if (pool == NULL || creel_post(pool, gate_task, g) != CREEL_OK)
		return NULL;
	gate_await_arrivals(g, 1);
	return creel_post(pool, gate_task, g) == CREEL_OK ? pool : NULL;
}

#endif
