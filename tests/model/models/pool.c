/* SPDX-License-Identifier: MIT */
/* pool.c: a pool's life: it starts, is given work by several, is shut down, and goes, however that falls. */
#include "models/models.h"

#include <creel/creel.h>

static creel_pool *pool;
static creel_future *futures[2];
static int ran[2];

static creel_pool *
make_pool(unsigned workers)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *made;

	options.workers = workers;
	options.stack_size = CREEL_STACK_MIN;
	made = creel_pool_create(&options);
	MODEL_CHECK(made != NULL);
	model_name(made, "pool");
	return made;
}

static void *
count_run(void *arg)
{
	++*(int *)arg;
	return arg;
}

static void *
submit_one(void *arg)
{
	futures[1] = creel_submit(pool, count_run, &ran[1]);
	return arg;
}

/* Two workers start, two threads submit, both tasks run once, the pool goes. */
void
model_pool_work(void)
{
	void *result = NULL;
	int thread;

	pool = make_pool(2);
	thread = model_go(submit_one, NULL);
	futures[0] = creel_submit(pool, count_run, &ran[0]);
	MODEL_CHECK(creel_take(futures[0], &result) == CREEL_OK && result == &ran[0]);
	model_join(thread);
	creel_pool_destroy(pool);
	MODEL_CHECK(ran[0] == 1 && ran[1] == 1);
	MODEL_CHECK(creel_take(futures[1], &result) == CREEL_OK && result == &ran[1]);
}

/* What is submitted while the pool is shut down runs, is cancelled, or is refused; nothing is lost. */
void
model_pool_shutdown(void)
{
	creel_status status;
	int thread;

	pool = make_pool(1);
	futures[0] = creel_submit(pool, count_run, &ran[0]);
	thread = model_go(submit_one, NULL);
	MODEL_CHECK(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
	for (int i = 0; i < 2; i++) {
		status = creel_future_status(futures[i]);
		MODEL_CHECK(
			status == (ran[i] == 1                                ? CREEL_OK
					  : i == 1 && status == CREEL_EFAILED ? CREEL_EFAILED
									      : CREEL_ECANCELLED));
		if (status == CREEL_EFAILED)
			MODEL_CHECK(creel_future_error(futures[i])->code == CREEL_ECLOSED);
		creel_future_unref(futures[i]);
	}
}

static void *
destroy_own_pool(void *arg)
{
	creel_pool_destroy(pool);
	return arg;
}

/* A task destroys its own pool: the last worker frees it. */
void
model_pool_orphan(void)
{
	pool = make_pool(2);
	futures[0] = creel_submit(pool, destroy_own_pool, NULL);
	MODEL_CHECK(creel_take(futures[0], NULL) == CREEL_OK);
}

static void *
await_other(void *arg)
{
	MODEL_CHECK(creel_await(futures[1], NULL) == CREEL_OK);
	return arg;
}

static void *
complete_other(void *arg)
{
	MODEL_CHECK(creel_future_set_result(futures[1], NULL) == CREEL_OK);
	creel_future_unref(futures[1]);
	return arg;
}

/* A task waits for a promise while the pool drains; it is completed from outside, and idle is told. */
void
model_pool_drain(void)
{
	int thread;

	pool = make_pool(1);
	futures[1] = creel_future_create();
	creel_future_ref(futures[1]);
	futures[0] = creel_submit(pool, await_other, NULL);
	thread = model_go(complete_other, NULL);
	MODEL_CHECK(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(creel_future_status(futures[0]) == CREEL_OK);
	creel_pool_destroy(pool);
	model_join(thread);
	creel_future_unref(futures[0]);
	creel_future_unref(futures[1]);
}
