/* SPDX-License-Identifier: MIT */
/* w13_hash.c: GLib's GThreadPool, exclusive: one push for each file, with a count of those that are done. */
#include "util/hash.h"

#include <glib.h>

static GThreadPool *pool;
static const struct bench_hashes *current;
static sem_t done;
static gint left;

static void
hash_one(gpointer path, gpointer arg)
{
	(void)arg;
	bench_hash_file(current, (size_t)((char **)path - current->files.paths));
	if (g_atomic_int_dec_and_test(&left))
		sem_post(&done);
}

static void
run(const struct bench_hashes *hashes)
{
	current = hashes;
	g_atomic_int_set(&left, (gint)hashes->files.n);
	for (size_t i = 0; i < hashes->files.n; i++)
		g_thread_pool_push(pool, &hashes->files.paths[i], NULL);
	bench_sem_wait(&done);
}

int
main(int argc, char *argv[])
{
	struct bench_hashes hashes = bench_hash_make(bench_begin(argc, argv, 20000));

	sem_init(&done, 0, 0);
	pool = g_thread_pool_new(hash_one, NULL, BENCH_WORKERS, TRUE, NULL);
	bench_hash_print(run, &hashes, "a push each");
	g_thread_pool_free(pool, FALSE, TRUE);
	return 0;
}
