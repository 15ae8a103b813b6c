/* SPDX-License-Identifier: MIT */
/*
 * mandelbrot.h: W9: the Mandelbrot set, n rows of n points: rows through its middle cost a hundred times what
 * those at its edges do. The figure is the wall time on two threads over half of the time on one, both of the
 * same process: 1 is a speed-up of 2.
 */
#ifndef BENCH_MANDELBROT_H
#define BENCH_MANDELBROT_H

#include "util/bench.h"

#define BENCH_MANDELBROT_MOST 500 /* steps of a point */

struct bench_picture {
	size_t n;
	uint16_t *steps; /* of each point */
};

static inline void
bench_mandelbrot_row(const struct bench_picture *picture, size_t row)
{
	double y0 = 2.4 * (double)row / (double)picture->n - 1.2;

	for (size_t column = 0; column < picture->n; column++) {
		double x0 = 3.0 * (double)column / (double)picture->n - 2.2;
		double x = 0, y = 0, xx = 0, yy = 0;
		uint16_t steps = 0;

		for (; steps < BENCH_MANDELBROT_MOST && xx + yy <= 4; steps++) {
			y = 2 * x * y + y0;
			x = xx - yy + x0;
			xx = x * x;
			yy = y * y;
		}
		picture->steps[row * picture->n + column] = steps;
	}
}

static inline uint64_t
bench_mandelbrot_sum(const struct bench_picture *picture)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < picture->n * picture->n; i++)
		sum += picture->steps[i];
	return sum;
}

/* run() makes the whole picture on BENCH_WORKERS threads. */
static inline void
bench_mandelbrot_print(
	void (*run)(const struct bench_picture *picture), size_t n, const char *remark)
{
	struct bench_picture picture = {n, (uint16_t *)bench_array(n * n, sizeof(uint16_t))};
	int64_t begin, alone, together;
	uint64_t sum;

	run(&picture); /* warm */
	sum = bench_mandelbrot_sum(&picture);
	begin = bench_now();
	for (size_t row = 0; row < n; row++)
		bench_mandelbrot_row(&picture, row);
	alone = bench_now() - begin;
	if (sum != bench_mandelbrot_sum(&picture))
		bench_fail("the pictures differ");
	begin = bench_now();
	run(&picture);
	together = bench_now() - begin;
	bench_print("over_half", (double)together * BENCH_WORKERS / (double)alone, "x", remark);
	free(picture.steps);
}

#endif
