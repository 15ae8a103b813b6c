/* SPDX-License-Identifier: MIT */
/*
 * scale.c: how the cost of creel_submit() and creel_take() of one task grows, and that of waking tasks which
 * await one future; see util/scale.h.
 */
#include "util/creel_bench.h"
#include "util/scale.h"

#include <stdatomic.h>

static creel_pool *pool;
static creel_future **futures, *event;
static atomic_size_t pending;
static sem_t all_wait;

static void
open_pool(unsigned workers)
{
	pool = make_pool(workers);
}

static void
submit(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		futures[i] = creel_submit(pool, nothing, NULL);
	for (size_t i = first; i < first + n; i++)
		must(creel_take(futures[i], NULL));
}

static void *
wait_for_event(void *arg)
{
	if (atomic_fetch_sub(&pending, 1) == 1)
		sem_post(&all_wait);
	must(creel_await(event, NULL));
	return arg;
}

static double
wake(size_t count)
{
	int64_t begin;

	event = creel_future_create();
	atomic_store(&pending, count);
	for (size_t i = 0; i < count; i++)
		must(creel_post(pool, wait_for_event, NULL));
	bench_sem_wait(&all_wait);
	bench_sleep(1000000); /* the last ones are about to wait */
	begin = bench_now();
	must(creel_future_set_result(event, NULL));
	must(creel_pool_wait_idle(pool, CREEL_FOREVER));
	begin = bench_now() - begin;
	creel_future_unref(event);
	return (double)begin;
}

static void
close_pool(void)
{
	creel_pool_destroy(pool);
}

int
main(int argc, char *argv[])
{
	const struct bench_scale_way way = {open_pool, NULL, submit, NULL, wake, close_pool, ""};
	size_t n = bench_begin(argc, argv, 10000000);

	sem_init(&all_wait, 0, 0);
	futures = bench_array(n + 1, sizeof(creel_future *));
	bench_scale(&way, n);
	free(futures);
	return 0;
}
