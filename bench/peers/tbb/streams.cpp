/* SPDX-License-Identifier: MIT */
/* streams.cpp: oneTBB: parallel_pipeline of a serial source, a parallel filter and a serial end, in an arena of two. */
#include "arena.hpp"
#include "util/streams.h"

#include <tbb/parallel_pipeline.h>

static bench_stream items;

static int64_t
stream(tbb::task_arena &arena, size_t n, const uint32_t *rounds, tbb::filter_mode end)
{
	int64_t begin = bench_now();

	items = bench_stream();
	items.n = n;
	items.rounds = rounds;
	arena.execute([end] {
		tbb::parallel_pipeline(BENCH_WINDOW,
			tbb::make_filter<void, size_t>(tbb::filter_mode::serial_in_order,
				[](tbb::flow_control &control) -> size_t {
					if (items.given == items.n) {
						control.stop();
						return 0;
					}
					return ++items.given;
				}) &
				tbb::make_filter<size_t, size_t>(tbb::filter_mode::parallel,
					[](size_t number) {
						return bench_stream_do(&items, number);
					}) &
				tbb::make_filter<size_t, void>(end,
					[](size_t number) { bench_stream_take(&items, number); }));
	});
	bench_stream_check(&items, end == tbb::filter_mode::serial_in_order);
	return bench_now() - begin;
}

int
main(int argc, char *argv[])
{
	const auto ordered = tbb::filter_mode::serial_in_order;
	const auto completed = tbb::filter_mode::serial_out_of_order;
	size_t n = bench_begin(argc, argv, 1000000);
	bench_work work = bench_work_make(n / 10 + 1);
	Arena two;

	stream(two.arena, n / 10 + 1, NULL, ordered); /* warm */
	bench_print(
		"ordered_ns", (double)stream(two.arena, n, NULL, ordered) / (double)n, "ns", "");
	bench_print("completed_ns", (double)stream(two.arena, n, NULL, completed) / (double)n, "ns",
		"");
	bench_print("over_ideal",
		(double)stream(two.arena, n / 10 + 1, work.rounds, ordered) / work.ideal, "x", "");
	free(work.rounds);
	return 0;
}
