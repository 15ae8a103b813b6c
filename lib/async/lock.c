/* SPDX-License-Identifier: MIT */
/* lock.c: see lock.h. */
#include "async/lock.h"

#include "base/attr.h"
#include "base/context.h"

creel_lock *
creel_lock_create(void)
{
	creel_lock *lock = crl_monitor_create(sizeof *lock);

	if (lock != NULL)
		crl_list_init(&lock->conditions);
	return lock;
}

static creel_status
try_lock(void *object, crl_caller *self)
{
	creel_lock *lock = object;

	(void)self;
	if (lock->locked)
		return CREEL_EPENDING;
	lock->locked = true;
	return CREEL_OK;
}

creel_status
creel_lock_acquire(creel_lock *lock, creel_duration timeout)
{
	crl_caller self;

	return crl_monitor_wait(lock, 0, try_lock, &self, timeout);
}

void
crl_lock_pass_on(creel_lock *lock)
{
	crl_caller *first = crl_line_first(&lock->monitor.lines[0]);

	if (first != NULL)
		crl_serve(first, CREEL_OK);
	else
		lock->locked = false;
}

void
crl_lock_queue(creel_lock *lock, crl_caller *caller)
{
	crl_line_join(&lock->monitor.lines[0], caller);
	if (lock->locked)
		return;
	lock->locked = true;
	crl_serve(caller, CREEL_OK);
}

creel_status
creel_lock_release(creel_lock *lock)
{
	creel_status status = crl_monitor_enter(lock);
	bool locked;

	if (status != CREEL_OK)
		return status;
	locked = lock->locked;
	if (locked)
		crl_lock_pass_on(lock);
	crl_monitor_leave(lock);
	return locked ? CREEL_OK : crl_report(CREEL_ESTATE, "the lock is not locked");
}

bool
creel_lock_locked(const creel_lock *lock)
{
	bool locked;

	if (!crl_monitor_look(lock))
		return false;
	locked = lock->locked;
	crl_monitor_look_away(lock);
	return locked;
}

void
creel_lock_destroy(creel_lock *lock)
{
	if (!crl_monitor_close(lock))
		return;
	CRL_LIST_EACH (place, &lock->conditions)
		crl_serve_all(
			&CRL_CONTAINER_OF(place, creel_condition, place)->line, CREEL_ECLOSED);
	crl_monitor_unref(lock);
}
