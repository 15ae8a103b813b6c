/* SPDX-License-Identifier: MIT */
/* w08_wait.c: n completions through a GAsyncQueue, one at a time, on one thread. */
#include "util/bench.h"

#include <glib.h>

static double
by_queue(size_t n)
{
	GAsyncQueue *queue = g_async_queue_new();
	int64_t begin = bench_now(), end;

	for (size_t i = 0; i < n; i++) {
		g_async_queue_push(queue, GSIZE_TO_POINTER(i + 1));
		if (g_async_queue_pop(queue) != GSIZE_TO_POINTER(i + 1))
			bench_fail("another one was done");
	}
	end = bench_now();
	g_async_queue_unref(queue);
	return (double)(end - begin);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 10000);
	double passes[5];

	by_queue(n); /* warm */
	for (int i = 0; i < 5; i++)
		passes[i] = by_queue(n);
	bench_print(
		"queue_ms", bench_quantile(passes, 5, 0.5) / 1e6, "ms", "GAsyncQueue, no future");
	return 0;
}
