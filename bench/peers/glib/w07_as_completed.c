/* SPDX-License-Identifier: MIT */
/* w07_as_completed.c: GLib's GThreadPool, whose tasks push into a GAsyncQueue. */
#include "util/work.h"

#include <glib.h>

static GAsyncQueue *done;

static void
work_task(gpointer data, gpointer arg)
{
	(void)arg;
	bench_work_do(*(const uint32_t *)data);
	g_async_queue_push(done, data);
}

static void
run(GThreadPool *pool, const struct bench_work *work, size_t n)
{
	for (size_t i = 0; i < n; i++)
		g_thread_pool_push(pool, &work->rounds[i], NULL);
	for (size_t i = 0; i < n; i++)
		g_async_queue_pop(done);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 100000);
	struct bench_work work = bench_work_make(n);
	GThreadPool *pool = g_thread_pool_new(work_task, NULL, BENCH_WORKERS, TRUE, NULL);
	int64_t begin;

	done = g_async_queue_new();
	run(pool, &work, n / 10 + 1); /* warm */
	begin = bench_now();
	run(pool, &work, n);
	bench_work_print(&work, begin, "");
	g_thread_pool_free(pool, FALSE, TRUE);
	g_async_queue_unref(done);
	free(work.rounds);
	return 0;
}
