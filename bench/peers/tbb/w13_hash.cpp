/* SPDX-License-Identifier: MIT */
/* w13_hash.cpp: oneTBB: parallel_for over all files, two threads. */
#include "util/hash.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

static tbb::task_arena *two;

static void
run(const bench_hashes *hashes)
{
	two->execute([hashes] {
		tbb::parallel_for((size_t)0, hashes->files.n,
			[hashes](size_t i) { bench_hash_file(hashes, i); });
	});
}

int
main(int argc, char *argv[])
{
	bench_hashes hashes = bench_hash_make(bench_begin(argc, argv, 20000));
	tbb::global_control control(tbb::global_control::max_allowed_parallelism, BENCH_WORKERS);
	tbb::task_arena arena(BENCH_WORKERS, 1);

	two = &arena;
	bench_hash_print(run, &hashes, "parallel_for");
	return 0;
}
