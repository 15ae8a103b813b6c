/* SPDX-License-Identifier: MIT */
/*
 * lock.h: a lock for tasks, handed over in the order in which it was asked for. Its conditions are guarded by
 * the same monitor, so that who is notified moves from the line of the condition to that of the lock in one
 * step.
 *
 * Invariant  If somebody waits for the lock, it is locked.
 */
#ifndef CRL_ASYNC_LOCK_H
#define CRL_ASYNC_LOCK_H

#include "async/monitor.h"

#include <creel/sync.h>

struct creel_lock {
	crl_monitor monitor; /* line 0: who waits for the lock */
	bool locked;
	crl_list conditions; /* of creel_condition, by `place` */
};

struct creel_condition {
	creel_lock *lock; /* a reference */
	unsigned generation;
	crl_list place; /* in the lock's `conditions` */
	crl_line line;  /* who waits to be notified; guarded by the lock's monitor, as `place` is */
};

/* With the monitor held: give the lock to who asked for it first, or to nobody. */
void crl_lock_pass_on(creel_lock *lock);

/* With the monitor held: have the caller served with the lock, in its turn. */
void crl_lock_queue(creel_lock *lock, crl_caller *caller);

#endif
