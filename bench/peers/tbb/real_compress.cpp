/* SPDX-License-Identifier: MIT */
/* real_compress.cpp: oneTBB: parallel_for over all blocks, two threads. */
#include "util/compress.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

static tbb::task_arena *two;

static void
run(const bench_blocks *blocks)
{
	two->execute([blocks] {
		tbb::parallel_for((size_t)0, blocks->n,
			[blocks](size_t i) { bench_block_compress(blocks, i); });
	});
}

int
main(int argc, char *argv[])
{
	bench_blocks blocks = bench_blocks_make(bench_begin(argc, argv, 256));
	tbb::global_control control(tbb::global_control::max_allowed_parallelism, BENCH_WORKERS);
	tbb::task_arena arena(BENCH_WORKERS, 1);

	two = &arena;
	bench_blocks_print(run, &blocks, "parallel_for");
	return 0;
}
