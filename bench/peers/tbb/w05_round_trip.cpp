/* SPDX-License-Identifier: MIT */
/* w05_round_trip.cpp: oneTBB: enqueue() into an arena; the task posts a semaphore. */
#include "arena.hpp"
#include "util/round_trip.h"

static Arena *two;
static sem_t done;

static void
trip()
{
	two->arena.enqueue([] { sem_post(&done); });
	bench_sem_wait(&done);
}

int
main(int argc, char *argv[])
{
	const bench_round_trip_way way = {[] { two = new Arena; }, trip, "enqueue, semaphore"};

	sem_init(&done, 0, 0);
	bench_round_trip(&way, bench_begin(argc, argv, 20000));
	delete two;
	return 0;
}
