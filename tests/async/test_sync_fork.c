/* SPDX-License-Identifier: MIT */
/* test_sync_fork.c: locks, queues and their like in the child of a fork. */
#include "async/waits.h"
#include "support/child.h"
#include "support/suite.h"

/* Each object that there is, made before the fork. */
typedef struct estate {
	creel_lock *lock;
	creel_condition *condition;
	creel_event *event;
	creel_semaphore *semaphore;
	creel_barrier *barrier;
	creel_queue *queue;
} estate;

static estate
make_all(void)
{
	estate e = {.lock = creel_lock_create(),
		.event = creel_event_create(),
		.semaphore = creel_semaphore_create(1),
		.barrier = creel_barrier_create(2),
		.queue = creel_queue_create(NULL)};

	e.condition = creel_condition_create(e.lock);
	creel_event_set(e.event);
	return e;
}

/* The lock goes before or after its condition. */
static void
destroy_all(estate *e, bool lock_first)
{
	if (lock_first)
		creel_lock_destroy(e->lock);
	creel_condition_destroy(e->condition);
	if (!lock_first)
		creel_lock_destroy(e->lock);
	creel_event_destroy(e->event);
	creel_semaphore_destroy(e->semaphore);
	creel_barrier_destroy(e->barrier);
	creel_queue_destroy(e->queue);
}

static bool
say_no(void *arg)
{
	return arg != NULL;
}

static void
waits_in_child(void *arg)
{
	estate *e = arg;
	void *item;

	for (creel_duration t = 0; t < 2; t++) {
		child_expect(creel_lock_acquire(e->lock, t) == CREEL_ECLOSED);
		child_expect(creel_event_wait(e->event, t) == CREEL_ECLOSED);
		child_expect(creel_condition_wait(e->condition, t) == CREEL_ECLOSED);
		child_expect(
			creel_condition_wait_for(e->condition, say_no, NULL, t) == CREEL_ECLOSED);
		child_expect(creel_semaphore_acquire(e->semaphore, t) == CREEL_ECLOSED);
		child_expect(creel_barrier_wait(e->barrier, t, NULL) == CREEL_ECLOSED);
		child_expect(creel_queue_put(e->queue, NULL, t) == CREEL_ECLOSED);
		child_expect(creel_queue_get(e->queue, t, &item) == CREEL_ECLOSED);
		child_expect(creel_queue_join(e->queue, t) == CREEL_ECLOSED);
		child_expect(creel_last_error()->code == CREEL_ECLOSED);
	}
	destroy_all(e, true);
}

static void
calls_in_child(void *arg)
{
	estate *e = arg;
	void *item;

	child_expect(creel_lock_release(e->lock) == CREEL_ECLOSED);
	child_expect(!creel_lock_locked(e->lock));
	child_expect(creel_event_set(e->event) == CREEL_ECLOSED);
	child_expect(creel_event_clear(e->event) == CREEL_ECLOSED);
	child_expect(!creel_event_is_set(e->event));
	child_expect(creel_condition_create(e->lock) == NULL);
	child_expect(creel_last_error()->code == CREEL_ECLOSED);
	child_expect(creel_condition_notify(e->condition, 1) == CREEL_ECLOSED);
	child_expect(creel_condition_notify_all(e->condition) == CREEL_ECLOSED);
	child_expect(creel_semaphore_release(e->semaphore) == CREEL_ECLOSED);
	child_expect(creel_semaphore_value(e->semaphore) == 0);
	child_expect(creel_barrier_reset(e->barrier) == CREEL_ECLOSED);
	child_expect(creel_barrier_abort(e->barrier) == CREEL_ECLOSED);
	child_expect(creel_barrier_parties(e->barrier) == 2);
	child_expect(creel_barrier_waiting(e->barrier) == 0);
	child_expect(!creel_barrier_broken(e->barrier));
	child_expect(creel_queue_try_put(e->queue, NULL) == CREEL_ECLOSED);
	child_expect(creel_queue_try_get(e->queue, &item) == CREEL_ECLOSED);
	child_expect(creel_queue_task_done(e->queue) == CREEL_ECLOSED);
	child_expect(creel_queue_shutdown(e->queue, CREEL_QUEUE_IMMEDIATE) == CREEL_ECLOSED);
	child_expect(creel_queue_size(e->queue) == 0);
	child_expect(creel_queue_maxsize(e->queue) == 0);
	destroy_all(e, false);
}

/* What is new works in the child as anywhere. */
static void
new_in_child(void *arg)
{
	(void)arg;
	EACH_WAIT(kind)
	{
		void *object = kind->make();

		child_expect(kind->wait(object, 1) == CREEL_ETIMEDOUT);
		kind->give(object);
		kind->destroy(object);
	}
}

static void
play(void (*scene)(void *))
{
	estate e = make_all();

	ck_assert_int_eq(creel_lock_acquire(e.lock, 0), CREEL_OK);
	ck_assert(child_exited_with(child_run(scene, &e), 0));
	/* Here all of it goes on. */
	ck_assert_int_eq(creel_lock_release(e.lock), CREEL_OK);
	ck_assert_int_eq(creel_event_wait(e.event, 0), CREEL_OK);
	ck_assert_int_eq(creel_semaphore_acquire(e.semaphore, 0), CREEL_OK);
	destroy_all(&e, true);
}

/* 3.16 "16. fork with queued+running jobs": in the child a wait at an inherited lock or queue is ECLOSED */
START_TEST(inherited_waits)
{
	play(waits_in_child);
}
END_TEST

START_TEST(inherited_calls)
{
	play(calls_in_child);
}
END_TEST

START_TEST(new_objects)
{
	play(new_in_child);
}
END_TEST

CREEL_SUITE("creel.async.sync_fork", inherited_waits, inherited_calls, new_objects)
