/* SPDX-License-Identifier: MIT */
/*
 * stress_parked.c: very many tasks that all wait for one promise, on one worker with stacks of 64 KiB.
 *
 *     stress_parked [TASKS]
 *
 * Twice over: all are suspended at once, then the promise is fulfilled, all go on, once each, and end.
 * It prints what a parked task costs, page tables included, and fails if it is too much, or if the memory
 * does not come back. The full figure, `./dev parked`, is of a million, for which it needs 5 GB.
 */
#include "fiber/watched.h"
#include "support/proc.h"
#include "support/scale.h"

#include <creel/creel.h>
#include <malloc.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define STACK ((size_t)64 << 10)
#define MOST_EACH 4700.0             /* bytes */
#define MOST_LEFT ((size_t)24 << 20) /* of 1024 warm stacks, and what malloc keeps */

/* Frames are as small as that only if they are optimized. */
#if defined(__OPTIMIZE__)
#define OPTIMIZED true
#else
#define OPTIMIZED false
#endif

static creel_pool *pool;
static creel_future *promise;
static atomic_long parked, failed, resumed;

static void
fail(const char *what)
{
	const creel_error *error = creel_last_error();

	fprintf(stderr, "stress_parked: %s (%s)\n", what, error->message);
	exit(1);
}

static void *
park(void *arg)
{
	atomic_fetch_add(&parked, 1);
	if (creel_await(promise, NULL) != CREEL_OK)
		atomic_fetch_add(&failed, 1);
	atomic_fetch_add(&resumed, 1);
	return arg;
}

/* Resident memory and page tables. */
static size_t
memory(void)
{
	malloc_trim(0);
	return proc_resident() + proc_page_tables();
}

/* Is there a tool that needs memory of its own? */
static bool
watched(void)
{
#if defined(SCALE_TSAN) || defined(SCALE_ASAN)
	return true;
#else
	return on_valgrind();
#endif
}

static double
each(int64_t begin, long n)
{
	return (double)(creel_now() - begin) / (double)n;
}

/* Some at a time, so that it is not the queue that is measured. */
static void
park_all(long n)
{
	atomic_store(&parked, 0);
	atomic_store(&resumed, 0);
	for (long done = 0; done < n;) {
		const long some = n - done < 1000 ? n - done : 1000;

		for (long i = 0; i < some; i++)
			if (creel_post(pool, park, NULL) != CREEL_OK)
				fail("a task could not be posted");
		done += some;
		while (atomic_load(&parked) < done)
			sched_yield();
	}
	if (atomic_load(&resumed) != 0)
		fail("tasks went on too soon, or could not wait");
}

static void
round_of(long n, size_t before)
{
	double park_ns, resume_ns, bytes;
	size_t after;
	int64_t begin = creel_now();

	if ((promise = creel_future_create()) == NULL)
		fail("no promise");
	park_all(n);
	park_ns = each(begin, n);
	bytes = ((double)memory() - (double)before) / (double)n;

	begin = creel_now();
	if (creel_future_set_result(promise, NULL) != CREEL_OK ||
		creel_pool_wait_idle(pool, CREEL_FOREVER) != CREEL_OK)
		fail("they do not end");
	resume_ns = each(begin, n);
	creel_future_unref(promise);
	after = memory();
	after = after > before ? after - before : 0;

	printf("%ld tasks: %.0f bytes each; park %.0f ns, resume and end %.0f ns each; "
	       "%zu mappings; %.1f MiB left\n",
		n, bytes, park_ns, resume_ns, proc_mappings(), (double)after / 0x1p20);
	if (atomic_load(&failed) != 0 || atomic_load(&resumed) != n)
		fail("not all have waited, and gone on once");
	if (OPTIMIZED && !watched() && n >= 10000 && bytes > MOST_EACH)
		fail("a parked task takes too much memory");
	if (!watched() && after > MOST_LEFT)
		fail("the memory has not come back");
}

int
main(int argc, char *argv[])
{
	const long by_default = on_valgrind() ? 300 : SCALE_SUSPENDED(100000);
	const long n = argc > 1 ? atol(argv[1]) : by_default;
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	size_t before;

	if (argc > 2 || n < 1) {
		fputs("usage: stress_parked [TASKS]\n", stderr);
		return 2;
	}
	options.workers = 1;
	options.stack_size = STACK;
	if ((pool = creel_pool_create(&options)) == NULL ||
		creel_pool_wait_idle(pool, CREEL_FOREVER) != CREEL_OK)
		fail("no pool");
	before = memory();
	for (int round = 0; round < 2; round++)
		round_of(n, before);
	creel_pool_destroy(pool);
	return 0;
}
