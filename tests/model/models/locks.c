/* SPDX-License-Identifier: MIT */
/*
 * locks.c: locks, semaphores, events and barriers, with one who waits for a while, or is cancelled, and one who
 * waits for as long as it takes. What the first does not get is for the second.
 */
#include "async/monitor.h"
#include "models/desk.h"
#include "models/models.h"

#include <creel/creel.h>

static creel_lock *lock;
static creel_semaphore *semaphore;
static creel_barrier *barrier;
static creel_event *event;
static int held; /* how often the lock was; guarded by it */

static void *
hold_in_time(void *arg)
{
	const creel_status status = creel_lock_acquire(lock, CREEL_SECONDS(1));

	if (status == CREEL_OK) {
		held++;
		MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	}
	MODEL_CHECK(status == CREEL_OK || status == CREEL_ETIMEDOUT);
	*(int *)arg = status == CREEL_OK;
	return NULL;
}

static void *
hold(void *arg)
{
	MODEL_CHECK(creel_lock_acquire(lock, CREEL_FOREVER) == CREEL_OK);
	held++;
	MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	return arg;
}

/* One gives up, one does not: the lock reaches all who do not, one at a time. */
void
model_lock_pass(void)
{
	int threads[2], in_time;

	lock = creel_lock_create();
	MODEL_CHECK(creel_lock_acquire(lock, 0) == CREEL_OK);
	threads[0] = model_go(hold_in_time, &in_time);
	threads[1] = model_go(hold, NULL);
	held++;
	MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(held == 2 + in_time && !creel_lock_locked(lock));
	creel_lock_destroy(lock);
}

static desk desk_of;
static creel_future *task;
static creel_status waited;

static void *
hold_if_not_cancelled(void *arg)
{
	waited = creel_lock_acquire(lock, CREEL_FOREVER);
	if (waited == CREEL_OK) {
		held++;
		MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	} else {
		MODEL_CHECK(waited == CREEL_ECANCELLED && creel_cancel_requested());
	}
	return arg;
}

/* In either order. */
static void *
cancel_and_release(void *arg)
{
	const bool cancel_first = model_choose(2) == 0;

	if (cancel_first)
		creel_future_cancel(task);
	MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	if (!cancel_first)
		creel_future_cancel(task);
	return arg;
}

/* A task that waits is cancelled while the lock is released: it has the lock, or it was never handed to it. The
 * task behind it has it in any case. */
void
model_lock_cancel(void)
{
	int thread;

	lock = creel_lock_create();
	MODEL_CHECK(creel_lock_acquire(lock, 0) == CREEL_OK);
	waited = CREEL_EPENDING;
	desk_open(&desk_of);
	task = desk_put(&desk_of, hold_if_not_cancelled, NULL);
	creel_future_unref(desk_put(&desk_of, hold, NULL));
	thread = model_go(cancel_and_release, NULL);
	desk_run(&desk_of);
	model_join(thread);
	MODEL_CHECK(held == 1 + (waited == CREEL_OK) && !creel_lock_locked(lock));
	creel_future_unref(task);
	task = NULL;
	creel_lock_destroy(lock);
}

static crl_atomic(bool) left;

static void *
hold_until_destroyed(void *arg)
{
	MODEL_CHECK(creel_lock_acquire(lock, CREEL_FOREVER) == CREEL_ECLOSED);
	crl_store(&left, true, release);
	return arg;
}

/* Has a call begun to wait? From then on it has a reference. */
static bool
somebody_waits(crl_monitor *monitor)
{
	bool waits;

	crl_mutex_lock(&monitor->lock);
	waits = monitor->refs > 1;
	crl_mutex_unlock(&monitor->lock);
	return waits;
}

/* The lock is destroyed under one that has begun to wait. */
void
model_lock_end(void)
{
	int thread;

	lock = creel_lock_create();
	MODEL_CHECK(creel_lock_acquire(lock, 0) == CREEL_OK);
	thread = model_go(hold_until_destroyed, NULL);
	while (!somebody_waits((crl_monitor *)(void *)lock))
		crl_pause();
	creel_lock_destroy(lock);
	model_join(thread);
	MODEL_CHECK(crl_load(&left, acquire));
}

static void *
take_in_time(void *arg)
{
	const creel_status status = creel_semaphore_acquire(semaphore, CREEL_SECONDS(1));

	MODEL_CHECK(status == CREEL_OK || status == CREEL_ETIMEDOUT);
	*(size_t *)arg = status == CREEL_OK;
	return NULL;
}

static void *
take(void *arg)
{
	MODEL_CHECK(creel_semaphore_acquire(semaphore, CREEL_FOREVER) == CREEL_OK);
	return arg;
}

/* Two permits, and two who want them, of whom one gives up: no permit is lost, none is there twice. */
void
model_semaphore(void)
{
	size_t in_time;
	int threads[2];

	semaphore = creel_semaphore_create(0);
	threads[0] = model_go(take_in_time, &in_time);
	threads[1] = model_go(take, NULL);
	for (int i = 0; i < 2; i++)
		MODEL_CHECK(creel_semaphore_release(semaphore) == CREEL_OK);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(creel_semaphore_value(semaphore) == 1 - in_time);
	creel_semaphore_destroy(semaphore);
}

static void *
come_in_time(void *arg)
{
	const creel_status status = creel_barrier_wait(barrier, CREEL_SECONDS(1), arg);

	MODEL_CHECK(status == CREEL_OK || status == CREEL_ETIMEDOUT);
	return NULL;
}

static void *
come(void *arg)
{
	MODEL_CHECK(creel_barrier_wait(barrier, CREEL_FOREVER, arg) == CREEL_OK);
	return NULL;
}

/* One of two gives up, or not; then a third is needed. Those who pass have a number each. */
void
model_barrier(void)
{
	size_t places[3] = {9, 9, 9};
	int threads[2], other = 0;

	barrier = creel_barrier_create(2);
	threads[0] = model_go(come_in_time, &places[0]);
	threads[1] = model_go(come, &places[1]);
	model_join(threads[0]);
	if (places[0] == 9)
		come(&places[other = 2]);
	model_join(threads[1]);
	MODEL_CHECK(places[1] + places[other] == 1);
	MODEL_CHECK(creel_barrier_waiting(barrier) == 0);
	creel_barrier_destroy(barrier);
}

static void *
await_event(void *arg)
{
	MODEL_CHECK(creel_event_wait(event, CREEL_FOREVER) == CREEL_OK);
	return arg;
}

/* Has it been seen in line? */
static bool
stands_in_line(crl_monitor *monitor)
{
	bool stands;

	crl_mutex_lock(&monitor->lock);
	stands = monitor->lines[0].length > 0;
	crl_mutex_unlock(&monitor->lock);
	return stands;
}

/* Set and cleared at once, an event lets go on who waits. */
void
model_event(void)
{
	int thread;

	event = creel_event_create();
	thread = model_go(await_event, NULL);
	while (!stands_in_line((crl_monitor *)(void *)event))
		crl_pause();
	MODEL_CHECK(creel_event_set(event) == CREEL_OK);
	MODEL_CHECK(creel_event_clear(event) == CREEL_OK);
	model_join(thread);
	creel_event_destroy(event);
}
