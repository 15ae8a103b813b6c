/* SPDX-License-Identifier: MIT */
/* creel_bench.h: what creel's own programs in bench/ share. */
#ifndef BENCH_CREEL_BENCH_H
#define BENCH_CREEL_BENCH_H

#include "util/bench.h"

#include <creel/creel.h>

static inline void
must(creel_status status)
{
	if (status != CREEL_OK)
		bench_fail(creel_status_name(status));
}

/* Under callgrind, too, which is to count what a program does without it. */
__attribute__((constructor)) static inline void
reuse_memory(void)
{
	must(creel_set_reuse(true));
}

static inline creel_pool *
make_pool(unsigned workers)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = workers;
	pool = creel_pool_create(&options);
	if (pool == NULL)
		bench_fail(creel_last_error()->message);
	return pool;
}

static inline void *
nothing(void *arg)
{
	return arg;
}

static inline void *
hold_gate(void *gate)
{
	bench_gate_hold((struct bench_gate *)gate);
	return NULL;
}

/* Every worker of the pool is in the gate afterwards. */
static inline void
close_gate(struct bench_gate *gate, creel_pool *pool)
{
	bench_gate_init(gate);
	for (int i = 0; i < BENCH_WORKERS; i++)
		must(creel_post(pool, hold_gate, gate));
	bench_gate_full(gate);
}

#endif
