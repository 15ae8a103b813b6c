/* SPDX-License-Identifier: MIT */
/* w09_mandelbrot.c: the rows of a Mandelbrot set by creel_parallel_for() on two workers; see util/mandelbrot.h. */
#include "util/creel_bench.h"
#include "util/mandelbrot.h"

static creel_pool *pool;

static void
rows(size_t begin, size_t end, void *picture)
{
	for (size_t row = begin; row < end; row++)
		bench_mandelbrot_row(picture, row);
}

static void
by_default(const struct bench_picture *picture)
{
	struct bench_picture copy = *picture;

	must(creel_parallel_for(pool, 0, copy.n, 0, rows, &copy));
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1024);

	pool = make_pool(BENCH_WORKERS);
	bench_mandelbrot_print(by_default, n, "parallel_for");
	creel_pool_destroy(pool);
	return 0;
}
