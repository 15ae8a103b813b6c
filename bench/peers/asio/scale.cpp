/* SPDX-License-Identifier: MIT */
/* scale.cpp: Boost.Asio's thread_pool: post() with use_future, then get() of each. */
#include "util/scale.h"

#include <boost/asio.hpp>
#include <future>
#include <vector>

namespace asio = boost::asio;

static asio::thread_pool *pool;
static std::vector<std::future<void>> futures;

static void
open_pool(unsigned workers)
{
	pool = new asio::thread_pool(workers);
}

static void
submit(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		futures[i] = asio::post(*pool, asio::use_future([] {}));
	for (size_t i = first; i < first + n; i++)
		futures[i].get();
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
	const bench_scale_way way = {
		open_pool, nullptr, submit, nullptr, nullptr, close_pool, "post, use_future"};
	size_t n = bench_begin(argc, argv, 10000000);

	futures.resize(n + 1);
	bench_scale(&way, n);
	return 0;
}
