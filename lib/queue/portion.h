/* SPDX-License-Identifier: MIT */
/*
 * portion.h: what a worker has fetched from the inbox to run next: a chain of jobs, the oldest first, from which
 * others may take, too.
 *
 * Who        owner: the worker, fills and takes    thieves: many, take
 * Progress   a spinlock, held for a few instructions
 *
 * Exclusion  All is done with the lock held, but for a look at the count.
 * Ordering   by the lock [SL1]. Who fills lowers the pool's backlog afterwards, so that who sees that sees the
 *            count [P2]: see pool/idle.c.
 * Rejected   a deque: to fill it one has to walk along the chain, a cache miss for each job, with the inbox
 *            locked, or the jobs would be in neither for a while. To take from it is a compare and swap, as here.
 */
#ifndef CRL_QUEUE_PORTION_H
#define CRL_QUEUE_PORTION_H

#include "queue/job.h"
#include "sync/spinlock.h"

typedef struct crl_portion {
	_Alignas(CRL_CACHE_LINE) crl_spinlock lock;
	crl_letter *first;        /* guarded by the lock */
	crl_atomic(size_t) count; /* changed with the lock held */
} crl_portion;

/* An empty portion is zeroed memory. */

/* By the owner, of an empty portion: the first n letters of this chain. */
static inline void
crl_portion_fill(crl_portion *portion, crl_letter *first, size_t n)
{
	crl_spinlock_lock(&portion->lock);
	portion->first = first;
	crl_store(&portion->count, n, relaxed); /* [P2] */
	crl_spinlock_unlock(&portion->lock);
}

/* By anybody: is there anything? */
static inline bool
crl_portion_has_any(const crl_portion *portion)
{
	return crl_load(&portion->count, relaxed) >
	       0; /* the caller has seen what came before [P2] */
}

/* By anybody: how many there are about now. */
static inline size_t
crl_portion_count(const crl_portion *portion)
{
	return crl_load(&portion->count, relaxed);
}

/* By anybody: the oldest; NULL: empty. */
static inline crl_job *
crl_portion_take(crl_portion *portion)
{
	crl_letter *letter = NULL;
	size_t count;

	if (!crl_portion_has_any(portion))
		return NULL;
	crl_spinlock_lock(&portion->lock);
	count = crl_load(&portion->count, relaxed);
	if (crl_likely(count > 0)) {
		letter = portion->first;
		portion->first = letter->next;
		crl_store(&portion->count, count - 1, relaxed); /* guarded */
		if (count > 1)
			crl_job_prefetch(crl_job_of_letter(letter->next));
	}
	crl_spinlock_unlock(&portion->lock);
	return letter != NULL ? crl_job_of_letter(letter) : NULL;
}

#endif
