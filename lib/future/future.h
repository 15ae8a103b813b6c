/* SPDX-License-Identifier: MIT */
/*
 * future.h: the future itself: a state word, a payload, a list of wakers, a count of references.
 *
 * It knows nothing of tasks, pools or threads. Whoever waits links a waker; whoever completes takes
 * the whole list in one step and wakes it. What contains a future (a task, a promise) gives it its
 * operations.
 *
 * Who        completer: whoever completes, one wins    waiters, referrers: many, any thread
 * Progress   queries wait-free; link and unlink lock out the others for a few instructions; complete,
 *            and removing callbacks, for a walk along the list
 *
 * States     state.h
 * Exclusion  every pair of operations may run at the same time, as long as each caller's reference,
 *            or one held for it, lives through the call
 *
 * Invariants
 *   I1  A waker is in the list only while the phase is not final. So: linked and not yet unlinked
 *       means that wake has been or will be called, exactly once.
 *   I2  The payload is written once, under the lock, before the phase becomes final.
 *   I3  Final states change in LOOKED and TAKEN alone.
 *
 * Ordering (release -> acquire, what it publishes)
 *   [F1] complete: store of the final state, release -> every query: load, acquire
 *        the payload, and all that the completer did before
 *   [F2] unlock: store of the state, release -> lock: CAS, acquire    the list. start comes between with
 *        a CAS of its own, which goes on with that release sequence, and waits while it is locked
 *   [F3] unref: fetch_sub, acq_rel -> the last unref: the same    all uses of the future are over
 *
 * Linearizes   complete at [F1]; start at its CAS; link and unlink at their unlock, or at the load
 *              that finds a final phase.
 * Lifetime     complete touches the future last at [F1]: a waiter may free it right after. The list
 *              was taken before, and its nodes live until they are woken. Callbacks, which are given the
 *              future, have references that complete took for them before [F1].
 */
#ifndef CRL_FUTURE_FUTURE_H
#define CRL_FUTURE_FUTURE_H

#include "base/atomic.h"
#include "base/attr.h"
#include "base/list.h"
#include "future/state.h"
#include "sync/waker.h"

#include <creel/future.h>
#include <stddef.h>

typedef struct crl_future_ops {
	/* Cancel what produces the future, and say why, unless NULL; NULL: a promise, which anybody may complete. */
	creel_cancel_result (*cancel)(creel_future *, const char *reason);
	/* The last reference is gone: release what contains the future. */
	void (*destroy)(creel_future *);
	/* Somebody's value that nobody took; NULL: nothing to do. */
	void (*drop_value)(creel_future *, void *value);
	/* Whose the value is, so that it is taken from both; NULL: it is the future's own. */
	creel_future *(*lender)(creel_future *);
	/* What it stands for, or waits for: the i-th future; NULL: there are no more. NULL: nothing. For who knows
	 * that it cannot be freed meanwhile. */
	creel_future *(*input)(creel_future *, size_t i);
	/* It is freed: free the text of the reason with which its end was asked for. Of those that keep one. */
	void (*forget_reason)(creel_future *);
	/* Is the error another future's, who reports it and frees it? NULL: it is not. */
	bool (*borrows_error)(const creel_future *);
} crl_future_ops;

struct creel_future {
	crl_atomic(uint32_t) state;
	crl_atomic(uint32_t) refs;
	const crl_future_ops *ops;
	union {
		void *value;              /* CRL_VALUE */
		const creel_error *error; /* CRL_ERROR; CRL_CANCELLED */
	};
	crl_list wakers; /* guarded by the lock bit: crl_waker.link */
};

/* A future in this phase with so many references. */
static inline void
crl_future_init(creel_future *future, const crl_future_ops *ops, crl_phase phase, uint32_t refs)
{
	crl_store(&future->state, crl_state_new(phase), relaxed); /* not shared yet */
	crl_store(&future->refs, refs, relaxed);
	future->ops = ops;
	future->value = NULL;
	crl_list_init(&future->wakers);
}

/* PENDING becomes RUNNING; false: it was not pending. */
bool crl_future_start(creel_future *future);

/* Give it its end: exactly one call does, the others get false. Wakes the waiters, then runs the
 * callbacks (cascade.h). Never allocates. The payload is a value, or a const creel_error. */
bool crl_future_complete(creel_future *future, crl_phase phase, void *payload);

/* The same by a cancel, for a reason unless NULL. */
bool crl_future_complete_cancelled(creel_future *future, const char *reason);

/* By whoever produces it and keeps a reason for it from now on; false: it has its end, and needs none. */
bool crl_future_note_reason(creel_future *future);

/* cancel.c: as creel_future_cancel(), for a reason unless NULL. */
creel_cancel_result crl_future_cancel(creel_future *future, const char *reason);

/* Link a waker; false: the future is done, and wake will not be called. */
bool crl_future_link(creel_future *future, crl_waker *waker);

/* Take a waker out; false: it is being woken, or has been. */
bool crl_future_unlink(creel_future *future, crl_waker *waker);

/* Take all wakers that match out, into `out`, in order. */
typedef bool crl_waker_match(crl_list *link, creel_done_fn *fn, void *arg);
void crl_future_extract(
	creel_future *future, crl_waker_match *match, creel_done_fn *fn, void *arg, crl_list *out);

/* The future's state, so that what it says of the end is visible. */
static inline uint32_t
crl_future_state(const creel_future *future)
{
	return crl_load(&future->state, acquire); /* [F1] */
}

/* By who changes many, one after the other, and is at number i: have the cache fetch one that comes soon. */
static inline void
crl_futures_fetch(creel_future *const futures[], size_t i, size_t n)
{
	const size_t ahead = 8;

	if (i + ahead < n)
		crl_prefetch(futures[i + ahead]);
}

/* Is it pending since before a fork of which this is the child? Then it never ends. */
static inline bool
crl_future_is_lost(const creel_future *future)
{
	const uint32_t state = crl_future_state(future);

	return !crl_state_final(state) && crl_state_inherited(state);
}

/* The outcome of a done future, which counts as looked at: its status, and the value if it is one.
 * Reports what is not CREEL_OK. */
creel_status crl_future_outcome(creel_future *future, void **result);

/* Claim the value of a done future: like outcome, but the value is handed over, once. Nobody takes it
 * where result is NULL: it stays with the future. */
creel_status crl_future_claim(creel_future *future, void **result);

/* Mark a done future as looked at. */
void crl_future_look(creel_future *future, uint32_t state);

/* Mark the value as taken; false: it was, or there is none. */
bool crl_future_claim_value(creel_future *future);

/* The future that has failed for lack of memory: static, never freed. */
creel_future *crl_future_no_memory(void);

#endif
