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

static uint64_t
run(size_t n)
{
	void *result;

	must(creel_pool_run(pool, fib, (void *)n, &result));
	return (uintptr_t)result;
}

static void
print(unsigned workers, size_t n, const char *metric)
{
	pool = make_pool(workers);
	bench_fib_print(run, n, metric, "fork, join");
	creel_pool_destroy(pool);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 37);

	print(1, n, "one_ns");
	print(BENCH_WORKERS, n, "two_ns");
	return 0;
}
