/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h: a lock for a few instructions, where a mutex would be larger than what it guards.
 *
 * Ordering   [SL1] unlock: store, release -> lock: CAS, acquire    what the lock guards
 * Last access  of the unlocking thread is the store.
 */
#ifndef CRL_SYNC_SPINLOCK_H
#define CRL_SYNC_SPINLOCK_H

#include "base/atomic.h"
#include "base/attr.h"
#include "sync/spin.h"

typedef struct crl_spinlock {
	crl_atomic(unsigned) held; /* zeroed memory is an open lock */
} crl_spinlock;

static inline void
crl_spinlock_lock(crl_spinlock *lock)
{
	unsigned spins = 0, open = 0;

	while (crl_unlikely(!crl_cas_weak(&lock->held, &open, 1, acquire, relaxed))) { /* [SL1] */
		open = 0;
		crl_spin(&spins);
	}
}

static inline void
crl_spinlock_unlock(crl_spinlock *lock)
{
	crl_store(&lock->held, 0, release); /* [SL1] */
}

#endif
