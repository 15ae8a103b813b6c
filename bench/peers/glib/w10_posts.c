/* SPDX-License-Identifier: MIT */
/*
 * w10_posts.c: a GMainLoop in a thread of its own.
 *
 * Posts, two ways: g_main_context_invoke(), as documented; and a queue made by hand with one source,
 * made ready when the queue was empty. Timers are timeout sources with an absolute ready time. The
 * loop looks at every source in every turn, so that timers cost O(n^2): there are n / 100 of them.
 */
#include "util/bench.h"

#include <glib.h>

static GMainContext *context;
static GMainLoop *loop;
static size_t n, seen, expected;
static int64_t cpu;
static sem_t finished;

static GMutex mutex;
static GArray *queue;
static GSource *queue_source;

static gboolean
count(gpointer arg)
{
	(void)arg;
	if (++seen < expected)
		return G_SOURCE_REMOVE;
	cpu = bench_thread_cpu() - cpu;
	sem_post(&finished);
	return G_SOURCE_REMOVE;
}

static double
by_invoke(void)
{
	int64_t begin = bench_now();

	seen = 0;
	expected = n;
	for (size_t i = 0; i < n; i++)
		g_main_context_invoke(context, count, NULL);
	bench_sem_wait(&finished);
	return bench_each(begin, n);
}

static gboolean
queue_dispatch(GSource *source, GSourceFunc fn, gpointer arg)
{
	static GArray *spare;
	GArray *taken;

	(void)fn;
	(void)arg;
	if (spare == NULL)
		spare = g_array_new(FALSE, FALSE, sizeof(GSourceFunc));
	g_mutex_lock(&mutex);
	g_source_set_ready_time(source, -1);
	taken = queue;
	queue = spare;
	g_mutex_unlock(&mutex);
	for (guint i = 0; i < taken->len; i++)
		g_array_index(taken, GSourceFunc, i)(NULL);
	spare = g_array_set_size(taken, 0);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs queue_functions = {.dispatch = queue_dispatch};

static double
by_queue(void)
{
	const GSourceFunc fn = count;
	int64_t begin = bench_now();

	seen = 0;
	expected = n;
	for (size_t i = 0; i < n; i++) {
		g_mutex_lock(&mutex);
		g_array_append_val(queue, fn);
		if (queue->len == 1)
			g_source_set_ready_time(queue_source, 0);
		g_mutex_unlock(&mutex);
	}
	bench_sem_wait(&finished);
	return bench_each(begin, n);
}

static gboolean
fire(GSource *source, GSourceFunc fn, gpointer arg)
{
	(void)source;
	(void)fn;
	return count(arg);
}

static GSourceFuncs timer_functions = {.dispatch = fire};

static gboolean
insert_timers(gpointer arg)
{
	GSource **timers = arg;
	gint64 begin = g_get_monotonic_time();
	uint64_t state = 1;

	cpu = bench_thread_cpu();
	seen = 0;
	expected = n - n / 2;
	for (size_t i = 0; i < n; i++) {
		timers[i] = g_source_new(&timer_functions, sizeof(GSource));
		g_source_set_ready_time(
			timers[i], begin + 1000 * (1 + bench_random(&state) % 1000));
		g_source_attach(timers[i], context);
	}
	for (size_t i = 0; i < n; i++) {
		if (i % 2)
			g_source_destroy(timers[i]);
		g_source_unref(timers[i]);
	}
	return G_SOURCE_REMOVE;
}

static gpointer
run_loop(gpointer arg)
{
	g_main_context_push_thread_default(context);
	g_main_loop_run(loop);
	return arg;
}

static void
open_queue(void)
{
	queue = g_array_new(FALSE, FALSE, sizeof(GSourceFunc));
	queue_source = g_source_new(&queue_functions, sizeof(GSource));
	g_source_attach(queue_source, context);
}

int
main(int argc, char *argv[])
{
	size_t all = bench_begin(argc, argv, 1000000);
	GSource **timers;
	GThread *thread;

	sem_init(&finished, 0, 0);
	context = g_main_context_new();
	loop = g_main_loop_new(context, FALSE);
	open_queue();
	thread = g_thread_new("loop", run_loop, NULL);
	n = all / 10 + 1;
	by_invoke(); /* warm */
	bench_print("post_ns", by_invoke(), "ns", "invoke, n / 10");
	n = all;
	by_queue(); /* warm */
	bench_print("post_ns", by_queue(), "ns", "queue by hand, one source");
	n = all / 100 + 1;
	timers = bench_array(n, sizeof(GSource *));
	g_main_context_invoke(context, insert_timers, timers);
	bench_sem_wait(&finished);
	bench_print("timer_ns", (double)cpu / (double)n, "ns", "sources, n / 100");
	g_main_loop_quit(loop);
	g_thread_join(thread);
	free(timers);
	return 0;
}
