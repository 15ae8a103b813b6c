/* SPDX-License-Identifier: MIT */
/* scenes_wait.c: threads that have never waited before, tasks that suspend, pools that shut
 * down. */
#include "faults/scenes.h"

#include "support/gate.h"
#include "support/pools.h"

/* A wait that cannot end well: CREEL_ETIMEDOUT, or, in the storm, CREEL_ENOMEM. */
static void
expect_timed_out(creel_status status)
{
	child_expect(status == CREEL_ETIMEDOUT || (status == CREEL_ENOMEM && sweep_stormy()));
}

/* What a plain thread waits for. */
typedef struct fresh {
	creel_pool *pool; /* busy */
	creel_completions *queue;
	creel_future *pending;
} fresh;

static void *
pass(void *arg)
{
	return arg;
}

/* One wait of each kind, on a thread that has not waited before. */
static void *
wait_sleep(void *arg)
{
	(void)arg;
	expect_served(creel_sleep(1));
	return NULL;
}

static void *
wait_await_for(void *arg)
{
	fresh *f = arg;

	expect_timed_out(creel_await_for(f->pending, 1, NULL));
	return NULL;
}

static void *
wait_wait_for(void *arg)
{
	creel_future *mine = creel_future_create();
	creel_status status;

	(void)arg;
	if (!scene_refused(mine)) {
		status = creel_wait_for(mine, 1, NULL);
		expect_timed_out(status);
		/* It is cancelled, or was not waited for at all. */
		child_expect(creel_future_done(mine) == (status == CREEL_ETIMEDOUT));
	}
	creel_future_unref(mine);
	return NULL;
}

static void *
wait_next(void *arg)
{
	fresh *f = arg;
	creel_completion out;

	expect_timed_out(creel_completions_next(f->queue, 1, &out));
	return NULL;
}

static void *
wait_idle(void *arg)
{
	fresh *f = arg;

	expect_timed_out(creel_pool_wait_idle(f->pool, 1));
	return NULL;
}

static void *
wait_run(void *arg)
{
	fresh *f = arg;
	void *value = NULL;
	creel_status status = creel_pool_run(f->pool, pass, f, &value);

	if (status == CREEL_EFAILED)
		child_expect(sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM);
	else if (expect_served(status))
		child_expect(value == f);
	return NULL;
}

static void *(*const waits[])(void *) = {
	wait_sleep, wait_await_for, wait_wait_for, wait_next, wait_idle, wait_run};
enum { WAITS = sizeof waits / sizeof *waits };

/* Each wait on a thread of its own, which ends before the next begins, or not. */
static void
wait_on_threads(fresh *f)
{
	pthread_t threads[WAITS];

	for (int i = 0; i < WAITS; i++)
		sweep_thread(&threads[i], waits[i], f);
	for (int i = 0; i < WAITS; i++)
		pthread_join(threads[i], NULL);
}

void
scene_fresh_threads(void)
{
	gate g = GATE_INIT;
	fresh f = {.pool = scene_need_pool(2), .queue = creel_completions_create()};
	creel_future *busy = creel_submit(f.pool, gate_task, &g);
	bool refused = scene_refused(busy);

	f.pending = creel_future_create();
	if (refused || f.queue == NULL || scene_refused(f.pending)) {
		sweep_calm();
		if (refused) {
			creel_future_unref(busy);
			busy = creel_submit(f.pool, gate_task, &g);
		}
		creel_future_unref(f.pending);
		f.pending = creel_future_create();
		if (f.queue == NULL)
			f.queue = creel_completions_create();
	}
	gate_await_arrivals(&g, 1);
	wait_on_threads(&f);
	sweep_calm();
	wait_on_threads(&f);
	gate_open(&g);
	creel_future_unref(busy);
	creel_pool_destroy(f.pool);
	creel_completions_destroy(f.queue);
	creel_future_unref(f.pending);
}

/* Awaits a task like itself, one less deep; fails with what keeps it from that. */
static void *
nest(void *arg)
{
	uintptr_t depth = (uintptr_t)arg;
	void *below = NULL;
	creel_status status;

	if (depth == 0)
		return NULL;
	status = creel_take(creel_submit(creel_current_pool(), nest, (void *)(depth - 1)), &below);
	if (status == CREEL_EFAILED)
		return creel_fail(creel_last_error()->code, "below");
	if (status != CREEL_OK)
		return creel_fail((int)status, "here");
	return (void *)((uintptr_t)below + 1);
}

enum { DEPTH = 40 }; /* stacks of four slabs */

void
scene_nested_tasks(void)
{
	creel_pool *pool = scene_need_pool(1);
	void *value = NULL;
	creel_status status = creel_pool_run(pool, nest, (void *)DEPTH, &value);

	if (status == CREEL_EFAILED)
		child_expect(sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM);
	else if (expect_served(status))
		child_expect((uintptr_t)value == DEPTH);
	sweep_calm();
	child_expect(creel_pool_run(pool, nest, (void *)DEPTH, &value) == CREEL_OK);
	child_expect((uintptr_t)value == DEPTH);
	creel_pool_destroy(pool);
}

/* The waits of a task. */
static void *
wait_in_all_ways(void *arg)
{
	for (int i = 0; i < WAITS; i++)
		if (waits[i] != wait_run) /* the other worker is busy */
			waits[i](arg);
	expect_served(creel_sleep(0));
	return arg;
}

