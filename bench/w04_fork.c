/* SPDX-License-Identifier: MIT */
/*
 * w04_fork.c: the tree of util/tree.h by creel_fork(): each node forks one child, does the other itself, and
 * joins. The nodes are those of the tree, so that there are half as many forks.
 */
#include "util/creel_bench.h"
#include "util/tree.h"

static creel_pool *pool;

static void *
node(void *arg)
{
	uintptr_t depth = (uintptr_t)arg;
	creel_frame frame;

	if (depth == 0)
		return NULL;
	creel_fork(&frame, node, (void *)(depth - 1));
	node((void *)(depth - 1));
	return creel_join(&frame);
}

static void
run(size_t depth)
{
	must(creel_pool_run(pool, node, (void *)depth, NULL));
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, (size_t)1 << 20);

	pool = make_pool(BENCH_WORKERS);
	bench_tree_print(run, n, "fork_ns", "fork, join");
	creel_pool_destroy(pool);
	return 0;
}
