/* SPDX-License-Identifier: MIT */
/*
 * w04_tree.c: a tree of tasks with n leaves, spawned inside two workers by creel_post(); the end is
 * creel_pool_wait_idle(). See util/tree.h for the figures.
 */
#include "util/creel_bench.h"
#include "util/tree.h"

static creel_pool *pool;

static void *
node(void *arg)
{
	uintptr_t depth = (uintptr_t)arg;

	if (depth > 0) {
		must(creel_post(pool, node, (void *)(depth - 1)));
		must(creel_post(pool, node, (void *)(depth - 1)));
	}
	return NULL;
}

static void *
onward(void *arg)
{
	for (uintptr_t depth = (uintptr_t)arg; depth > 0; depth--)
		must(creel_post(pool, onward, (void *)(depth - 1)));
	return NULL;
}

static void
run_both(size_t depth)
{
	must(creel_post(pool, node, (void *)depth));
	must(creel_pool_wait_idle(pool, CREEL_FOREVER));
}

static void
run_one(size_t depth)
{
	must(creel_post(pool, onward, (void *)depth));
	must(creel_pool_wait_idle(pool, CREEL_FOREVER));
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, (size_t)1 << 20);

	pool = make_pool(BENCH_WORKERS);
	bench_tree_print(run_both, n, "node_ns", "post");
	bench_tree_print(run_one, n, "onward_ns", "post");
	creel_pool_destroy(pool);
	return 0;
}
