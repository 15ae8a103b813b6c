/* SPDX-License-Identifier: MIT */
/* w12_idle.c: libuv's thread pool and a loop in a thread, with nothing to do. */
#include "util/idle.h"

#include <uv.h>

static uv_loop_t loop;
static uv_async_t async;
static uv_work_t requests[BENCH_IDLE_WORK];

static void
work(uv_work_t *request)
{
	(void)request;
}

static void
done(uv_work_t *request, int status)
{
	(void)request;
	(void)status;
}

static void
no_op(uv_async_t *of)
{
	(void)of;
}

static void
run_loop(void *arg)
{
	(void)arg;
	for (int i = 0; i < BENCH_IDLE_WORK; i++)
		uv_queue_work(&loop, &requests[i], work, done);
	uv_run(&loop, UV_RUN_DEFAULT);
}

int
main(int argc, char *argv[])
{
	size_t ms = bench_begin(argc, argv, 3000);
	uv_thread_t thread;

	setenv("UV_THREADPOOL_SIZE", "2", 1);
	uv_loop_init(&loop);
	uv_async_init(&loop, &async, no_op);
	uv_thread_create(&thread, run_loop, NULL);
	for (int i = 0; i < BENCH_IDLE_WORK; i++)
		uv_async_send(&async);
	bench_idle(ms, "");
	return 0; /* the thread ends with the process */
}
