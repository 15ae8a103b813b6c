/* SPDX-License-Identifier: MIT */
/*
 * fib.h: W1: recursive fib(n) without a cutoff: each call with n of 2 or more forks one of the two calls that it
 * makes, does the other, and joins. The figures are the wall time of one fork, on one thread and on two: the
 * best of PASSES in a process, since this is short. n stands for fib(n): each program takes one that is large
 * enough for it.
 *
 *  one_ns  on one thread
 *  two_ns  on two
 */
#ifndef BENCH_FIB_H
#define BENCH_FIB_H

#include "util/bench.h"

#define BENCH_FIB_PASSES 3

/* fib(n), and how many forks it takes: those of fib(n) are fib(n + 1) - 1. */
static inline uint64_t
bench_fib(size_t n)
{
	uint64_t a = 0, b = 1;

	for (size_t i = 0; i < n; i++) {
		uint64_t sum = a + b;

		a = b;
		b = sum;
	}
	return a;
}

static inline void
bench_fib_print(uint64_t (*run)(size_t n), size_t n, const char *metric, const char *remark)
{
	double best = 1e18;

	if (run(n / 2) != bench_fib(n / 2)) /* warm */
		bench_fail("a wrong number");
	for (int i = 0; i < BENCH_FIB_PASSES; i++) {
		int64_t begin = bench_now();
		double each;

		if (run(n) != bench_fib(n))
			bench_fail("a wrong number");
		each = bench_each(begin, bench_fib(n + 1) - 1);
		best = each < best ? each : best;
	}
	bench_print(metric, best, "ns", remark);
}

#endif
