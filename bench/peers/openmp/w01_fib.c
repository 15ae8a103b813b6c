/* SPDX-License-Identifier: MIT */
/* w01_fib.c: OpenMP: a task for one call, the other in place, taskwait. */
#include "util/fib.h"

#include <omp.h>

static uint64_t
fib(uint64_t n)
{
	uint64_t a, b;

	if (n < 2)
		return n;
#pragma omp task shared(a) firstprivate(n)
	a = fib(n - 1);
	b = fib(n - 2);
#pragma omp taskwait
	return a + b;
}

static uint64_t
team(size_t n)
{
	uint64_t result = 0;

#pragma omp parallel shared(result) firstprivate(n)
#pragma omp single
	result = fib(n);
	return result;
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 30);

	omp_set_dynamic(0);
	omp_set_num_threads(1);
	bench_fib_print(team, n, "one_ns", "task");
	omp_set_num_threads(BENCH_WORKERS);
	bench_fib_print(team, n - 2, "two_ns", "task");
	return 0;
}
