/* SPDX-License-Identifier: MIT */
/* future.c: the future's state, list and references; see future.h for the protocol. */
#include "future/future.h"

#include "base/context.h"
#include "base/error.h"
#include "base/fatal.h"
#include "future/callback.h"
#include "future/cascade.h"
#include "future/unhandled.h"
#include "sync/spin.h"

/* A count so high means: never freed. It got there by a leak, or was made so. */
#define REFS_SATURATED UINT32_C(0x80000000)
#define REFS_IMMORTAL UINT32_C(0xC0000000)

/* Take the lock, unless the phase is final. Returns the state as it was, without the lock. */
static uint32_t
lock(creel_future *future)
{
	uint32_t state = crl_load(&future->state, relaxed);
	unsigned spins = 0;

	for (;;) {
		if (crl_state_final(state))
			return crl_future_state(future);
		if (state & CRL_STATE_LOCK) {
			crl_spin(&spins);
			state = crl_load(&future->state, relaxed);
		} else if (crl_cas_weak(&future->state, &state, state | CRL_STATE_LOCK, acquire,
				   relaxed)) { /* [F2] */
			return state;
		}
	}
}

/* Nobody else changes the state while it is locked, so a plain store gives it back. */
static void
unlock(creel_future *future, uint32_t state)
{
	crl_store(&future->state, state, release); /* [F2] */
}

bool
crl_future_start(creel_future *future)
{
	uint32_t state = crl_load(&future->state, relaxed);
	unsigned spins = 0;

	/* Neither the list nor the payload is touched, so nothing is to order; what the lock orders [F2] goes on
	 * through a compare and swap. */
	while (crl_state_phase(state) == CRL_PENDING)
		if (crl_unlikely(state & CRL_STATE_LOCK)) {
			crl_spin(&spins);
			state = crl_load(&future->state, relaxed);
		} else if (crl_cas_weak(&future->state, &state,
				   crl_state_with_phase(state, CRL_RUNNING), relaxed, relaxed)) {
			return true;
		}
	return false;
}

bool
crl_future_complete(creel_future *future, crl_phase phase, void *payload)
{
	uint32_t state = lock(future);
	crl_list wakers;

	if (crl_state_final(state))
		return false;
	crl_list_init(&wakers);
	if (crl_unlikely(!crl_list_empty(&future->wakers))) {
		crl_list_splice(&wakers, &future->wakers);
		crl_callbacks_claim(future, &wakers);
	}
	future->value = payload;
	unlock(future, crl_state_with_phase(state, phase)); /* [F1] */
	/* The future may be gone now. */
	if (crl_unlikely(!crl_list_empty(&wakers)))
		crl_cascade_wake(&wakers);
	return true;
}

bool
crl_future_note_reason(creel_future *future)
{
	const uint32_t state = lock(future);

	if (crl_state_final(state))
		return false;
	unlock(future, state | CRL_STATE_REASON);
	return true;
}

bool
crl_future_link(creel_future *future, crl_waker *waker)
{
	uint32_t state = lock(future);

	if (crl_state_final(state))
		return false;
	crl_list_push_back(&future->wakers, &waker->link);
	unlock(future, state);
	return true;
}

bool
crl_future_unlink(creel_future *future, crl_waker *waker)
{
	uint32_t state = lock(future);

	if (crl_state_final(state))
		return false;
	crl_list_unlink(&waker->link);
	unlock(future, state);
	return true;
}

void
crl_future_extract(
	creel_future *future, crl_waker_match *match, creel_done_fn *fn, void *arg, crl_list *out)
{
	uint32_t state;

	if (crl_state_inherited(crl_future_state(future)))
		return;
	state = lock(future);
	if (crl_state_final(state))
		return;
	CRL_LIST_EACH_SAFE (link, &future->wakers)
		if (match(link, fn, arg)) {
			crl_list_unlink(link);
			crl_list_push_back(out, link);
		}
	unlock(future, state);
}

void
crl_future_look(creel_future *future, uint32_t state)
{
	if (!(state & CRL_STATE_LOOKED))
		crl_fetch_or(&future->state, CRL_STATE_LOOKED, relaxed); /* [F3] orders it */
}

/* A value was read, or that it was cancelled. */
static void
note_read(creel_future *future, uint32_t state)
{
	if (crl_unlikely(state & CRL_STATE_NOTE_READ))
		crl_future_look(future, state);
}

/* Has the value been taken, from the future or from whom it has it? */
static bool
taken(const creel_future *future, uint32_t state)
{
	while (crl_unlikely(future->ops->lender != NULL) && !(state & CRL_STATE_TAKEN)) {
		future = future->ops->lender((creel_future *)(uintptr_t)future);
		state = crl_future_state(future);
	}
	return state & CRL_STATE_TAKEN;
}

/* A task that ended so has said why, or whoever cancelled it has; or nobody. */
static creel_status
report_cancelled(const creel_error *error)
{
	if (error == &crl_error_cancelled)
		return crl_report(CREEL_ECANCELLED, "the future was cancelled");
	crl_report_error(error);
	return CREEL_ECANCELLED;
}

creel_status
crl_future_outcome(creel_future *future, void **result)
{
	uint32_t state = crl_future_state(future);

	switch (crl_state_phase(state)) {
	case CRL_VALUE:
		if (taken(future, state))
			return crl_report(CREEL_ESTATE, "the value has been taken");
		note_read(future, state);
		if (result != NULL)
			*result = future->value;
		return CREEL_OK;
	case CRL_ERROR:
		crl_future_look(future, state);
		return crl_report_error(future->error);
	case CRL_CANCELLED:
		note_read(future, state);
		return report_cancelled(future->error);
	case CRL_PENDING:
	case CRL_RUNNING:
		break;
	}
	return crl_report(CREEL_EPENDING, creel_status_text(CREEL_EPENDING));
}

