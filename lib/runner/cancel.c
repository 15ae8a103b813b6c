/* SPDX-License-Identifier: MIT */
/* cancel.c: see cancel.h for the protocol. */
#include "runner/cancel.h"

#include "runner/waiter.h"
#include "sync/spin.h"

enum { LOCK = 1, REQUESTED = 2, PENDING = 4, SWEPT = 8 };

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

static void
request(crl_cancel *cancel, uint32_t word, uint32_t bits)
{
	/* A waiter stays while the lock is held (I1); waking it is a few instructions and an unpark. */
	for (crl_waiter *waiter = cancel->waiters; waiter != NULL; waiter = waiter->cancel_next)
		if (waiter->relay != NULL)
			crl_cancel_request(waiter->relay);
		else
			crl_waiter_notify(waiter, CRL_WAKE_CANCEL);
	unlock(cancel, word | bits);
}

void
crl_cancel_request(crl_cancel *cancel)
{
	request(cancel, lock(cancel), REQUESTED | PENDING);
}

void
crl_cancel_sweep(crl_cancel *cancel)
{
	uint32_t word;

	if (crl_load(&cancel->word, relaxed) & SWEPT) /* this thread alone sets it */
		return;
	word = lock(cancel);
	request(cancel, word, SWEPT | REQUESTED | PENDING);
}

bool
crl_cancel_requested(const crl_cancel *cancel)
{
	return crl_load(&cancel->word, acquire) & REQUESTED; /* [CA2] */
}

bool
crl_cancel_pending(const crl_cancel *cancel)
{
	return crl_load(&cancel->word, acquire) & PENDING; /* [CA2] */
}

/* With the lock held. */
static void
link_waiter(crl_cancel *cancel, crl_waiter *waiter)
{
	waiter->cancel_prev = NULL;
	waiter->cancel_next = cancel->waiters;
	if (cancel->waiters != NULL)
		cancel->waiters->cancel_prev = waiter;
	cancel->waiters = waiter;
}

bool
crl_cancel_enter(crl_cancel *cancel, crl_waiter *waiter)
{
	uint32_t word = lock(cancel);
	bool clear = !(word & PENDING);

	if (clear)
		link_waiter(cancel, waiter);
	unlock(cancel, word);
	return clear;
}

void
crl_cancel_join(crl_cancel *cancel, crl_cancel *of, crl_waiter *relay)
{
	uint32_t word;

	crl_cancel_init(cancel);
	relay->relay = cancel;
	word = lock(of);
	link_waiter(of, relay);
	/* Whoever relays a request does so with this lock. */
	crl_store(&cancel->word, word & (REQUESTED | PENDING), relaxed);
	unlock(of, word);
}

void
crl_cancel_leave(crl_cancel *cancel, crl_waiter *waiter)
{
	uint32_t word = lock(cancel);

	if (waiter->cancel_prev != NULL)
		waiter->cancel_prev->cancel_next = waiter->cancel_next;
	else
		cancel->waiters = waiter->cancel_next;
	if (waiter->cancel_next != NULL)
		waiter->cancel_next->cancel_prev = waiter->cancel_prev;
	unlock(cancel, word);
}

void
crl_cancel_deliver(crl_cancel *cancel)
{
	unlock(cancel, lock(cancel) & ~(uint32_t)PENDING);
}

void
crl_cancel_restore(crl_cancel *cancel)
{
	unlock(cancel, lock(cancel) | PENDING);
}
