/* SPDX-License-Identifier: MIT */
/*
 * run.c: creel_run(): a loop on the calling thread and its clean-up. The loop has no thread: it is run,
 * turn by turn, from here.
 */
#include "base/context.h"
#include "base/options.h"
#include "facade/interrupt.h"
#include "future/future.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "runner/policy.h"
#include "sync/spin.h"
#include "task/task.h"

#include <creel/run.h>

#define DEFAULT_SHUTDOWN_TIMEOUT CREEL_SECONDS(300)

static void
run_until_done(creel_loop *loop, const creel_future *future)
{
	while (!creel_future_done(future))
		creel_loop_run_once(loop, CREEL_FOREVER);
}

/* All tasks but those that the clean-up itself makes are asked to end, and end. */
static void
cancel_tasks(creel_loop *loop)
{
	loop->cancelling = true;
	crl_runner_interrupt(loop->runner);
	/* A turn drops what has not begun; what is suspended has to end by itself, and what the last of
	 * that has made is dropped by one turn more. Callbacks may schedule each other for ever: they
	 * are not waited for. */
	creel_loop_run_once(loop, 0);
	while (crl_runner_has_suspended(loop->runner))
		creel_loop_run_once(loop, CREEL_FOREVER);
	creel_loop_run_once(loop, 0);
	loop->cancelling = false;
}

typedef struct ending {
	creel_pool *pool;
	creel_duration timeout;
} ending;

/* A task: shut the pool down while the loop goes on. The tasks' cancellation reaches this one, too. */
static void *
end_pool(void *arg)
{
	const ending *e = arg;
	creel_status status;

	do
		status = creel_pool_shutdown(e->pool, CREEL_SHUTDOWN_DRAIN, e->timeout);
	while (status == CREEL_ECANCELLED);
	if (status != CREEL_OK)
		creel_pool_shutdown(e->pool, CREEL_SHUTDOWN_CANCEL_ALL, 0);
	return NULL;
}

/* Nobody uses the runtime's pool from now on; returns it, if there is one. */
static creel_pool *
take_pool(crl_runtime *runtime)
{
	unsigned spins = 0;
	creel_pool *pool;
	bool busy;

	for (;;) {
		crl_mutex_lock(&runtime->lock);
		runtime->ended = true;
		busy = runtime->busy > 0;
		pool = runtime->pool;
		crl_mutex_unlock(&runtime->lock);
		if (!busy)
			return pool;
		crl_spin(&spins); /* a submission is under way */
	}
}

static void
end_runtime(creel_loop *loop, crl_runtime *runtime, creel_duration timeout)
{
	ending e = {.pool = take_pool(runtime), .timeout = timeout};
	creel_future *done;

	if (e.pool == NULL)
		return;
	done = creel_loop_submit(loop, end_pool, &e);
	run_until_done(loop, done);
	if (creel_future_error(done) != NULL) /* refused: closed by its own task, or no memory */
		end_pool(&e);
	creel_future_unref(done);
	creel_pool_destroy(e.pool);
}

/* The main task's end, as the caller's. */
static creel_status
conclude(creel_future *task, void **result)
{
	const creel_status status = crl_future_claim(task, result);

	creel_future_unref(task);
	return status;
}

static creel_status
run(const creel_run_options *options, creel_fn *main, void *arg, void **result)
{
	creel_loop_options loop_options = CREEL_LOOP_OPTIONS_INIT;
	crl_runtime *runtime = crl_runtime_new(options->workers);
	crl_interrupt interrupt;
	creel_future *task;
	creel_loop *loop;

	loop_options.flags = CREEL_LOOP_NO_THREAD;
	if (runtime == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for a runtime");
	if ((loop = creel_loop_create(&loop_options)) == NULL) {
		crl_runtime_unref(runtime);
		return (creel_status)creel_last_error()->code;
	}
	loop->runtime = runtime;
	task = creel_loop_submit(loop, main, arg);
	crl_interrupt_begin(&interrupt, options->flags & CREEL_RUN_SIGINT ? task : NULL);
	run_until_done(loop, task);
	crl_interrupt_end(&interrupt);
	cancel_tasks(loop);
	end_runtime(loop, runtime, options->shutdown_timeout);
	creel_loop_destroy(loop);
	crl_runtime_unref(runtime);
	return conclude(task, result);
}

creel_status
creel_run_with(const creel_run_options *opts, creel_fn *main, void *arg, void **result)
{
	creel_run_options options;

	if (!crl_options_read(&options, sizeof options, opts) ||
		options.flags & ~CREEL_RUN_SIGINT || options.workers > CREEL_POOL_MAX_WORKERS ||
		options.shutdown_timeout < 0 || main == NULL)
		return crl_report(CREEL_EINVAL, "main is NULL, or an option is not valid");
	if (crl_runner_self() != NULL)
		return crl_report(CREEL_ERUNNING, "the caller is inside a loop or a pool");
	if (crl_in_callback())
		return crl_report(CREEL_ERUNNING, "the caller is inside a callback");
	if (options.shutdown_timeout == 0)
		options.shutdown_timeout = DEFAULT_SHUTDOWN_TIMEOUT;
	return run(&options, main, arg, result);
}

creel_status
creel_run(creel_fn *main, void *arg, void **result)
{
	return creel_run_with(NULL, main, arg, result);
}
