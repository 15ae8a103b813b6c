/* SPDX-License-Identifier: MIT */
/*
 * shield.c: a future that stands before another: it ends as that does, but can be cancelled alone.
 *
 * It has a waker in the other, and a reference to itself for as long as that is linked or being woken;
 * whoever takes the waker out, the completer or the cancel, lets that reference go.
 */
#include "async/combine.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/mem.h"
#include "future/cascade.h"

#include <creel/combine.h>

typedef struct shield {
	creel_future future; /* its first member */
	crl_waker waker;
	creel_future *inner; /* a reference */
	bool alone;          /* it was cancelled, without the other: the error is its own */
} shield;

static shield *
of_future(creel_future *future)
{
	return CRL_CONTAINER_OF(future, shield, future);
}

static void
end(crl_waker *waker)
{
	shield *s = CRL_CONTAINER_OF(waker, shield, waker);

	crl_future_complete(
		&s->future, crl_state_phase(crl_future_state(s->inner)), s->inner->value);
	creel_future_unref(&s->future);
}

static crl_wake *const by_end = end;

static void
wake(crl_waker *waker)
{
	crl_cascade_later(waker, &by_end);
}

static crl_wake *const by_wake = wake;

static creel_cancel_result
cancel(creel_future *future, const char *reason)
{
	shield *s = of_future(future);

	if (!crl_future_complete_cancelled(future, reason))
		return crl_state_phase(crl_future_state(future)) == CRL_CANCELLED
			       ? CREEL_CANCEL_ALREADY
			       : CREEL_CANCEL_TOO_LATE;
	s->alone = true; /* the caller's reference keeps it until then */
	if (crl_future_unlink(s->inner, &s->waker))
		creel_future_unref(future);
	return CREEL_CANCEL_NOW;
}

/* The value is the inner one's: it can be taken from one of them. */
static creel_future *
lender(creel_future *future)
{
	return of_future(future)->inner;
}

static creel_future *
input(creel_future *future, size_t i)
{
	return i == 0 ? of_future(future)->inner : NULL;
}

static bool
borrows_error(const creel_future *future)
{
	return !of_future((creel_future *)(uintptr_t)future)->alone;
}

static void
release(creel_future *future)
{
	shield *s = of_future(future);
	const uint32_t state = crl_future_state(future);

	/* Unless it was cancelled alone. */
	if (state & CRL_STATE_LOOKED &&
		crl_state_phase(state) == crl_state_phase(crl_future_state(s->inner)))
		crl_combine_looked(s->inner);
	creel_future_unref(s->inner);
	crl_free(s);
}

static const crl_combine_ops ops = {.future = {.cancel = cancel,
					    .destroy = crl_combine_destroy,
					    .lender = lender,
					    .input = input,
					    .borrows_error = borrows_error},
	.release = release};

creel_future *
creel_shield(creel_future *future)
{
	const creel_error *refused = crl_combine_refuses(future);
	shield *s;

	if (refused != NULL)
		return crl_combine_failed(refused);
	if (creel_future_done(future))
		return creel_future_ref(future);
	if ((s = crl_alloc(sizeof *s)) == NULL)
		return crl_future_no_memory();
	crl_future_init(&s->future, &ops.future, CRL_RUNNING, 2);
	crl_fetch_or(&s->future.state, CRL_STATE_NOTE_READ, relaxed); /* not shared yet */
	s->waker.wake = &by_wake;
	s->inner = creel_future_ref(future);
	s->alone = false;
	if (!crl_future_link(future, &s->waker))
		end(&s->waker);
	return &s->future;
}
