/* SPDX-License-Identifier: MIT */
/* w02_submit.cpp: the hand-made pool: n packaged tasks, then std::future::get() of each. */
#include "pool.hpp"

static Pool pool;
static std::vector<std::future<void>> futures;

static void
submit_all(size_t n)
{
	futures.clear();
	for (size_t i = 0; i < n; i++)
		futures.push_back(pool.submit([] {}));
}

static void
get_all()
{
	for (auto &future : futures)
		future.get();
}

static double
bytes_each(size_t n)
{
	bench_gate gate;

	bench_gate_init(&gate);
	for (int i = 0; i < BENCH_WORKERS; i++)
		pool.submit([&gate] { bench_gate_hold(&gate); });
	bench_gate_full(&gate);
	bench_peak peak = bench_peak_begin();
	submit_all(n);
	bench_peak_look(&peak);
	bench_gate_open(&gate);
	get_all();
	return bench_peak_each(&peak, n);
}

static double
each(size_t n)
{
	int64_t begin = bench_now();

	submit_all(n);
	get_all();
	futures.clear();
	return bench_each(begin, n);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);

	futures.reserve(n);
	bench_print("bytes", bytes_each(n / 10 + 1), "B", "");
	each(n); /* warm */
	bench_print("submit_ns", each(n), "ns", "");
	return 0;
}
