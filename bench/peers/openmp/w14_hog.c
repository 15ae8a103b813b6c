/* SPDX-License-Identifier: MIT */
/* w14_hog.c: OpenMP: the tree of tasks; the end is the barrier of the team. */
#include "util/hog.h"

#include <omp.h>

static void
node(size_t depth)
{
	for (; depth > 0; depth--) {
#pragma omp task firstprivate(depth)
		node(depth - 1);
	}
	bench_hog_leaf();
}

static void
open_team(unsigned workers)
{
	omp_set_num_threads((int)workers);
}

static void
run(size_t depth)
{
#pragma omp parallel firstprivate(depth)
#pragma omp single nowait
	node(depth);
}

static void
close_team(void)
{
}

int
main(int argc, char *argv[])
{
	const struct bench_hog_way way = {open_team, run, close_team, "task"};

	omp_set_dynamic(0);
	bench_hog_print(&way, bench_begin(argc, argv, (size_t)1 << 19));
	return 0;
}
