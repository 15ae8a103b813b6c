/* SPDX-License-Identifier: MIT */
/* room.c: a bounded queue: who waits for room, against who makes it, and who ends the wait otherwise; priorities. */
#include "models/models.h"
#include "pool/pool.h"

#include <creel/creel.h>

static creel_pool *pool;
static crl_atomic(int) ran;

static creel_pool *
make_pool(unsigned workers, size_t queue_limit, creel_when_full when_full, size_t max_started)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *made;

	options.workers = workers;
	options.queue_limit = queue_limit;
	options.when_full = when_full;
	options.max_started = max_started;
	options.stack_size = CREEL_STACK_MIN;
	made = creel_pool_create(&options);
	MODEL_CHECK(made != NULL);
	model_name(made, "pool");
	return made;
}

static creel_future *
submit_with(creel_priority priority, int64_t start_deadline, creel_fn *fn)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.priority = priority;
	options.start_deadline = start_deadline;
	return creel_submit_with(pool, &options, fn, NULL);
}

static void *
run(void *arg)
{
	crl_fetch_add(&ran, 1, relaxed);
	return arg;
}

static void *
post_one(void *arg)
{
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	return arg;
}

/* Two threads put in more than there is room for: all of it runs. */
void
model_room_wait(void)
{
	int thread;

	pool = make_pool(1, 1, CREEL_FULL_WAIT, 0);
	thread = model_go(post_one, NULL);
	MODEL_CHECK(creel_submit_many(pool, run, NULL, 2, NULL) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 3);
}

static creel_status statuses[2];

static void *
post_two(void *arg)
{
	for (int i = 0; i < 2; i++)
		statuses[i] = creel_post(pool, run, NULL);
	return arg;
}

/* A pool is shut down while a thread waits for room in it: what it has accepted runs, the rest is refused. */
void
model_room_shutdown(void)
{
	int thread, accepted = 1;

	pool = make_pool(1, 1, CREEL_FULL_WAIT, 0);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	thread = model_go(post_two, NULL);
	MODEL_CHECK(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
	for (int i = 0; i < 2; i++) {
		MODEL_CHECK(statuses[i] == CREEL_OK || statuses[i] == CREEL_ECLOSED);
		accepted += statuses[i] == CREEL_OK;
	}
	MODEL_CHECK(crl_load(&ran, relaxed) == accepted);
}

static creel_status waited;

static void *
submit_there(void *arg)
{
	creel_future *future = creel_submit(pool, run, NULL);

	waited = creel_await(future, NULL);
	creel_future_unref(future);
	return arg;
}

/* A task of another pool waits for room, and is asked to end. */
void
model_room_cancel(void)
{
	creel_pool *other;
	creel_future *task;

	pool = make_pool(1, 1, CREEL_FULL_WAIT, 0);
	other = make_pool(1, 0, CREEL_FULL_WAIT, 0);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	waited = CREEL_ECANCELLED; /* it may not begin */
	task = creel_submit(other, submit_there, NULL);
	creel_future_cancel(task);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
	MODEL_CHECK(waited == CREEL_OK || waited == CREEL_ECANCELLED);
	MODEL_CHECK(waited != CREEL_OK || crl_load(&ran, relaxed) == 2);
	creel_future_unref(task);
}

static creel_future *dated;

static void *
submit_dated(void *arg)
{
	dated = submit_with(CREEL_PRIORITY_NORMAL, creel_now() + 1, run);
	return arg;
}

/* A thread waits for room until it is too late, and ends. */
void
model_room_late(void)
{
	int thread;

	pool = make_pool(1, 1, CREEL_FULL_WAIT, 0);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	thread = model_go(submit_dated, NULL);
	model_join(thread);
	waited = creel_await(dated, NULL);
	MODEL_CHECK(waited == CREEL_OK || creel_future_error(dated)->code == CREEL_ETIMEDOUT);
	creel_future_unref(dated);
	dated = NULL;
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == (waited == CREEL_OK ? 3 : 2));
}

static void *
await_others(void *arg)
{
	while (crl_load(&ran, relaxed) < 2)
		crl_pause();
	return arg;
}

/* A job waits for one that is let in when it is taken: the other worker has to come for that. */
void
model_room_let_in(void)
{
	pool = make_pool(2, 1, CREEL_FULL_WAIT, 0);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, await_others, NULL) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, run, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
}

