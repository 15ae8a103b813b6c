/* SPDX-License-Identifier: MIT */
/* w04_tree.c: OpenMP: each node makes tasks of its children; the end is the barrier of the team. */
#include "util/tree.h"

#include <omp.h>

static void
node(size_t depth)
{
	if (depth == 0)
		return;
#pragma omp task firstprivate(depth)
	node(depth - 1);
#pragma omp task firstprivate(depth)
	node(depth - 1);
}

static void
onward(size_t depth)
{
	for (; depth > 0; depth--) {
#pragma omp task firstprivate(depth)
		onward(depth - 1);
	}
}

static void
run_both(size_t depth)
{
#pragma omp parallel firstprivate(depth) num_threads(BENCH_WORKERS)
#pragma omp single nowait
	node(depth);
}

static void
run_one(size_t depth)
{
#pragma omp parallel firstprivate(depth) num_threads(BENCH_WORKERS)
#pragma omp single nowait
	onward(depth);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, (size_t)1 << 20);

	omp_set_dynamic(0);
	bench_tree_print(run_both, n, "node_ns", "task");
	bench_tree_print(run_one, n, "onward_ns", "task");
	return 0;
}
