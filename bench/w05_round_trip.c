/* SPDX-License-Identifier: MIT */
/*
 * w05_round_trip.c: an outside thread submits a task to two workers and blocks for its result; the
 * median, as util/round_trip.h measures it. The floors beside it are those of floors.c.
 */
#include "util/creel_bench.h"
#include "util/round_trip.h"

static creel_pool *pool;

static void
open_pool(void)
{
	pool = make_pool(BENCH_WORKERS);
}

static void
trip(void)
{
	must(creel_take(creel_submit(pool, nothing, NULL), NULL));
}

int
main(int argc, char *argv[])
{
	const struct bench_round_trip_way way = {open_pool, trip, ""};

	bench_round_trip(&way, bench_begin(argc, argv, 20000));
	creel_pool_destroy(pool);
	return 0;
}
