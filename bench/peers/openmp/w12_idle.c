/* SPDX-License-Identifier: MIT */
/* w12_idle.c: OpenMP's team of two threads, and the caller's, after a parallel region; there is no loop. */
#include "util/idle.h"

#include <omp.h>

int
main(int argc, char *argv[])
{
	size_t ms = bench_begin(argc, argv, 3000);
	int sum = 0;

#pragma omp parallel num_threads(BENCH_WORKERS + 1)
#pragma omp single
	for (int i = 0; i < BENCH_IDLE_WORK; i++) {
#pragma omp task shared(sum)
#pragma omp atomic
		sum++;
	}
	if (sum != BENCH_IDLE_WORK)
		bench_fail("tasks are missing");
	bench_idle(ms, "pool only");
	return 0;
}
