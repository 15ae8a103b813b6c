/* SPDX-License-Identifier: MIT */
/* scenes.c: pools, submissions, promises, errors and completion queues, while calls fail. */
#include "faults/scenes.h"

#include "support/pools.h"

#include <string.h>

creel_pool *
scene_try_pool(unsigned workers)
{
	creel_pool *pool = pool_of(workers);
	int code = creel_last_error()->code;

	if (pool == NULL)
		child_expect(sweep_stormy() && (code == CREEL_ENOMEM || code == CREEL_ESYS));
	return pool;
}

creel_pool *
scene_need_pool(unsigned workers)
{
	creel_pool *pool = scene_try_pool(workers);

	if (pool == NULL) {
		sweep_calm();
		pool = pool_of(workers);
		child_expect(pool != NULL);
	}
	return pool;
}

bool
scene_refused(const creel_future *future)
{
	if (creel_future_status(future) != CREEL_EFAILED ||
		creel_future_error(future)->code != CREEL_ENOMEM)
		return false;
	child_expect(sweep_stormy());
	return true;
}

static void *
pass(void *arg)
{
	return arg;
}

/* What happened to the arguments and values of submitted tasks. */
static atomic_int ran, args_dropped, results_dropped;

static void *
run_counted(void *arg)
{
	atomic_fetch_add(&ran, 1);
	return arg;
}

static void
drop_arg(void *arg)
{
	(void)arg;
	atomic_fetch_add(&args_dropped, 1);
}

static void
drop_result(void *value)
{
	(void)value;
	atomic_fetch_add(&results_dropped, 1);
}

static void
reset_counts(void)
{
	atomic_store(&ran, 0);
	atomic_store(&args_dropped, 0);
	atomic_store(&results_dropped, 0);
}

/* More workers, as far as they can be had; then one. */
static void
resize_and_run(creel_pool *pool)
{
	const creel_status status = creel_pool_resize(pool, 5);
	const size_t size = creel_pool_size(pool);

	child_expect(status == CREEL_OK ? size == 5 : size >= 3 && size < 5);
	child_expect(status == CREEL_OK || (status == CREEL_ESYS && sweep_stormy()));
	child_expect(creel_pool_resize(pool, 1) == CREEL_OK);
}

void
scene_pool(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *two = scene_try_pool(2), *another;
	void *value = NULL;

	options.workers = 3;
	options.max_workers = 5;
	options.flags = CREEL_POOL_FIFO;
	options.stack_size = CREEL_STACK_MIN;
	options.max_started = 1;
	options.name = "storm";
	another = creel_pool_create(&options);
	child_expect(another != NULL || sweep_stormy());
	if (another != NULL)
		resize_and_run(another);
	sweep_calm();
	if (two == NULL)
		two = scene_try_pool(2);
	if (another == NULL)
		another = creel_pool_create(&options);
	child_expect(creel_pool_resize(another, 5) == CREEL_OK);
	child_expect(creel_pool_size(two) == 2 && creel_pool_size(another) == 5);
	child_expect(creel_pool_run(two, pass, &value, &value) == CREEL_OK && value == &value);
	child_expect(creel_pool_run(another, pass, NULL, &value) == CREEL_OK && value == NULL);
	creel_pool_destroy(two);
	creel_pool_destroy(another);
}

enum { MANY = 5 };

/* What one round of submissions came to. */
typedef struct submitted {
	creel_future *plain, *with[2], *many[MANY];
	int accepted; /* of run_counted, at least */
	int unknown;  /* may have been accepted beyond that */
	int dropping; /* have a destructor of their argument */
} submitted;

static void
submit_all(creel_pool *pool, submitted *s)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	void *args[MANY] = {NULL};
	creel_status status;
	int refused = 0;

	options.name = "named";
	options.arg_drop = drop_arg;
	options.result_drop = drop_result;
	s->plain = creel_submit(pool, run_counted, s);
	s->accepted += !scene_refused(s->plain);
	for (int i = 0; i < 2; i++) {
		s->with[i] = creel_submit_with(pool, &options, run_counted, s);
		s->accepted += !scene_refused(s->with[i]);
		s->dropping++;
	}
	status = creel_submit_many(pool, run_counted, args, MANY, s->many);
	for (int i = 0; i < MANY; i++)
		refused += scene_refused(s->many[i]);
	child_expect(expect_served(status) == (refused == 0));
	s->accepted += MANY - refused;
	if (expect_served(creel_submit_many(pool, run_counted, NULL, MANY, NULL)))
		s->accepted += MANY;
	else
		s->unknown += MANY - 1; /* what came before the one that was refused */
	s->accepted += expect_served(creel_post(pool, run_counted, NULL));
}

/* By creel_pool_run(): which is refused as a future is, or cannot wait. */
static void
run_one(creel_pool *pool, submitted *s)
{
	void *value = NULL;
	creel_status status = creel_pool_run(pool, run_counted, s, &value);

	if (status == CREEL_EFAILED)
		child_expect(sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM);
	else if (expect_served(status))
		child_expect(value == s);
	s->accepted += status == CREEL_OK;
}

static void
end_submitted(submitted *s)
{
	void *value = NULL;

	if (creel_future_status(s->with[1]) == CREEL_OK)
		child_expect(
			creel_take(creel_future_ref(s->with[1]), &value) == CREEL_OK && value == s);
	creel_future_unref(s->plain);
	creel_futures_unref(s->with, 2);
	creel_futures_unref(s->many, MANY);
}

