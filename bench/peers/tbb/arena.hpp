/* SPDX-License-Identifier: MIT */
/*
 * arena.hpp: an arena of oneTBB with two workers and no place for the thread outside, so that it is
 * measured as the others are. By itself oneTBB would start one worker on two processors.
 */
#ifndef BENCH_TBB_ARENA_HPP
#define BENCH_TBB_ARENA_HPP

#include "util/bench.h"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

struct Arena {
	tbb::global_control control{
		tbb::global_control::max_allowed_parallelism, BENCH_WORKERS + 1};
	tbb::task_arena arena{BENCH_WORKERS, 0};
};

#endif
