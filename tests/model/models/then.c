/* SPDX-License-Identifier: MIT */
/* then.c: continuations: the end of their future against a cancel, and against the end of their pool or loop. */
#include "models/models.h"

#include <creel/creel.h>

static creel_future *promise, *next, *last;
static creel_pool *pool;
static creel_loop *loop;
static creel_cancel_result answer;
static int calls, drops;
static int value;

static void *
run_once(const creel_outcome *outcome, void *arg)
{
	MODEL_CHECK(outcome->status == CREEL_OK && outcome->value == &value);
	calls++;
	return arg;
}

static void
drop(void *arg)
{
	++*(int *)arg;
}

static const creel_then_options *
dropping(void)
{
	static creel_then_options options = CREEL_THEN_OPTIONS_INIT;

	options.arg_drop = drop;
	return &options;
}

static void
make_loop(void)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;

	options.flags = CREEL_LOOP_NO_THREAD;
	options.stack_size = CREEL_STACK_MIN;
	loop = creel_loop_create(&options);
	MODEL_CHECK(loop != NULL);
}

/* What is known only here is no leak; so forget it. */
static void
forget(void)
{
	creel_future_unref(promise);
	promise = next = last = NULL;
	pool = NULL;
	loop = NULL;
}

static void *
succeed(void *arg)
{
	creel_future_set_result(promise, &value);
	return arg;
}

static void *
fail(void *arg)
{
	creel_future_set_error(promise, 5, "five");
	return arg;
}

static void *
cancel(void *arg)
{
	answer = creel_future_cancel(next);
	return arg;
}

static void
run_two(void *(*first)(void *), void *(*second)(void *), int threads[2])
{
	threads[0] = model_go(first, NULL);
	threads[1] = model_go(second, NULL);
}

static void
join_two(const int threads[2])
{
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
}

/* It runs once, or was cancelled; its argument goes once. */
void
model_then_cancel(void)
{
	creel_status status;
	int threads[2];

	make_loop();
	promise = creel_future_create();
	next = creel_loop_then_with(loop, promise, dropping(), run_once, &drops);
	run_two(succeed, cancel, threads);
	creel_loop_run_once(loop, 0);
	join_two(threads);
	creel_loop_run_once(loop, 0);
	status = creel_future_status(next);
	MODEL_CHECK(status == (answer == CREEL_CANCEL_NOW ? CREEL_ECANCELLED : CREEL_OK));
	MODEL_CHECK(calls == (status == CREEL_OK) && drops == 1);
	creel_future_unref(next);
	creel_loop_destroy(loop);
	forget();
}

/* A failure goes through two, of which the first is cancelled: the second hears of one of the two. */
void
model_then_pass(void)
{
	int threads[2];

	make_loop();
	promise = creel_future_create();
	next = creel_loop_then_with(loop, promise, dropping(), run_once, &drops);
	last = creel_loop_then_with(loop, next, dropping(), run_once, &drops);
	run_two(fail, cancel, threads);
	if (creel_await(last, NULL) == CREEL_EFAILED)
		MODEL_CHECK(creel_future_error(last)->code == 5);
	join_two(threads);
	MODEL_CHECK(creel_future_status(last) ==
		    (answer == CREEL_CANCEL_NOW ? CREEL_ECANCELLED : CREEL_EFAILED));
	MODEL_CHECK(calls == 0 && drops == 2);
	creel_future_error(promise); /* has been looked at */
	creel_future_unref(next);
	creel_future_unref(last);
	creel_loop_destroy(loop);
	forget();
}

/* Its loop closes and goes, while its future ends: it has run, was cancelled with the loop, or is refused. */
void
model_then_loop(void)
{
	int thread;

	make_loop();
	promise = creel_future_create();
	next = creel_loop_then_with(loop, promise, dropping(), run_once, &drops);
	thread = model_go(succeed, NULL);
	creel_loop_destroy(loop);
	model_join(thread);
	MODEL_CHECK(creel_future_done(next) && drops == 1);
	MODEL_CHECK(calls == (creel_future_status(next) == CREEL_OK));
	creel_future_error(next);
	creel_future_unref(next);
	forget();
}

/* Its loop has gone: its future ends while it is cancelled. */
void
model_then_refused(void)
{
	int threads[2];

	make_loop();
	promise = creel_future_create();
	next = creel_loop_then_with(loop, promise, dropping(), run_once, &drops);
	creel_loop_destroy(loop);
	run_two(succeed, cancel, threads);
	join_two(threads);
	MODEL_CHECK(creel_future_status(next) ==
		    (answer == CREEL_CANCEL_NOW ? CREEL_ECANCELLED : CREEL_EFAILED));
	MODEL_CHECK(calls == 0 && drops == 1);
	creel_future_error(next);
	creel_future_unref(next);
	forget();
}

static creel_pool *
make_pool(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 1;
	options.stack_size = CREEL_STACK_MIN;
	return creel_pool_create(&options);
}

static void *
end_pool(void *arg)
{
	creel_pool_destroy(pool);
	return arg;
}

/* Its pool goes while it is cancelled: whoever comes last leaves the memory to another pool. */
void
model_then_last(void)
{
	int thread;

	pool = make_pool();
	promise = creel_future_create();
	next = creel_then_with(pool, promise, dropping(), run_once, &drops);
	thread = model_go(end_pool, NULL);
	creel_future_cancel(next);
	creel_future_unref(next);
	creel_pool_destroy(make_pool());
	model_join(thread);
	MODEL_CHECK(calls == 0 && drops == 1);
	forget();
}

/* Its pool goes while its future ends. */
void
model_then_pool(void)
{
	int thread;

	pool = make_pool();
	promise = creel_future_create();
	next = creel_then_with(pool, promise, dropping(), run_once, &drops);
	thread = model_go(succeed, NULL);
	creel_pool_destroy(pool);
	model_join(thread);
	MODEL_CHECK(creel_future_done(next) && drops == 1);
	MODEL_CHECK(calls == (creel_future_status(next) == CREEL_OK));
	creel_future_error(next);
	creel_future_unref(next);
	forget();
}
