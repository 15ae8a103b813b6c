/* SPDX-License-Identifier: MIT */
/* scale.cpp: oneTBB: enqueue() into an arena, with a count of those that have run. */
#include "util/scale.h"

#include <atomic>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

static tbb::task_arena *arena;
static std::atomic<size_t> left;
static sem_t done;

static void
open_arena(unsigned workers)
{
	arena = new tbb::task_arena((int)workers, 0);
}

static void
begin(size_t n)
{
	left = n;
}

static void
submit(size_t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		arena->enqueue([] {
			if (left.fetch_sub(1) == 1)
				sem_post(&done);
		});
}

static void
finish()
{
	bench_sem_wait(&done);
}

static void
close_arena()
{
	delete arena;
}

int
main(int argc, char *argv[])
{
	const bench_scale_way way = {
		open_arena, begin, submit, finish, nullptr, close_arena, "enqueue, no future"};
	tbb::global_control control(tbb::global_control::max_allowed_parallelism, 65);

	sem_init(&done, 0, 0);
	bench_scale(&way, bench_begin(argc, argv, 10000000));
	return 0;
}
