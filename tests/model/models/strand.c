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
	creel_future_unref(first);
	creel_future_unref(promise);
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
	creel_future_unref(first);
	creel_future_unref(second);
	creel_future_unref(done);
	creel_future_unref(promise);
}
