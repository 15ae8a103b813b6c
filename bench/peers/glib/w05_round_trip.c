/* SPDX-License-Identifier: MIT */
/* w05_round_trip.c: GLib's GThreadPool; the task signals a GCond. */
#include "util/round_trip.h"

#include <glib.h>

static GThreadPool *pool;
static GMutex mutex;
static GCond cond;
static gboolean done;

static void
work(gpointer data, gpointer arg)
{
	(void)data;
	(void)arg;
	g_mutex_lock(&mutex);
	done = TRUE;
	g_cond_signal(&cond);
	g_mutex_unlock(&mutex);
}

static void
open_pool(void)
{
	pool = g_thread_pool_new(work, NULL, BENCH_WORKERS, TRUE, NULL);
}

static void
trip(void)
{
	done = FALSE;
	g_thread_pool_push(pool, GINT_TO_POINTER(1), NULL);
	g_mutex_lock(&mutex);
	while (!done)
		g_cond_wait(&cond, &mutex);
	g_mutex_unlock(&mutex);
}

int
main(int argc, char *argv[])
{
	const struct bench_round_trip_way way = {open_pool, trip, "GCond"};

	bench_round_trip(&way, bench_begin(argc, argv, 20000));
	g_thread_pool_free(pool, FALSE, TRUE);
	return 0;
}
