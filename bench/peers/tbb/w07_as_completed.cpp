/* SPDX-License-Identifier: MIT */
/* w07_as_completed.cpp: oneTBB: enqueued tasks push into a concurrent_bounded_queue, which blocks in pop(). */
#include "arena.hpp"
#include "util/work.h"

#include <tbb/concurrent_queue.h>

static tbb::concurrent_bounded_queue<uint64_t> done;

static void
run(tbb::task_arena &arena, const bench_work &work, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t rounds = work.rounds[i];

		arena.enqueue([rounds] { done.push(bench_work_do(rounds)); });
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t result;

		done.pop(result);
	}
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 100000);
	bench_work work = bench_work_make(n);
	Arena two;

	run(two.arena, work, n / 10 + 1); /* warm */
	int64_t begin = bench_now();
	run(two.arena, work, n);
	bench_work_print(&work, begin, "");
	free(work.rounds);
	return 0;
}
