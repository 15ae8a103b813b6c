/* SPDX-License-Identifier: MIT */
/*
 * w01_fib.cpp: oneTBB: parallel_invoke() of both calls; and a task_group for one, the other in place. All
 * threads are those of the arena, the caller's among them.
 */
#include "util/fib.h"

#include <tbb/global_control.h>
#include <tbb/parallel_invoke.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

static tbb::task_arena *arena;

static uint64_t
invoke(size_t n)
{
	uint64_t a, b;

	if (n < 2)
		return n;
	tbb::parallel_invoke([&a, n] { a = invoke(n - 1); }, [&b, n] { b = invoke(n - 2); });
	return a + b;
}

static uint64_t
group(size_t n)
{
	uint64_t a, b;

	if (n < 2)
		return n;
	tbb::task_group tasks;
	tasks.run([&a, n] { a = group(n - 1); });
	b = group(n - 2);
	tasks.wait();
	return a + b;
}

template <uint64_t (*fib)(size_t)>
static uint64_t
in_arena(size_t n)
{
	return arena->execute([n] { return fib(n); });
}

static void
print(int threads, size_t n, const char *metric)
{
	tbb::global_control control(tbb::global_control::max_allowed_parallelism, (size_t)threads);
	tbb::task_arena some(threads, 1);

	arena = &some;
	bench_fib_print(in_arena<invoke>, n, metric, "parallel_invoke");
	bench_fib_print(in_arena<group>, n, metric, "task_group");
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 30);

	print(1, n, "one_ns");
	print(BENCH_WORKERS, n, "two_ns");
	return 0;
}
