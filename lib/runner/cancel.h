/* SPDX-License-Identifier: MIT */
/*
 * cancel.h: the requests of one job to be cancelled, and whom they wake.
 *
 * A request is told to the job twice over. As a level: once made, requested() stays true. As an edge:
 * it is *pending* until a wait of the job, or a checkpoint, reports it; requests that come before that
 * are reported together. A wait that has something better to report leaves it pending.
 *
 * What hears of requests makes a tree. Its root is the job's. A part of the job that runs on another fiber has
 * requests of its own, since it waits by itself; so has a scope (runner/scope.h), whose inside may be told to end
 * without the rest. Each is *joined* to that in which it began: it is one of the listeners there, and what comes is
 * relayed to it. A cut, which goes with a scope, is a level alone: it never comes undone.
 *
 * A request may have a *reason* (runner/reason.h), which is kept at the root, in the list of the listeners: the first
 * that comes stands until it is told. That a request has one goes down the tree with it; who tells it looks for the
 * text from there up.
 *
 * A group (async/group.h) asks who made it, too, and takes that back when it has ended: a request of that kind
 * counts for the level as long as it stands. Which requests came from others since a *bond* began is told by a
 * count of all.
 *
 * Who        owner: the job, on its runner's thread, waits    others: whoever cancels, many
 * Word       LOCK       held for a few instructions: guards `listeners`
 *            REQUESTED  the level; never cleared
 *            PENDING    the edge; set by a request, cleared by the owner who reports it
 *            SWEPT      the runner's own interruption has been counted as a request
 *            CUT        a scope that this is, or is in, was cancelled; never cleared
 *            REASON     the request that is pending has a reason
 *            NAMED      that which was delivered last had one
 *            ASKED      and up: how many bonds ask for it at present, which is as good as REQUESTED
 *
 * Invariants
 *   I1  A waiter is in the list only between enter and leave of its owner, so a canceller that holds
 *       the lock may touch every waiter in it.
 *   I2  A canceller sets PENDING, or CUT, and wakes the list under one lock, and the owner looks at them and
 *       links its waiter under one lock: no request falls between.
 *   I3  Of a scope and what it is joined to, one is waited in at a time: what is pending stands in the scope while
 *       that lasts, and is handed back at its end.
 * Ordering (release -> acquire)
 *   [CA1] unlock -> lock           the list; for who is to look at the clock, the new deadline
 *   [CA2] request: unlock -> requested: load    what the canceller did before
 *   Locks are taken from the root on. Who looks for a reason holds one at a time.
 * Last access by a canceller: the unlock. The task's reference that it holds keeps the word alive; a scope is kept
 * by whoever lets others cancel it.
 */
#ifndef CRL_RUNNER_CANCEL_H
#define CRL_RUNNER_CANCEL_H

#include "base/atomic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crl_reason;
struct crl_waiter;

/* What a waiter may be told, and listens to or not; or what else stands in the list. */
enum {
	CRL_HEAR_REQUEST = 1,
	CRL_HEAR_CUT = 2,
	CRL_IS_RELAY = 4,  /* it passes on what it hears, to `other` */
	CRL_IS_JOINT = 8,  /* it says what this is joined to: `other` */
	CRL_IS_REASON = 16 /* a part of a crl_reason */
};

/* In the list of a crl_cancel: a part of a waiter, or what the tree is made of. */
typedef struct crl_listener {
	struct crl_listener *next, *prev;
	struct crl_cancel *other; /* see above */
	unsigned hears;           /* a waiter: CRL_HEAR_* */
} crl_listener;

/* How one crl_cancel is joined to another: what stands in the list of either. */
typedef struct crl_relay {
	crl_listener down, up;
} crl_relay;

typedef struct crl_cancel {
	crl_atomic(uint32_t) word;
	/* Guarded by LOCK. The count is of requests that have come since this was joined, and that which was pending
	 * then; without those that were taken back. */
	uint32_t count;
	crl_listener *listeners;
} crl_cancel;

