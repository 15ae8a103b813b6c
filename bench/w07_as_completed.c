/* SPDX-License-Identifier: MIT */
/*
 * w07_as_completed.c: n tasks of 0 to 5 us on two workers; an outside thread takes each result as it
 * completes. The wall time over the ideal one: the work, divided by two (util/work.h).
 */
#include "util/creel_bench.h"
#include "util/work.h"

static void *
work_task(void *arg)
{
	return (void *)(uintptr_t)bench_work_do(*(const uint32_t *)arg);
}

static void
run(creel_pool *pool, void *const args[], size_t n, creel_future *futures[])
{
	creel_completions *queue;
	creel_completion next;
	size_t count = 0;

	must(creel_submit_many(pool, work_task, args, n, futures));
	queue = creel_as_completed(futures, n);
	creel_futures_unref(futures, n);
	while (creel_completions_next(queue, CREEL_FOREVER, &next) == CREEL_OK) {
		must(creel_take(next.future, NULL));
		count++;
	}
	if (count != n)
		bench_fail("completions are missing");
	creel_completions_destroy(queue);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 100000);
	creel_future **futures = bench_array(n, sizeof(creel_future *));
	void **args = bench_array(n, sizeof(void *));
	creel_pool *pool = make_pool(BENCH_WORKERS);
	struct bench_work work = bench_work_make(n);
	int64_t begin;

	for (size_t i = 0; i < n; i++)
		args[i] = &work.rounds[i];
	run(pool, args, n / 10 + 1, futures); /* warm */
	begin = bench_now();
	run(pool, args, n, futures);
	bench_work_print(&work, begin, "");
	creel_pool_destroy(pool);
	free(work.rounds);
	free(args);
	free(futures);
	return 0;
}
