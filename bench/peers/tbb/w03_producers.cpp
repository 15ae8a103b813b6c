/* SPDX-License-Identifier: MIT */
/* w03_producers.cpp: oneTBB: enqueue() into an arena of two workers, with a count of those that have run. */
#include "arena.hpp"
#include "util/producers.h"

#include <atomic>

static Arena *two;
static std::atomic<size_t> left;
static sem_t done;

static void
submit(size_t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		two->arena.enqueue([] {
			if (left.fetch_sub(1) == 1)
				sem_post(&done);
		});
}

static void
finish()
{
	bench_sem_wait(&done);
}

int
main(int argc, char *argv[])
{
	const bench_produce way = {submit, finish, 0};
	size_t n = bench_begin(argc, argv, 1000000);

	sem_init(&done, 0, 0);
	two = new Arena;
	left = n;
	bench_produce_all(&way, n); /* warm */
	left = n;
	bench_print("producers_ns", bench_produce_all(&way, n), "ns", "enqueue, no future");
	delete two;
	return 0;
}
