/* SPDX-License-Identifier: MIT */
/* members.c: see members.h. */
#include "async/members.h"

#include "base/attr.h"
#include "base/error.h"
#include "base/mem.h"

/* How many wholes of wholes are cancelled one inside the other; frames for so many fit on any stack. The
 * models have less. */
#ifndef CRL_MEMBERS_DEEPEST
#define CRL_MEMBERS_DEEPEST 16
#endif

/* In `turn`. */
#define DECIDED 1u
#define CANCEL 2u
#define TRIER 4u

static crl_members *
of_future(creel_future *future)
{
	return CRL_CONTAINER_OF(future, crl_members, future);
}

static const crl_members_ops *
ops_of(const crl_members *m)
{
	return (const crl_members_ops *)m->future.ops;
}

void
crl_members_end(crl_members *m)
{
	if (crl_load(&m->turn, relaxed) & CANCEL)
		crl_future_complete(&m->future, CRL_CANCELLED,
			(void *)(uintptr_t)crl_load(&m->reason, relaxed)); /* [G1] */
	else
		ops_of(m)->finish(m);
	creel_future_unref(&m->future);
}

static void
count_down(crl_members *m)
{
	if (crl_fetch_sub(&m->remaining, 1, acq_rel) == 1) /* [G1] */
		crl_members_end(m);
}

/* To come in from outside; false: it has ended, or is just about to. */
static bool
come_in(crl_members *m)
{
	size_t remaining = crl_load(&m->remaining, relaxed);

	while (remaining != 0)
		if (crl_cas_weak(&m->remaining, &remaining, remaining + 1, relaxed, relaxed))
			return true;
	return false;
}

static void
decide(crl_waker *waker)
{
	crl_members *m = CRL_CONTAINER_OF(waker, crl_members, deciding);

	ops_of(m)->decided(m);
	count_down(m);
}

static void
end_whole(crl_waker *waker)
{
	crl_members_end(CRL_CONTAINER_OF(waker, crl_members, ending));
}

crl_wake *const crl_members_by_deciding = decide, *const crl_members_by_ending = end_whole;

void
crl_members_act(crl_members *m)
{
	if (crl_fetch_or(&m->turn, DECIDED, release) == 0) /* [G3] */
		ops_of(m)->act(m);
}

/* How many wholes this thread is cancelling, each because of the one before, and those that wait for their
 * turn because they would be too many. */
static _Thread_local struct {
	unsigned depth;
	crl_members *rest;
} cancelling;

static creel_cancel_result cancel_now(crl_members *m, const char *reason);

/* Leave it to the outermost of this thread, unless another thread has it on its list. */
static void
put_off(crl_members *m, const char *reason)
{
	if (crl_exchange(&m->put_off, true, acquire)) /* [G2] */
		return;
	creel_future_ref(&m->future);
	m->put_off_for = crl_error_new_cancelled(reason);
	m->next = cancelling.rest;
	cancelling.rest = m;
}

static void
cancel_rest(void)
{
	crl_members *m;

	while ((m = cancelling.rest) != NULL) {
		const creel_error *why = m->put_off_for;

		cancelling.rest = m->next;
		crl_store(&m->put_off, false, release); /* [G2] */
		cancel_now(m, why != &crl_error_cancelled ? why->message : NULL);
		crl_error_free(why);
		creel_future_unref(&m->future);
	}
}

static bool
ask_all(const crl_members *m, const char *reason)
{
	bool any = false;

	cancelling.depth++;
	for (size_t i = 0; i < m->n; i++) {
		const creel_cancel_result answer = crl_future_cancel(m->futures[i], reason);

		any |= answer == CREEL_CANCEL_NOW || answer == CREEL_CANCEL_REQUESTED;
	}
	cancelling.depth--;
	return any;
}

bool
crl_members_ask(const crl_members *m)
{
	const bool any = ask_all(m, NULL);

	if (cancelling.depth == 0)
		cancel_rest();
	return any;
}

