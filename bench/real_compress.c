/* SPDX-License-Identifier: MIT */
/*
 * real_compress.c: zlib over n blocks of 128 KiB on two workers, two ways: creel_parallel_for(); and tasks
 * whose results are taken as they complete, WINDOW of them under way at once. See util/compress.h.
 */
#include "util/creel_bench.h"
#include "util/compress.h"

#define WINDOW ((size_t)16)

static creel_pool *pool;
static const struct bench_blocks *current;

static void
compress_range(size_t begin, size_t end, void *blocks)
{
	for (size_t i = begin; i < end; i++)
		bench_block_compress(blocks, i);
}

static void
by_range(const struct bench_blocks *blocks)
{
	struct bench_blocks copy = *blocks;

	must(creel_parallel_for(pool, 0, copy.n, 1, compress_range, &copy));
}

static void *
compress_one(void *size)
{
	bench_block_compress(current, (size_t)((size_t *)size - current->sizes));
	return size;
}

static void
submit_one(creel_completions *queue, size_t i)
{
	creel_future *future = creel_submit(pool, compress_one, &current->sizes[i]);

	must(creel_completions_add(queue, future, NULL));
	creel_future_unref(future);
}

static void
by_completions(const struct bench_blocks *blocks)
{
	creel_completions *queue = creel_completions_create();
	size_t submitted = 0;

	current = blocks;
	for (; submitted < WINDOW && submitted < blocks->n; submitted++)
		submit_one(queue, submitted);
	for (size_t i = 0; i < blocks->n; i++) {
		creel_completion next;

		must(creel_completions_next(queue, CREEL_FOREVER, &next));
		must(creel_take(next.future, NULL));
		if (submitted < blocks->n)
			submit_one(queue, submitted++);
	}
	creel_completions_destroy(queue);
}

int
main(int argc, char *argv[])
{
	struct bench_blocks blocks = bench_blocks_make(bench_begin(argc, argv, 256));

	pool = make_pool(BENCH_WORKERS);
	bench_blocks_print(by_range, &blocks, "parallel_for");
	bench_blocks_print(by_completions, &blocks, "as completed");
	creel_pool_destroy(pool);
	return 0;
}
