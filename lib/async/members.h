/* SPDX-License-Identifier: MIT */
/*
 * members.h: a future that stands for many, its members: what gather.c and first.c have in common.
 *
 * It has a waker in each member; the member that ends last ends it. Until then it holds a reference to
 * itself, so it may be let go of while its members run. Who uses this says by its operations how the whole
 * is to end, and in its wake function, by which member that is decided.
 *
 * What is needed for a member is its future and a place of 24 bytes, in which the waker is until the member
 * has ended, and then its outcome. A waker finds the whole by where the function stands that wakes it
 * (sync/waker.h), and its member by where it is itself.
 *
 * Who        members' completers: many    cancellers: many    the creator, while it links
 * Counts     `remaining`: members that have not ended, and everybody who is inside: the creator, and
 *            cancellers. Who brings it to nothing ends the whole.
 * Word       `turn`: how it is to end
 *     DECIDED    the members that have ended decide how it ends, before it does: that is acted upon, as soon as
 *                nobody tries to cancel it; the rest is only counted
 *     CANCEL     a cancel has reached a member: it ends cancelled, with the last member
 *     and, in units of TRIER, how many try to cancel it
 *
 * Invariants
 *   I1  An outcome is written by the completer of its member alone, or, where the member had ended before, by
 *       the creator; before that counts it down. From there on nobody touches the waker.
 *   I2  What decides is known before the member that does is counted down.
 *   I3  While somebody tries to cancel it, it is not acted upon what is decided: that may be what the
 *       cancel does. If none of them reached a member, the last to give up sees to it.
 *   I4  A wake does no more than to note an outcome and count; what ends other futures, or cancels
 *       them, is left to the cascade (cascade.h), so nothing of it recurses.
 *   I5  All members are known before the first is linked, for whoever decides may cancel them. The
 *       creator's caller has references to them until the whole has its own.
 * Ordering (release -> acquire, what it publishes)
 *   [G1] count down: fetch_sub of remaining, acq_rel -> the last one: the same    all outcomes
 *   [G2] off the list: store of put_off, release -> onto a list: exchange, acquire    `next`
 *   [G3] it is decided: fetch_or of turn, release -> the last to give up: fetch_sub, acquire    how
 *   The error of a member, and the reason of a cancel, are known by [G1], or by having looked at the member [F1].
 * Last access  by a member's completer: the count down, unless it was the last.
 */
#ifndef CRL_ASYNC_MEMBERS_H
#define CRL_ASYNC_MEMBERS_H

#include "async/combine.h"
#include "future/cascade.h"

typedef struct crl_members {
	creel_future future; /* its first member */
	crl_wake *wake;      /* that of the places' wakers */
	crl_place *places;
	creel_future **futures; /* references to the members */
	size_t n;
	unsigned flags; /* its user's */
	crl_atomic(bool) put_off;
	struct crl_members *next;       /* to be cancelled; guarded by `put_off` */
	const creel_error *put_off_for; /* the reason, or the static one; likewise */
	crl_atomic(const creel_error *)
		reason;             /* of the cancel that reached a member; NULL: none did */
	crl_waker deciding, ending; /* for the cascade */
	crl_atomic(unsigned) turn;
	crl_atomic(size_t) remaining;
} crl_members;

/* All completers change the count, and read what is above: their processors keep that. */
_Static_assert(
	offsetof(crl_members, remaining) - offsetof(crl_members, n) > CRL_CACHE_LINE, "too close");

typedef struct crl_members_ops {
	crl_combine_ops combine; /* its first member */
	/* In the cascade: a member's wake has said that it is decided. */
	void (*decided)(crl_members *);
	/* By crl_members_act(), or when the last canceller gave up: act upon it. */
	void (*act)(crl_members *);
	/* All have ended, and it was not cancelled: complete it, unless it has been. */
	void (*finish)(crl_members *);
} crl_members_ops;

/* Of crl_members_ops: the future's operations `cancel` and `input`. */
creel_cancel_result crl_members_cancel(creel_future *future, const char *reason);
creel_future *crl_members_input(creel_future *future, size_t i);
void crl_members_drop_value(creel_future *future, void *value);

/* The future's operations that all of the kind have. */
#define CRL_MEMBERS_FUTURE_OPS \
	{ \
		.cancel = crl_members_cancel, .destroy = crl_combine_destroy, \
		.drop_value = crl_members_drop_value, .input = crl_members_input, \
		.borrows_error = crl_combine_borrows \
	}

/* Set it up, but for places and futures, which it has room for: n of each. */
void crl_members_init(
	crl_members *m, const crl_members_ops *ops, crl_wake *wake, size_t n, unsigned flags);

/* Know these members; NULL, or why they cannot be. */
const creel_error *crl_members_know(crl_members *m, creel_future *const futures[]);

/* For `decided`: act, once, unless somebody tries to cancel it, or has. */
void crl_members_act(crl_members *m);

/* Ask all members that are not done to end; true: somebody will. */
bool crl_members_ask(const crl_members *m);

/* Let go of the members. */
void crl_members_release(crl_members *m);

/* For the cascade. */
extern crl_wake *const crl_members_by_deciding, *const crl_members_by_ending;

/* All have ended. */
void crl_members_end(crl_members *m);

/* Note the outcome of a member that has ended. */
static inline creel_status
crl_members_note(const crl_members *m, crl_place *where)
{
	where->outcome = crl_combine_outcome(m->futures[where - m->places]);
	return where->outcome.status;
}

/* By a wake: a member has been noted; it decides, or not. */
static inline void
crl_members_noted(crl_members *m, bool decides)
{
	if (crl_unlikely(decides))
		crl_cascade_later(&m->deciding, &crl_members_by_deciding);
	else if (crl_fetch_sub(&m->remaining, 1, acq_rel) == 1) /* [G1] */
		crl_cascade_later(&m->ending, &crl_members_by_ending);
}

/* Link all members, with references. note() is called for those that had ended: it notes the outcome; true: that
 * decides. Where no member is left, it has ended on return. */
static inline void
crl_members_link(crl_members *m, bool (*note)(crl_members *m, crl_place *where))
{
	creel_future *const *futures = m->futures;
	const size_t n = m->n;
	size_t ended = 0;

	for (size_t i = 0; i < n; i++) {
		crl_place *where = &m->places[i];
		creel_future *member = creel_future_ref(futures[i]);

		crl_futures_fetch(futures, i, n);
		where->waker.wake = &m->wake;
		if (crl_future_link(member, &where->waker))
			continue;
		if (crl_unlikely(note(m, where)))
			crl_cascade_later(&m->deciding, &crl_members_by_deciding);
		else
			ended++;
	}
	if (crl_fetch_sub(&m->remaining, ended + 1, acq_rel) == ended + 1) /* [G1] */
		crl_members_end(m);
}

#endif
