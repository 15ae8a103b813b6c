/* SPDX-License-Identifier: MIT */
/* suspended.c: a program with suspended tasks, for the debugger to look at: three at look_here(). With an
 * argument it aborts there, to leave a core file. */
#include <creel/creel.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static creel_future *promise;

static void *
wait_in_here(void *arg)
{
	int answer = *(int *)arg;

	if (creel_await(promise, NULL) != CREEL_OK)
		return creel_fail(CREEL_ESTATE, "%d", answer);
	return arg;
}

/* Recursion, to have a stack to show. */
static void *
descend(void *arg)
{
	int *depth = arg;
	void *value;

	if (--*depth > 0) {
		value = descend(arg);
		return value;
	}
	creel_sleep(CREEL_FOREVER);
	return NULL;
}

static void *
same(void *arg)
{
	return arg;
}

static void __attribute__((noinline)) look_here(bool abort_here)
{
	if (abort_here)
		abort();
	puts("here");
}

int
main(int argc, char **argv)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_task_options named = CREEL_TASK_OPTIONS_INIT;
	creel_future *tasks[3];
	creel_pool *pool;
	int answer = 42, depth = 3;

	(void)argv;
	options.workers = 1;
	pool = creel_pool_create(&options);
	promise = creel_future_create();
	if (pool == NULL || promise == NULL)
		return EXIT_FAILURE;
	named.name = "reader";
	tasks[0] = creel_submit_with(pool, &named, wait_in_here, &answer);
	tasks[1] = creel_submit(pool, descend, &depth);
	tasks[2] = creel_submit(pool, wait_in_here, &answer);
	/* One worker: what was submitted before is suspended when this has run. */
	if (creel_pool_run(pool, same, NULL, NULL) != CREEL_OK)
		return EXIT_FAILURE;
	look_here(argc > 1);
	creel_future_set_result(promise, NULL);
	creel_future_cancel(tasks[1]);
	creel_futures_unref(tasks, 3);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
	return EXIT_SUCCESS;
}
