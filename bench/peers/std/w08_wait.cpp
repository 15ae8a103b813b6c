/* SPDX-License-Identifier: MIT */
/*
 * w08_wait.cpp: the standard library cannot wait for the first of several futures, so n completions
 * go through a queue made by hand, one at a time, on one thread.
 */
#include "pool.hpp"

static double
by_queue(size_t n)
{
	Completions<size_t> queue;
	int64_t begin = bench_now();

	for (size_t i = 0; i < n; i++) {
		queue.push(i);
		if (queue.pop() != i)
			bench_fail("another one was done");
	}
	return (double)(bench_now() - begin);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 10000);
	double passes[5];

	by_queue(n); /* warm */
	for (double &pass : passes)
		pass = by_queue(n);
	bench_print("queue_ms", bench_quantile(passes, 5, 0.5) / 1e6, "ms", "by hand, no future");
	return 0;
}
