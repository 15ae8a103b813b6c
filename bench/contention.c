/* SPDX-License-Identifier: MIT */
/*
 * contention.c: work on a pool of so many workers, for a library that counts contended operations
 * (-DCREEL_COUNT=ON), which prints the sums when this ends. contention.py runs it and divides.
 *
 *     contention SHAPE WORKERS N
 *
 * Shapes, of n tasks (forks):
 *   submit  one outside thread submits each, then takes it
 *   four    four outside threads do that, a quarter each
 *   post    a tree of tasks that post tasks
 *   fork    the same tree by fork and join
 */
#include "util/creel_bench.h"

#include <pthread.h>
#include <string.h>

static creel_pool *pool;

static void *
submit(void *arg)
{
	const size_t n = *(const size_t *)arg;
	creel_future **futures = bench_array(n, sizeof(creel_future *));

	for (size_t i = 0; i < n; i++)
		futures[i] = creel_submit(pool, nothing, NULL);
	for (size_t i = 0; i < n; i++)
		must(creel_take(futures[i], NULL));
	free(futures);
	return NULL;
}

static void
submit_from_four(size_t n)
{
	pthread_t threads[4];
	size_t quarter = n / 4;

	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, submit, &quarter) != 0)
			bench_fail("no thread");
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* A tree of n nodes, this one included. */
static void *
post_tree(void *arg)
{
	const uintptr_t below = (uintptr_t)arg - 1, left = below / 2;

	if (left > 0)
		must(creel_post(pool, post_tree, (void *)left));
	if (below > left)
		must(creel_post(pool, post_tree, (void *)(below - left)));
	return NULL;
}

static void *
fork_tree(void *arg)
{
	const uintptr_t below = (uintptr_t)arg - 1, left = below / 2;
	creel_frame frame;

	if (left > 0)
		creel_fork(&frame, fork_tree, (void *)left);
	if (below > left)
		fork_tree((void *)(below - left));
	if (left > 0)
		creel_join(&frame);
	return NULL;
}

static void
run(const char *shape, size_t n)
{
	if (strcmp(shape, "submit") == 0)
		submit(&n);
	else if (strcmp(shape, "four") == 0)
		submit_from_four(n);
	else if (strcmp(shape, "post") == 0)
		must(creel_post(pool, post_tree, (void *)n));
	else if (strcmp(shape, "fork") == 0)
		must(creel_pool_run(pool, fork_tree, (void *)n, NULL));
	else
		bench_fail("no such shape");
	must(creel_pool_wait_idle(pool, CREEL_FOREVER));
}

int
main(int argc, char *argv[])
{
	if (argc != 4)
		bench_fail("contention SHAPE WORKERS N");
	pool = make_pool((unsigned)strtoul(argv[2], NULL, 10));
	run(argv[1], strtoul(argv[3], NULL, 10));
	creel_pool_destroy(pool);
	return 0;
}
