/* SPDX-License-Identifier: MIT */
/* idle.h: W12: the CPU time that the process uses up while it has nothing to do, for so many ms. */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include "util/bench.h"

#define BENCH_IDLE_WORK 10000 /* tasks and posts before */

static inline void
bench_idle(size_t ms, const char *remark)
{
	int64_t begin;

	bench_sleep(200000000); /* those that spin for a moment first may have that */
	begin = bench_process_cpu();
	bench_sleep((int64_t)ms * 1000000);
	bench_print("idle_ms", (double)(bench_process_cpu() - begin) / 1e6, "ms", remark);
}

#endif
