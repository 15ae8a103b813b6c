/* SPDX-License-Identifier: MIT */
/* w14_hog.cpp: oneTBB: the tree in one task_group, of which the root waits, as one of the threads. */
#include "util/hog.h"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

struct Threads {
	explicit Threads(unsigned workers)
	    : control(tbb::global_control::max_allowed_parallelism, workers), arena((int)workers, 1)
	{
	}

	tbb::global_control control;
	tbb::task_arena arena;
	tbb::task_group group;
};

static Threads *threads;

static void
node(size_t depth)
{
	for (; depth > 0; depth--)
		threads->group.run([depth] { node(depth - 1); });
	bench_hog_leaf();
}

static void
open_threads(unsigned workers)
{
	threads = new Threads(workers);
}

static void
run(size_t depth)
{
	threads->arena.execute([depth] {
		node(depth);
		threads->group.wait();
	});
}

static void
close_threads()
{
	delete threads;
}

int
main(int argc, char *argv[])
{
	const bench_hog_way way = {open_threads, run, close_threads, "task_group"};

	bench_hog_print(&way, bench_begin(argc, argv, (size_t)1 << 19));
	return 0;
}
