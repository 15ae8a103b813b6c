/* SPDX-License-Identifier: MIT */
/*
 * strand.c: tasks that suspend on their runners: a waiting fiber is resumed by whoever completes what
 * it waits for, from another runner, from its own, or from a plain thread.
 */
#include "models/desk.h"
#include "models/models.h"

#include <creel/creel.h>

static desk desks[2];
static creel_future *promise, *first, *second;
static int value;

/* What is left of them then is a leak. */
static void
forget(void)
{
	creel_future_unref(first);
	creel_future_unref(promise);
	first = second = promise = NULL;
}

static void *
await_promise(void *arg)
{
	void *result = NULL;

	(void)arg;
	MODEL_CHECK(creel_await(promise, &result) == CREEL_OK && result == &value && value == 7);
	return result;
}

static void *
await_first(void *arg)
{
	void *result = NULL;

	(void)arg;
	MODEL_CHECK(creel_await(first, &result) == CREEL_OK && result == &value);
	return result;
}

/* A plain thread completes what a task waits for, which another runner's task waits for, and waits for
 * that itself. */
void
model_strand_chain(void)
{
	void *result = NULL;
	int threads[2];

	promise = creel_future_create();
	for (int i = 0; i < 2; i++)
		desk_open(&desks[i]);
	first = desk_put(&desks[0], await_promise, NULL);
	second = desk_put(&desks[1], await_first, NULL);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(desk_run, &desks[i]);
	value = 7;
	creel_future_set_result(promise, &value);
	MODEL_CHECK(creel_take(second, &result) == CREEL_OK && result == &value);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	forget();
}

static void *
complete_promise(void *arg)
{
	(void)arg;
	value = 7;
	creel_future_set_result(promise, &value);
	return NULL;
}

/* Two tasks of one runner wait for one promise, which a task of another runner completes. */
void
model_strand_two(void)
{
	creel_future *done;
	int threads[2];

	promise = creel_future_create();
	for (int i = 0; i < 2; i++)
		desk_open(&desks[i]);
	first = desk_put(&desks[0], await_promise, NULL);
	second = desk_put(&desks[0], await_promise, NULL);
	done = desk_put(&desks[1], complete_promise, NULL);
	threads[0] = model_go(desk_run, &desks[0]);
	threads[1] = model_go(desk_run, &desks[1]);
	MODEL_CHECK(creel_await(promise, NULL) == CREEL_OK);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	creel_future_unref(second);
	creel_future_unref(done);
	forget();
}

static void *
await_both(void *arg)
{
	const creel_status status = creel_await_for(promise, CREEL_SECONDS(1), NULL);

	(void)arg;
	MODEL_CHECK(status == CREEL_OK || status == CREEL_ETIMEDOUT);
	MODEL_CHECK(creel_await(second, NULL) == CREEL_OK);
	return NULL;
}

static void *
complete(void *arg)
{
	MODEL_CHECK(creel_future_set_result(arg, NULL) == CREEL_OK);
	return arg;
}

/* A wait with a deadline, then one without: what the first leaves behind would end the second. */
void
model_strand_timer(void)
{
	int threads[2];

	promise = creel_future_create();
	second = creel_future_create();
	desk_open(&desks[0]);
	first = desk_put(&desks[0], await_both, NULL);
	threads[0] = model_go(complete, promise);
	threads[1] = model_go(complete, second);
	desk_run(&desks[0]);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(creel_future_status(first) == CREEL_OK);
	creel_future_unref(second);
	forget();
}

static void *
stop_runner(void *arg)
{
	value = 7;
	crl_runner_stop(arg);
	return NULL;
}

static void *
interrupt_runner(void *arg)
{
	crl_runner_interrupt(arg);
	return NULL;
}

/* Orders come to a runner that has no work: one ends it, and shows what came before; one may come late. */
void
model_strand_orders(void)
{
	int threads[2];

	desk_open(&desks[0]);
	threads[0] = model_go(stop_runner, desks[0].runner);
	threads[1] = model_go(interrupt_runner, desks[0].runner);
	desk_run(&desks[0]);
	MODEL_CHECK(value == 7);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
}
