/* SPDX-License-Identifier: MIT */
/* scenes_sync.c: locks, queues and their like: making them, putting items in, waiting at them, while calls fail. */
#include "faults/scenes.h"

#include "support/pools.h"

/* One of each. */
typedef struct objects {
	creel_lock *lock;
	creel_condition *condition;
	creel_event *event;
	creel_semaphore *semaphore;
	creel_barrier *barrier;
	creel_queue *queue, *full;
} objects;

/* In the storm it may be missing, for lack of memory. */
static bool
is_there(const void *object)
{
	child_expect(
		object != NULL || (sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM));
	return object != NULL;
}

static creel_queue *
make_queue(size_t maxsize)
{
	creel_queue_options options = CREEL_QUEUE_OPTIONS_INIT;

	options.maxsize = maxsize;
	options.order = CREEL_QUEUE_PRIORITY;
	return creel_queue_create(&options);
}

/* Make what is missing; true: all are there. */
static bool
make_missing(objects *o)
{
	bool all = true;

	if (o->lock == NULL)
		all &= is_there(o->lock = creel_lock_create());
	if (o->condition == NULL && o->lock != NULL)
		all &= is_there(o->condition = creel_condition_create(o->lock));
	if (o->event == NULL)
		all &= is_there(o->event = creel_event_create());
	if (o->semaphore == NULL)
		all &= is_there(o->semaphore = creel_semaphore_create(0));
	if (o->barrier == NULL)
		all &= is_there(o->barrier = creel_barrier_create(2));
	if (o->queue == NULL)
		all &= is_there(o->queue = make_queue(0));
	if (o->full == NULL)
		all &= is_there(o->full = make_queue(1));
	return all;
}

static void
destroy_all(objects *o)
{
	creel_condition_destroy(o->condition);
	creel_lock_destroy(o->lock);
	creel_event_destroy(o->event);
	creel_semaphore_destroy(o->semaphore);
	creel_barrier_destroy(o->barrier);
	creel_queue_destroy(o->queue);
	creel_queue_destroy(o->full);
}

/* Put some items in, in all ways; how many the queue took. */
static size_t
put_some(creel_queue *queue)
{
	size_t taken = 0;

	for (int i = 0; i < 3; i++) {
		taken += expect_served(creel_queue_try_put(queue, queue));
		taken += expect_served(creel_queue_put(queue, queue, CREEL_FOREVER));
		taken += expect_served(creel_queue_try_put_priority(queue, queue, i));
	}
	return taken;
}

void
scene_sync(void)
{
	objects o = {.lock = NULL};
	size_t expected = 0;
	void *item;

	make_missing(&o);
	if (o.queue != NULL)
		expected = put_some(o.queue);
	sweep_calm();
	child_expect(make_missing(&o));
	child_expect(creel_queue_size(o.queue) == expected);
	for (; expected > 0; expected--) {
		child_expect(creel_queue_try_get(o.queue, &item) == CREEL_OK && item == o.queue);
		child_expect(creel_queue_task_done(o.queue) == CREEL_OK);
	}
	child_expect(creel_queue_join(o.queue, 0) == CREEL_OK);
	child_expect(put_some(o.queue) == 9);
	destroy_all(&o);
}

/* A wait that cannot end well: CREEL_ETIMEDOUT, or, in the storm, CREEL_ENOMEM. */
static void
expect_timed_out(creel_status status)
{
	child_expect(status == CREEL_ETIMEDOUT || (status == CREEL_ENOMEM && sweep_stormy()));
}

/* Whatever comes of the wait, the lock is there before and after. */
static void
wait_at_condition(objects *o)
{
	if (creel_lock_acquire(o->lock, 0) != CREEL_OK)
		return; /* another one has it */
	expect_timed_out(creel_condition_wait(o->condition, 1));
	child_expect(creel_lock_release(o->lock) == CREEL_OK);
}

/* Nothing is ever there. */
static void *
wait_in_all_ways(void *arg)
{
	objects *o = arg;
	void *item;

	wait_at_condition(o);
	expect_timed_out(creel_event_wait(o->event, 1));
	expect_timed_out(creel_semaphore_acquire(o->semaphore, 1));
	expect_timed_out(creel_queue_get(o->queue, 1, &item));
	expect_timed_out(creel_queue_put(o->full, NULL, 1));
	expect_timed_out(creel_queue_join(o->full, 1));
	return NULL;
}

/* On a thread that has never waited before, and in a task. */
static void
wait_everywhere(creel_pool *pool, objects *o)
{
	pthread_t thread;
	creel_future *task;

	sweep_thread(&thread, wait_in_all_ways, o);
	pthread_join(thread, NULL);
	task = creel_submit(pool, wait_in_all_ways, o);
	if (!scene_refused(task))
		while (!expect_served(creel_await(task, NULL)))
			sweep_calm();
	creel_future_unref(task);
}

void
scene_sync_waits(void)
{
	creel_pool *pool = scene_need_pool(1);
	objects o = {.lock = NULL};

	if (!make_missing(&o)) {
		sweep_calm();
		child_expect(make_missing(&o));
	}
	if (!expect_served(creel_queue_try_put(o.full, NULL))) {
		sweep_calm();
		child_expect(creel_queue_try_put(o.full, NULL) == CREEL_OK);
	}
	wait_everywhere(pool, &o);
	sweep_calm();
	wait_everywhere(pool, &o);
	creel_pool_destroy(pool);
	destroy_all(&o);
}
