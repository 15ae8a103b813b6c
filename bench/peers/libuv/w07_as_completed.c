/* SPDX-License-Identifier: MIT */
/* w07_as_completed.c: libuv: uv_queue_work(), whose callbacks come on the loop as the work is done. */
#include "util/work.h"

#include <uv.h>

static uv_loop_t loop;
static size_t seen;

static void
work_task(uv_work_t *request)
{
	bench_work_do(*(const uint32_t *)request->data);
}

static void
done(uv_work_t *request, int status)
{
	(void)request;
	(void)status;
	seen++;
}

static void
run(uv_work_t *requests, size_t n)
{
	seen = 0;
	for (size_t i = 0; i < n; i++)
		uv_queue_work(&loop, &requests[i], work_task, done);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (seen != n)
		bench_fail("completions are missing");
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 100000);
	uv_work_t *requests = bench_array(n, sizeof *requests);
	struct bench_work work = bench_work_make(n);
	int64_t begin;

	setenv("UV_THREADPOOL_SIZE", "2", 1);
	uv_loop_init(&loop);
	for (size_t i = 0; i < n; i++)
		requests[i].data = &work.rounds[i];
	run(requests, n / 10 + 1); /* warm */
	begin = bench_now();
	run(requests, n);
	bench_work_print(&work, begin, "");
	free(work.rounds);
	free(requests);
	return 0;
}
