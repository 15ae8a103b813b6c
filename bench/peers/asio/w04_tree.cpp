/* SPDX-License-Identifier: MIT */
/*
 * w04_tree.cpp: Boost.Asio's thread_pool: each node posts its children; the leaves are counted, and the last
 * one wakes the caller.
 */
#include "util/tree.h"

#include <atomic>
#include <boost/asio.hpp>

namespace asio = boost::asio;

static asio::thread_pool pool(BENCH_WORKERS);
static std::atomic<size_t> left;
static sem_t done;

static void
node(size_t depth)
{
	if (depth > 0) {
		asio::post(pool, [depth] { node(depth - 1); });
		asio::post(pool, [depth] { node(depth - 1); });
	} else if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) {
		sem_post(&done);
	}
}

static void
onward(size_t depth)
{
	for (; depth > 0; depth--)
		asio::post(pool, [depth] { onward(depth - 1); });
	node(0);
}

static void
run_both(size_t depth)
{
	left = (size_t)1 << depth;
	asio::post(pool, [depth] { node(depth); });
	bench_sem_wait(&done);
}

static void
run_one(size_t depth)
{
	left = (size_t)1 << depth;
	asio::post(pool, [depth] { onward(depth); });
	bench_sem_wait(&done);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, (size_t)1 << 20);

	sem_init(&done, 0, 0);
	bench_tree_print(run_both, n, "node_ns", "post");
	bench_tree_print(run_one, n, "onward_ns", "post");
	pool.join();
	return 0;
}