static bool
take_value(creel_future *future)
{
	return !(crl_fetch_or(&future->state, CRL_STATE_TAKEN | CRL_STATE_LOOKED, relaxed) &
		 CRL_STATE_TAKEN);
}

bool
crl_future_claim_value(creel_future *future)
{
	creel_future *owner = future;

	if (crl_state_phase(crl_future_state(future)) != CRL_VALUE)
		return false;
	while (crl_unlikely(owner->ops->lender != NULL))
		owner = owner->ops->lender(owner);
	if (!take_value(owner))
		return false;
	for (; crl_unlikely(future != owner); future = future->ops->lender(future))
		take_value(future);
	return true;
}

creel_status
crl_future_claim(creel_future *future, void **result)
{
	if (result != NULL && crl_future_claim_value(future)) {
		*result = future->value; /* it was there since [F1] */
		return CREEL_OK;
	}
	return crl_future_outcome(future, result);
}

creel_future *
creel_future_ref(creel_future *future)
{
	/* From a reference that exists: nothing to order. At 2^31 it saturates: the future is leaked
	 * rather than freed too early. */
	if (future != NULL)
		crl_fetch_add(&future->refs, 1, relaxed);
	return future;
}

static bool
borrows_error(const creel_future *future)
{
	return future->ops->borrows_error != NULL && future->ops->borrows_error(future);
}

/* What is left to do for one whose last reference is gone: unless it has a value that needs no care. */
static void
settle(creel_future *future, uint32_t state)
{
	crl_phase phase = crl_state_phase(state);
	crl_inhibition inhibition = crl_inhibit();

	if (phase == CRL_ERROR && !(state & CRL_STATE_LOOKED) && !borrows_error(future)) {
		/* The hook may use the future, so it gets a reference. */
		crl_store(&future->refs, 1, relaxed);
		crl_unhandled_report(future, future->error);
	} else if (phase == CRL_VALUE && future->ops->drop_value != NULL) {
		future->ops->drop_value(future, future->value);
	}
	if ((phase == CRL_ERROR || phase == CRL_CANCELLED) && !borrows_error(future))
		crl_error_free(future->error);
	crl_inhibit_end(inhibition);
	if (state & CRL_STATE_REASON)
		future->ops->forget_reason(future);
	if (!crl_state_final(state))
		crl_callbacks_free(future);
}

static void
destroy(creel_future *future)
{
	const crl_future_ops *ops = future->ops;
	const uint32_t state = crl_future_state(future);

	if (crl_unlikely((state & (CRL_STATE_PHASE | CRL_STATE_REASON)) != CRL_VALUE) ||
		(ops->drop_value != NULL && !(state & CRL_STATE_TAKEN)))
		settle(future, state);
	ops->destroy(future);
}

void
creel_future_unref(creel_future *future)
{
	uint32_t before;

	if (future == NULL)
		return;
	/* Whoever has the last reference shares the future with nobody. */
	if (crl_load(&future->refs, acquire) == 1) { /* [F3] */
		crl_store(&future->refs, 0, relaxed);
		destroy(future);
		return;
	}
	before = crl_fetch_sub(&future->refs, 1, acq_rel); /* [F3] */
	if (crl_likely(before > 1 && before < REFS_SATURATED))
		return;
	if (before == 1)
		destroy(future);
	else if (before == 0)
		crl_fatal("a future was let go of once too often");
	else
		crl_store(&future->refs, REFS_IMMORTAL, relaxed);
}

void
creel_futures_unref(creel_future *futures[], size_t n)
{
	for (size_t i = 0; futures != NULL && i < n; i++) {
		crl_futures_fetch(futures, i, n);
		creel_future_unref(futures[i]);
	}
}

static void
never_destroyed(creel_future *future)
{
	(void)future;
}

creel_future *
crl_future_no_memory(void)
{
	static const crl_future_ops ops = {.destroy = never_destroyed};
	static creel_future future = {.state = CRL_ERROR | CRL_STATE_LOOKED,
		.refs = REFS_IMMORTAL,
		.ops = &ops,
		.error = &crl_error_no_memory,
		.wakers = {&future.wakers, &future.wakers}};

	return &future;
}

bool
creel_future_done(const creel_future *future)
{
	return future != NULL && crl_state_final(crl_future_state(future));
}

creel_status
creel_future_status(const creel_future *future)
{
	if (future == NULL)
		return crl_report(CREEL_EINVAL, "the future is NULL");
	return crl_state_status(crl_future_state(future));
}

creel_status
creel_future_result(creel_future *future, void **result)
{
	if (future == NULL)
		return crl_report(CREEL_EINVAL, "the future is NULL");
	return crl_future_outcome(future, result);
}

const creel_error *
creel_future_error(const creel_future *future)
{
	uint32_t state;

	if (future == NULL)
		return NULL;
	state = crl_future_state(future);
	if (crl_state_phase(state) == CRL_CANCELLED)
		return future->error;
	if (crl_state_phase(state) != CRL_ERROR)
		return NULL;
	crl_future_look(
		(creel_future *)(uintptr_t)future, state); /* no change that const is about */
	return future->error;
}
