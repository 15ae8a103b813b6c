/* SPDX-License-Identifier: MIT */
/* task.c: a task's end: it runs, or is cancelled, and its argument and its value go once. */
#include "models/models.h"

#include <creel/creel.h>

static creel_future *task;
static int runs, args_dropped, values_dropped;

static void *
run_once(void *arg)
{
	runs++;
	return arg;
}

static void
drop_arg(void *arg)
{
	++*(int *)arg;
}

static void
drop_value(void *arg)
{
	(void)arg;
	values_dropped++;
}

static void *
cancel(void *arg)
{
	creel_future_cancel(task);
	creel_future_unref(task);
	return arg;
}

static void *
await(void *arg)
{
	const creel_status status = creel_await(task, NULL);

	MODEL_CHECK(status == (runs == 1 ? CREEL_OK : CREEL_ECANCELLED));
	MODEL_CHECK(args_dropped == 1);
	creel_future_unref(task);
	return arg;
}

/* One cancels it, one awaits it, and its pool is shut down. */
void
model_task(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_task_options drops = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool;
	int threads[2];

	options.workers = 1;
	options.stack_size = CREEL_STACK_MIN;
	drops.arg_drop = drop_arg;
	drops.result_drop = drop_value;
	pool = creel_pool_create(&options);
	task = creel_future_ref(creel_submit_with(pool, &drops, run_once, &args_dropped));
	threads[0] = model_go(cancel, NULL);
	threads[1] = model_go(await, NULL);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_FOREVER);
	creel_pool_destroy(pool);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	task = NULL; /* what is left of it is a leak */
	MODEL_CHECK(args_dropped == 1 && values_dropped == runs);
}
