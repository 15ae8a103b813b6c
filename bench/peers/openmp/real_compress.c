/* SPDX-License-Identifier: MIT */
/* real_compress.c: OpenMP: parallel for over all blocks with schedule(dynamic). */
#include "util/compress.h"

static void
run(const struct bench_blocks *blocks)
{
#pragma omp parallel for schedule(dynamic) num_threads(BENCH_WORKERS)
	for (size_t i = 0; i < blocks->n; i++)
		bench_block_compress(blocks, i);
}

int
main(int argc, char *argv[])
{
	struct bench_blocks blocks = bench_blocks_make(bench_begin(argc, argv, 256));

	bench_blocks_print(run, &blocks, "schedule(dynamic)");
	return 0;
}
