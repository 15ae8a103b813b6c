/* SPDX-License-Identifier: MIT */
/* pool.c: a pool's life: it starts, is given work by several, is shut down, and goes, however that falls. */
#include "models/models.h"
#include "pool/pool.h"

#include <creel/creel.h>
#include <stdlib.h>
#include <string.h>

static creel_pool *pool;
static creel_future *futures[2];
static int ran[2];

static creel_pool *
make_limited_pool(unsigned workers, size_t max_started)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *made;

	options.workers = workers;
	options.max_started = max_started;
	options.stack_size = CREEL_STACK_MIN;
	made = creel_pool_create(&options);
	MODEL_CHECK(made != NULL);
	model_name(made, "pool");
	return made;
}

static creel_pool *
make_pool(unsigned workers)
{
	return make_limited_pool(workers, 0);
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

/* What a pool has of its own, and frees at its end; the pool itself is recycled. */
static void *workers_block;
static crl_atomic(bool) freed;

static void *
alloc(size_t size, void *ctx)
{
	(void)ctx;
	return malloc(size);
}

static void *
resize(void *memory, size_t size, void *ctx)
{
	(void)ctx;
	return realloc(memory, size);
}

static void
release(void *memory, void *ctx)
{
	(void)ctx;
	if (memory == workers_block)
		crl_store(&freed, true, relaxed);
	free(memory);
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
	creel_set_allocator(
		&(creel_allocator){.malloc = alloc, .realloc = resize, .free = release});
	pool = make_pool(2);
	memcpy(&workers_block, (char *)pool->workers - sizeof workers_block, sizeof workers_block);
	futures[0] = creel_submit(pool, destroy_own_pool, NULL);
	MODEL_CHECK(creel_take(futures[0], NULL) == CREEL_OK);
	while (!crl_load(&freed, relaxed))
		crl_pause();
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

static crl_atomic(bool) other_ran;

static void *
await_then_spin(void *arg)
{
	MODEL_CHECK(creel_await(arg, NULL) == CREEL_OK);
	while (!crl_load(&other_ran, relaxed))
		crl_pause();
	return NULL;
}

static void *
say_so(void *arg)
{
	crl_store(&other_ran, true, relaxed);
	return arg;
}

static void *
complete_and_submit(void *arg)
{
	creel_future *other;

	MODEL_CHECK(creel_future_set_result(futures[1], NULL) == CREEL_OK);
	other = creel_submit(pool, say_so, NULL);
	MODEL_CHECK(creel_take(other, NULL) == CREEL_OK);
	return arg;
}

/* A worker is woken for a task that was suspended, and at the same time for a new one. It goes on with
 * the former, which keeps it: the other worker has to come for the new one. */
void
model_pool_busy(void)
{
	int thread;

	pool = make_pool(2);
	futures[1] = creel_future_create();
	futures[0] = creel_submit(pool, await_then_spin, futures[1]);
	thread = model_go(complete_and_submit, NULL);
	MODEL_CHECK(creel_take(futures[0], NULL) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
	creel_future_unref(futures[1]);
}

static creel_future *inner;

static void *
submit_and_await(void *arg)
{
	inner = creel_submit(pool, await_then_spin, creel_current());
	MODEL_CHECK(creel_await(futures[1], NULL) == CREEL_OK);
	return arg;
}

/* A task from outside ends, and another one may start. The worker goes on with a task that has waited for
 * the end, and keeps it: the other worker has to come. */
void
model_pool_start(void)
{
	creel_future *both[2];
	int thread;

	pool = make_limited_pool(2, 1);
	futures[1] = creel_future_create();
	creel_future_ref(futures[1]);
	both[0] = creel_submit(pool, submit_and_await, NULL);
	both[1] = creel_submit(pool, say_so, NULL);
	thread = model_go(complete_other, NULL);
	MODEL_CHECK(creel_await(both[0], NULL) == CREEL_OK);
	MODEL_CHECK(creel_take(inner, NULL) == CREEL_OK);
	creel_futures_unref(both, 2);
	model_join(thread);
	creel_pool_destroy(pool);
	creel_future_unref(futures[1]);
}

static void *
post_one(void *arg)
{
	MODEL_CHECK(creel_post(pool, count_run, arg) == CREEL_OK);
	return NULL;
}

/* Two threads post, and nobody has a reference to what they have posted. Who waits for its end does so for
 * a while first. */
void
model_pool_post(void)
{
	creel_status status;
	int thread;

	pool = make_pool(1);
	thread = model_go(post_one, &ran[0]);
	post_one(&ran[1]);
	model_join(thread);
	status = creel_pool_wait_idle(pool, CREEL_SECONDS(1));
	MODEL_CHECK(status == CREEL_OK || status == CREEL_ETIMEDOUT);
	if (status == CREEL_ETIMEDOUT)
		MODEL_CHECK(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(ran[0] == 1 && ran[1] == 1);
	creel_pool_destroy(pool);
}

static void *
run_inner(void *arg)
{
	MODEL_CHECK(ran[0] == 0);
	ran[0] = 1;
	MODEL_CHECK(creel_take(creel_submit(pool, count_run, &ran[1]), NULL) == CREEL_OK);
	ran[0] = 0;
	return arg;
}

/* Two tasks, of which one at a time may have started, have each an inner one run. */
void
model_pool_limit(void)
{
	creel_future *both[2];

	pool = make_limited_pool(2, 1);
	MODEL_CHECK(creel_submit_many(pool, run_inner, NULL, 2, both) == CREEL_OK);
	MODEL_CHECK(creel_take(both[1], NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	MODEL_CHECK(creel_take(both[0], NULL) == CREEL_OK);
	MODEL_CHECK(ran[1] == 2);
}

static void *
await_for_ever(void *arg)
{
	MODEL_CHECK(creel_await(futures[1], NULL) == CREEL_ECANCELLED);
	MODEL_CHECK(creel_cancel_requested());
	ran[0] = 1;
	return arg;
}

static void *
drain(void *arg)
{
	MODEL_CHECK(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER) == CREEL_OK);
	return arg;
}

/* One drains the pool, one cancels all: a task's wait ends, whether it has begun by then or not. */
void
model_pool_sweep(void)
{
	int thread;

	pool = make_pool(1);
	futures[1] = creel_future_create();
	futures[0] = creel_submit(pool, await_for_ever, NULL);
	thread = model_go(drain, NULL);
	MODEL_CHECK(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
	MODEL_CHECK(creel_future_status(futures[0]) == (ran[0] ? CREEL_OK : CREEL_ECANCELLED));
	creel_futures_unref(futures, 2);
	futures[0] = futures[1] = NULL;
}

/* A pool for which something cannot be had: it is not there, or it works. */
void
model_pool_fail(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_future *future;

	options.workers = 2;
	options.stack_size = CREEL_STACK_MIN;
	if ((pool = creel_pool_create(&options)) == NULL)
		return;
	future = creel_submit(pool, count_run, &ran[0]);
	creel_pool_destroy(pool);
	MODEL_CHECK(creel_future_status(future) == (ran[0] == 1 ? CREEL_OK : CREEL_EFAILED));
	creel_future_unref(future);
}

static creel_pool_statistics
look(void)
{
	creel_pool_statistics stats = CREEL_POOL_STATISTICS_INIT;

	MODEL_CHECK(creel_pool_stats(pool, &stats) == CREEL_OK);
	MODEL_CHECK(stats.done + stats.failed + stats.cancelled <= stats.submitted);
	return stats;
}

static void *
look_twice(void *arg)
{
	const creel_pool_statistics before = look(), after = look();

	MODEL_CHECK(before.submitted <= after.submitted && before.done <= after.done);
	MODEL_CHECK(before.cancelled <= after.cancelled);
	return arg;
}

static void *
post_another(void *arg)
{
	MODEL_CHECK(creel_post(pool, count_run, arg) == CREEL_OK);
	return arg;
}

/* Two of an outside thread, one of a task's own: whoever looks meanwhile never sees more end than come. */
void
model_pool_stats(void)
{
	creel_pool_statistics last;
	int thread;

	pool = make_pool(1);
	thread = model_go(look_twice, NULL);
	MODEL_CHECK(creel_post(pool, post_another, &ran[0]) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, count_run, &ran[1]) == CREEL_OK);
	MODEL_CHECK(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	last = look();
	MODEL_CHECK(last.submitted == 3 && last.done == 3 && last.queued == 0);
	model_join(thread);
	creel_pool_destroy(pool);
	MODEL_CHECK(ran[0] == 1 && ran[1] == 1);
}
