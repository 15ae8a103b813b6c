/* SPDX-License-Identifier: MIT */
/*
 * w02_submit.c: one outside thread submits n empty tasks with futures to two workers, then takes each.
 *
 *  submit_ns  creel_submit() of all, creel_take() of all: wall time of one task
 *  many_ns    the same with one creel_submit_many()
 *  bytes      what the heap grows by for one task that waits for a worker, its future included. Measured
 *             first, when no memory is there to be used again
 */
#include "util/creel_bench.h"

static creel_pool *pool;
static creel_future **futures;

static void
take_all(size_t n)
{
	for (size_t i = 0; i < n; i++)
		must(creel_take(futures[i], NULL));
}

static void
submit_each(size_t n)
{
	for (size_t i = 0; i < n; i++)
		futures[i] = creel_submit(pool, nothing, NULL);
}

static double
bytes_each(size_t n)
{
	struct bench_gate gate;
	struct bench_peak peak;

	close_gate(&gate, pool);
	peak = bench_peak_begin();
	submit_each(n);
	bench_peak_look(&peak);
	bench_gate_open(&gate);
	take_all(n);
	return bench_peak_each(&peak, n);
}

static double
each(size_t n)
{
	int64_t begin = bench_now();

	submit_each(n);
	take_all(n);
	return bench_each(begin, n);
}

static double
together(size_t n)
{
	int64_t begin = bench_now();

	must(creel_submit_many(pool, nothing, NULL, n, futures));
	take_all(n);
	return bench_each(begin, n);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);

	futures = bench_array(n, sizeof(creel_future *));
	pool = make_pool(BENCH_WORKERS);
	bench_print("bytes", bytes_each(n / 10 + 1), "B", "");
	each(n); /* warm */
	bench_print("submit_ns", each(n), "ns", "");
	bench_print("many_ns", together(n), "ns", "");
	creel_pool_destroy(pool);
	free(futures);
	return 0;
}
