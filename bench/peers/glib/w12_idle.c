/* SPDX-License-Identifier: MIT */
/* w12_idle.c: a GThreadPool and a GMainLoop in a thread, with nothing to do. */
#include "util/idle.h"

#include <glib.h>

static GMainContext *context;

static void
work(gpointer data, gpointer arg)
{
	(void)data;
	(void)arg;
}

static gboolean
no_op(gpointer arg)
{
	(void)arg;
	return G_SOURCE_REMOVE;
}

static gpointer
run_loop(gpointer loop)
{
	g_main_context_push_thread_default(context);
	g_main_loop_run(loop);
	return NULL;
}

int
main(int argc, char *argv[])
{
	size_t ms = bench_begin(argc, argv, 3000);
	GThreadPool *pool = g_thread_pool_new(work, NULL, BENCH_WORKERS, TRUE, NULL);
	GMainLoop *loop;

	context = g_main_context_new();
	loop = g_main_loop_new(context, FALSE);
	g_thread_unref(g_thread_new("loop", run_loop, loop));
	for (int i = 0; i < BENCH_IDLE_WORK; i++) {
		g_thread_pool_push(pool, GINT_TO_POINTER(1), NULL);
		g_main_context_invoke(context, no_op, NULL);
	}
	bench_idle(ms, "");
	return 0;
}
