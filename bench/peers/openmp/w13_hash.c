/* SPDX-License-Identifier: MIT */
/* w13_hash.c: OpenMP: parallel for over all files with schedule(dynamic), 16 at a time. */
#include "util/hash.h"

static void
run(const struct bench_hashes *hashes)
{
#pragma omp parallel for schedule(dynamic, 16) num_threads(BENCH_WORKERS)
	for (size_t i = 0; i < hashes->files.n; i++)
		bench_hash_file(hashes, i);
}

int
main(int argc, char *argv[])
{
	struct bench_hashes hashes = bench_hash_make(bench_begin(argc, argv, 20000));

	bench_hash_print(run, &hashes, "schedule(dynamic, 16)");
	return 0;
}
