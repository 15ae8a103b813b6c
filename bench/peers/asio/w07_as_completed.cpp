/* SPDX-License-Identifier: MIT */
/*
 * w07_as_completed.cpp: Boost.Asio: tasks of a thread_pool, each of which posts its completion to an
 * io_context that the outside thread runs. The hint says that one thread runs it.
 */
#include "util/work.h"

#include <boost/asio.hpp>

namespace asio = boost::asio;

static asio::thread_pool pool(BENCH_WORKERS);
static asio::io_context completions(1);

static void
run(const bench_work &work, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t rounds = work.rounds[i];

		asio::post(pool, [rounds, &count] {
			bench_work_do(rounds);
			asio::post(completions, [&count] { count++; });
		});
	}
	auto guard = asio::make_work_guard(completions);
	completions.restart();
	while (count < n)
		completions.run_one();
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 100000);
	bench_work work = bench_work_make(n);

	run(work, n / 10 + 1); /* warm */
	int64_t begin = bench_now();
	run(work, n);
	bench_work_print(&work, begin, "");
	pool.join();
	free(work.rounds);
	return 0;
}