void
scene_submit(void)
{
	creel_pool *pool = scene_need_pool(2);
	submitted s = {0}, again = {0};
	int kept;

	reset_counts();
	submit_all(pool, &s);
	run_one(pool, &s);
	expect_served(creel_pool_wait_idle(pool, CREEL_FOREVER));
	sweep_calm();
	child_expect(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	child_expect(
		atomic_load(&ran) >= s.accepted && atomic_load(&ran) <= s.accepted + s.unknown);
	child_expect(atomic_load(&args_dropped) == s.dropping);
	child_expect(atomic_load(&results_dropped) == 0);
	kept = (creel_future_status(s.with[0]) == CREEL_OK);
	end_submitted(&s);
	child_expect(atomic_load(&results_dropped) == kept); /* the other was taken */

	reset_counts();
	submit_all(pool, &again);
	run_one(pool, &again);
	child_expect(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	child_expect(atomic_load(&ran) == 3 + MANY + MANY + 1 + 1);
	end_submitted(&again);
	creel_pool_destroy(pool);
}

static void
count_call(creel_future *future, void *arg)
{
	(void)future;
	++*(int *)arg;
}

/* A promise and a callback: what can be had works, what cannot be is refused and stays out. */
static void
use_promise(void)
{
	creel_future *f = creel_future_create();
	bool refused = scene_refused(f);
	int calls = 0, removed = 0, expected;

	expected = expect_served(creel_future_on_done(f, count_call, &calls));
	if (expect_served(creel_future_on_done(f, count_call, &removed)) && !refused)
		child_expect(creel_future_remove_on_done(f, count_call, &removed) == 1);
	child_expect(creel_future_set_result(f, f) == (refused ? CREEL_ESTATE : CREEL_OK));
	child_expect(calls == expected);
	child_expect(removed == 0 || refused);
	child_expect(
		creel_future_on_done(f, count_call, &calls) != CREEL_OK || calls == expected + 1);
	creel_future_unref(f);
}

static void
cancel_promise(void)
{
	creel_future *f = creel_future_create();

	child_expect(creel_future_cancel(f) ==
		     (scene_refused(f) ? CREEL_CANCEL_TOO_LATE : CREEL_CANCEL_NOW));
	creel_future_unref(f);
}

void
scene_promises(void)
{
	for (int i = 0; i < 3; i++) {
		use_promise();
		cancel_promise();
	}
	sweep_calm();
	use_promise();
	cancel_promise();
}

static void *
fail(void *arg)
{
	return creel_fail(7, "in a task, because of %s", (const char *)arg);
}

/* It has failed, with its own code and message, or, in a storm, with what there was memory for. */
static void
check_failed(creel_future *f, bool stormy, int code, const char *message)
{
	const creel_error *error = creel_future_error(f);

	child_expect(creel_future_status(f) == CREEL_EFAILED && error != NULL);
	child_expect(error->message != NULL);
	child_expect((error->code == code && strcmp(error->message, message) == 0) || stormy);
	creel_future_unref(f);
}

static void
fail_promise(void)
{
	creel_future *f = creel_future_create();
	bool refused = scene_refused(f);

	child_expect(creel_future_set_error(f, 1, "a promise, number %d", 1) ==
		     (refused ? CREEL_ESTATE : CREEL_OK));
	check_failed(f, sweep_stormy(), 1, "a promise, number 1");
}

static void
fail_in_all_ways(creel_pool *pool)
{
	bool stormy = sweep_stormy();
	creel_future *f;

	fail_promise();
	fail_promise();
	f = creel_submit(pool, fail, (void *)(uintptr_t) "storms");
	while (!expect_served(creel_pool_wait_idle(pool, CREEL_FOREVER)))
		sweep_calm();
	check_failed(f, stormy, 7, "in a task, because of storms");
	creel_fail(9, "off tasks: %d", 9);
	child_expect(creel_last_error()->code == 9);
}

void
scene_errors(void)
{
	creel_pool *pool = scene_need_pool(1);

	fail_in_all_ways(pool);
	sweep_calm();
	fail_in_all_ways(pool);
	creel_pool_destroy(pool);
}

/* Add each of n futures to the queue; how many it took. */
static size_t
add_all(creel_completions *queue, creel_future *f[], size_t n)
{
	size_t taken = 0;

	for (size_t i = 0; i < n; i++)
		if (queue != NULL)
			taken += expect_served(creel_completions_add(queue, f[i], NULL));
	return taken;
}

/* Take all that is there, without waiting; how many those were. */
static size_t
take_all(creel_completions *queue)
{
	creel_completion out;
	size_t n = 0;

	while (creel_completions_next(queue, 0, &out) == CREEL_OK) {
		creel_future_unref(out.future);
		n++;
	}
	return n;
}

void
scene_completions(void)
{
	creel_completions *open = creel_completions_create(), *batch;
	creel_future *f[4];
	size_t expected;

	for (int i = 0; i < 4; i++)
		f[i] = creel_future_create();
	child_expect(open != NULL || creel_last_error()->code == CREEL_ENOMEM);
	expected = add_all(open, f, 4);
	batch = creel_as_completed(f, 4);
	child_expect(batch != NULL || creel_last_error()->code == CREEL_ENOMEM);
	sweep_calm();
	if (open == NULL)
		open = creel_completions_create();
	if (batch == NULL)
		batch = creel_as_completed(f, 4);
	child_expect(creel_completions_pending(open) == expected);
	for (int i = 0; i < 4; i++) {
		creel_future_set_result(f[i], NULL);
		creel_future_error(f[i]); /* one that was refused has been looked at */
	}
	child_expect(take_all(open) == expected && take_all(batch) == 4);
	child_expect(add_all(open, f, 4) == 4 && take_all(open) == 4);
	creel_completions_close(open);
	child_expect(creel_completions_add(open, f[0], NULL) == CREEL_ECLOSED);
	creel_completions_destroy(open);
	creel_completions_destroy(batch);
	creel_futures_unref(f, 4);
}
