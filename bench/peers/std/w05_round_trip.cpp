/* SPDX-License-Identifier: MIT */
/* w05_round_trip.cpp: the hand-made pool: submit, std::future::get(). */
#include "pool.hpp"
#include "util/round_trip.h"

static Pool *pool;

int
main(int argc, char *argv[])
{
	const bench_round_trip_way way = {
		[] { pool = new Pool; }, [] { pool->submit([] {}).get(); }, ""};

	bench_round_trip(&way, bench_begin(argc, argv, 20000));
	delete pool;
	return 0;
}
