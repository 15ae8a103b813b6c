/* SPDX-License-Identifier: MIT */
/*
 * hog.h: W14: a tree of small tasks (tree.h) whose leaves compute for about a microsecond: by 8 workers beside
 * a thread that never rests, over the time of 2 workers alone; on two CPUs. The times are medians of PASSES.
 * A fair scheduler gives the 8 of 9 threads 8/9 of the machine: 1.125.
 */
#ifndef BENCH_HOG_H
#define BENCH_HOG_H

#include "util/tree.h"
#include "util/work.h"

#include <pthread.h>

#define BENCH_HOG_WORKERS 8
#define BENCH_HOG_PASSES 3
#define BENCH_HOG_LEAF 1000.0 /* ns */

struct bench_hog_way {
	void (*open)(unsigned workers);
	void (*run)(size_t depth); /* the whole tree; each leaf calls bench_hog_leaf() */
	void (*close)(void);
	const char *remark;
};

static uint32_t bench_hog_rounds; /* of a leaf */

static inline void
bench_hog_leaf(void)
{
	bench_work_do(bench_hog_rounds);
}

static inline void *
bench_hog(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED))
		bench_work_do(1000);
	return NULL;
}

/* Leaves this process two CPUs, if it has more. */
static inline void
bench_two_cpus(void)
{
	cpu_set_t all, two;

	CPU_ZERO(&two);
	if (sched_getaffinity(0, sizeof all, &all) != 0)
		bench_fail("no affinity");
	for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&two) < 2; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &two);
	if (sched_setaffinity(0, sizeof two, &two) != 0)
		bench_fail("no affinity");
}

/* In ns. */
static inline double
bench_hog_time(const struct bench_hog_way *way, unsigned workers, size_t depth)
{
	double passes[BENCH_HOG_PASSES];

	way->open(workers);
	way->run(depth / 2); /* warm */
	for (int i = 0; i < BENCH_HOG_PASSES; i++) {
		int64_t begin = bench_now();

		way->run(depth);
		passes[i] = (double)(bench_now() - begin);
	}
	way->close();
	return bench_quantile(passes, BENCH_HOG_PASSES, 0.5);
}

/* n leaves. */
static inline void
bench_hog_print(const struct bench_hog_way *way, size_t n)
{
	size_t depth = bench_tree_depth(n);
	double alone, beside;
	pthread_t hog;
	int stop = 0;

	bench_two_cpus();
	bench_hog_rounds = (uint32_t)(BENCH_HOG_LEAF / bench_work_calibrate());
	alone = bench_hog_time(way, 2, depth);
	if (pthread_create(&hog, NULL, bench_hog, &stop) != 0)
		bench_fail("no thread");
	beside = bench_hog_time(way, BENCH_HOG_WORKERS, depth);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(hog, NULL);
	bench_print("slowdown", beside / alone, "x", way->remark);
}

#endif
