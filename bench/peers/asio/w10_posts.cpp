/* SPDX-License-Identifier: MIT */
/*
 * w10_posts.cpp: Boost.Asio's io_context, run by a thread of its own: post() from another thread; and
 * steady_timer, which the caller keeps. Cancelling one calls its handler too.
 */
#include "util/bench.h"

#include <boost/asio.hpp>
#include <chrono>
#include <deque>
#include <thread>

namespace asio = boost::asio;

static asio::io_context loop(1);
static size_t n, seen, expected;
static int64_t cpu;
static sem_t finished;

static void
count()
{
	if (++seen < expected)
		return;
	cpu = bench_thread_cpu() - cpu;
	sem_post(&finished);
}

static double
posts()
{
	int64_t begin = bench_now();

	seen = 0;
	expected = n;
	for (size_t i = 0; i < n; i++)
		asio::post(loop, [] { count(); });
	bench_sem_wait(&finished);
	return bench_each(begin, n);
}

static void
insert_timers(std::deque<asio::steady_timer> &timers)
{
	uint64_t state = 1;
	auto begin = std::chrono::steady_clock::now();

	cpu = bench_thread_cpu();
	seen = 0;
	expected = n - n / 2;
	for (size_t i = 0; i < n; i++) {
		timers.emplace_back(
			loop, begin + std::chrono::milliseconds(1 + bench_random(&state) % 1000));
		timers.back().async_wait([](const boost::system::error_code &error) {
			if (!error)
				count();
		});
	}
	for (size_t i = 1; i < n; i += 2)
		timers[i].cancel();
}

int
main(int argc, char *argv[])
{
	std::deque<asio::steady_timer> timers;

	n = bench_begin(argc, argv, 1000000);
	sem_init(&finished, 0, 0);
	auto guard = asio::make_work_guard(loop);
	std::thread thread([] { loop.run(); });
	posts(); /* warm */
	bench_print("post_ns", posts(), "ns", "post");
	asio::post(loop, [&timers] { insert_timers(timers); });
	bench_sem_wait(&finished);
	bench_print("timer_ns", (double)cpu / (double)n, "ns", "steady_timer");
	guard.reset();
	thread.join();
	return 0;
}
