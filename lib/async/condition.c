/* SPDX-License-Identifier: MIT */
/*
 * condition.c: a condition lets callers that hold a lock wait without it until somebody notifies them; see
 * lock.h and monitor.h.
 *
 * A notified caller goes to the end of the lock's line and wakes when the lock is its own. So one that is
 * cancelled, or whose time is up, has either not been notified: it says so, once it has the lock again. Or it
 * has been, and reports that, so that no notification is spent on a caller who does not act on it:
 *
 *     the condition's line ──notify──────────► the lock's line ──► CREEL_OK
 *       └──timeout, cancel──► (the lock's line, or the lock at once) ──► CREEL_ETIMEDOUT, CREEL_ECANCELLED
 *
 * The lock is waited for to the end: a caller returns with it whatever came, unless the lock is destroyed.
 */
#include "async/lock.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/process.h"

#include <stdint.h>

/* A caller that waits at a condition. */
typedef struct listener {
	crl_caller caller;
	creel_status outcome; /* what it says when it has the lock */
} listener;

creel_condition *
creel_condition_create(creel_lock *lock)
{
	creel_condition *condition;

	/* First the memory: the monitor is not held while it is asked for. */
	if ((condition = crl_zalloc(sizeof *condition)) == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a condition");
		return NULL;
	}
	if (crl_monitor_enter(lock) != CREEL_OK) {
		crl_free(condition);
		return NULL;
	}
	condition->lock = lock;
	condition->generation = crl_generation();
	crl_list_init(&condition->line.callers);
	crl_list_push_back(&lock->conditions, &condition->place);
	crl_monitor_ref(lock);
	crl_monitor_leave(lock);
	return condition;
}

/* Take the monitor of the condition's lock: CREEL_OK, or why not, which is reported. */
static creel_status
enter(creel_condition *condition)
{
	if (condition == NULL)
		return crl_report(CREEL_EINVAL, "the condition is NULL");
	/* The child may have freed the lock. */
	if (crl_unlikely(condition->generation != crl_generation()))
		return crl_report(CREEL_ECLOSED, "the condition was made before a fork");
	return crl_monitor_enter(condition->lock);
}

/* With the monitor held: may a caller who is ready to wait, if it is, do so? */
static creel_status
check(const creel_lock *lock, creel_status ready)
{
	if (lock->monitor.destroyed)
		return CREEL_ECLOSED;
	return lock->locked ? ready : CREEL_ESTATE;
}

/*
 * With the monitor held, which is let go of meanwhile: timeout or cancel have ended the wait. Wait for the lock,
 * in whose line the listener may be already: it has been notified then.
 */
static void
wait_for_lock(creel_lock *lock, listener *self)
{
	crl_caller *caller = &self->caller;
	const bool notified = caller->line == &lock->monitor.lines[0];

	if (!notified)
		self->outcome = crl_waiter_interrupted(&caller->waiter);
	crl_waiter_prepare_again(&caller->waiter); /* DONE is set under the monitor alone */
	if (!notified) {
		crl_line_leave(caller);
		crl_lock_queue(lock, caller);
	}
	crl_monitor_leave(lock);
	crl_waiter_wait_through(&caller->waiter, CRL_NEVER);
	crl_mutex_lock(&lock->monitor.lock);
}

/* The listener has been served. What does it say? */
static creel_status
conclude(const listener *self)
{
	const creel_status answer = self->caller.answer;

	if (self->outcome == CREEL_ECANCELLED) {
		/* Requests that came while it waited for the lock are reported with the first; without a lock
		 * none is. */
		crl_cancel_restore(self->caller.waiter.strand->cancel);
		if (answer == CREEL_OK)
			crl_cancel_deliver(self->caller.waiter.strand->cancel);
	}
	return answer == CREEL_OK ? self->outcome : answer;
}

static creel_status
wait_until(creel_condition *condition, int64_t deadline)
{
	listener self = {.outcome = CREEL_OK};
	const creel_status ready = crl_waiter_prepare(&self.caller.waiter);
	creel_status status = enter(condition);
	creel_lock *lock;

	if (status != CREEL_OK)
		return status;
	lock = condition->lock;
	status = check(lock, ready);
	if (status != CREEL_OK) {
		crl_monitor_leave(lock);
		return status;
	}
	crl_monitor_ref(lock);
	crl_line_join(&condition->line, &self.caller);
	crl_lock_pass_on(lock);
	crl_monitor_leave(lock);

	crl_waiter_wait(&self.caller.waiter, deadline); /* the condition may be gone from here on */

	crl_mutex_lock(&lock->monitor.lock);
	if (!crl_waiter_done(&self.caller.waiter))
		wait_for_lock(lock, &self);
	crl_monitor_unref(lock);
	return conclude(&self);
}

/* A wait without time to wait in: the lock stays with the caller. */
static creel_status
poll(creel_condition *condition)
{
	creel_status status = enter(condition);

	if (status != CREEL_OK)
		return status;
	status = check(condition->lock, CREEL_OK);
	crl_monitor_leave(condition->lock);
	return status == CREEL_OK ? crl_waiter_poll() : status;
}

static creel_status
report(creel_status status)
{
	if (status == CREEL_ESTATE)
		return crl_report(status, "the lock of the condition is not locked");
	return crl_monitor_report(status);
}

creel_status
creel_condition_wait(creel_condition *condition, creel_duration timeout)
{
	if (timeout < 0)
		return crl_report(CREEL_EINVAL, "the timeout is negative");
	return report(
		timeout == 0 ? poll(condition) : wait_until(condition, crl_deadline(timeout)));
}

creel_status
creel_condition_wait_for(creel_condition *condition, creel_predicate_fn *predicate, void *arg,
	creel_duration timeout)
{
	const int64_t deadline = timeout > 0 ? crl_deadline(timeout) : 0;
	creel_status status = CREEL_OK;

	if (condition == NULL || predicate == NULL || timeout < 0)
		return crl_report(CREEL_EINVAL,
			"the condition or the predicate is NULL or the timeout negative");
	while (!predicate(arg)) {
		if (status != CREEL_OK)
			return report(status);
		status = timeout == 0 ? poll(condition) : wait_until(condition, deadline);
		if (status != CREEL_OK && status != CREEL_ETIMEDOUT)
			return report(status);
	}
	return CREEL_OK;
}

creel_status
creel_condition_notify(creel_condition *condition, size_t n)
{
	creel_status status = enter(condition);
	creel_lock *lock;
	crl_caller *first;

	if (status != CREEL_OK)
		return status;
	lock = condition->lock;
	status = check(lock, CREEL_OK);
	while (status == CREEL_OK && n-- > 0 &&
		(first = crl_line_first(&condition->line)) != NULL) {
		crl_line_leave(first);
		crl_lock_queue(lock, first);
	}
	crl_monitor_leave(lock);
	return report(status);
}

creel_status
creel_condition_notify_all(creel_condition *condition)
{
	return creel_condition_notify(condition, SIZE_MAX);
}

void
creel_condition_destroy(creel_condition *condition)
{
	creel_lock *lock;
	crl_caller *first;

	if (condition == NULL)
		return;
	if (crl_likely(condition->generation == crl_generation())) {
		lock = condition->lock;
		crl_mutex_lock(&lock->monitor.lock);
		while ((first = crl_line_first(&condition->line)) != NULL) {
			CRL_CONTAINER_OF(first, listener, caller)->outcome = CREEL_ECLOSED;
			crl_line_leave(first);
			crl_lock_queue(lock, first);
		}
		crl_list_unlink(&condition->place);
		crl_monitor_unref(lock);
	}
	crl_free(condition);
}
