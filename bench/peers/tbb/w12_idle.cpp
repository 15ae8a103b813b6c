/* SPDX-License-Identifier: MIT */
/* w12_idle.cpp: oneTBB's workers with nothing to do; there is no loop. */
#include "arena.hpp"
#include "util/idle.h"

int
main(int argc, char *argv[])
{
	size_t ms = bench_begin(argc, argv, 3000);
	Arena two;

	for (int i = 0; i < BENCH_IDLE_WORK; i++)
		two.arena.enqueue([] {});
	bench_idle(ms, "pool only");
	return 0;
}
