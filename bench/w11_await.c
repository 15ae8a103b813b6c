/* SPDX-License-Identifier: MIT */
/*
 * w11_await.c: tasks that wait, on one worker, so that nothing but their own cost is seen; on stacks of 64 KiB.
 *
 *  await_ns   BATCH tasks at a time, which all await one pending future: submit, begin, suspend, and when the
 *             future is completed, resume, end and take; wall time of one. Their stacks have been used before
 *  plain_ns   the same for tasks that do not wait
 *  switch_ns  two tasks that creel_sleep(0) in turn: one switch from a task to another
 *  bytes      what the process grows by, page tables included, for each of n posted tasks that all await one
 *             future at once
 *  refused    how many of these could not
 */
#include "util/creel_bench.h"
#include "util/memory.h"

#define BATCH ((size_t)1000)

static creel_pool *pool;
static creel_future *event, *all_wait;
static size_t left, refused; /* worker only */

static void *
wait_for_event(void *arg)
{
	if (--left == 0)
		must(creel_future_set_result(all_wait, NULL));
	must(creel_await(event, NULL));
	return arg;
}

static void
one_batch(creel_future *futures[])
{
	event = creel_future_create();
	all_wait = creel_future_create();
	left = BATCH;
	for (size_t i = 0; i < BATCH; i++)
		futures[i] = creel_submit(creel_current_pool(), wait_for_event, NULL);
	must(creel_take(all_wait, NULL));
	must(creel_future_set_result(event, NULL));
	for (size_t i = 0; i < BATCH; i++)
		must(creel_take(futures[i], NULL));
	creel_future_unref(event);
}

static void *
waiting_batches(void *arg)
{
	creel_future *futures[BATCH];

	for (size_t i = 0; i < *(size_t *)arg; i++)
		one_batch(futures);
	return NULL;
}

static void *
plain_batches(void *arg)
{
	creel_future *futures[BATCH];

	for (size_t i = 0; i < *(size_t *)arg; i++) {
		for (size_t k = 0; k < BATCH; k++)
			futures[k] = creel_submit(creel_current_pool(), nothing, NULL);
		for (size_t k = 0; k < BATCH; k++)
			must(creel_take(futures[k], NULL));
	}
	return NULL;
}

static void
print_batches(creel_fn *batches, size_t n, const char *metric)
{
	size_t count = n / BATCH + 1, warm = 2;
	int64_t begin;

	must(creel_pool_run(pool, batches, &warm, NULL));
	begin = bench_now();
	must(creel_pool_run(pool, batches, &count, NULL));
	bench_print(metric, bench_each(begin, count * BATCH), "ns", "");
}

static void
waiting(size_t n)
{
	print_batches(waiting_batches, n, "await_ns");
}

static void
plain(size_t n)
{
	print_batches(plain_batches, n, "plain_ns");
}

static void *
yield_often(void *n)
{
	for (size_t i = 0; i < *(size_t *)n; i++)
		must(creel_sleep(0));
	return NULL;
}

static void
switches(size_t n)
{
	creel_future *both[2];
	int64_t begin = bench_now();

	for (int i = 0; i < 2; i++)
		both[i] = creel_submit(pool, yield_often, &n);
	for (int i = 0; i < 2; i++)
		must(creel_take(both[i], NULL));
	bench_print("switch_ns", bench_each(begin, 2 * n), "ns", "sleep(0)");
}

static void *
park(void *arg)
{
	if (--left == 0)
		must(creel_future_set_result(all_wait, NULL));
	if (creel_await(event, NULL) != CREEL_OK)
		refused++;
	return arg;
}

/* BATCH at a time, so that it is not the queue that is measured. */
static void
parked(size_t n)
{
	size_t before = bench_resident();

	event = creel_future_create();
	for (size_t done = 0; done < n; done += BATCH) {
		size_t some = n - done < BATCH ? n - done : BATCH;

		left = some;
		all_wait = creel_future_create();
		for (size_t i = 0; i < some; i++)
			must(creel_post(pool, park, NULL));
		must(creel_take(all_wait, NULL));
	}
	bench_print("bytes", (double)(bench_resident() - before) / (double)n, "B", "");
	must(creel_future_set_result(event, NULL));
	must(creel_pool_wait_idle(pool, CREEL_FOREVER));
	bench_print("refused", (double)refused, "of_n", "");
	creel_future_unref(event);
}

/* Each figure with a pool of its own, so that none sees what another has left. */
static void
with_pool(void (*measure)(size_t n), size_t n)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 1;
	options.stack_size = 64 << 10;
	pool = creel_pool_create(&options);
	if (pool == NULL)
		bench_fail(creel_last_error()->message);
	must(creel_pool_run(pool, nothing, NULL, NULL)); /* warm */
	measure(n);
	creel_pool_destroy(pool);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);

	with_pool(waiting, n);
	with_pool(plain, n);
	with_pool(switches, n);
	with_pool(parked, bench_memory_limit(n, 8192));
	return 0;
}
