/* SPDX-License-Identifier: MIT */
/*
 * w09_mandelbrot.cpp: oneTBB: parallel_for over single rows, with its automatic partitioner, and with the
 * simple one.
 */
#include "util/mandelbrot.h"

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

static tbb::task_arena *two;

template <typename Partitioner>
static void
rows(const bench_picture *picture)
{
	two->execute([picture] {
		tbb::parallel_for(
			tbb::blocked_range<size_t>(0, picture->n, 1),
			[picture](const tbb::blocked_range<size_t> &range) {
				for (size_t row = range.begin(); row < range.end(); row++)
					bench_mandelbrot_row(picture, row);
			},
			Partitioner());
	});
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1024);
	tbb::global_control control(tbb::global_control::max_allowed_parallelism, BENCH_WORKERS);
	tbb::task_arena arena(BENCH_WORKERS, 1);

	two = &arena;
	bench_mandelbrot_print(rows<tbb::auto_partitioner>, n, "parallel_for");
	bench_mandelbrot_print(
		rows<tbb::simple_partitioner>, n, "parallel_for, simple_partitioner");
	return 0;
}
