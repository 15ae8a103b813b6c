/* SPDX-License-Identifier: MIT */
/*
 * w04_tree.c: GLib's GThreadPool, exclusive: each node pushes its children; the leaves are counted, and the
 * last one wakes the caller.
 */
#include "util/tree.h"

#include <glib.h>

static GThreadPool *pool;
static gboolean going_on; /* each node goes on with one of its children */
static sem_t done;
static gint left;

static void
node(gpointer data, gpointer arg)
{
	gint depth = GPOINTER_TO_INT(data) - 1; /* a NULL cannot be pushed */

	(void)arg;
	for (; going_on && depth > 0; depth--)
		g_thread_pool_push(pool, GINT_TO_POINTER(depth), NULL);
	if (depth > 0) {
		g_thread_pool_push(pool, GINT_TO_POINTER(depth), NULL);
		g_thread_pool_push(pool, GINT_TO_POINTER(depth), NULL);
	} else if (g_atomic_int_dec_and_test(&left)) {
		sem_post(&done);
	}
}

static void
run_both(size_t depth)
{
	g_atomic_int_set(&left, (gint)1 << depth);
	g_thread_pool_push(pool, GINT_TO_POINTER(depth + 1), NULL);
	bench_sem_wait(&done);
}

static void
run_one(size_t depth)
{
	going_on = TRUE;
	run_both(depth);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, (size_t)1 << 20);

	sem_init(&done, 0, 0);
	pool = g_thread_pool_new(node, NULL, BENCH_WORKERS, TRUE, NULL);
	bench_tree_print(run_both, n, "node_ns", "push");
	bench_tree_print(run_one, n, "onward_ns", "push");
	g_thread_pool_free(pool, FALSE, TRUE);
	return 0;
}
