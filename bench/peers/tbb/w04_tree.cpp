/* SPDX-License-Identifier: MIT */
/* w04_tree.cpp: oneTBB: all nodes are run in one task_group, of which the root waits, as one of two threads. */
#include "util/tree.h"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

static tbb::task_group *group;
static tbb::task_arena *both;

static void
node(size_t depth)
{
	if (depth == 0)
		return;
	group->run([depth] { node(depth - 1); });
	group->run([depth] { node(depth - 1); });
}

static void
onward(size_t depth)
{
	for (; depth > 0; depth--)
		group->run([depth] { onward(depth - 1); });
}

static void
run_both(size_t depth)
{
	both->execute([depth] {
		node(depth);
		group->wait();
	});
}

static void
run_one(size_t depth)
{
	both->execute([depth] {
		onward(depth);
		group->wait();
	});
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, (size_t)1 << 20);
	tbb::global_control control(tbb::global_control::max_allowed_parallelism, BENCH_WORKERS);
	tbb::task_arena arena(BENCH_WORKERS, 1);
	tbb::task_group tasks;

	both = &arena;
	group = &tasks;
	bench_tree_print(run_both, n, "node_ns", "task_group");
	bench_tree_print(run_one, n, "onward_ns", "task_group");
	return 0;
}
