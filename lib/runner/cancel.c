/* SPDX-License-Identifier: MIT */
/* cancel.c: see cancel.h for the protocol. */
#include "runner/cancel.h"

#include "runner/reason.h"
#include "runner/waiter.h"
#include "sync/spin.h"

#include <stddef.h>
#include <string.h>

enum {
	LOCK = 1,
	REQUESTED = 2,
	PENDING = 4,
	SWEPT = 8,
	CUT = 16,
	REASON = 32,
	NAMED = 64,
	ASKED = 128
};

/* All that belongs to the edge. */
#define EDGE ((uint32_t)(PENDING | REASON | NAMED))

/* Take the lock; returns the word without it. */
static uint32_t
lock(crl_cancel *cancel)
{
	unsigned spins = 0;

	for (;;) {
		uint32_t word = crl_load(&cancel->word, relaxed) & ~(uint32_t)LOCK;

		if (crl_cas_weak(&cancel->word, &word, word | LOCK, acquire, relaxed)) /* [CA1] */
			return word;
		crl_spin(&spins);
	}
}

/* Only the holder of the lock changes the word, so a plain store gives it back. */
static void
unlock(crl_cancel *cancel, uint32_t word)
{
	crl_store(&cancel->word, word, release); /* [CA1] [CA2] */
}

uint32_t
crl_cancel_lock(crl_cancel *cancel)
{
	return lock(cancel);
}

void
crl_cancel_unlock(crl_cancel *cancel, uint32_t word)
{
	unlock(cancel, word);
}

/* What listeners are told: what is put into their words and counts, or, of waiters that hear that, a bit of their
 * wake words. */
typedef struct tidings {
	uint32_t bits, asked, count;
	unsigned hear;
	unsigned wake;
} tidings;

static crl_waiter *
waiter_of(crl_listener *listener)
{
	return CRL_CONTAINER_OF(listener, crl_waiter, listener);
}

/* With the lock held, whose word is given: tell all, down the tree, and let go of it. */
static void
spread(crl_cancel *cancel, uint32_t word, const tidings *t)
{
	/* A waiter stays while the lock is held (I1); waking it is a few instructions and an unpark. */
	for (crl_listener *l = cancel->listeners; l != NULL; l = l->next)
		if (l->hears & CRL_IS_RELAY)
			spread(l->other, lock(l->other), t);
		else if (l->hears & t->hear)
			crl_waiter_notify(waiter_of(l), t->wake);
	cancel->count += t->count;
	unlock(cancel, (word | t->bits) + t->asked);
}

static const tidings a_request = {REQUESTED | PENDING, 0, 1, CRL_HEAR_REQUEST, CRL_WAKE_CANCEL};
static const tidings a_request_with_a_reason = {
	REQUESTED | PENDING | REASON, 0, 1, CRL_HEAR_REQUEST, CRL_WAKE_CANCEL};
static const tidings an_asking = {PENDING, ASKED, 1, CRL_HEAR_REQUEST, CRL_WAKE_CANCEL};
static const tidings a_cut = {CUT, 0, 0, CRL_HEAR_CUT, CRL_WAKE_CANCEL};
static const tidings a_look = {0, 0, 0, CRL_HEAR_CUT, CRL_WAKE_TIMEOUT};

void
crl_cancel_request(crl_cancel *cancel)
{
	spread(cancel, lock(cancel), &a_request);
}

/* With the lock held. */
static void
link_listener(crl_cancel *cancel, crl_listener *listener)
{
	listener->prev = NULL;
	listener->next = cancel->listeners;
	if (cancel->listeners != NULL)
		cancel->listeners->prev = listener;
	cancel->listeners = listener;
}

/* With the lock held. */
static void
unlink_listener(crl_cancel *cancel, crl_listener *listener)
{
	if (listener->prev != NULL)
		listener->prev->next = listener->next;
	else
		cancel->listeners = listener->next;
	if (listener->next != NULL)
		listener->next->prev = listener->prev;
}

/* With the lock held: it is the one that stands, unless there is one that was not told. Returns what is left. */
static crl_reason *
put_reason(crl_cancel *cancel, crl_reason *reason)
{
	crl_listener *place = crl_cancel_find(cancel, CRL_IS_REASON);
	crl_reason *before = place != NULL ? crl_reason_of(place) : NULL;

	if (before != NULL && !before->told)
		return reason;
	if (before != NULL)
		unlink_listener(cancel, place);
	link_listener(cancel, &reason->place);
	return before;
}

crl_reason *
crl_cancel_request_because(crl_cancel *cancel, crl_reason *reason)
{
	const uint32_t word = lock(cancel);
	crl_reason *left = put_reason(cancel, reason);

	spread(cancel, word, &a_request_with_a_reason);
	return left;
}

crl_reason *
crl_cancel_forget_reason(crl_cancel *cancel)
{
	const uint32_t word = lock(cancel);
	crl_listener *place = crl_cancel_find(cancel, CRL_IS_REASON);

	if (place != NULL)
		unlink_listener(cancel, place);
	unlock(cancel, word);
	return place != NULL ? crl_reason_of(place) : NULL;
}

bool
crl_cancel_has_reason(const crl_cancel *cancel)
{
	return crl_load(&cancel->word, relaxed) & (REASON | NAMED); /* who looks for it locks */
}

void
crl_cancel_cut(crl_cancel *cancel)
{
	spread(cancel, lock(cancel), &a_cut);
}

void
crl_cancel_look(crl_cancel *cancel)
{
	spread(cancel, lock(cancel), &a_look);
}

