/* SPDX-License-Identifier: MIT */
/* w01_fib.c: fib without a cutoff by creel_fork() and creel_join() in a task of a pool; see util/fib.h. */
#include "util/creel_bench.h"
#include "util/fib.h"

static creel_pool *pool;

static void *
fib(void *arg)
{
	uintptr_t n = (uintptr_t)arg, a, b;
	creel_frame frame;

	if (n < 2)
		return arg;
	creel_fork(&frame, fib, (void *)(n - 1));
	b = (uintptr_t)fib((void *)(n - 2));
	a = (uintptr_t)creel_join(&frame);
	return (void *)(a + b);
}

static uint64_t typed(uint32_t n);
CREEL_FORKABLE(uint64_t, typed, uint32_t)

static uint64_t
typed(uint32_t n)
{
	typed_frame frame;
	uint64_t b;

	if (n < 2)
		return n;
	typed_fork(&frame, n - 1);
	b = typed(n - 2);
	return typed_join(&frame) + b;
}

static void *
typed_task(void *arg)
{
	return (void *)typed((uint32_t)(uintptr_t)arg);
}

static uint64_t
run_typed(size_t n)
{
	void *result;

	must(creel_pool_run(pool, typed_task, (void *)n, &result));
	return (uintptr_t)result;
}

static uint64_t
run(size_t n)
{
	void *result;

	must(creel_pool_run(pool, fib, (void *)n, &result));
	return (uintptr_t)result;
}

static void
print(unsigned workers, size_t n, const char *metric, const char *typed_metric)
{
	pool = make_pool(workers);
	bench_fib_print(run, n, metric, "fork, join");
	bench_fib_print(run_typed, n, typed_metric, "CREEL_FORKABLE");
	creel_pool_destroy(pool);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 37);

	print(1, n, "one_ns", "typed_one_ns");
	print(BENCH_WORKERS, n, "two_ns", "typed_two_ns");
	return 0;
}
