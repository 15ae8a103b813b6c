/* SPDX-License-Identifier: MIT */
/*
 * round_trip.h: how W5 measures anybody's round trip: the median time of one trip, back to back, after
 * sleeping 100 us, after sleeping 1 ms, and back to back with the whole process on one CPU.
 *
 * The last is measured by a child process, forked before there are any threads, since not every
 * library can start its threads a second time.
 */
#ifndef BENCH_ROUND_TRIP_H
#define BENCH_ROUND_TRIP_H

#include "util/bench.h"

#include <sys/wait.h>
#include <unistd.h>

struct bench_round_trip_way {
	void (*open)(void); /* starts the threads; NULL: nothing to do */
	void (*trip)(void); /* one round trip */
	const char *remark;
};

static inline void
bench_trips(const struct bench_round_trip_way *way, const char *metric, size_t n, int64_t gap)
{
	double *samples = (double *)bench_array(n, sizeof *samples);

	for (size_t i = 0; i < n; i++) {
		int64_t begin;

		if (gap > 0)
			bench_sleep(gap);
		begin = bench_now();
		way->trip();
		samples[i] = (double)(bench_now() - begin) / 1e3;
	}
	bench_print(metric, bench_quantile(samples, n, 0.5), "us", way->remark);
	free(samples);
}

static inline void
bench_trips_open(const struct bench_round_trip_way *way, size_t n)
{
	if (way->open != NULL)
		way->open();
	for (size_t i = 0; i < n / 10 + 1; i++)
		way->trip();
}

static inline void
bench_trips_pinned(const struct bench_round_trip_way *way, size_t n)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		bench_pin(0);
		bench_trips_open(way, n);
		bench_trips(way, "pinned_us", n, 0);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
		bench_fail("the child on one CPU failed");
}

static inline void
bench_round_trip(const struct bench_round_trip_way *way, size_t n)
{
	bench_trips_pinned(way, n);
	bench_trips_open(way, n);
	bench_trips(way, "back_us", n, 0);
	bench_trips(way, "gap100_us", n / 20 + 1, 100000);
	bench_trips(way, "gap1000_us", n / 50 + 1, 1000000);
}

#endif
