/* SPDX-License-Identifier: MIT */
/*
 * cancel.h: the requests of one job to be cancelled, and whom they wake.
 *
 * A request is told to the job twice over. As a level: once made, requested() stays true. As an edge:
 * it is *pending* until a wait of the job, or a checkpoint, reports it; requests that come before that
 * are reported together. A wait that has something better to report leaves it pending.
 *
 * A part of the job that runs on another fiber has requests of its own, since it waits by itself. It is
 * *joined* to those of the fiber that it comes from, as one of the waiters there: a request is relayed to it.
 *
 * Who        owner: the job, on its runner's thread, waits    others: whoever cancels, many
 * Word       LOCK       held for a few instructions: guards `waiters`
 *            REQUESTED  the level; never cleared
 *            PENDING    the edge; set by a request, cleared by the owner who reports it
 *            SWEPT      the runner's own interruption has been counted as a request
 *
 * Invariants
 *   I1  A waiter is in the list only between enter and leave of its owner, so a canceller that holds
 *       the lock may touch every waiter in it.
 *   I2  A canceller sets PENDING and wakes the list under one lock, and the owner looks at PENDING and
 *       links its waiter under one lock: no request falls between.
 * Ordering (release -> acquire)
 *   [CA1] unlock -> lock           the list
 *   [CA2] request: unlock -> requested: load    what the canceller did before
 *   The locks of a job and its parts are taken from the whole to the part.
 * Last access by a canceller: the unlock. The task's reference that it holds keeps the word alive.
 */
#ifndef CRL_RUNNER_CANCEL_H
#define CRL_RUNNER_CANCEL_H

#include "base/atomic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crl_waiter;

typedef struct crl_cancel {
	crl_atomic(uint32_t) word;
	struct crl_waiter *waiters; /* guarded by LOCK; linked by cancel_next and cancel_prev */
} crl_cancel;

static inline void
crl_cancel_init(crl_cancel *cancel)
{
	crl_store(&cancel->word, 0, relaxed); /* not shared yet */
	cancel->waiters = NULL;
}

/* From any thread: ask the job to end, and wake its waiters with CRL_WAKE_CANCEL. */
void crl_cancel_request(crl_cancel *cancel);

/* By the job's runner: count the runner's interruption as a request, the first time. */
void crl_cancel_sweep(crl_cancel *cancel);

/* By the job: has it ever been asked to end? */
bool crl_cancel_requested(const crl_cancel *cancel);

/* By the job: link a waiter, unless a request is pending: then false. */
bool crl_cancel_enter(crl_cancel *cancel, struct crl_waiter *waiter);
void crl_cancel_leave(crl_cancel *cancel, struct crl_waiter *waiter);

/*
 * By a part of a job, which is to hear of the same requests as the one that it comes from, until
 * crl_cancel_leave(of, relay): its own `cancel` becomes like that, and follows it by the relay. A request that is
 * pending there is so here; one that was delivered there before the part began was delivered.
 */
void crl_cancel_join(crl_cancel *cancel, crl_cancel *of, struct crl_waiter *relay);

/* By the job: is a request pending? */
bool crl_cancel_pending(const crl_cancel *cancel);

/* By the job: the pending request has been reported; or it is to be reported again. */
void crl_cancel_deliver(crl_cancel *cancel);
void crl_cancel_restore(crl_cancel *cancel);

#endif
