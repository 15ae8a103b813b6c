/* SPDX-License-Identifier: MIT */
/*
 * w02_submit.c: GLib's GThreadPool, exclusive: its threads are its own. It has no futures: the last task
 * wakes the caller.
 */
#include "util/bench.h"

#include <glib.h>

static sem_t done;
static gint left;

static void
work(gpointer data, gpointer gate)
{
	if (data == gate)
		bench_gate_hold(gate);
	else if (g_atomic_int_dec_and_test(&left))
		sem_post(&done);
}

static void
push_all(GThreadPool *pool, size_t n)
{
	g_atomic_int_set(&left, (gint)n);
	for (size_t i = 0; i < n; i++)
		g_thread_pool_push(pool, GINT_TO_POINTER(1), NULL);
}

static double
bytes_each(GThreadPool *pool, struct bench_gate *gate, size_t n)
{
	struct bench_peak peak;

	for (int i = 0; i < BENCH_WORKERS; i++)
		g_thread_pool_push(pool, gate, NULL);
	bench_gate_full(gate);
	peak = bench_peak_begin();
	push_all(pool, n);
	bench_peak_look(&peak);
	bench_gate_open(gate);
	bench_sem_wait(&done);
	return bench_peak_each(&peak, n);
}

static double
each(GThreadPool *pool, size_t n)
{
	int64_t begin = bench_now();

	push_all(pool, n);
	bench_sem_wait(&done);
	return bench_each(begin, n);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);
	struct bench_gate gate;
	GThreadPool *pool = g_thread_pool_new(work, &gate, BENCH_WORKERS, TRUE, NULL);

	sem_init(&done, 0, 0);
	bench_gate_init(&gate);
	bench_print("bytes", bytes_each(pool, &gate, n / 10 + 1), "B", "no future");
	each(pool, n); /* warm */
	bench_print("submit_ns", each(pool, n), "ns", "no future");
	g_thread_pool_free(pool, FALSE, TRUE);
	return 0;
}
