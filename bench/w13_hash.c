/* SPDX-License-Identifier: MIT */
/*
 * w13_hash.c: SHA-256 of n real files on two workers, two ways: creel_parallel_for() over all files; and a
 * task with a future for each file. See util/hash.h.
 */
#include "util/creel_bench.h"
#include "util/hash.h"

static creel_pool *pool;
static const struct bench_hashes *current;

static void
hash_range(size_t begin, size_t end, void *hashes)
{
	for (size_t i = begin; i < end; i++)
		bench_hash_file(hashes, i);
}

static void
by_range(const struct bench_hashes *hashes)
{
	struct bench_hashes copy = *hashes;

	must(creel_parallel_for(pool, 0, copy.files.n, 0, hash_range, &copy));
}

static void *
hash_one(void *path)
{
	bench_hash_file(current, (size_t)((char **)path - current->files.paths));
	return NULL;
}

static void
by_future(const struct bench_hashes *hashes)
{
	creel_future **futures = bench_array(hashes->files.n, sizeof(creel_future *));

	current = hashes;
	for (size_t i = 0; i < hashes->files.n; i++)
		futures[i] = creel_submit(pool, hash_one, &hashes->files.paths[i]);
	for (size_t i = 0; i < hashes->files.n; i++)
		must(creel_take(futures[i], NULL));
	free(futures);
}

int
main(int argc, char *argv[])
{
	struct bench_hashes hashes = bench_hash_make(bench_begin(argc, argv, 20000));

	pool = make_pool(BENCH_WORKERS);
	bench_hash_print(by_range, &hashes, "parallel_for");
	bench_hash_print(by_future, &hashes, "a future each");
	creel_pool_destroy(pool);
	return 0;
}