void
scene_waiting_tasks(void)
{
	gate g = GATE_INIT;
	creel_pool *waiting = scene_need_pool(1);
	fresh f = {.pool = scene_need_pool(1)};
	creel_future *busy = creel_submit(f.pool, gate_task, &g);

	if (scene_refused(busy)) {
		sweep_calm();
		creel_future_unref(busy);
		busy = creel_submit(f.pool, gate_task, &g);
	}
	f.queue = creel_completions_create();
	f.pending = creel_future_create();
	if (f.queue != NULL && !scene_refused(f.pending))
		creel_pool_run(waiting, wait_in_all_ways, &f, NULL);
	sweep_calm();
	if (f.queue == NULL)
		f.queue = creel_completions_create();
	creel_future_unref(f.pending);
	f.pending = creel_future_create();
	child_expect(creel_pool_run(waiting, wait_in_all_ways, &f, NULL) == CREEL_OK);
	gate_open(&g);
	creel_future_unref(busy);
	creel_pool_destroy(waiting);
	creel_pool_destroy(f.pool);
	creel_completions_destroy(f.queue);
	creel_future_unref(f.pending);
}

/* Takes what it can of the queue; its value: how many those were. */
static void *
consume(void *arg)
{
	creel_completion out;
	creel_status status;
	uintptr_t n = 0;

	bool stormy = sweep_stormy(); /* it may be over when the answer comes */

	while ((status = creel_completions_next(arg, CREEL_FOREVER, &out)) == CREEL_OK) {
		creel_future_unref(out.future);
		n++;
	}
	child_expect(status == CREEL_EEMPTY || (status == CREEL_ENOMEM && stormy));
	return (void *)n;
}

/* Consumers on threads and tasks: what those leave that cannot wait is there for the others. */
void
scene_consumers(void)
{
	enum { N = 6 };
	creel_pool *pool = scene_need_pool(1);
	creel_completions *queue = creel_completions_create();
	creel_future *f[N], *task = NULL;
	pthread_t thread;
	size_t added = 0, got = 0;
	void *n = NULL;
	bool refused;

	if (queue == NULL) {
		sweep_calm();
		queue = creel_completions_create();
	}
	sweep_thread(&thread, consume, queue);
	task = creel_submit(pool, consume, queue);
	refused = scene_refused(task);
	for (int i = 0; i < N; i++) {
		f[i] = creel_future_create();
		added += expect_served(creel_completions_add(queue, f[i], NULL));
		creel_future_set_result(f[i], NULL);
		scene_refused(f[i]);
	}
	creel_completions_close(queue);
	pthread_join(thread, &n);
	got += (uintptr_t)n;
	sweep_calm();
	n = NULL;
	child_expect(creel_take(task, &n) == (refused ? CREEL_EFAILED : CREEL_OK));
	got += (uintptr_t)n;
	got += (uintptr_t)consume(queue);
	child_expect(got == added);
	creel_completions_destroy(queue);
	creel_futures_unref(f, N);
	creel_pool_destroy(pool);
}

static atomic_int args_dropped;

static void
drop_arg(void *arg)
{
	(void)arg;
	atomic_fetch_add(&args_dropped, 1);
}

static void *
await_arg(void *arg)
{
	bool stormy = sweep_stormy(); /* it may be over when the answer comes */
	creel_status status = creel_await(arg, NULL);

	child_expect(status == CREEL_OK || status == CREEL_ECANCELLED ||
		     (status == CREEL_ENOMEM && stormy));
	return NULL;
}

/* A pool with a running, two suspended and some queued tasks is shut down. */
static void
shut_down(creel_shutdown_mode mode)
{
	enum { N = 8 };
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	gate g = GATE_INIT;
	creel_pool *pool = scene_need_pool(1);
	creel_future *promise = creel_future_create(), *f[N];
	bool busy;

	options.arg_drop = drop_arg;
	atomic_store(&args_dropped, 0);
	if (scene_refused(promise)) {
		sweep_calm();
		promise = creel_future_create();
	}
	for (int i = 0; i < N; i++) {
		creel_fn *fn = i == 2 ? gate_task : await_arg;

		f[i] = creel_submit_with(pool, &options, fn, i == 2 ? (void *)&g : promise);
	}
	busy = !scene_refused(f[2]);
	if (busy)
		gate_await_arrivals(&g, 1);
	child_expect(creel_pool_shutdown(pool, mode, 0) == CREEL_ETIMEDOUT || !busy);
	gate_open(&g);
	if (mode != CREEL_SHUTDOWN_CANCEL_ALL)
		creel_future_set_result(promise, NULL);
	expect_served(creel_pool_shutdown(pool, mode, CREEL_FOREVER));
	sweep_calm();
	child_expect(creel_pool_shutdown(pool, mode, CREEL_FOREVER) == CREEL_OK);
	child_expect(atomic_load(&args_dropped) == N);
	for (int i = 0; i < N; i++) {
		child_expect(creel_future_done(f[i]));
		creel_future_error(f[i]); /* looked at */
		creel_future_unref(f[i]);
	}
	creel_pool_destroy(pool);
	creel_future_unref(promise);
}

void
scene_drain(void)
{
	shut_down(CREEL_SHUTDOWN_DRAIN);
}

void
scene_cancel_queued(void)
{
	shut_down(CREEL_SHUTDOWN_CANCEL_QUEUED);
}

void
scene_cancel_all(void)
{
	shut_down(CREEL_SHUTDOWN_CANCEL_ALL);
}
