/* SPDX-License-Identifier: MIT */
/*
 * w03_producers.cpp: Boost.Asio's thread_pool: post() with use_future, then get() of each; and post() alone,
 * with a count of those that have run.
 */
#include "util/producers.h"

#include <atomic>
#include <boost/asio.hpp>
#include <future>
#include <vector>

namespace asio = boost::asio;

static asio::thread_pool pool(BENCH_WORKERS);
static std::vector<std::future<void>> futures;
static std::atomic<size_t> left;
static sem_t done;

static void
with_futures(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		futures[i] = asio::post(pool, asio::use_future([] {}));
	for (size_t i = first; i < first + n; i++)
		futures[i].get();
}

static void
without_futures(size_t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		asio::post(pool, [] {
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
	const bench_produce with = {with_futures, nullptr, 0},
			    without = {without_futures, finish, 0};
	size_t n = bench_begin(argc, argv, 1000000);

	sem_init(&done, 0, 0);
	futures.resize(n);
	bench_produce_print(&with, n, "producers_ns", "post, use_future");
	left = n;
	bench_print("producers_ns", bench_produce_all(&without, n), "ns", "post, no future");
	pool.join();
	return 0;
}
