/* SPDX-License-Identifier: MIT */
/* w12_idle.cpp: Boost.Asio's thread_pool and an io_context in a thread, with nothing to do. */
#include "util/idle.h"

#include <boost/asio.hpp>
#include <thread>

namespace asio = boost::asio;

int
main(int argc, char *argv[])
{
	size_t ms = bench_begin(argc, argv, 3000);
	asio::thread_pool pool(BENCH_WORKERS);
	asio::io_context loop(1);
	auto guard = asio::make_work_guard(loop);
	std::thread thread([&loop] { loop.run(); });

	for (int i = 0; i < BENCH_IDLE_WORK; i++) {
		asio::post(pool, [] {});
		asio::post(loop, [] {});
	}
	bench_idle(ms, "");
	guard.reset();
	thread.join();
	pool.join();
	return 0;
}
