/* SPDX-License-Identifier: MIT */
/* w14_hog.cpp: Boost.Asio's thread_pool: the tree by post(), with a count of the leaves. */
#include "util/hog.h"

#include <atomic>
#include <boost/asio.hpp>

namespace asio = boost::asio;

static asio::thread_pool *pool;
static std::atomic<size_t> left;
static sem_t done;

static void
node(size_t depth)
{
	for (; depth > 0; depth--)
		asio::post(*pool, [depth] { node(depth - 1); });
	bench_hog_leaf();
	if (left.fetch_sub(1) == 1)
		sem_post(&done);
}

static void
open_pool(unsigned workers)
{
	pool = new asio::thread_pool(workers);
}

static void
run(size_t depth)
{
	left = (size_t)1 << depth;
	asio::post(*pool, [depth] { node(depth); });
	bench_sem_wait(&done);
}

static void
close_pool()
{
	pool->join();
	delete pool;
}

int
main(int argc, char *argv[])
{
	const bench_hog_way way = {open_pool, run, close_pool, "post"};

	sem_init(&done, 0, 0);
	bench_hog_print(&way, bench_begin(argc, argv, (size_t)1 << 19));
	return 0;
}
