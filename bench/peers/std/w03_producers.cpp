/* SPDX-License-Identifier: MIT */
/* w03_producers.cpp: the hand-made pool: packaged tasks, then std::future::get() of each. */
#include "pool.hpp"
#include "util/producers.h"

static Pool pool;
static std::vector<std::future<void>> futures;

static void
submit(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		futures[i] = pool.submit([] {});
	for (size_t i = first; i < first + n; i++)
		futures[i].get();
}

int
main(int argc, char *argv[])
{
	const bench_produce way = {submit, nullptr, 0};
	size_t n = bench_begin(argc, argv, 1000000);

	futures.resize(n);
	bench_produce_print(&way, n, "producers_ns", "");
	return 0;
}
