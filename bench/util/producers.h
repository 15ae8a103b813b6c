/* SPDX-License-Identifier: MIT */
/*
 * producers.h: W3: four threads outside of the pool that begin together; each submits its share of n tasks
 * and waits for it. The figure is the wall time from the beginning to the end of the last of them, for
 * one task. A way may leave the end to finish(), which is called when all have submitted: where nothing
 * comes back from a task, there is only one end, that of all.
 */
#ifndef BENCH_PRODUCERS_H
#define BENCH_PRODUCERS_H

#include "util/bench.h"

#include <pthread.h>

#define BENCH_PRODUCERS 4
#define BENCH_PRODUCERS_MOST 64

struct bench_produce {
	void (*submit)(size_t first, size_t n); /* tasks first to first + n - 1, by one producer */
	void (*finish)(void);                   /* or NULL */
	size_t count;                           /* of producers; 0: BENCH_PRODUCERS */
};

struct bench_producer {
	const struct bench_produce *way;
	pthread_barrier_t *start;
	size_t first, n;
	pthread_t thread;
};

static inline void *
bench_producer_run(void *arg)
{
	struct bench_producer *producer = (struct bench_producer *)arg;

	pthread_barrier_wait(producer->start);
	producer->way->submit(producer->first, producer->n);
	return NULL;
}

/* ns of one of n tasks. */
static inline double
bench_produce_all(const struct bench_produce *way, size_t n)
{
	struct bench_producer producers[BENCH_PRODUCERS_MOST];
	size_t count = way->count > 0 ? way->count : BENCH_PRODUCERS;
	pthread_barrier_t start;
	int64_t begin;

	pthread_barrier_init(&start, NULL, (unsigned)count + 1);
	for (size_t i = 0; i < count; i++) {
		producers[i].way = way;
		producers[i].start = &start;
		producers[i].first = n * i / count;
		producers[i].n = n * (i + 1) / count - producers[i].first;
		if (pthread_create(&producers[i].thread, NULL, bench_producer_run, &producers[i]) !=
			0)
			bench_fail("no thread");
	}
	begin = bench_now(); /* before anybody can begin, since this thread is the barrier's last */
	pthread_barrier_wait(&start);
	for (size_t i = 0; i < count; i++)
		pthread_join(producers[i].thread, NULL);
	if (way->finish != NULL)
		way->finish();
	pthread_barrier_destroy(&start);
	return bench_each(begin, n);
}

/* Once to warm, then the figure. */
static inline void
bench_produce_print(
	const struct bench_produce *way, size_t n, const char *metric, const char *remark)
{
	bench_produce_all(way, n);
	bench_print(metric, bench_produce_all(way, n), "ns", remark);
}

#endif
