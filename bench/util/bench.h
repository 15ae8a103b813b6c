/* SPDX-License-Identifier: MIT */
/*
 * bench.h: what every program in bench/ needs, in the common part of C11 and C++17, so that creel's
 * programs and those of its peers are measured by the same code. It knows nothing of creel.
 *
 * A program measures once and prints its figures, a line each:
 *
 *     METRIC VALUE UNIT [REMARK]
 *
 * The remark tells which of a library's ways was measured; each is a row of its own in the table. One
 * that contains "no future" says that nothing comes back from the work but its end.
 */
#ifndef BENCH_H
#define BENCH_H

#include <malloc.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_WORKERS 2

#ifdef __cplusplus
extern "C" {
#endif
int mallctl(const char *, void *, size_t *, void *, size_t) __attribute__((weak));
#ifdef __cplusplus
}
#endif

static inline int64_t
bench_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t
bench_now(void)
{
	return bench_clock(CLOCK_MONOTONIC);
}

static inline int64_t
bench_thread_cpu(void)
{
	return bench_clock(CLOCK_THREAD_CPUTIME_ID);
}

static inline int64_t
bench_process_cpu(void)
{
	return bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static inline void
bench_sleep(int64_t ns)
{
	struct timespec t;

	t.tv_sec = (time_t)(ns / 1000000000);
	t.tv_nsec = (long)(ns % 1000000000);
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) != 0)
		;
}

static inline void
bench_fail(const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(1);
}

/*
 * The program's only argument, n: "--n N" or "N". What the program frees stays with malloc, so that
 * memory which was touched while warming up is not handed back and faulted in again.
 */
static inline size_t
bench_begin(int argc, char *argv[], size_t by_default)
{
	int at = argc > 2 && strcmp(argv[1], "--n") == 0 ? 2 : 1;
	long n;

	mallopt(M_TRIM_THRESHOLD, INT32_MAX);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	if (argc == 1)
		return by_default;
	n = atol(argv[at]);
	if (argc != at + 1 || n <= 0) {
		fprintf(stderr, "usage: %s [[--n] N]\n", argv[0]);
		exit(2);
	}
	return (size_t)n;
}

static inline void
bench_print(const char *metric, double value, const char *unit, const char *remark)
{
	printf("%s %.4g %s%s%s\n", metric, value, unit, *remark != '\0' ? " " : "", remark);
	fflush(stdout);
}

/* The time since begin, in ns for each of n. */
static inline double
bench_each(int64_t begin, size_t n)
{
	return (double)(bench_now() - begin) / (double)n;
}

static inline void *
bench_array(size_t n, size_t size)
{
	void *array = malloc(n * size);

	if (array == NULL)
		bench_fail("no memory");
	return memset(array, 0, n * size);
}

/* Bytes that malloc has handed out, with what it needs itself to keep them apart. */
static inline size_t
bench_heap(void)
{
	struct mallinfo2 info;

	if (mallctl != NULL) { /* jemalloc is there */
		uint64_t epoch = 1;
		size_t bytes = 0, size = sizeof bytes;

		mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
		mallctl("stats.allocated", &bytes, &size, NULL, 0);
		return bytes;
	}
	info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

/* The most that was in use above a first reading, at the moments when one looked. */
struct bench_peak {
	size_t first, most;
};

static inline struct bench_peak
bench_peak_begin(void)
{
	struct bench_peak peak;

	peak.first = peak.most = bench_heap();
	return peak;
}

/* NULL: this pass measures time, and is not disturbed. */
static inline void
bench_peak_look(struct bench_peak *peak)
{
	size_t now;

	if (peak == NULL)
		return;
	now = bench_heap();
	if (now > peak->most)
		peak->most = now;
}

static inline double
bench_peak_each(const struct bench_peak *peak, size_t n)
{
	return (double)(peak->most - peak->first) / (double)n;
}

static inline int
bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the samples; q from 0 to 1, 0.5 is the median. */
static inline double
bench_quantile(double samples[], size_t n, double q)
{
	qsort(samples, n, sizeof *samples, bench_compare);
	return samples[(size_t)(q * (double)(n - 1) + 0.5)];
}

/* The calling thread, and those that it starts from now on, run on one CPU; which, counts from 0. */
static inline void
bench_pin(int which)
{
	cpu_set_t all, one;
	int seen = 0;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof all, &all) != 0)
		bench_fail("no affinity");
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && seen++ <= which) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
		}
	if (sched_setaffinity(0, sizeof one, &one) != 0)
		bench_fail("no affinity");
}

/* The same pseudo-random numbers for everybody (Knuth's LCG, its better half). */
static inline uint32_t
bench_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/*
 * A gate that keeps all workers busy: give each a task that calls bench_gate_hold(), wait until they
 * are all in it, and open it at the end.
 */
struct bench_gate {
	sem_t inside, open, outside;
};

static inline void
bench_gate_init(struct bench_gate *gate)
{
	sem_init(&gate->inside, 0, 0);
	sem_init(&gate->open, 0, 0);
	sem_init(&gate->outside, 0, 0);
}

static inline void
bench_sem_wait(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static inline void
bench_gate_hold(struct bench_gate *gate)
{
	sem_post(&gate->inside);
	bench_sem_wait(&gate->open);
	sem_post(&gate->outside);
}

static inline void
bench_gate_full(struct bench_gate *gate)
{
	for (int i = 0; i < BENCH_WORKERS; i++)
		bench_sem_wait(&gate->inside);
}

static inline void
bench_gate_open(struct bench_gate *gate)
{
	for (int i = 0; i < BENCH_WORKERS; i++)
		sem_post(&gate->open);
	/* Nobody touches it any more: it may be on the caller's stack. */
	for (int i = 0; i < BENCH_WORKERS; i++)
		bench_sem_wait(&gate->outside);
}

#endif
