/* SPDX-License-Identifier: MIT */
/*
 * w02_submit.cpp: Boost.Asio's thread_pool: post() with use_future, then get() of each; and post() alone,
 * with a count of those that have run.
 */
#include "util/bench.h"

#include <atomic>
#include <boost/asio.hpp>
#include <future>
#include <vector>

namespace asio = boost::asio;

static asio::thread_pool pool(BENCH_WORKERS);
static std::vector<std::future<void>> futures;

static void
submit_all(size_t n)
{
	for (size_t i = 0; i < n; i++)
		futures.push_back(asio::post(pool, asio::use_future([] {})));
}

static void
get_all()
{
	for (auto &future : futures)
		future.get();
	futures.clear();
}

static double
bytes_each(size_t n)
{
	bench_gate gate;

	bench_gate_init(&gate);
	for (int i = 0; i < BENCH_WORKERS; i++)
		asio::post(pool, [&gate] { bench_gate_hold(&gate); });
	bench_gate_full(&gate);
	bench_peak peak = bench_peak_begin();
	submit_all(n);
	bench_peak_look(&peak);
	bench_gate_open(&gate);
	get_all();
	return bench_peak_each(&peak, n);
}

static double
with_futures(size_t n)
{
	int64_t begin = bench_now();

	submit_all(n);
	get_all();
	return bench_each(begin, n);
}

static double
without_futures(size_t n)
{
	std::atomic<size_t> left(n);
	sem_t done;
	int64_t begin = bench_now();

	sem_init(&done, 0, 0);
	for (size_t i = 0; i < n; i++)
		asio::post(pool, [&left, &done] {
			if (left.fetch_sub(1) == 1)
				sem_post(&done);
		});
	bench_sem_wait(&done);
	return bench_each(begin, n);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);

	futures.reserve(n);
	bench_print("bytes", bytes_each(n / 10 + 1), "B", "post, use_future");
	with_futures(n); /* warm */
	bench_print("submit_ns", with_futures(n), "ns", "post, use_future");
	bench_print("submit_ns", without_futures(n), "ns", "post, no future");
	pool.join();
	return 0;
}
