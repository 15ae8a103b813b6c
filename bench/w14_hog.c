/* SPDX-License-Identifier: MIT */
/*
 * w14_hog.c: 8 workers beside a CPU hog, on two CPUs: a tree of small tasks, by creel_post() and by
 * creel_fork(); see util/hog.h.
 */
#include "util/creel_bench.h"
#include "util/hog.h"

static creel_pool *pool;

static void *
node(void *arg)
{
	for (uintptr_t depth = (uintptr_t)arg; depth > 0; depth--)
		must(creel_post(pool, node, (void *)(depth - 1)));
	bench_hog_leaf();
	return NULL;
}

static void *
fork_node(void *arg)
{
	uintptr_t depth = (uintptr_t)arg;
	creel_frame frame;

	if (depth == 0) {
		bench_hog_leaf();
		return NULL;
	}
	creel_fork(&frame, fork_node, (void *)(depth - 1));
	fork_node((void *)(depth - 1));
	return creel_join(&frame);
}

static void
run_forks(size_t depth)
{
	must(creel_pool_run(pool, fork_node, (void *)depth, NULL));
}

static void
open_pool(unsigned workers)
{
	pool = make_pool(workers);
}

static void
run(size_t depth)
{
	must(creel_post(pool, node, (void *)depth));
	must(creel_pool_wait_idle(pool, CREEL_FOREVER));
}

static void
close_pool(void)
{
	creel_pool_destroy(pool);
}

int
main(int argc, char *argv[])
{
	const struct bench_hog_way by_post = {open_pool, run, close_pool, "post"};
	const struct bench_hog_way by_fork = {open_pool, run_forks, close_pool, "fork, join"};
	size_t n = bench_begin(argc, argv, (size_t)1 << 19);

	bench_hog_print(&by_post, n);
	bench_hog_print(&by_fork, n);
	return 0;
}