static creel_future *promise;

static void *
await_promise(void *arg)
{
	waited = creel_await(promise, NULL);
	return arg;
}

static crl_atomic(bool) left;

static void *
have_it_run(void *arg)
{
	creel_future *future = creel_submit(pool, await_promise, NULL);

	MODEL_CHECK(creel_future_status(future) == CREEL_OK || crl_load(&ran, relaxed) > 0);
	creel_future_unref(future);
	creel_await(promise, NULL); /* it has been asked, too, and tells now */
	crl_store(&left, true, relaxed);
	creel_await(promise, NULL);
	return arg;
}

static crl_atomic(bool) holding;

static void *
hold(void *arg)
{
	crl_store(&holding, true, relaxed);
	while (!crl_load((crl_atomic(bool) *)arg, acquire))
		crl_pause();
	return run(arg);
}

/* A task runs within one of another pool, which is asked to end: so is what runs within it. */
void
model_room_caller(void)
{
	static crl_atomic(bool) open;
	creel_pool *other;
	creel_future *task;

	promise = creel_future_create();
	pool = make_pool(1, 1, CREEL_FULL_CALLER_RUNS, 1);
	other = make_pool(1, 0, CREEL_FULL_WAIT, 0);
	MODEL_CHECK(creel_post(pool, hold, &open) == CREEL_OK);
	while (!crl_load(&holding, relaxed))
		crl_pause();
	MODEL_CHECK(creel_post(pool, hold, &open) == CREEL_OK);
	waited = CREEL_ECANCELLED; /* it may not begin */
	task = creel_submit(other, have_it_run, NULL);
	if (creel_future_cancel(task) == CREEL_CANCEL_REQUESTED) {
		while (!crl_load(&left, relaxed))
			crl_pause();
		creel_future_cancel(task); /* what ran within it has gone */
	}
	creel_pool_destroy(other);
	MODEL_CHECK(waited == CREEL_ECANCELLED);
	crl_store(&open, true, relaxed);
	creel_pool_destroy(pool);
	creel_future_unref(task);
	creel_future_unref(promise);
}

static void *
take_high(void *arg)
{
	MODEL_CHECK(creel_take(submit_with(CREEL_PRIORITY_HIGH, 0, run), NULL) == CREEL_OK);
	return arg;
}

/* A high one and a low one come to two workers that begin. */
void
model_prior_wake(void)
{
	int thread;

	pool = make_pool(2, 0, CREEL_FULL_WAIT, 0);
	thread = model_go(take_high, NULL);
	MODEL_CHECK(creel_take(submit_with(CREEL_PRIORITY_LOW, 0, run), NULL) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
}

/* One of them may start at a time. */
void
model_prior_limit(void)
{
	int thread;

	pool = make_pool(1, 0, CREEL_FULL_WAIT, 1);
	thread = model_go(take_high, NULL);
	MODEL_CHECK(creel_take(submit_with(CREEL_PRIORITY_LOW, 0, run), NULL) == CREEL_OK);
	model_join(thread);
	creel_pool_destroy(pool);
}

static crl_atomic(bool) all_in;
static char started[5];
static int starts;

static void *
note_low(void *arg)
{
	started[starts++] = 'l';
	return arg;
}

static void *
note_high(void *arg)
{
	started[starts++] = 'h';
	return arg;
}

static void *
note_normal(void *arg)
{
	started[starts++] = 'n';
	return arg;
}

/* When all is in, the worker takes it by its priority; one choice of three may be a fair one. */
void
model_prior_order(void)
{
	pool = make_pool(1, 0, CREEL_FULL_WAIT, 0);
	MODEL_CHECK(creel_post(pool, hold, &all_in) == CREEL_OK);
	creel_future_unref(submit_with(CREEL_PRIORITY_LOW, 0, note_low));
	MODEL_CHECK(creel_post(pool, note_normal, NULL) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, note_normal, NULL) == CREEL_OK);
	creel_future_unref(submit_with(CREEL_PRIORITY_HIGH, 0, note_high));
	crl_store(&all_in, true, release);
	creel_pool_destroy(pool);
	MODEL_CHECK(starts == 4);
	MODEL_CHECK((started[0] == 'h' || started[1] == 'h') && started[3] == 'l');
}
