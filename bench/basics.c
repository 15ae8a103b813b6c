/* SPDX-License-Identifier: MIT */
/*
 * basics.c: what creel's own pieces cost, without peers.
 *
 *  pool_us    a pool of two workers, made and destroyed; median of n
 *  nested_ns  a task on one worker submits a task and awaits it: suspend, run, resume
 *  parked_ns  100 n tasks suspended at once on one worker: submit, begin, suspend, resume, end
 */
#include "util/creel_bench.h"

static creel_pool *pool;
static creel_future *opening;
static size_t n;

static double
pool_life(void)
{
	double *samples = bench_array(n, sizeof(double)), median;

	for (size_t i = 0; i < n; i++) {
		int64_t begin = bench_now();

		creel_pool_destroy(make_pool(BENCH_WORKERS));
		samples[i] = (double)(bench_now() - begin) / 1e3;
	}
	median = bench_quantile(samples, n, 0.5);
	free(samples);
	return median;
}

static void *
await_inside(void *arg)
{
	for (size_t i = 0; i < n * 100; i++)
		must(creel_pool_run(creel_current_pool(), nothing, NULL, NULL));
	return arg;
}

static double
nested(void)
{
	int64_t begin = bench_now();

	must(creel_pool_run(pool, await_inside, NULL, NULL));
	return bench_each(begin, n * 100);
}

static void *
wait_for_opening(void *arg)
{
	must(creel_await(opening, NULL));
	return arg;
}

static double
parked(void)
{
	creel_future **futures = bench_array(n * 100, sizeof(creel_future *));
	int64_t begin = bench_now();
	double each;

	opening = creel_future_create();
	must(creel_submit_many(pool, wait_for_opening, NULL, n * 100, futures));
	must(creel_future_set_result(opening, NULL));
	for (size_t i = 0; i < n * 100; i++)
		must(creel_take(futures[i], NULL));
	creel_future_unref(opening);
	each = bench_each(begin, n * 100);
	free(futures);
	return each;
}

int
main(int argc, char *argv[])
{
	n = bench_begin(argc, argv, 100);
	bench_print("pool_us", pool_life(), "us", "");
	pool = make_pool(1);
	nested(); /* warm */
	bench_print("nested_ns", nested(), "ns", "");
	parked(); /* warm */
	bench_print("parked_ns", parked(), "ns", "");
	creel_pool_destroy(pool);
	return 0;
}
