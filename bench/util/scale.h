/* SPDX-License-Identifier: MIT */
/*
 * scale.h: how the cost of an empty task grows: each figure is the wall time of one, with a remark "at X" that
 * says where on its axis it was taken. n is the most tasks.
 *
 *  tasks_ns      1000 to n tasks, from one outside thread to two workers
 *  workers_ns    1 to 64 workers, on the CPUs that there are
 *  producers_ns  1 to 16 outside threads, two workers
 *  waiters_ns    1 to n / 100 tasks that all await one future: from its completion until all have ended
 */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "util/memory.h"
#include "util/producers.h"

#define BENCH_SCALE_PASSES 9
#define BENCH_SCALE_BYTES 512 /* of a task that waits, as a guess, so that memory suffices */

struct bench_scale_way {
	void (*open)(unsigned workers);
	void (*begin)(size_t n); /* before n tasks are submitted; or NULL */
	void (*submit)(size_t first, size_t n);
	void (*finish)(void); /* waits for what submit() has not waited for; or NULL */
	double (*wake)(
		size_t count); /* ns from the completion until all waiters have ended; or NULL */
	void (*close)(void);
	const char *remark;
};

static inline void
bench_scale_print(const struct bench_scale_way *way, const char *metric, double value, size_t at)
{
	char remark[64];

	snprintf(remark, sizeof remark, "%s%sat %zu", way->remark, *way->remark != '\0' ? ", " : "",
		at);
	bench_print(metric, value, "ns", remark);
}

/* The median of some passes, of one of n tasks; fewer passes where they are long. */
static inline double
bench_scale_tasks(const struct bench_scale_way *way, size_t n, size_t producers)
{
	struct bench_produce produce = {way->submit, way->finish, producers};
	double passes[BENCH_SCALE_PASSES];
	int count = n > 1000000 ? 1 : n > 100000 ? 3 : BENCH_SCALE_PASSES;

	for (int i = -1; i < count; i++) { /* the first one warms */
		if (way->begin != NULL)
			way->begin(n);
		if (producers > 0) {
			passes[i < 0 ? 0 : i] = bench_produce_all(&produce, n);
			continue;
		}
		int64_t begin = bench_now();

		way->submit(0, n);
		if (way->finish != NULL)
			way->finish();
		passes[i < 0 ? 0 : i] = bench_each(begin, n);
	}
	return bench_quantile(passes, (size_t)count, 0.5);
}

static inline void
bench_scale_waiters(const struct bench_scale_way *way, size_t most)
{
	double passes[BENCH_SCALE_PASSES];

	for (size_t count = 1; count <= most; count *= 10) {
		for (int i = 0; i < BENCH_SCALE_PASSES; i++)
			passes[i] = way->wake(count) / (double)count;
		bench_scale_print(
			way, "waiters_ns", bench_quantile(passes, BENCH_SCALE_PASSES, 0.5), count);
	}
}

static inline void
bench_scale(const struct bench_scale_way *way, size_t n)
{
	size_t some = n / 10 + 1;

	n = bench_memory_limit(n, BENCH_SCALE_BYTES);
	way->open(BENCH_WORKERS);
	for (size_t tasks = 1000; tasks <= n; tasks *= 10)
		bench_scale_print(way, "tasks_ns", bench_scale_tasks(way, tasks, 0), tasks);
	for (size_t producers = 1; producers <= 16; producers *= 2)
		bench_scale_print(
			way, "producers_ns", bench_scale_tasks(way, some, producers), producers);
	if (way->wake != NULL)
		bench_scale_waiters(way, n / 100);
	way->close();
	for (unsigned workers = 1; workers <= 64; workers *= 2) {
		way->open(workers);
		bench_scale_print(way, "workers_ns", bench_scale_tasks(way, some, 0), workers);
		way->close();
	}
}

#endif
