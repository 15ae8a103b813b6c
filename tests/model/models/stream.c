/* SPDX-License-Identifier: MIT */
/* stream.c: hands that come, leave and never come, while somebody consumes, cancels, destroys. */
#include "models/models.h"

#include <creel/creel.h>

static creel_pool *pool;
static creel_stream *stream;
static uintptr_t given, called;

/* Two inputs: 0 and 1. */
static creel_status
next_input(void *source, creel_stream_input *out)
{
	(void)source;
	if (given == 2)
		return CREEL_EEMPTY;
	out->arg = (void *)given++;
	return CREEL_OK;
}

static void *
call(void *arg)
{
	called++;
	return arg;
}

static void
make_pool(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 1;
	options.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&options);
	MODEL_CHECK(pool != NULL);
}

static void
make_stream(size_t window)
{
	creel_stream_options options = CREEL_STREAM_OPTIONS_INIT;

	options.window = window;
	stream = creel_stream_map(pool, next_input, NULL, call, &options);
	MODEL_CHECK(stream != NULL);
	model_name(stream, "stream");
}

/* Items are handed out once, in order; a hand leaves when the window is full, and the consumer calls another. */
void
model_stream_take(void)
{
	creel_stream_item item;

	make_pool();
	make_stream(1);
	for (uintptr_t i = 0; i < 2; i++) {
		MODEL_CHECK(creel_stream_next(stream, CREEL_FOREVER, &item) == CREEL_OK);
		MODEL_CHECK(item.value == (void *)i && item.index == i);
	}
	MODEL_CHECK(creel_stream_next(stream, CREEL_FOREVER, &item) == CREEL_EEMPTY);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
	MODEL_CHECK(called == 2);
}

/* Destroyed at once: the hand has not come, is at work, or has left. */
void
model_stream_destroy(void)
{
	make_pool();
	make_stream(2);
	creel_stream_destroy(stream);
	MODEL_CHECK(called <= given);
	creel_pool_destroy(pool);
}

/* The same, with a stage behind: the first one is destroyed once. */
void
model_stream_stages(void)
{
	creel_stream_options options = CREEL_STREAM_OPTIONS_INIT;

	options.window = 1;
	make_pool();
	make_stream(1);
	stream = creel_stream_then(stream, NULL, call, &options);
	MODEL_CHECK(stream != NULL);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
	MODEL_CHECK(called <= 2 * given);
}

static void *
consume(void *arg)
{
	creel_stream_item item;
	creel_status status = creel_stream_next(stream, CREEL_FOREVER, &item);

	MODEL_CHECK(status == CREEL_OK || status == CREEL_ECANCELLED);
	return arg;
}

/* One waits for an item, another cancels. */
void
model_stream_cancel(void)
{
	int thread;

	make_pool();
	make_stream(1);
	thread = model_go(consume, NULL);
	MODEL_CHECK(creel_stream_cancel(stream) == CREEL_OK);
	model_join(thread);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}

static void *
shut_down(void *arg)
{
	MODEL_CHECK(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0) != CREEL_EINVAL);
	return arg;
}

/* The pool drops the hand that is to come, while a consumer waits for it. */
void
model_stream_dropped(void)
{
	creel_stream_item item;
	creel_status status;
	int thread;

	make_pool();
	make_stream(1);
	thread = model_go(shut_down, NULL);
	status = creel_stream_next(stream, CREEL_FOREVER, &item);
	MODEL_CHECK(status == CREEL_OK || (status == CREEL_ECLOSED && called == 0));
	model_join(thread);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
