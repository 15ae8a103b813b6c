/* SPDX-License-Identifier: MIT */
/* w03_producers.c: GLib's GThreadPool, exclusive. It has no futures: the last task wakes the caller. */
#include "util/producers.h"

#include <glib.h>

static GThreadPool *pool;
static sem_t done;
static gint left;

static void
work(gpointer data, gpointer arg)
{
	(void)data;
	(void)arg;
	if (g_atomic_int_dec_and_test(&left))
		sem_post(&done);
}

static void
submit(size_t first, size_t n)
{
	(void)first;
	for (size_t i = 0; i < n; i++)
		g_thread_pool_push(pool, GINT_TO_POINTER(1), NULL);
}

static void
finish(void)
{
	bench_sem_wait(&done);
}

int
main(int argc, char *argv[])
{
	const struct bench_produce way = {submit, finish, 0};
	size_t n = bench_begin(argc, argv, 1000000);

	sem_init(&done, 0, 0);
	pool = g_thread_pool_new(work, NULL, BENCH_WORKERS, TRUE, NULL);
	g_atomic_int_set(&left, (gint)n);
	bench_produce_all(&way, n); /* warm */
	g_atomic_int_set(&left, (gint)n);
	bench_print("producers_ns", bench_produce_all(&way, n), "ns", "no future");
	g_thread_pool_free(pool, FALSE, TRUE);
	return 0;
}
