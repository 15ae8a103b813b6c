/* SPDX-License-Identifier: MIT */
/* queues.c: a queue, with callers who wait for items and for room, of whom one gives up; its shutdown and end. */
#include "async/monitor.h"
#include "models/desk.h"
#include "models/models.h"

#include <creel/creel.h>

static creel_queue *queue;
static int items[2], seen[2], dropped;

static void
drop(void *item)
{
	seen[(int *)item - items]++;
	dropped++;
}

static void
make_queue(size_t maxsize)
{
	creel_queue_options options = CREEL_QUEUE_OPTIONS_INIT;

	options.maxsize = maxsize;
	options.item_drop = drop;
	queue = creel_queue_create(&options);
}

/* Get an item: which was it? -1: none. */
static int
get(creel_duration timeout, creel_status otherwise)
{
	void *item;
	const creel_status status = creel_queue_get(queue, timeout, &item);
	int which;

	MODEL_CHECK(status == CREEL_OK || status == otherwise);
	if (status != CREEL_OK)
		return -1;
	which = (int)((int *)item - items);
	seen[which]++;
	return which;
}

static void *
get_in_time(void *arg)
{
	*(int *)arg = get(CREEL_SECONDS(1), CREEL_ETIMEDOUT) >= 0;
	return NULL;
}

static void *
get_one(void *arg)
{
	MODEL_CHECK(get(CREEL_FOREVER, CREEL_OK) >= 0);
	return arg;
}

/* Two items for two, of whom one gives up: each is got once, or is left. */
void
model_queue_get(void)
{
	int threads[2], in_time;

	make_queue(0);
	threads[0] = model_go(get_in_time, &in_time);
	threads[1] = model_go(get_one, NULL);
	for (int i = 0; i < 2; i++)
		MODEL_CHECK(creel_queue_try_put(queue, &items[i]) == CREEL_OK);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(creel_queue_size(queue) == (size_t)!in_time);
	creel_queue_destroy(queue);
	MODEL_CHECK(seen[0] == 1 && seen[1] == 1 && dropped == !in_time);
}

static void *
put_in_time(void *arg)
{
	const creel_status status = creel_queue_put(queue, &items[0], CREEL_SECONDS(1));

	MODEL_CHECK(status == CREEL_OK || status == CREEL_ETIMEDOUT);
	*(int *)arg = status == CREEL_OK;
	return NULL;
}

static void *
put_one(void *arg)
{
	MODEL_CHECK(creel_queue_put(queue, &items[1], CREEL_FOREVER) == CREEL_OK);
	return arg;
}

/* Room for one, and two who put, of whom one gives up: what was put is got, what was not is not. */
void
model_queue_put(void)
{
	int threads[2], in_time;

	make_queue(1);
	threads[0] = model_go(put_in_time, &in_time);
	threads[1] = model_go(put_one, NULL);
	get_one(NULL);
	model_join(threads[0]);
	if (in_time)
		get_one(NULL);
	model_join(threads[1]);
	MODEL_CHECK(creel_queue_size(queue) == 0);
	creel_queue_destroy(queue);
	MODEL_CHECK(seen[0] == in_time && seen[1] == 1 && dropped == 0);
}

static desk desk_of;
static creel_future *task;

static void *
get_or_be_cancelled(void *arg)
{
	*(int *)arg = get(CREEL_FOREVER, CREEL_ECANCELLED) >= 0;
	return NULL;
}

static void *
cancel_task(void *arg)
{
	creel_future_cancel(task);
	return arg;
}

static void *
put_first(void *arg)
{
	MODEL_CHECK(creel_queue_put(queue, &items[0], CREEL_FOREVER) == CREEL_OK);
	return arg;
}

/* A task that gets is cancelled while something is put: it has it, or it is there. */
void
model_queue_cancel(void)
{
	int threads[2], got = 0;

	make_queue(0);
	desk_open(&desk_of);
	task = desk_put(&desk_of, get_or_be_cancelled, &got);
	threads[0] = model_go(cancel_task, NULL);
	threads[1] = model_go(put_first, NULL);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	creel_future_unref(task);
	task = NULL;
	creel_queue_destroy(queue);
	MODEL_CHECK(seen[0] == 1 && dropped == !got);
}

static void *
get_until_shut_down(void *arg)
{
	while (get(CREEL_FOREVER, CREEL_ECLOSED) >= 0)
		MODEL_CHECK(creel_queue_task_done(queue) == CREEL_OK);
	return arg;
}

static void *
put_until_shut_down(void *arg)
{
	for (int i = 0; i < 2; i++) {
		const creel_status status = creel_queue_put(queue, &items[i], CREEL_FOREVER);

		MODEL_CHECK(status == CREEL_OK || status == CREEL_ECLOSED);
		if (status != CREEL_OK)
			seen[i]++; /* it is its own still */
	}
	return arg;
}

/* A shutdown, one who gets and one who puts: both come to their end, each item goes somewhere, and all is done. */
void
model_queue_shutdown(void)
{
	int threads[2];

	make_queue(1);
	threads[0] = model_go(get_until_shut_down, NULL);
	threads[1] = model_go(put_until_shut_down, NULL);
	MODEL_CHECK(creel_queue_shutdown(queue, CREEL_QUEUE_IMMEDIATE) == CREEL_OK);
	MODEL_CHECK(creel_queue_join(queue, CREEL_FOREVER) == CREEL_OK);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(seen[0] == 1 && seen[1] == 1 && creel_queue_size(queue) == 0);
	creel_queue_destroy(queue);
}

/* Both items are put, and join waits until both are done. */
void
model_queue_join(void)
{
	int thread;

	make_queue(1);
	thread = model_go(get_until_shut_down, NULL);
	for (int i = 0; i < 2; i++)
		MODEL_CHECK(creel_queue_put(queue, &items[i], CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(creel_queue_join(queue, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(seen[0] == 1 && seen[1] == 1);
	MODEL_CHECK(creel_queue_shutdown(queue, CREEL_QUEUE_GRACEFUL) == CREEL_OK);
	model_join(thread);
	creel_queue_destroy(queue);
}

static void *
get_until_destroyed(void *arg)
{
	MODEL_CHECK(get(CREEL_FOREVER, CREEL_ECLOSED) < 0);
	return arg;
}

/* Has a call begun to wait? From then on it has a reference. */
static bool
somebody_waits(void)
{
	crl_monitor *monitor = (crl_monitor *)(void *)queue;
	bool waits;

	crl_mutex_lock(&monitor->lock);
	waits = monitor->refs > 1;
	crl_mutex_unlock(&monitor->lock);
	return waits;
}

/* The queue is destroyed under one who has begun to wait. */
void
model_queue_end(void)
{
	int thread;

	make_queue(0);
	thread = model_go(get_until_destroyed, NULL);
	while (!somebody_waits())
		crl_pause();
	creel_queue_destroy(queue);
	model_join(thread);
}
