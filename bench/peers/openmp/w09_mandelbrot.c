/* SPDX-License-Identifier: MIT */
/* w09_mandelbrot.c: OpenMP: parallel for over the rows with schedule(dynamic). */
#include "util/mandelbrot.h"

static void
rows(const struct bench_picture *picture)
{
#pragma omp parallel for schedule(dynamic) num_threads(BENCH_WORKERS)
	for (size_t row = 0; row < picture->n; row++)
		bench_mandelbrot_row(picture, row);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1024);

	bench_mandelbrot_print(rows, n, "schedule(dynamic)");
	return 0;
}
