/* SPDX-License-Identifier: MIT */
/* w12_idle.cpp: the hand-made pool with nothing to do; there is no loop. */
#include "pool.hpp"
#include "util/idle.h"

int
main(int argc, char *argv[])
{
	size_t ms = bench_begin(argc, argv, 3000);
	Pool pool;

	for (int i = 0; i < BENCH_IDLE_WORK; i++)
		pool.submit([] {});
	bench_idle(ms, "pool only");
	return 0;
}
