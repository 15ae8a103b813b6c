/* SPDX-License-Identifier: MIT */
/*
 * w03_producers.c: four outside threads submit n empty tasks with futures to two workers, a quarter each,
 * and take what they submitted; see util/producers.h.
 *
 *  producers_ns  creel_submit() of all, creel_take() of all: wall time of one task
 *  many_ns       creel_submit_many(), BATCH at a time
 */
#include "util/creel_bench.h"
#include "util/producers.h"

#define BATCH ((size_t)256)

static creel_pool *pool;
static creel_future **futures;

static void
take_all(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		must(creel_take(futures[i], NULL));
}

static void
each(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		futures[i] = creel_submit(pool, nothing, NULL);
	take_all(first, n);
}

static void
together(size_t first, size_t n)
{
	for (size_t i = 0; i < n; i += BATCH) {
		size_t some = n - i < BATCH ? n - i : BATCH;

		must(creel_submit_many(pool, nothing, NULL, some, futures + first + i));
	}
	take_all(first, n);
}

int
main(int argc, char *argv[])
{
	const struct bench_produce ways[] = {{each, NULL, 0}, {together, NULL, 0}};
	size_t n = bench_begin(argc, argv, 1000000);

	futures = bench_array(n, sizeof(creel_future *));
	pool = make_pool(BENCH_WORKERS);
	bench_produce_print(&ways[0], n, "producers_ns", "");
	bench_produce_print(&ways[1], n, "many_ns", "");
	creel_pool_destroy(pool);
	free(futures);
	return 0;
}
