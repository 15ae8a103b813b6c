/* SPDX-License-Identifier: MIT */
/*
 * w06_gather.c: a gather of n futures: make them, gather, complete, await, free; wall time and peak
 * bytes of one, the caller's array not counted.
 *
 *  promise_ns, promise_bytes  promises, completed by one other thread
 *  task_ns, task_bytes        empty tasks, submitted to two workers
 *
 * Bytes are measured by a pass of their own, before the others, when no memory is there to be used again.
 */
#include "util/creel_bench.h"

#include <pthread.h>

static size_t n;
static creel_pool *pool;
static creel_future **futures;
static sem_t start;

static void *
complete_all(void *arg)
{
	bench_sem_wait(&start);
	for (size_t i = 0; i < n; i++)
		must(creel_future_set_result(futures[i], NULL));
	return arg;
}

static void
free_all(creel_future *all)
{
	creel_future_unref(all);
	creel_futures_unref(futures, n);
}

static double
promises(struct bench_peak *peak)
{
	pthread_t thread;
	creel_future *all;
	int64_t begin;
	double each;

	if (pthread_create(&thread, NULL, complete_all, NULL) != 0)
		bench_fail("no thread");
	begin = bench_now();
	for (size_t i = 0; i < n; i++)
		futures[i] = creel_future_create();
	all = creel_gather(futures, n, 0);
	bench_peak_look(peak);
	sem_post(&start);
	must(creel_await(all, NULL));
	bench_peak_look(peak);
	free_all(all);
	each = bench_each(begin, n);
	pthread_join(thread, NULL);
	return each;
}

/* For bytes the workers are held until all tasks and the gather are there. */
static double
tasks(struct bench_peak *peak)
{
	struct bench_gate gate;
	creel_future *all;
	int64_t begin;

	if (peak != NULL)
		close_gate(&gate, pool);
	begin = bench_now();
	for (size_t i = 0; i < n; i++)
		futures[i] = creel_submit(pool, nothing, NULL);
	all = creel_gather(futures, n, 0);
	bench_peak_look(peak);
	if (peak != NULL)
		bench_gate_open(&gate);
	must(creel_await(all, NULL));
	bench_peak_look(peak);
	free_all(all);
	return bench_each(begin, n);
}

/* Warms up by measuring bytes. */
static void
measure(double (*way)(struct bench_peak *), const char *ns, const char *bytes)
{
	struct bench_peak peak = bench_peak_begin();

	way(&peak);
	bench_print(bytes, bench_peak_each(&peak, n), "B", "");
	bench_print(ns, way(NULL), "ns", "");
}

int
main(int argc, char *argv[])
{
	n = bench_begin(argc, argv, 1000000);
	futures = bench_array(n, sizeof(creel_future *));
	sem_init(&start, 0, 0);
	measure(promises, "promise_ns", "promise_bytes");
	pool = make_pool(BENCH_WORKERS);
	measure(tasks, "task_ns", "task_bytes");
	creel_pool_destroy(pool);
	free(futures);
	return 0;
}
