/* SPDX-License-Identifier: MIT */
/*
 * w02_submit.cpp: oneTBB, which has no futures, two ways: enqueue() into an arena, with a count of
 * those that have run; and a task_group, whose wait() lets the thread outside run tasks as well (so
 * one worker is enough for two threads). Its memory comes from its own allocator, so bytes are not
 * measured.
 */
#include "arena.hpp"

#include <atomic>
#include <tbb/task_group.h>

static double
by_enqueue(size_t n)
{
	static Arena two;
	std::atomic<size_t> left(n);
	sem_t done;
	int64_t begin = bench_now();

	sem_init(&done, 0, 0);
	for (size_t i = 0; i < n; i++)
		two.arena.enqueue([&left, &done] {
			if (left.fetch_sub(1) == 1)
				sem_post(&done);
		});
	bench_sem_wait(&done);
	return bench_each(begin, n);
}

static double
by_group(size_t n)
{
	static tbb::task_arena both(BENCH_WORKERS, 1);
	tbb::task_group group;
	int64_t begin = bench_now();

	both.execute([&group, n] {
		for (size_t i = 0; i < n; i++)
			group.run([] {});
		group.wait();
	});
	return bench_each(begin, n);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);

	by_enqueue(n); /* warm */
	bench_print("submit_ns", by_enqueue(n), "ns", "enqueue, no future");
	by_group(n); /* warm */
	bench_print("submit_ns", by_group(n), "ns", "task_group, no future");
	return 0;
}
