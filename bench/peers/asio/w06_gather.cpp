/* SPDX-License-Identifier: MIT */
/*
 * w06_gather.cpp: n tasks of Boost.Asio's thread_pool with use_future. There is no gather: the caller
 * waits for one future after the other, beginning with the last, since then it blocks once or twice and
 * not n times. Its array is not counted. For promises see std.
 */
#include "util/bench.h"

#include <boost/asio.hpp>
#include <future>
#include <vector>

namespace asio = boost::asio;

static size_t n;
static asio::thread_pool pool(BENCH_WORKERS);
static std::vector<std::future<void>> futures;

static double
tasks(bench_peak *peak)
{
	bench_gate gate;

	if (peak != nullptr) {
		bench_gate_init(&gate);
		for (int i = 0; i < BENCH_WORKERS; i++)
			asio::post(pool, [&gate] { bench_gate_hold(&gate); });
		bench_gate_full(&gate);
		*peak = bench_peak_begin();
	}
	int64_t begin = bench_now();
	for (size_t i = 0; i < n; i++)
		futures.push_back(asio::post(pool, asio::use_future([] {})));
	bench_peak_look(peak);
	if (peak != nullptr)
		bench_gate_open(&gate);
	for (size_t i = n; i-- > 0;)
		futures[i].wait();
	futures.clear();
	return bench_each(begin, n);
}

int
main(int argc, char *argv[])
{
	bench_peak peak;

	n = bench_begin(argc, argv, 1000000);
	futures.reserve(n);
	tasks(&peak);
	bench_print("task_bytes", bench_peak_each(&peak, n), "B", "");
	bench_print("task_ns", tasks(nullptr), "ns", "");
	pool.join();
	return 0;
}
