/* SPDX-License-Identifier: MIT */
/* queues.h: what the tests of queues have in common: tasks that put and get (callers.h). */
#ifndef CREEL_TEST_CONFORMANCE_QUEUES_H
#define CREEL_TEST_CONFORMANCE_QUEUES_H

#include "conformance/callers.h"

static inline creel_queue *
queue_of(size_t maxsize, creel_queue_order order)
{
	creel_queue_options options = CREEL_QUEUE_OPTIONS_INIT;
	creel_queue *queue;

	options.maxsize = maxsize;
	options.order = order;
	queue = creel_queue_create(&options);
	ck_assert_ptr_nonnull(queue);
	return queue;
}

static inline void *
put_item(void *arg)
{
	caller *c = arg;

	return caller_got(c, creel_queue_put(c->object, c->item, caller_limit(c)));
}

static inline void *
get_item(void *arg)
{
	caller *c = arg;

	return caller_got(c, creel_queue_get(c->object, caller_limit(c), &c->item));
}

static inline void *
join_queue(void *arg)
{
	caller *c = arg;

	return caller_got(c, creel_queue_join(c->object, caller_limit(c)));
}

/* A task that puts that number. */
static inline void
putter_start(caller *c, creel_queue *queue, int number)
{
	*c = (caller){.object = queue, .name = 'p', .item = pointer_of(number)};
	caller_start(c, put_item);
}

static inline void
put_now(creel_queue *queue, int number)
{
	ck_ok(creel_queue_try_put(queue, pointer_of(number)));
}

/* The number that is there; -1: none. */
static inline int
get_now(creel_queue *queue)
{
	void *item = NULL;
	creel_status status = creel_queue_try_get(queue, &item);

	if (status != CREEL_OK) {
		ck_assert_int_eq(status, CREEL_EEMPTY);
		return -1;
	}
	return (int)(intptr_t)item;
}

/* The number that a task got. */
static inline int
getter_end(caller *c)
{
	ck_ok(caller_end(c));
	return (int)(intptr_t)c->item;
}

#endif
