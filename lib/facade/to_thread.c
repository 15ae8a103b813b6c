/* SPDX-License-Identifier: MIT */
/* to_thread.c: work for the pool of the current runtime, which is made when it is first needed. */
#include "async/combine.h"
#include "base/context.h"
#include "base/error.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "task/task.h"

#include <creel/run.h>

/* Come in, so that the run does not end the pool meanwhile; false: it has ended. */
static bool
enter(crl_runtime *runtime, creel_pool **pool)
{
	bool open;

	crl_mutex_lock(&runtime->lock);
	open = !runtime->ended;
	runtime->busy += open;
	*pool = runtime->pool;
	crl_mutex_unlock(&runtime->lock);
	return open;
}

static void
leave(crl_runtime *runtime)
{
	crl_mutex_lock(&runtime->lock);
	runtime->busy--;
	crl_mutex_unlock(&runtime->lock);
}

/* Make the pool, unless somebody was faster. NULL: the reason is reported. */
static creel_pool *
make_pool(crl_runtime *runtime)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *made, *pool;

	options.workers = runtime->workers;
	options.name = "creel-run";
	if ((made = creel_pool_create(&options)) == NULL)
		return NULL;
	crl_mutex_lock(&runtime->lock);
	if (runtime->pool == NULL) {
		runtime->pool = made;
		made = NULL;
	}
	pool = runtime->pool;
	crl_mutex_unlock(&runtime->lock);
	creel_pool_destroy(made);
	return pool;
}

/* A future that has failed with what was reported last. */
static creel_future *
failed_to_start(void)
{
	const creel_error *why = creel_last_error();
	creel_future *future;

	if (why->code == CREEL_ENOMEM)
		return crl_future_no_memory();
	future = creel_future_create();
	creel_future_set_error(future, why->code, "%s", why->message);
	return future;
}

static creel_future *
submit(crl_runtime *runtime, creel_fn *fn, void *arg)
{
	creel_future *future;
	creel_pool *pool;

	if (!enter(runtime, &pool))
		return crl_combine_failed(&crl_error_no_runtime);
	if (pool == NULL)
		pool = make_pool(runtime);
	future = pool != NULL ? creel_submit(pool, fn, arg) : failed_to_start();
	leave(runtime);
	return future;
}

creel_future *
creel_to_thread(creel_fn *fn, void *arg)
{
	crl_runtime *runtime = crl_task_runtime();

	if (fn == NULL)
		return crl_combine_failed(&crl_error_invalid);
	if (runtime == NULL)
		return crl_combine_failed(&crl_error_no_runtime);
	return submit(runtime, fn, arg);
}
