/* SPDX-License-Identifier: MIT */
/* resize.c: a pool gets fewer workers, or more, while it is given work, and work goes on in it. */
#include "models/models.h"
#include "pool/pool.h"

#include <creel/creel.h>

static creel_pool *pool;
static creel_future *promise, *first;
static crl_atomic(int) ran, over, begun, ended;
static crl_atomic(bool) grown;

static int
begin(unsigned index, void **local, void *arg)
{
	(void)index;
	(void)arg;
	MODEL_CHECK(*local == NULL);
	*local = &begun;
	crl_fetch_add(&begun, 1, relaxed);
	return 0;
}

static void
end(unsigned index, void *local, void *arg)
{
	(void)index;
	(void)arg;
	MODEL_CHECK(local == &begun);
	crl_fetch_add(&ended, 1, relaxed);
}

static creel_pool *
make_pool(unsigned workers, unsigned max_workers, bool hooked)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *made;

	options.workers = workers;
	options.max_workers = max_workers;
	options.stack_size = CREEL_STACK_MIN;
	options.worker_init = hooked ? begin : NULL;
	options.worker_fini = hooked ? end : NULL;
	made = creel_pool_create(&options);
	MODEL_CHECK(made != NULL);
	model_name(made, "pool");
	return made;
}

static void *
run(void *arg)
{
	crl_fetch_add(&ran, 1, relaxed);
	return arg;
}

static void *
shrink(void *arg)
{
	MODEL_CHECK(creel_pool_resize(pool, 1) == CREEL_OK);
	return arg;
}

/* A pool shrinks while a job is put in: whoever is woken for it, somebody runs it. */
void
model_resize_shrink(void)
{
	creel_future *future;
	int thread;

	pool = make_pool(2, 2, false);
	thread = model_go(shrink, NULL);
	future = creel_submit(pool, run, NULL);
	MODEL_CHECK(creel_take(future, NULL) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 1);
}

/* The same for two jobs that are fetched together: what stands with the worker that goes is found. */
void
model_resize_batch(void)
{
	int thread;

	pool = make_pool(2, 2, false);
	thread = model_go(shrink, NULL);
	MODEL_CHECK(creel_submit_many(pool, run, NULL, 2, NULL) == CREEL_OK);
	model_join(thread);
	MODEL_CHECK(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(crl_load(&ran, relaxed) == 2);
	creel_pool_destroy(pool);
}

static void *
shrink_and_post(void *arg)
{
	MODEL_CHECK(creel_pool_resize(pool, 1) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	return arg;
}

/* A task takes its own worker away, maybe, and puts a job in there. */
void
model_resize_own(void)
{
	pool = make_pool(2, 2, false);
	MODEL_CHECK(creel_post(pool, shrink_and_post, NULL) == CREEL_OK);
	MODEL_CHECK(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(crl_load(&ran, relaxed) == 1);
	creel_pool_destroy(pool);
}

static void *
await_then_post(void *arg)
{
	MODEL_CHECK(creel_await(promise, NULL) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	while (creel_worker_index() > 0 && crl_load(&ran, relaxed) == 0)
		crl_pause();
	crl_fetch_add(&over, 1, relaxed);
	return arg;
}

static void *
complete(void *arg)
{
	MODEL_CHECK(creel_future_set_result(promise, NULL) == CREEL_OK);
	creel_future_unref(promise);
	return arg;
}

/* A task is suspended where the worker goes: it goes on there, and what it posts runs elsewhere. The pool is not idle
 * before. */
void
model_resize_suspended(void)
{
	int thread;

	pool = make_pool(2, 2, false);
	promise = creel_future_create();
	creel_future_ref(promise);
	first = creel_submit(pool, await_then_post, NULL);
	thread = model_go(complete, NULL);
	MODEL_CHECK(creel_pool_resize(pool, 1) == CREEL_OK);
	MODEL_CHECK(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(crl_load(&ran, relaxed) == 1 && crl_load(&over, relaxed) == 1);
	creel_pool_destroy(pool);
	model_join(thread);
	creel_future_unref(promise);
	creel_future_unref(first);
}

static void *
wait_for_run(void *arg)
{
	while (crl_load(&ran, relaxed) == 0)
		crl_pause();
	return arg;
}

static void *
post_and_wait(void *arg)
{
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	return wait_for_run(arg);
}

/* A worker is taken away and wanted again, however far it has got. The hooks are called in pairs. */
void
model_resize_again(void)
{
	pool = make_pool(2, 2, true);
	MODEL_CHECK(creel_pool_resize(pool, 1) == CREEL_OK);
	MODEL_CHECK(creel_pool_resize(pool, 2) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, post_and_wait, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 1);
	MODEL_CHECK(crl_load(&begun, relaxed) == crl_load(&ended, relaxed));
}

static void
grow_at_the_end(unsigned index, void *local, void *arg)
{
	end(index, local, arg);
	if (!crl_load(&grown, relaxed)) {
		MODEL_CHECK(creel_pool_resize(pool, 2) == CREEL_OK);
		crl_store(&grown, true, relaxed);
	}
}

/* A worker is wanted again when it has called its hook for the end: it is there, as another one. */
void
model_resize_late(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 2;
	options.stack_size = CREEL_STACK_MIN;
	options.worker_init = begin;
	options.worker_fini = grow_at_the_end;
	pool = creel_pool_create(&options);
	MODEL_CHECK(creel_pool_resize(pool, 1) == CREEL_OK);
	while (!crl_load(&grown, relaxed))
		crl_pause();
	MODEL_CHECK(creel_post(pool, post_and_wait, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 1);
	MODEL_CHECK(crl_load(&begun, relaxed) == 3 && crl_load(&ended, relaxed) == 3);
}

/* A new worker comes, and what it has is found by the other; or what the other has by it. The holder keeps its thread. */
void
model_resize_grow(void)
{
	pool = make_pool(1, 2, false);
	MODEL_CHECK(creel_post(pool, post_and_wait, NULL) == CREEL_OK);
	MODEL_CHECK(creel_pool_resize(pool, 2) == CREEL_OK);
	MODEL_CHECK(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	creel_pool_destroy(pool);
}

static void *
grow(void *arg)
{
	creel_status status = creel_pool_resize(pool, 2);

	MODEL_CHECK(status == CREEL_OK || status == CREEL_ECLOSED);
	return arg;
}

/* A pool is to grow and is shut down. */
void
model_resize_shutdown(void)
{
	int thread;

	pool = make_pool(1, 2, true);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	thread = model_go(grow, NULL);
	MODEL_CHECK(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 1);
	MODEL_CHECK(crl_load(&begun, relaxed) == crl_load(&ended, relaxed));
}
