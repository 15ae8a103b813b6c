/* SPDX-License-Identifier: MIT */
/*
 * first.c: creel's first figures, without peers: what a pool, a task and an await cost.
 *
 * Each figure is the median of several repetitions. They tell orders of magnitude on the machine at
 * hand; they are not compared with anything.
 */
#include <creel/creel.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define REPETITIONS 7
#define MANY 1000000
#define SOME 10000

static creel_pool *pool;
static creel_future **futures;
static creel_future *opening;

static void *
nothing(void *arg)
{
	return arg;
}

static void *
wait_for_opening(void *arg)
{
	creel_await(opening, NULL);
	return arg;
}

static creel_pool *
make_pool(unsigned workers)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *made;

	options.workers = workers;
	made = creel_pool_create(&options);
	if (made == NULL) {
		fprintf(stderr, "first: %s\n", creel_last_error()->message);
		exit(1);
	}
	return made;
}

static void
take_all(size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (creel_take(futures[i], NULL) != CREEL_OK)
			exit(1);
}

static void
submit_each(void)
{
	for (size_t i = 0; i < MANY; i++)
		futures[i] = creel_submit(pool, nothing, NULL);
	take_all(MANY);
}

static void
submit_together(void)
{
	creel_submit_many(pool, nothing, NULL, MANY, futures);
	take_all(MANY);
}

static void
one_by_one(void)
{
	for (size_t i = 0; i < SOME; i++)
		creel_pool_run(pool, nothing, NULL, NULL);
}

static void *
await_inside(void *arg)
{
	for (size_t i = 0; i < SOME; i++)
		creel_pool_run(creel_current_pool(), nothing, NULL, NULL);
	return arg;
}

static void
nested(void)
{
	creel_pool_run(pool, await_inside, NULL, NULL);
}

static void
park_many(void)
{
	opening = creel_future_create();
	creel_submit_many(pool, wait_for_opening, NULL, SOME, futures);
	creel_future_set_result(opening, NULL);
	take_all(SOME);
	creel_future_unref(opening);
}

static void
come_and_go(void)
{
	for (int i = 0; i < 100; i++)
		creel_pool_destroy(make_pool(2));
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(const char *what, void (*work)(void), double each, const char *unit, double scale)
{
	double times[REPETITIONS];

	work(); /* warm */
	for (int i = 0; i < REPETITIONS; i++) {
		int64_t start = creel_now();

		work();
		times[i] = (double)(creel_now() - start) / each / scale;
	}
	qsort(times, REPETITIONS, sizeof *times, compare);
	printf("%-52s %9.1f %s\n", what, times[REPETITIONS / 2], unit);
}

/* What the allocator hands out for one task, its own overhead aside. */
static void
measure_bytes(void)
{
	creel_future *task = creel_submit(pool, nothing, NULL);

	printf("%-52s %9zu B\n", "memory of a task, with its future", malloc_usable_size(task));
	creel_future_unref(task);
}

int
main(void)
{
	futures = malloc(MANY * sizeof(creel_future *));
	if (futures == NULL)
		return 1;
	pool = make_pool(2);
	measure("submit, then take, 10^6 tasks, 2 workers", submit_each, MANY, "ns a task", 1);
	measure("submit_many, then take, 10^6 tasks, 2 workers", submit_together, MANY, "ns a task",
		1);
	measure("submit and block for the result, back to back", one_by_one, SOME, "us a task",
		1e3);
	creel_pool_destroy(pool);
	pool = make_pool(1);
	measure("the same inside a task, on one worker", nested, SOME, "ns a task", 1);
	measure("create, suspend, resume and end, 10^4 at once", park_many, SOME, "ns a task", 1);
	measure_bytes();
	creel_pool_destroy(pool);
	measure("create and destroy a pool of 2 workers", come_and_go, 100, "us", 1e3);
	free(futures);
	return 0;
}
