/* SPDX-License-Identifier: MIT */
/*
 * scope.c: what can end a wait in a scope: the future is done, the deadline comes or is moved, somebody cancels
 * the scope or the task. What does not concern the outside stays inside, and what does is not lost.
 */
#include "models/desk.h"
#include "models/models.h"

#include <creel/creel.h>
#include <string.h>

static desk desk_of;
static creel_scope scope;
static creel_future *promise, *never, *task;
static creel_status waited, left;
static int value;

static void *
wait_in_scope(void *arg)
{
	creel_scope_enter(&scope, CREEL_SECONDS(1));
	waited = creel_await(promise, NULL);
	left = creel_scope_leave(&scope);
	MODEL_CHECK((waited == CREEL_OK) == (left == CREEL_OK));
	if (left != CREEL_ECANCELLED)
		MODEL_CHECK(creel_await(never, NULL) == CREEL_ECANCELLED);
	return arg;
}

static void *
cancel_task(void *arg)
{
	*(creel_cancel_result *)arg = creel_future_cancel(task);
	return NULL;
}

static void *
complete_promise(void *arg)
{
	creel_future_set_result(promise, &value);
	return arg;
}

/* Done, expired and a request at once. What was not told inside ends a wait outside, which nothing else would. */
void
model_scope_wait(void)
{
	creel_cancel_result answer;
	int threads[2];

	promise = creel_future_create();
	never = creel_future_create();
	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_in_scope, NULL);
	threads[0] = model_go(cancel_task, &answer);
	threads[1] = model_go(complete_promise, NULL);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(answer == CREEL_CANCEL_NOW || answer == CREEL_CANCEL_REQUESTED);
	creel_futures_unref((creel_future *[]){promise, never, task}, 3);
	promise = never = task = NULL;
}

/* For who waits for ever inside, and is not to be told outside. */
static void *
wait_to_be_cut(void *arg)
{
	creel_scope_enter(&scope, CREEL_FOREVER);
	MODEL_CHECK(creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED);
	MODEL_CHECK(strcmp(creel_last_error()->message, "why") == 0);
	MODEL_CHECK(creel_scope_leave(&scope) == CREEL_ECANCELLED);
	MODEL_CHECK(creel_checkpoint() == CREEL_OK);
	return arg;
}

static void *
cancel_scope(void *arg)
{
	MODEL_CHECK(creel_scope_cancel(&scope, "why") == CREEL_OK);
	return arg;
}

/* It is cancelled twice, maybe before it is entered, and the reason comes with it. */
void
model_scope_cut(void)
{
	int threads[2];

	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_to_be_cut, NULL);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(cancel_scope, NULL);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	creel_future_unref(task);
	task = NULL;
}

/* The same with a plain thread. */
void
model_scope_thread(void)
{
	int thread = model_go(cancel_scope, NULL);

	wait_to_be_cut(NULL);
	model_join(thread);
}

/* Who asks, rather than waits, sees the reason too. */
void
model_scope_asked(void)
{
	const crl_scope *inside = (const crl_scope *)(const void *)&scope;
	int thread = model_go(cancel_scope, NULL);

	creel_scope_enter(&scope, CREEL_FOREVER);
	while (creel_checkpoint() == CREEL_OK)
		crl_pause();
	MODEL_CHECK(inside->reason[0] == 'w');
	MODEL_CHECK(creel_scope_leave(&scope) == CREEL_ECANCELLED);
	model_join(thread);
}

static void *
move_then_cancel(void *arg)
{
	creel_status status = creel_scope_reschedule(&scope, CREEL_FOREVER);

	MODEL_CHECK(status == CREEL_OK || status == CREEL_ESTATE); /* not entered yet */
	return cancel_scope(arg);
}

/* A deadline is moved, for which it wakes and waits again, and must not miss what comes next. */
void
model_scope_move(void)
{
	int thread;

	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_to_be_cut, NULL);
	thread = model_go(move_then_cancel, NULL);
	desk_run(&desk_of);
	model_join(thread);
	creel_future_unref(task);
	task = NULL;
}

static crl_atomic(int) inside;

static void *
wait_until_due(void *arg)
{
	creel_scope_enter(&scope, CREEL_FOREVER);
	crl_store(&inside, 1, release);
	MODEL_CHECK(creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED);
	MODEL_CHECK(creel_scope_leave(&scope) == CREEL_ETIMEDOUT);
	return arg;
}

static void *
end_it_now(void *arg)
{
	while (crl_load(&inside, acquire) == 0)
		crl_pause();
	MODEL_CHECK(creel_scope_reschedule(&scope, 0) == CREEL_OK);
	return arg;
}

/* A scope without a deadline gets one that has passed: nothing else would end the wait. */
void
model_scope_due(void)
{
	int thread;

	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_until_due, NULL);
	thread = model_go(end_it_now, NULL);
	desk_run(&desk_of);
	model_join(thread);
	creel_future_unref(task);
	task = NULL;
}

static void *
sleep_in_part(void *arg)
{
	crl_store(&inside, 1, relaxed);
	MODEL_CHECK(creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED);
	return arg;
}

static void *
fork_in_scope(void *arg)
{
	creel_frame frame;

	creel_scope_enter(&scope, CREEL_FOREVER);
	creel_fork(&frame, sleep_in_part, arg);
	while (crl_load(&inside, relaxed) == 0)
		crl_pause();
	creel_scope_cancel(&scope, NULL);
	creel_join(&frame);
	MODEL_CHECK(creel_scope_leave(&scope) == CREEL_ECANCELLED);
	return arg;
}

/* What was forked in it, and sleeps on another worker or is about to, hears of its end. */
void
model_scope_fork(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = 2;
	options.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&options);
	MODEL_CHECK(creel_post(pool, fork_in_scope, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
}