void
crl_cancel_sweep(crl_cancel *cancel)
{
	if (crl_load(&cancel->word, relaxed) & SWEPT) /* this thread alone sets it */
		return;
	spread(cancel, lock(cancel) | SWEPT, &a_request);
}

bool
crl_cancel_requested(const crl_cancel *cancel)
{
	const uint32_t word = crl_load(&cancel->word, acquire); /* [CA2] */

	return word & REQUESTED || word >= ASKED;
}

bool
crl_cancel_pending(const crl_cancel *cancel)
{
	return crl_load(&cancel->word, acquire) & PENDING; /* [CA2] */
}

bool
crl_cancel_heard(crl_cancel *cancel)
{
	const uint32_t word = lock(cancel);
	const bool heard = cancel->count > 0;

	unlock(cancel, word);
	return heard;
}

static bool
hears(const crl_listener *listener, uint32_t word)
{
	return (word & PENDING && listener->hears & CRL_HEAR_REQUEST) ||
	       (word & CUT && listener->hears & CRL_HEAR_CUT);
}

bool
crl_cancel_enter(crl_cancel *cancel, crl_waiter *waiter)
{
	uint32_t word = lock(cancel);
	bool clear = !hears(&waiter->listener, word);

	if (clear)
		link_listener(cancel, &waiter->listener);
	unlock(cancel, word);
	return clear;
}

void
crl_cancel_leave(crl_cancel *cancel, crl_waiter *waiter)
{
	uint32_t word = lock(cancel);

	unlink_listener(cancel, &waiter->listener);
	unlock(cancel, word);
}

void
crl_cancel_join(crl_cancel *cancel, crl_cancel *of, crl_relay *relay)
{
	uint32_t outer, inner;

	relay->down = (crl_listener){.other = cancel, .hears = CRL_IS_RELAY};
	relay->up = (crl_listener){.other = of, .hears = CRL_IS_JOINT};
	outer = lock(of);
	inner = lock(cancel); /* a scope can be cancelled before it is entered */
	link_listener(of, &relay->down);
	link_listener(cancel, &relay->up);
	inner |= outer & ~(uint32_t)SWEPT;
	cancel->count = outer & PENDING ? 1 : 0;
	unlock(cancel, inner);
	unlock(of, outer);
}

void
crl_cancel_part(crl_cancel *of, crl_relay *relay)
{
	uint32_t word = lock(of);

	unlink_listener(of, &relay->down);
	unlock(of, word);
}

/* With both locks held. */
static void
separate(crl_cancel *cancel, crl_cancel *of, crl_relay *relay)
{
	unlink_listener(of, &relay->down);
	unlink_listener(cancel, &relay->up);
}

void
crl_cancel_part_alive(crl_cancel *cancel, crl_cancel *of, crl_relay *relay)
{
	uint32_t outer = lock(of), inner = lock(cancel);

	separate(cancel, of, relay);
	unlock(cancel, inner);
	unlock(of, outer);
}

void
crl_cancel_hand_back(crl_cancel *cancel, crl_cancel *of, crl_relay *relay)
{
	uint32_t outer = lock(of), inner = lock(cancel);

	separate(cancel, of, relay);
	unlock(cancel, inner);
	unlock(of, (outer & ~EDGE) | (inner & EDGE));
}

void
crl_cancel_deliver(crl_cancel *cancel)
{
	const uint32_t word = lock(cancel);

	unlock(cancel, (word & ~EDGE) | (word & REASON ? NAMED : 0));
}

void
crl_cancel_restore(crl_cancel *cancel)
{
	const uint32_t word = lock(cancel);

	unlock(cancel, word | PENDING | (word & NAMED ? REASON : 0));
}

void
crl_bond_begin(crl_bond *bond, crl_cancel *cancel)
{
	const uint32_t word = lock(cancel);

	*bond = (crl_bond){
		.cancel = cancel, .seen = cancel->count - (word & PENDING ? 1 : 0), .asked = false};
	unlock(cancel, word);
}

void
crl_bond_ask(crl_bond *bond)
{
	if (!bond->asked)
		spread(bond->cancel, lock(bond->cancel), &an_asking);
	bond->asked = true;
}

/* With the lock held. What others take back meanwhile is no request. */
static bool
foreign(const crl_bond *bond)
{
	return (int32_t)(bond->cancel->count - bond->seen - bond->asked) > 0;
}

bool
crl_bond_foreign(const crl_bond *bond)
{
	const uint32_t word = lock(bond->cancel);
	const bool answer = foreign(bond);

	unlock(bond->cancel, word);
	return answer;
}

static uint32_t take_back(crl_cancel *cancel, uint32_t word);

/* From a part of the job, whose own waits may not have reported it yet: unless there is another request, they
 * need not any more. */
static void
take_back_from(crl_cancel *part)
{
	uint32_t word = take_back(part, lock(part));

	if (!(word & REQUESTED) && word < ASKED)
		word &= ~(uint32_t)PENDING;
	unlock(part, word);
}

/* With the lock held; returns the word without it. */
static uint32_t
take_back(crl_cancel *cancel, uint32_t word)
{
	for (crl_listener *l = cancel->listeners; l != NULL; l = l->next)
		if (l->hears & CRL_IS_RELAY)
			take_back_from(l->other);
	if (cancel->count > 0) /* what was delivered before this was joined is not counted here */
		cancel->count--;
	return word - ASKED;
}

bool
crl_bond_end(crl_bond *bond)
{
	uint32_t word = lock(bond->cancel);
	const bool answer = foreign(bond);

	if (bond->asked)
		word = take_back(bond->cancel, word);
	unlock(bond->cancel, answer ? word : word & ~(uint32_t)PENDING);
	return answer;
}
