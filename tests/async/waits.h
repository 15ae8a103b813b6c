/* SPDX-License-Identifier: MIT */
/*
 * waits.h: all there is to wait for at a lock, a queue and their like, in one table: so that what holds for
 * every wait is tried with each of them.
 */
#ifndef CREEL_TEST_ASYNC_WAITS_H
#define CREEL_TEST_ASYNC_WAITS_H

#include <creel/creel.h>

#include <check.h>

/* A condition and its lock. */
typedef struct conditional {
	creel_lock *lock;
	creel_condition *condition;
} conditional;

typedef struct wait_kind {
	const char *name;
	void *(*make)(void); /* an object at which one has to wait */
	creel_status (*wait)(void *object, creel_duration timeout);
	void (*give)(void *object); /* what one of those who wait waits for */
	void (*destroy)(void *object);
} wait_kind;

static inline void *
wait_make_lock(void)
{
	creel_lock *lock = creel_lock_create();

	ck_assert_int_eq(creel_lock_acquire(lock, 0), CREEL_OK);
	return lock;
}

static inline creel_status
wait_lock(void *object, creel_duration timeout)
{
	return creel_lock_acquire(object, timeout);
}

static inline void
wait_give_lock(void *object)
{
	ck_assert_int_eq(creel_lock_release(object), CREEL_OK);
}

static inline void
wait_destroy_lock(void *object)
{
	creel_lock_destroy(object);
}

static inline void *
wait_make_event(void)
{
	return creel_event_create();
}

static inline creel_status
wait_event(void *object, creel_duration timeout)
{
	return creel_event_wait(object, timeout);
}

static inline void
wait_give_event(void *object)
{
	ck_assert_int_eq(creel_event_set(object), CREEL_OK);
}

static inline void
wait_destroy_event(void *object)
{
	creel_event_destroy(object);
}

static inline void *
wait_make_condition(void)
{
	static conditional c;

	c.lock = creel_lock_create();
	c.condition = creel_condition_create(c.lock);
	return &c;
}

/* With the lock, which must be there at the end, or have been destroyed. */
static inline creel_status
wait_condition(void *object, creel_duration timeout)
{
	conditional *c = object;
	creel_status status, released;

	if (creel_lock_acquire(c->lock, 0) != CREEL_OK)
		return CREEL_ESTATE;
	status = creel_condition_wait(c->condition, timeout);
	released = creel_lock_release(c->lock);
	return released == CREEL_OK ? status : CREEL_ESTATE;
}

static inline void
wait_give_condition(void *object)
{
	conditional *c = object;

	ck_assert_int_eq(creel_lock_acquire(c->lock, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_condition_notify(c->condition, 1), CREEL_OK);
	ck_assert_int_eq(creel_lock_release(c->lock), CREEL_OK);
}

/* Who waits gets the lock for the last time. */
static inline void
wait_destroy_condition(void *object)
{
	conditional *c = object;

	creel_condition_destroy(c->condition);
	ck_assert_int_eq(creel_lock_acquire(c->lock, CREEL_FOREVER), CREEL_OK);
	creel_lock_destroy(c->lock);
}

static inline void *
wait_make_semaphore(void)
{
	return creel_semaphore_create(0);
}

static inline creel_status
wait_semaphore(void *object, creel_duration timeout)
{
	return creel_semaphore_acquire(object, timeout);
}

static inline void
wait_give_semaphore(void *object)
{
	ck_assert_int_eq(creel_semaphore_release(object), CREEL_OK);
}

static inline void
wait_destroy_semaphore(void *object)
{
	creel_semaphore_destroy(object);
}

static inline void *
wait_make_barrier(void)
{
	return creel_barrier_create(2);
}

static inline creel_status
wait_barrier(void *object, creel_duration timeout)
{
	return creel_barrier_wait(object, timeout, NULL);
}

/* The other of the two, if one waits. */
static inline void
wait_give_barrier(void *object)
{
	creel_barrier_wait(object, 0, NULL);
}

static inline void
wait_destroy_barrier(void *object)
{
	creel_barrier_destroy(object);
}

static inline void *
wait_make_queue(void)
{
	creel_queue_options options = CREEL_QUEUE_OPTIONS_INIT;

	options.maxsize = 1;
	return creel_queue_create(&options);
}

static inline creel_status
wait_get(void *object, creel_duration timeout)
{
	void *item;

	return creel_queue_get(object, timeout, &item);
}

static inline void
wait_give_item(void *object)
{
	ck_assert_int_eq(creel_queue_try_put(object, NULL), CREEL_OK);
}

static inline void
wait_destroy_queue(void *object)
{
	creel_queue_destroy(object);
}

static inline void *
wait_make_full_queue(void)
{
	void *queue = wait_make_queue();

	wait_give_item(queue);
	return queue;
}

static inline creel_status
wait_put(void *object, creel_duration timeout)
{
	return creel_queue_put(object, NULL, timeout);
}

static inline void
wait_give_room(void *object)
{
	void *item;

	ck_assert_int_eq(creel_queue_try_get(object, &item), CREEL_OK);
}

static inline creel_status
wait_join(void *object, creel_duration timeout)
{
	return creel_queue_join(object, timeout);
}

static inline void
wait_give_end(void *object)
{
	ck_assert_int_eq(creel_queue_task_done(object), CREEL_OK);
}

static const wait_kind wait_kinds[] = {
	{"lock", wait_make_lock, wait_lock, wait_give_lock, wait_destroy_lock},
	{"event", wait_make_event, wait_event, wait_give_event, wait_destroy_event},
	{"condition", wait_make_condition, wait_condition, wait_give_condition,
		wait_destroy_condition},
	{"semaphore", wait_make_semaphore, wait_semaphore, wait_give_semaphore,
		wait_destroy_semaphore},
	{"barrier", wait_make_barrier, wait_barrier, wait_give_barrier, wait_destroy_barrier},
	{"get", wait_make_queue, wait_get, wait_give_item, wait_destroy_queue},
	{"put", wait_make_full_queue, wait_put, wait_give_room, wait_destroy_queue},
	{"join", wait_make_full_queue, wait_join, wait_give_end, wait_destroy_queue},
};

enum { WAIT_KINDS = sizeof wait_kinds / sizeof *wait_kinds };

#define EACH_WAIT(kind) \
	for (const wait_kind *kind = wait_kinds; kind < wait_kinds + WAIT_KINDS; kind++)

#define ck_wait(kind, status, expected) \
	ck_assert_msg((status) == (expected), "%s: %s", (kind)->name, creel_status_name(status))

#endif
