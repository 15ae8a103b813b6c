/* SPDX-License-Identifier: MIT */
/* w14_hog.c: GLib's GThreadPool, exclusive: the tree by pushes, with a count of the leaves. */
#include "util/hog.h"

#include <glib.h>

static GThreadPool *pool;
static sem_t done;
static gint left;

static void
node(gpointer data, gpointer arg)
{
	(void)arg;
	for (gint depth = GPOINTER_TO_INT(data) - 1; depth > 0; depth--)
		g_thread_pool_push(pool, GINT_TO_POINTER(depth), NULL);
	bench_hog_leaf();
	if (g_atomic_int_dec_and_test(&left))
		sem_post(&done);
}

static void
open_pool(unsigned workers)
{
	pool = g_thread_pool_new(node, NULL, (gint)workers, TRUE, NULL);
}

static void
run(size_t depth)
{
	g_atomic_int_set(&left, (gint)1 << depth);
	g_thread_pool_push(pool, GINT_TO_POINTER(depth + 1), NULL);
	bench_sem_wait(&done);
}

static void
close_pool(void)
{
	g_thread_pool_free(pool, FALSE, TRUE);
}

int
main(int argc, char *argv[])
{
	const struct bench_hog_way way = {open_pool, run, close_pool, "push"};

	sem_init(&done, 0, 0);
	bench_hog_print(&way, bench_begin(argc, argv, (size_t)1 << 19));
	return 0;
}
