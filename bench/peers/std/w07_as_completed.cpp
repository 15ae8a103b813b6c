/* SPDX-License-Identifier: MIT */
/* w07_as_completed.cpp: the hand-made pool, whose tasks push what they did into a queue made by hand. */
#include "pool.hpp"
#include "util/work.h"

static Pool pool;
static Completions<uint64_t> done;

static void
run(const bench_work &work, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t rounds = work.rounds[i];

		pool.submit([rounds] { done.push(bench_work_do(rounds)); });
	}
	for (size_t i = 0; i < n; i++)
		done.pop();
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 100000);
	bench_work work = bench_work_make(n);

	run(work, n / 10 + 1); /* warm */
	int64_t begin = bench_now();
	run(work, n);
	bench_work_print(&work, begin, "");
	free(work.rounds);
	return 0;
}
