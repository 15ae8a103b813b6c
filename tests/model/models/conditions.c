/* SPDX-License-Identifier: MIT */
/*
 * conditions.c: items that are waited for at a condition, by one who gives up and one who does not. Who reports
 * that nothing came takes nothing, so that a notification that was spent on it would leave the other waiting.
 */
#include "async/lock.h"
#include "models/desk.h"
#include "models/models.h"

#include <creel/creel.h>

static creel_lock *lock;
static creel_condition *condition;
static int items; /* guarded by the lock */
static desk desk_of;
static creel_future *task;

static void
begin(void)
{
	lock = creel_lock_create();
	condition = creel_condition_create(lock);
	items = 0;
}

/* Wait for an item and take it: CREEL_OK, or why there is none. Leaves with the lock released. */
static creel_status
take_item(creel_duration timeout)
{
	creel_status status = creel_lock_acquire(lock, CREEL_FOREVER);

	if (status != CREEL_OK)
		return status;
	while (status == CREEL_OK && items == 0)
		status = creel_condition_wait(condition, timeout);
	if (status == CREEL_OK)
		items--;
	MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	return status;
}

static void *
take(void *arg)
{
	MODEL_CHECK(take_item(CREEL_FOREVER) == CREEL_OK);
	return arg;
}

static void *
take_for_a_while(void *arg)
{
	*(creel_status *)arg = take_item(CREEL_SECONDS(1));
	return NULL;
}

static void *
give(void *arg)
{
	MODEL_CHECK(creel_lock_acquire(lock, CREEL_FOREVER) == CREEL_OK);
	items++;
	MODEL_CHECK(creel_condition_notify(condition, 1) == CREEL_OK);
	MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	return arg;
}

static void
end(void)
{
	MODEL_CHECK(items == 0 && !creel_lock_locked(lock));
	creel_lock_destroy(lock);
	creel_condition_destroy(condition);
}

/* The time of one of them is up. */
void
model_condition_late(void)
{
	creel_status status;
	int threads[2];

	begin();
	threads[0] = model_go(take_for_a_while, &status);
	threads[1] = model_go(take, NULL);
	give(NULL);
	model_join(threads[0]);
	MODEL_CHECK(status == CREEL_OK || status == CREEL_ETIMEDOUT);
	if (status == CREEL_OK)
		give(NULL);
	model_join(threads[1]);
	end();
}

static void *
cancel_task(void *arg)
{
	creel_future_cancel(task);
	return arg;
}

static void *
take_or_be_cancelled(void *arg)
{
	*(creel_status *)arg = take_item(CREEL_FOREVER);
	return NULL;
}

/* One of them, a task, is cancelled. */
void
model_condition_cancel(void)
{
	creel_status status = CREEL_ECANCELLED; /* also if it never begins */
	int threads[2];

	begin();
	desk_open(&desk_of);
	task = desk_put(&desk_of, take_or_be_cancelled, &status);
	threads[0] = model_go(cancel_task, NULL);
	threads[1] = model_go(give, NULL);
	desk_run(&desk_of);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(status == CREEL_OK || status == CREEL_ECANCELLED);
	if (status == CREEL_ECANCELLED)
		take(NULL);
	creel_future_unref(task);
	task = NULL;
	end();
}

/* Has a call begun to wait? It has a reference then, beside the lock's own and the condition's. */
static bool
somebody_waits(void)
{
	bool waits;

	crl_mutex_lock(&lock->monitor.lock);
	waits = lock->monitor.refs > 2;
	crl_mutex_unlock(&lock->monitor.lock);
	return waits;
}

static crl_atomic(bool) begun;

static void *
wait_for_the_end(void *arg)
{
	creel_status status = creel_lock_acquire(lock, CREEL_FOREVER);

	MODEL_CHECK(status == CREEL_OK);
	crl_store(&begun, true, relaxed); /* the lock comes free when it waits */
	status = creel_condition_wait(condition, CREEL_SECONDS(1));
	MODEL_CHECK(status == CREEL_ECLOSED || status == CREEL_ETIMEDOUT);
	MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	return arg;
}

/* The condition is destroyed under one who waits at it, or whose time is up: it has the lock at the end. */
void
model_condition_end(void)
{
	int thread;

	begin();
	thread = model_go(wait_for_the_end, NULL);
	while (!crl_load(&begun, relaxed))
		crl_pause();
	MODEL_CHECK(creel_lock_acquire(lock, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(creel_lock_release(lock) == CREEL_OK);
	creel_condition_destroy(condition);
	model_join(thread);
	MODEL_CHECK(!creel_lock_locked(lock));
	creel_lock_destroy(lock);
}

static void *
wait_without_a_lock(void *arg)
{
	creel_status status = creel_lock_acquire(lock, CREEL_FOREVER);

	MODEL_CHECK(status == CREEL_OK);
	status = creel_condition_wait(condition, CREEL_SECONDS(1));
	if (status == CREEL_ETIMEDOUT)
		status = creel_condition_wait(condition, CREEL_FOREVER);
	MODEL_CHECK(status == CREEL_ECLOSED);
	return arg;
}

/* The lock is destroyed under one who waits at its condition: it is told so. */
void
model_condition_lost(void)
{
	int thread;

	begin();
	thread = model_go(wait_without_a_lock, NULL);
	while (!somebody_waits())
		crl_pause();
	creel_lock_destroy(lock);
	model_join(thread);
	creel_condition_destroy(condition);
}
