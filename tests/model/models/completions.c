/* SPDX-License-Identifier: MIT */
/* completions.c: a completion queue with two consumers, while futures are added, completed, and it is closed. */
#include "async/completions.h"
#include "models/models.h"

#include <creel/creel.h>

static creel_completions *queue;
static creel_future *promises[2];
static int handed_out[2];

static void *
consume(void *arg)
{
	creel_completion got;
	creel_status status;

	while ((status = creel_completions_next(queue, CREEL_FOREVER, &got)) == CREEL_OK) {
		MODEL_CHECK(got.tag == &promises[got.index] && got.future == promises[got.index]);
		MODEL_CHECK(creel_take(got.future, NULL) == CREEL_OK);
		handed_out[got.index]++;
	}
	MODEL_CHECK(status == CREEL_EEMPTY);
	return arg;
}

static void *
complete_first(void *arg)
{
	MODEL_CHECK(creel_future_set_result(promises[0], NULL) == CREEL_OK);
	creel_future_unref(promises[0]);
	return arg;
}

static void
make_promises(void)
{
	for (int i = 0; i < 2; i++)
		promises[i] = creel_future_create();
}

/* Every future is handed out once, and both consumers come to an end. */
void
model_completions(void)
{
	int threads[3];

	make_promises();
	queue = creel_completions_create();
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(consume, NULL);
	MODEL_CHECK(creel_completions_add(queue, promises[0], &promises[0]) == CREEL_OK);
	threads[2] = model_go(complete_first, NULL);
	MODEL_CHECK(creel_future_set_result(promises[1], NULL) == CREEL_OK);
	MODEL_CHECK(creel_completions_add(queue, promises[1], &promises[1]) == CREEL_OK);
	creel_future_unref(promises[1]);
	MODEL_CHECK(creel_completions_close(queue) == CREEL_OK);
	for (int i = 0; i < 3; i++)
		model_join(threads[i]);
	MODEL_CHECK(handed_out[0] == 1 && handed_out[1] == 1);
	creel_completions_destroy(queue);
}

static void *
consume_one(void *arg)
{
	creel_completion got;
	const creel_status status = creel_completions_next(queue, CREEL_SECONDS(1), &got);

	if (status == CREEL_OK)
		MODEL_CHECK(creel_take(got.future, NULL) == CREEL_OK);
	else
		MODEL_CHECK(status == CREEL_ETIMEDOUT || status == CREEL_ECLOSED);
	*(creel_status *)arg = status;
	return NULL;
}

/* The queue is destroyed while somebody waits in it, for a while, and somebody completes a member. */
void
model_completions_end(void)
{
	creel_status status;
	int threads[2];

	make_promises();
	queue = creel_completions_create();
	MODEL_CHECK(creel_completions_add(queue, promises[0], NULL) == CREEL_OK);
	threads[0] = model_go(consume_one, &status);
	threads[1] = model_go(complete_first, NULL);
	model_join(threads[0]);
	creel_completions_destroy(queue);
	model_join(threads[1]);
	creel_future_unref(promises[1]);
}

static void *
consume_in_time(void *arg)
{
	creel_completion got;
	const creel_status status = creel_completions_next(queue, CREEL_SECONDS(1), &got);

	if (status == CREEL_OK) {
		MODEL_CHECK(creel_take(got.future, NULL) == CREEL_OK);
		*(int *)arg = 1;
	} else {
		MODEL_CHECK(status == CREEL_ETIMEDOUT);
	}
	return NULL;
}

static void *
consume_first(void *arg)
{
	creel_completion got;

	MODEL_CHECK(creel_completions_next(queue, CREEL_FOREVER, &got) == CREEL_OK);
	MODEL_CHECK(creel_take(got.future, NULL) == CREEL_OK);
	return arg;
}

/* One consumer gives up, one does not: what comes then is not for the one that is gone. */
void
model_completions_late(void)
{
	int threads[3], in_time = 0;

	make_promises();
	queue = creel_completions_create();
	for (int i = 0; i < 2; i++)
		MODEL_CHECK(creel_completions_add(queue, promises[i], NULL) == CREEL_OK);
	threads[0] = model_go(consume_in_time, &in_time);
	threads[1] = model_go(consume_first, NULL);
	threads[2] = model_go(complete_first, NULL);
	MODEL_CHECK(creel_future_set_result(promises[1], NULL) == CREEL_OK);
	creel_future_unref(promises[1]);
	for (int i = 0; i < 3; i++)
		model_join(threads[i]);
	MODEL_CHECK(creel_completions_pending(queue) == (size_t)!in_time);
	creel_completions_destroy(queue);
}

static crl_atomic(bool) left;

static void *
consume_until_destroyed(void *arg)
{
	creel_completion got;
	const creel_status status = creel_completions_next(queue, CREEL_FOREVER, &got);

	if (status == CREEL_OK)
		MODEL_CHECK(creel_take(got.future, NULL) == CREEL_OK);
	else
		MODEL_CHECK(status == CREEL_ECLOSED);
	crl_store(&left, true, release);
	return arg;
}

static bool
somebody_waits(void)
{
	bool waits;

	crl_mutex_lock(&queue->lock);
	waits = queue->refs > 1 || !crl_list_empty(&queue->consumers);
	crl_mutex_unlock(&queue->lock);
	return waits;
}

/* The queue is destroyed under a consumer that has begun to wait, or has got what it waited for. */
void
model_completions_under(void)
{
	int threads[2];

	make_promises();
	queue = creel_completions_create();
	MODEL_CHECK(creel_completions_add(queue, promises[0], NULL) == CREEL_OK);
	threads[0] = model_go(consume_until_destroyed, NULL);
	threads[1] = model_go(complete_first, NULL);
	while (!crl_load(&left, acquire) && !somebody_waits())
		crl_pause();
	creel_completions_destroy(queue);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	creel_future_unref(promises[1]);
}

/* A queue is made for two at once, of which one is done, and one is completed meanwhile: each comes once. */
void
model_completions_made(void)
{
	creel_completion got;
	int thread;

	make_promises();
	creel_future_ref(promises[0]);
	MODEL_CHECK(creel_future_set_result(promises[1], NULL) == CREEL_OK);
	thread = model_go(complete_first, NULL);
	queue = creel_as_completed(promises, 2);
	creel_futures_unref(promises, 2);
	while (creel_completions_next(queue, CREEL_FOREVER, &got) == CREEL_OK) {
		handed_out[got.index]++;
		MODEL_CHECK(creel_take(got.future, NULL) == CREEL_OK);
	}
	MODEL_CHECK(handed_out[0] == 1 && handed_out[1] == 1);
	model_join(thread);
	creel_completions_destroy(queue);
}
