/* SPDX-License-Identifier: MIT */
/* w05_round_trip.c: libuv: uv_queue_work(), and the loop is run until its callback has come. */
#include "util/round_trip.h"

#include <uv.h>

static uv_loop_t loop;
static uv_work_t request;

static void
work(uv_work_t *of)
{
	(void)of;
}

static void
done(uv_work_t *of, int status)
{
	(void)of;
	(void)status;
}

static void
open_loop(void)
{
	setenv("UV_THREADPOOL_SIZE", "2", 1);
	uv_loop_init(&loop);
}

static void
trip(void)
{
	uv_queue_work(&loop, &request, work, done);
	uv_run(&loop, UV_RUN_DEFAULT);
}

int
main(int argc, char *argv[])
{
	const struct bench_round_trip_way way = {open_loop, trip, "callback on the loop"};

	bench_round_trip(&way, bench_begin(argc, argv, 20000));
	return 0;
}
