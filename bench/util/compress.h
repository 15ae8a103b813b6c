/* SPDX-License-Identifier: MIT */
/*
 * compress.h: n blocks of 128 KiB, filled with real files (files.h), compressed by zlib at level 6 on two
 * threads, each block by itself. The figure is the wall time of all of them; all ways must come to the same
 * sizes.
 */
#ifndef BENCH_COMPRESS_H
#define BENCH_COMPRESS_H

#include "util/files.h"

#include <zlib.h>

#define BENCH_BLOCK ((size_t)128 << 10)
#define BENCH_BLOCK_ROOM (BENCH_BLOCK + BENCH_BLOCK / 8)

struct bench_blocks {
	size_t n;
	char *in;
	size_t *sizes; /* of each block when it is compressed */
};

/* Fills the blocks with files, again from the first one if they are too few. */
static inline struct bench_blocks
bench_blocks_make(size_t n)
{
	struct bench_files files = bench_files_list(n * 16);
	struct bench_blocks blocks = {n, NULL, (size_t *)bench_array(n, sizeof(size_t))};
	char *file = (char *)bench_array(BENCH_FILE_MOST, 1);
	size_t full = 0;

	blocks.in = (char *)bench_array(n, BENCH_BLOCK);
	for (size_t i = 0; full < n * BENCH_BLOCK; i++) {
		size_t size = bench_file_read(files.paths[i % files.n], file);

		if (size > n * BENCH_BLOCK - full)
			size = n * BENCH_BLOCK - full;
		memcpy(blocks.in + full, file, size);
		full += size;
	}
	free(file);
	return blocks;
}

/* One block, by any thread; what comes out is kept until the thread's next one. */
static inline void
bench_block_compress(const struct bench_blocks *blocks, size_t i)
{
	static __thread Bytef out[BENCH_BLOCK_ROOM];
	uLongf size = sizeof out;

	if (compress2(out, &size, (const Bytef *)blocks->in + i * BENCH_BLOCK, BENCH_BLOCK, 6) !=
		Z_OK)
		bench_fail("not compressed");
	blocks->sizes[i] = size;
}

static inline void
bench_blocks_serial(const struct bench_blocks *blocks)
{
	for (size_t i = 0; i < blocks->n; i++)
		bench_block_compress(blocks, i);
}

static inline size_t
bench_blocks_sum(const struct bench_blocks *blocks)
{
	size_t sum = 0;

	for (size_t i = 0; i < blocks->n; i++)
		sum += blocks->sizes[i] * (i + 1);
	memset(blocks->sizes, 0, blocks->n * sizeof(size_t));
	return sum;
}

/* run() compresses all blocks on BENCH_WORKERS threads, which are there already. */
static inline void
bench_blocks_print(void (*run)(const struct bench_blocks *), const struct bench_blocks *blocks,
	const char *remark)
{
	size_t sum;
	int64_t begin;

	run(blocks); /* warm */
	sum = bench_blocks_sum(blocks);
	begin = bench_now();
	run(blocks);
	bench_print("compress_ms", (double)(bench_now() - begin) / 1e6, "ms", remark);
	if (bench_blocks_sum(blocks) != sum || sum == 0)
		bench_fail("the sizes differ");
}

#endif
