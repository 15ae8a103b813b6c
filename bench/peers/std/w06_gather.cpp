/* SPDX-License-Identifier: MIT */
/*
 * w06_gather.cpp: n std::promise, set by one other thread; n tasks of the hand-made pool. There is no
 * gather: the caller waits for one future after the other, beginning with the last, since then it blocks
 * once or twice and not n times. Its two arrays are not counted.
 */
#include "pool.hpp"

static size_t n;
static Pool *pool;

static double
promises(bench_peak *peak)
{
	static std::vector<std::promise<void>> made;
	static std::vector<std::future<void>> futures;
	sem_t start;

	sem_init(&start, 0, 0);
	made.reserve(n);
	futures.reserve(n);
	if (peak != nullptr)
		*peak = bench_peak_begin(); /* with the arrays */
	std::thread completer([&start] {
		bench_sem_wait(&start);
		for (auto &promise : made)
			promise.set_value();
	});
	int64_t begin = bench_now();
	for (size_t i = 0; i < n; i++) {
		made.emplace_back();
		futures.push_back(made.back().get_future());
	}
	sem_post(&start);
	for (size_t i = n; i-- > 0;)
		futures[i].wait();
	bench_peak_look(peak);
	futures.clear();
	completer.join(); /* it may still be inside the last set_value() */
	made.clear();
	return bench_each(begin, n);
}

static double
tasks(bench_peak *peak)
{
	static std::vector<std::future<void>> futures;
	bench_gate gate;

	futures.reserve(n);
	if (peak != nullptr) {
		bench_gate_init(&gate);
		for (int i = 0; i < BENCH_WORKERS; i++)
			pool->submit([&gate] { bench_gate_hold(&gate); });
		bench_gate_full(&gate);
		*peak = bench_peak_begin();
	}
	int64_t begin = bench_now();
	for (size_t i = 0; i < n; i++)
		futures.push_back(pool->submit([] {}));
	bench_peak_look(peak);
	if (peak != nullptr)
		bench_gate_open(&gate);
	for (size_t i = n; i-- > 0;)
		futures[i].wait();
	futures.clear();
	return bench_each(begin, n);
}

/* Warms up by measuring bytes. */
static void
measure(double (*way)(bench_peak *), const char *ns, const char *bytes)
{
	bench_peak peak = bench_peak_begin();

	way(&peak);
	bench_print(bytes, bench_peak_each(&peak, n), "B", "");
	bench_print(ns, way(nullptr), "ns", "");
}

int
main(int argc, char *argv[])
{
	n = bench_begin(argc, argv, 1000000);
	measure(promises, "promise_ns", "promise_bytes");
	pool = new Pool;
	measure(tasks, "task_ns", "task_bytes");
	delete pool;
	return 0;
}
