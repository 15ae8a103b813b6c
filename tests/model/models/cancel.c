/* SPDX-License-Identifier: MIT */
/*
 * cancel.c: what can end a task's wait: the future is done, the time is up, somebody cancels the task.
 * All at any time, and twice.
 */
#include "models/desk.h"
#include "models/models.h"

#include <creel/creel.h>
#include <string.h>

static desk desk_of;
static creel_future *promise, *task;
static creel_status waited, again;
static bool requested;
static int value;

/* What is left of them then is a leak. */
static void
forget(void)
{
	creel_future_unref(task);
	creel_future_unref(promise);
	task = promise = NULL;
}

static void *
wait_for_a_while(void *arg)
{
	void *result = NULL;

	(void)arg;
	waited = creel_await_for(promise, CREEL_SECONDS(1), &result);
	MODEL_CHECK((waited == CREEL_OK) == (result == &value));
	requested = creel_cancel_requested();
	MODEL_CHECK(waited != CREEL_ECANCELLED || requested);
	return NULL;
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
	MODEL_CHECK(creel_future_set_result(promise, &value) == CREEL_OK);
	creel_future_unref(promise);
	return arg;
}

/* Done, timeout and cancel at once: one of them ends the wait, and a request is not forgotten. */
void
model_cancel_wait(void)
{
	creel_cancel_result answer;
	int threads[2];

	promise = creel_future_create();
	creel_future_ref(promise);
	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_for_a_while, NULL);
	threads[0] = model_go(cancel_task, &answer);
	threads[1] = model_go(complete_promise, NULL);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	switch (answer) {
	case CREEL_CANCEL_NOW: /* before it began */
		MODEL_CHECK(creel_future_status(task) == CREEL_ECANCELLED && waited == CREEL_OK);
		break;
	case CREEL_CANCEL_REQUESTED:
		MODEL_CHECK(creel_future_status(task) == CREEL_OK);
		break;
	default:
		MODEL_CHECK(answer == CREEL_CANCEL_TOO_LATE && !requested);
		MODEL_CHECK(waited == CREEL_OK || waited == CREEL_ETIMEDOUT);
		break;
	}
	forget();
}

static void *
wait_twice(void *arg)
{
	(void)arg;
	waited = creel_await(promise, NULL);
	again = creel_sleep(CREEL_SECONDS(1));
	return NULL;
}

/* Two requests and a completion: each wait is told of a request at most once, and none is lost. */
void
model_cancel_twice(void)
{
	creel_cancel_result answers[2];
	int threads[2];

	promise = creel_future_create();
	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_twice, NULL);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(cancel_task, &answers[i]);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	if (creel_future_status(task) == CREEL_OK) {
		/* Nobody completes the promise: it took a request to end the first wait. */
		MODEL_CHECK(waited == CREEL_ECANCELLED);
		MODEL_CHECK(answers[0] == CREEL_CANCEL_REQUESTED ||
			    answers[1] == CREEL_CANCEL_REQUESTED);
		MODEL_CHECK(again == CREEL_OK || again == CREEL_ECANCELLED);
	} else {
		/* One of them ended it; to the other it was still ending, or had ended. */
		const int other = answers[0] == CREEL_CANCEL_NOW;

		MODEL_CHECK(answers[!other] == CREEL_CANCEL_NOW);
		MODEL_CHECK(answers[other] == CREEL_CANCEL_ALREADY ||
			    answers[other] == CREEL_CANCEL_REQUESTED);
	}
	forget();
}

static void *
wait_for_then_ever(void *arg)
{
	waited = creel_wait_for(promise, CREEL_SECONDS(1), NULL);
	MODEL_CHECK(waited == CREEL_OK || waited == CREEL_ETIMEDOUT || waited == CREEL_ECANCELLED);
	if (waited != CREEL_ECANCELLED)
		MODEL_CHECK(creel_await(arg, NULL) == CREEL_ECANCELLED);
	return NULL;
}

static void *
complete_if_pending(void *arg)
{
	creel_future_set_result(promise, &value);
	return arg;
}

/* wait_for() cancels what it waits for when its own task is cancelled. If that comes too late, the
 * request is for the next wait, which nothing else would end. */
void
model_cancel_wait_for(void)
{
	creel_future *never = creel_future_create();
	creel_cancel_result answer;
	int threads[2];

	promise = creel_future_create();
	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_for_then_ever, never);
	threads[0] = model_go(cancel_task, &answer);
	threads[1] = model_go(complete_if_pending, NULL);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(answer == CREEL_CANCEL_NOW || answer == CREEL_CANCEL_REQUESTED);
	forget();
	creel_future_unref(never);
}

static void *
work_until_asked(void *arg)
{
	while (!creel_cancel_requested())
		crl_pause();
	MODEL_CHECK(value == 7);
	return arg;
}

static void *
ask_task(void *arg)
{
	value = 7;
	if (model_choose(2) == 0)
		creel_future_cancel(task);
	else
		crl_runner_interrupt(desk_of.runner);
	return arg;
}

static void *
await_task(void *arg)
{
	const creel_status status = creel_await(task, NULL);

	MODEL_CHECK(status == CREEL_OK || status == CREEL_ECANCELLED);
	return arg;
}

/* A task that is asked to end, itself or by its runner, sees what came before. */
void
model_cancel_asked(void)
{
	int threads[2];

	desk_open(&desk_of);
	task = desk_put(&desk_of, work_until_asked, NULL);
	threads[0] = model_go(ask_task, NULL);
	threads[1] = model_go(await_task, NULL);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	forget();
}

static const char *const reasons[] = {"one", "two"};

static void *
cancel_because(void *arg)
{
	creel_future_cancel_because(task, arg);
	return NULL;
}

/* Whoever is told is told a reason. */
static void
check_told(creel_status status)
{
	const char *text = creel_last_error()->message;

	if (status == CREEL_ECANCELLED)
		MODEL_CHECK(strcmp(text, reasons[0]) == 0 || strcmp(text, reasons[1]) == 0);
}

static void *
wait_and_read(void *arg)
{
	waited = creel_await(promise, NULL);
	check_told(waited);
	check_told(creel_checkpoint());
	again = creel_sleep(CREEL_SECONDS(1));
	check_told(again);
	return arg;
}

/* Two requests with a reason: what is told has one of them, and neither is left over. */
void
model_cancel_reasons(void)
{
	int threads[2];

	promise = creel_future_create();
	desk_open(&desk_of);
	task = desk_put(&desk_of, wait_and_read, NULL);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(cancel_because, (void *)(uintptr_t)reasons[i]);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	if (creel_future_status(task) == CREEL_OK)
		MODEL_CHECK(waited == CREEL_ECANCELLED);
	else
		MODEL_CHECK(strcmp(creel_future_error(task)->message, reasons[0]) == 0 ||
			    strcmp(creel_future_error(task)->message, reasons[1]) == 0);
	forget();
}
