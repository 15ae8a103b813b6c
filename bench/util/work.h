/* SPDX-License-Identifier: MIT */
/*
 * work.h: the tasks of W7: busy work of 0 to 5 us, the same pseudo-random sequence for everybody.
 *
 * One round of work is one step of a chain of multiplications, of which each needs the last one's
 * result, so that a neighbour on the same core does not slow it down much. How long a round takes is
 * measured in the same process, before: the best of several tries.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include "util/bench.h"

#define BENCH_WORK_MAX 5000.0 /* ns */

struct bench_work {
	uint32_t *rounds; /* of each task */
	double ideal;     /* ns that BENCH_WORKERS need for all of it */
};

static inline uint64_t
bench_work_do(uint32_t rounds)
{
	uint64_t x = rounds;

	for (uint32_t i = 0; i < rounds; i++) {
		x = x * UINT64_C(6364136223846793005) + 1;
		__asm__ volatile("" : "+r"(x)); /* not to be folded */
	}
	return x;
}

/* ns of one round. */
static inline double
bench_work_calibrate(void)
{
	const uint32_t rounds = 200000;
	double best = 1e18;

	for (int i = 0; i < 50; i++) {
		int64_t begin = bench_now();

		bench_work_do(rounds);
		if (bench_each(begin, rounds) < best)
			best = bench_each(begin, rounds);
	}
	return best;
}

static inline struct bench_work
bench_work_make(size_t n)
{
	struct bench_work work;
	double round = bench_work_calibrate(), sum = 0;
	uint64_t state = 1;

	work.rounds = (uint32_t *)bench_array(n, sizeof *work.rounds);
	for (size_t i = 0; i < n; i++) {
		double ns = BENCH_WORK_MAX * bench_random(&state) / 2147483648.0;

		work.rounds[i] = (uint32_t)(ns / round);
		sum += work.rounds[i] * round;
	}
	work.ideal = sum / BENCH_WORKERS;
	return work;
}

static inline void
bench_work_print(const struct bench_work *work, int64_t begin, const char *remark)
{
	bench_print("over_ideal", (double)(bench_now() - begin) / work->ideal, "x", remark);
}

#endif