/* Count among those who try to cancel it; false: it is acted upon what was decided. */
static bool
begin_try(crl_members *m)
{
	unsigned turn = crl_load(&m->turn, relaxed);

	while (turn != DECIDED)
		if (crl_cas_weak(&m->turn, &turn, turn + TRIER, relaxed, relaxed))
			return true;
	return false;
}

/* It reached no member: as if it had not been. */
static void
give_up(crl_members *m)
{
	if (crl_fetch_sub(&m->turn, TRIER, acquire) == (TRIER | DECIDED)) /* [G3] */
		ops_of(m)->act(m);
}

/* A cancel has reached a member: the first that does says why the whole ends. */
static void
note_cancel(crl_members *m, const char *reason)
{
	const creel_error *none = NULL, *why = crl_error_new_cancelled(reason);

	if (!crl_cas(&m->reason, &none, why, relaxed, relaxed))
		crl_error_free(why);
	crl_fetch_or(&m->turn, CANCEL, relaxed); /* known by [G1] */
}

static creel_cancel_result
cancel_now(crl_members *m, const char *reason)
{
	bool reached = false;

	if (!come_in(m))
		return CREEL_CANCEL_TOO_LATE;
	if (begin_try(m)) {
		reached = ask_all(m, reason);
		if (reached)
			note_cancel(m, reason);
		else
			give_up(m);
	}
	count_down(m);
	return reached ? CREEL_CANCEL_REQUESTED : CREEL_CANCEL_TOO_LATE;
}

creel_cancel_result
crl_members_cancel(creel_future *future, const char *reason)
{
	creel_cancel_result result;

	if (cancelling.depth == CRL_MEMBERS_DEEPEST) {
		put_off(of_future(future), reason);
		return CREEL_CANCEL_REQUESTED;
	}
	result = cancel_now(of_future(future), reason);
	if (cancelling.depth == 0)
		cancel_rest();
	return result;
}

void
crl_members_init(
	crl_members *m, const crl_members_ops *ops, crl_wake *wake, size_t n, unsigned flags)
{
	crl_future_init(&m->future, &ops->combine.future, CRL_RUNNING, 2);
	crl_fetch_or(&m->future.state, CRL_STATE_NOTE_READ, relaxed); /* not shared yet */
	m->wake = wake;
	m->n = n;
	m->flags = flags;
	crl_store(&m->put_off, false, relaxed);                    /* not shared yet */
	crl_store(&m->turn, 0, relaxed);                           /* not shared yet */
	crl_store(&m->reason, (const creel_error *)NULL, relaxed); /* not shared yet */
	crl_store(&m->remaining, n + 1, relaxed);                  /* not shared yet */
}

creel_future *
crl_members_input(creel_future *future, size_t i)
{
	const crl_members *m = CRL_CONTAINER_OF(future, crl_members, future);

	return i < m->n ? m->futures[i] : NULL;
}

void
crl_members_drop_value(creel_future *future, void *value)
{
	(void)future;
	crl_free(value);
}

const creel_error *
crl_members_know(crl_members *m, creel_future *const futures[])
{
	const bool forked = crl_generation() != 0; /* else none is lost: it need not be looked at */
	const creel_error *refused = NULL;
	creel_future **known = m->futures;
	const size_t n = m->n;

	for (size_t i = 0; i < n && refused == NULL; i++) {
		known[i] = futures[i];
		if (forked || futures[i] == NULL)
			refused = crl_combine_refuses(futures[i]);
	}
	return refused;
}

void
crl_members_release(crl_members *m)
{
	const bool looked = crl_future_state(&m->future) & CRL_STATE_LOOKED;
	creel_future *const *futures = m->futures;
	const size_t n = m->n;

	crl_error_free(crl_load(&m->reason, relaxed)); /* [F3] */
	for (size_t i = 0; i < n; i++) {
		crl_futures_fetch(futures, i, n);
		if (looked)
			crl_combine_looked(futures[i]);
		creel_future_unref(futures[i]);
	}
}
