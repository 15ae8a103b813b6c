/* SPDX-License-Identifier: MIT */
/*
 * w02_submit.c: libuv's thread pool with two threads: uv_queue_work(), which only the loop's thread may
 * call, with a callback there when the work is done. The requests are the caller's, in one array, and
 * are counted as bytes.
 */
#include "util/bench.h"

#include <uv.h>

static uv_loop_t loop;

static void
work(uv_work_t *request)
{
	if (request->data != NULL)
		bench_gate_hold(request->data);
}

static void
done(uv_work_t *request, int status)
{
	(void)request;
	if (status != 0)
		bench_fail("not run");
}

static void
queue_all(uv_work_t *requests, size_t n)
{
	for (size_t i = 0; i < n; i++)
		uv_queue_work(&loop, &requests[i], work, done);
}

static double
bytes_each(size_t n)
{
	uv_work_t holders[BENCH_WORKERS], *requests;
	struct bench_gate gate;
	struct bench_peak peak;

	bench_gate_init(&gate);
	for (int i = 0; i < BENCH_WORKERS; i++) {
		holders[i].data = &gate;
		uv_queue_work(&loop, &holders[i], work, done);
	}
	bench_gate_full(&gate);
	peak = bench_peak_begin();
	requests = bench_array(n, sizeof *requests);
	queue_all(requests, n);
	bench_peak_look(&peak);
	bench_gate_open(&gate);
	uv_run(&loop, UV_RUN_DEFAULT);
	free(requests);
	return bench_peak_each(&peak, n);
}

static double
each(uv_work_t *requests, size_t n)
{
	int64_t begin = bench_now();

	queue_all(requests, n);
	uv_run(&loop, UV_RUN_DEFAULT);
	return bench_each(begin, n);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);
	uv_work_t *requests;

	setenv("UV_THREADPOOL_SIZE", "2", 1);
	uv_loop_init(&loop);
	bench_print("bytes", bytes_each(n / 10 + 1), "B", "callback on the loop, no future");
	requests = bench_array(n, sizeof *requests);
	each(requests, n); /* warm */
	bench_print("submit_ns", each(requests, n), "ns", "callback on the loop, no future");
	free(requests);
	return 0;
}