/* Zeroed memory is the same. */
static inline void
crl_cancel_init(crl_cancel *cancel)
{
	crl_store(&cancel->word, 0, relaxed); /* not shared yet */
	cancel->count = 0;
	cancel->listeners = NULL;
}

/* From any thread: ask the job to end, and wake its waiters with CRL_WAKE_CANCEL. */
void crl_cancel_request(crl_cancel *cancel);

/* The same for a reason, which is the job's from then on, unless there is one that nobody has been told. Returns what
 * is left, for the caller to free; NULL: nothing. */
struct crl_reason *crl_cancel_request_because(crl_cancel *cancel, struct crl_reason *reason);

/* From any thread: what waits in this scope is to end, now and for ever; the waiters are woken likewise. */
void crl_cancel_cut(crl_cancel *cancel);

/* From any thread: a deadline has been moved: have those who listen to cuts look at the clock, by CRL_WAKE_TIMEOUT. */
void crl_cancel_look(crl_cancel *cancel);

/* By the job's runner: count the runner's interruption as a request, the first time. */
void crl_cancel_sweep(crl_cancel *cancel);

/* By the job: has it been asked to end? */
bool crl_cancel_requested(const crl_cancel *cancel);

/* By the job: link a waiter, unless there is something that it listens to: then false. */
bool crl_cancel_enter(crl_cancel *cancel, struct crl_waiter *waiter);
void crl_cancel_leave(crl_cancel *cancel, struct crl_waiter *waiter);

/*
 * By a part of a job, or a scope, which is to hear of the same as `of`: until crl_cancel_part() its own `cancel`,
 * which has been initialized, follows that by the relay. A request that is pending there is so here; one that was
 * delivered there before was delivered.
 */
void crl_cancel_join(crl_cancel *cancel, crl_cancel *of, crl_relay *relay);
void crl_cancel_part(crl_cancel *of, crl_relay *relay);

/* The same as part() for one that stays, and stands for itself from then on. */
void crl_cancel_part_alive(crl_cancel *cancel, crl_cancel *of, crl_relay *relay);

/* By a scope that ends, instead: what is pending in it, and only that, is pending where it was joined to. */
void crl_cancel_hand_back(crl_cancel *cancel, crl_cancel *of, crl_relay *relay);

/* By the job: is a request pending? Has one been heard of since it was joined? */
bool crl_cancel_pending(const crl_cancel *cancel);
bool crl_cancel_heard(crl_cancel *cancel);

/* By the job: the pending request has been reported; or it is to be reported again. */
void crl_cancel_deliver(crl_cancel *cancel);
void crl_cancel_restore(crl_cancel *cancel);

/* By the job: has the request that is pending a reason, or that which was delivered last? */
bool crl_cancel_has_reason(const crl_cancel *cancel);

/* For reason.c: hold the lock, which gives the word that is to be given back; and with it held, what of this kind
 * stands in the list (NULL: nothing). */
uint32_t crl_cancel_lock(crl_cancel *cancel);
void crl_cancel_unlock(crl_cancel *cancel, uint32_t word);

static inline crl_listener *
crl_cancel_find(const crl_cancel *cancel, unsigned what)
{
	crl_listener *listener = cancel->listeners;

	while (listener != NULL && listener->hears != what)
		listener = listener->next;
	return listener;
}

/* By whoever frees the job: its reason, to be freed; NULL: there is none. */
struct crl_reason *crl_cancel_forget_reason(crl_cancel *cancel);

/* What may ask a job to end, once, and take that back. Its owner excludes concurrent calls. */
typedef struct crl_bond {
	crl_cancel *cancel;
	uint32_t seen; /* the count when it began */
	bool asked;
} crl_bond;

/* By the job. A request that is pending counts as one that comes later. */
void crl_bond_begin(crl_bond *bond, crl_cancel *cancel);

/* From any thread, as long as the job runs: ask it to end, unless that was done. */
void crl_bond_ask(crl_bond *bond);

/* Have others asked the job to end since the bond began? */
bool crl_bond_foreign(const crl_bond *bond);

/* By the job: take back what was asked; answers as foreign() does. If others have not asked, no request is
 * pending any more. */
bool crl_bond_end(crl_bond *bond);

#endif
