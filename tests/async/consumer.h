/* SPDX-License-Identifier: MIT */
/*
 * consumer.h: what the tests of the completion queue share: promises, and consumers that note what
 * they got. A consumer's function serves as a thread and as a task.
 */
#ifndef CREEL_TEST_ASYNC_CONSUMER_H
#define CREEL_TEST_ASYNC_CONSUMER_H

#include <creel/creel.h>

#include <pthread.h>
#include <stdint.h>
#include <string.h>

/* One call of creel_completions_next(). */
typedef struct consumer {
	creel_completions *queue;
	creel_duration timeout;
	creel_completion got; /* on CREEL_OK */
	creel_status status;
	bool requested; /* was the task asked to end? */
	pthread_t thread;
} consumer;

#define CONSUMER(of_queue, for_timeout) \
	{ \
		.queue = (of_queue), .timeout = (for_timeout), .status = CREEL_EPENDING \
	}

static inline void *
consume(void *arg)
{
	consumer *c = arg;

	c->status = creel_completions_next(c->queue, c->timeout, &c->got);
	c->requested = creel_cancel_requested();
	return c;
}

static inline void
consumer_start(consumer *c)
{
	pthread_create(&c->thread, NULL, consume, c);
}

/* Its status, when it has ended. */
static inline creel_status
consumer_join(consumer *c)
{
	pthread_join(c->thread, NULL);
	return c->status;
}

/* n promises. */
static inline void
promises_make(creel_future *promises[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		promises[i] = creel_future_create();
}

/* What an out parameter is filled with, to see that a failing call leaves it alone. */
static inline creel_completion
untouched(void)
{
	creel_completion out;

	memset(&out, 0xa5, sizeof out);
	return out;
}

static inline bool
is_untouched(const creel_completion *out)
{
	const creel_completion expected = untouched();

	return memcmp(out, &expected, sizeof expected) == 0;
}

/* Get the next item, let its future go; its index, or SIZE_MAX without one. */
static inline size_t
next_index(creel_completions *queue)
{
	creel_completion out;

	if (creel_completions_next(queue, 0, &out) != CREEL_OK)
		return SIZE_MAX;
	creel_future_unref(out.future);
	return out.index;
}

#endif
