/* SPDX-License-Identifier: MIT */
/*
 * w12_idle.c: a pool of two workers and a loop have done some work, and then have nothing to do for n ms:
 * the CPU time that this takes.
 */
#include "util/creel_bench.h"
#include "util/idle.h"

static void
no_op(void *arg)
{
	(void)arg;
}

int
main(int argc, char *argv[])
{
	size_t ms = bench_begin(argc, argv, 3000);
	creel_pool *pool = make_pool(BENCH_WORKERS);
	creel_loop *loop = creel_loop_create(NULL);

	for (int i = 0; i < BENCH_IDLE_WORK; i++) {
		must(creel_post(pool, nothing, NULL));
		must(creel_call_soon_threadsafe(loop, no_op, NULL, NULL));
	}
	must(creel_pool_wait_idle(pool, CREEL_FOREVER));
	bench_idle(ms, "");
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
	return 0;
}
