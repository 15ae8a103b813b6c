/* SPDX-License-Identifier: MIT */
/*
 * w10_posts.c: an event loop in a thread of its own.
 *
 *  post_ns   another thread posts n callbacks; wall time of one until all have run
 *  timer_ns  n timers, due at pseudo-random whole milliseconds of the coming second; every second one
 *            is cancelled when all are there, the others fire. CPU time of the loop's thread, for one
 */
#include "util/creel_bench.h"

static creel_loop *loop;
static size_t n, seen, expected;
static int64_t cpu;
static sem_t finished;

static void
count(void *arg)
{
	(void)arg;
	if (++seen < expected)
		return;
	cpu = bench_thread_cpu() - cpu;
	sem_post(&finished);
}

static double
posts(void)
{
	int64_t begin = bench_now();

	seen = 0;
	expected = n;
	for (size_t i = 0; i < n; i++)
		must(creel_call_soon_threadsafe(loop, count, NULL, NULL));
	bench_sem_wait(&finished);
	return bench_each(begin, n);
}

static void
insert_timers(void *arg)
{
	creel_handle **handles = arg;
	uint64_t state = 1;
	int64_t begin;

	cpu = bench_thread_cpu();
	begin = creel_now();
	seen = 0;
	expected = n - n / 2;
	for (size_t i = 0; i < n; i++) {
		int64_t when = begin + CREEL_MILLISECONDS(1 + bench_random(&state) % 1000);

		must(creel_call_at(loop, when, count, NULL, i % 2 ? &handles[i / 2] : NULL));
	}
	for (size_t i = 0; i < n / 2; i++) {
		if (!creel_handle_cancel(handles[i]))
			bench_fail("a timer fired before it was cancelled");
		creel_handle_unref(handles[i]);
	}
}

int
main(int argc, char *argv[])
{
	creel_handle **handles;

	n = bench_begin(argc, argv, 1000000);
	handles = bench_array(n / 2 + 1, sizeof(creel_handle *));
	sem_init(&finished, 0, 0);
	loop = creel_loop_create(NULL);
	if (loop == NULL)
		bench_fail(creel_last_error()->message);
	posts(); /* warm */
	bench_print("post_ns", posts(), "ns", "");
	must(creel_call_soon_threadsafe(loop, insert_timers, handles, NULL));
	bench_sem_wait(&finished);
	bench_print("timer_ns", (double)cpu / (double)n, "ns", "");
	creel_loop_destroy(loop);
	free(handles);
	return 0;
}
