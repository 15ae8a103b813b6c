/* SPDX-License-Identifier: MIT */
/*
 * gather.c: one future of many.
 *
 * A gather has a waker in each member; the member that ends last ends the gather. Until then the gather
 * holds a reference to itself, so it may be let go of while its members run.
 *
 * Who        members' completers: many    cancellers: many    the creator, while it links
 * Counts     `remaining`: members that have not ended, and everybody who is inside: the creator, and
 *            cancellers. Who brings it to nothing ends the gather.
 * Word       `turn`: how it is to end
 *     FAILED    a member has failed and there are no flags: the gather fails early, as soon as nobody tries
 *               to cancel it; the rest is only counted
 *     CANCEL    a cancel has reached a member: it ends cancelled, with the last member
 *     and, in units of TRIER, how many try to cancel it
 *
 * Invariants
 *   I1  An outcome is written by the completer of its member alone, before that counts it down.
 *   I2  The first failure is the one whose CAS of `first` succeeded; it is set before it is counted down.
 *   I3  While somebody tries to cancel it, a gather does not fail early: the failure may be what the
 *       cancel does. If none of them reached a member, the last to give up sees to the failure.
 *   I4  A wake does no more than to note an outcome and count; what ends other futures, or cancels
 *       them, is left to the cascade (cascade.h), so nothing of it recurses.
 * Ordering (release -> acquire, what it publishes)
 *   [G1] count down: fetch_sub of remaining, acq_rel -> the last one: the same    all outcomes
 *   [G2] off the list: store of put_off, release -> onto a list: exchange, acquire    `next`
 *   [G3] a member fails: fetch_or of turn, release -> the last to give up: fetch_sub, acquire    `first`
 *   The error of a member is known by [G1], or by having looked at the member [F1].
 * Last access  by a member's completer: the count down, unless it was the last.
 */
#include "async/combine.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/mem.h"
#include "future/cascade.h"

#include <creel/combine.h>

/* How many gathers of gathers are cancelled one inside the other; frames for so many fit on any stack. The
 * models have less. */
#ifndef CRL_GATHER_DEEPEST
#define CRL_GATHER_DEEPEST 16
#endif

/* In `turn`. */
#define FAILED 1u
#define CANCEL 2u
#define TRIER 4u

typedef struct gather gather;

typedef struct member {
	crl_waker waker;
	creel_future *future; /* a reference */
	gather *whole;
} member;

struct gather {
	creel_future future; /* its first member */
	gather *next;        /* to be cancelled; guarded by `put_off` */
	crl_atomic(bool) put_off;
	size_t n;
	unsigned flags;
	crl_atomic(unsigned) turn;
	crl_atomic(size_t) remaining;
	crl_atomic(member *) first; /* to fail */
	creel_outcome *outcomes;    /* the value */
	member members[];
};

static gather *
of_future(creel_future *future)
{
	return CRL_CONTAINER_OF(future, gather, future);
}

/* All have ended: so does the gather. */
static void
end(gather *g)
{
	const member *first = crl_load(&g->first, relaxed);

	if (crl_load(&g->turn, relaxed) & CANCEL)
		crl_future_complete(
			&g->future, CRL_CANCELLED, (void *)(uintptr_t)&crl_error_cancelled);
	else if (first != NULL && !(g->flags & CREEL_RETURN_EXCEPTIONS))
		crl_future_complete(&g->future, CRL_ERROR, (void *)(uintptr_t)first->future->error);
	else
		crl_future_complete(&g->future, CRL_VALUE, g->outcomes);
	creel_future_unref(&g->future);
}

static void
count_down(gather *g)
{
	if (crl_fetch_sub(&g->remaining, 1, acq_rel) == 1) /* [G1] */
		end(g);
}

/* To come in from outside; false: it has ended, or is just about to. */
static bool
come_in(gather *g)
{
	size_t remaining = crl_load(&g->remaining, relaxed);

	while (remaining != 0)
		if (crl_cas_weak(&g->remaining, &remaining, remaining + 1, relaxed, relaxed))
			return true;
	return false;
}

static void
fail_early(gather *g)
{
	const member *first = crl_load(&g->first, relaxed);

	crl_future_complete(&g->future, CRL_ERROR, (void *)(uintptr_t)first->future->error);
}

/* How many gathers of gathers this thread is cancelling, each because of the one before, and those that
 * wait for their turn because they would be too many. */
static _Thread_local struct {
	unsigned depth;
	gather *rest;
} cancelling;

/* Ask all that are not done to end; true: somebody will. */
static bool
cancel_members(gather *g)
{
	bool any = false;

	cancelling.depth++;
	for (size_t i = 0; i < g->n; i++) {
		const creel_cancel_result answer = creel_future_cancel(g->members[i].future);

		any |= answer == CREEL_CANCEL_NOW || answer == CREEL_CANCEL_REQUESTED;
	}
	cancelling.depth--;
	return any;
}

/* In the cascade: the first failure, unless the member's is another. */
static void
fail(crl_waker *waker)
{
	member *m = CRL_CONTAINER_OF(waker, member, waker);
	gather *g = m->whole;

	if (g->flags & CREEL_CANCEL_ON_ERROR)
		cancel_members(g);
	else if (crl_fetch_or(&g->turn, FAILED, release) == 0) /* [G3] */
		fail_early(g);
	count_down(g);
}

/* In the cascade: the last member has ended. */
static void
end_whole(crl_waker *waker)
{
	end(CRL_CONTAINER_OF(waker, member, waker)->whole);
}

/* Note how a member ended; true: it is the first to fail, and something must be done about it. */
static bool
note(gather *g, member *m)
{
	creel_outcome *outcome = &g->outcomes[m - g->members];
	member *none = NULL;

	outcome->status = crl_state_status(crl_future_state(m->future));
	outcome->value = outcome->status == CREEL_OK ? m->future->value : NULL;
	outcome->error = outcome->status == CREEL_OK ? NULL : m->future->error;
	return outcome->status != CREEL_OK && g->flags != CREEL_RETURN_EXCEPTIONS &&
	       crl_cas(&g->first, &none, m, relaxed, relaxed);
}

static void
wake(crl_waker *waker)
{
	member *m = CRL_CONTAINER_OF(waker, member, waker);
	gather *g = m->whole;

	if (crl_unlikely(note(g, m)))
		crl_cascade_later(waker, fail);
	else if (crl_fetch_sub(&g->remaining, 1, acq_rel) == 1) /* [G1] */
		crl_cascade_later(waker, end_whole);
}

/* Count among those who try to cancel it; false: it has failed early. */
static bool
begin_try(gather *g)
{
	unsigned turn = crl_load(&g->turn, relaxed);

	while (turn != FAILED)
		if (crl_cas_weak(&g->turn, &turn, turn + TRIER, relaxed, relaxed))
			return true;
	return false;
}

/* It reached no member: as if it had not been. */
static void
give_up(gather *g)
{
	if (crl_fetch_sub(&g->turn, TRIER, acquire) == (TRIER | FAILED)) /* [G3] */
		fail_early(g);
}

static creel_cancel_result
cancel_now(gather *g)
{
	bool reached = false;

	if (!come_in(g))
		return CREEL_CANCEL_TOO_LATE;
	if (begin_try(g)) {
		reached = cancel_members(g);
		if (reached)
			crl_fetch_or(&g->turn, CANCEL, relaxed); /* known by [G1] */
		else
			give_up(g);
	}
	count_down(g);
	return reached ? CREEL_CANCEL_REQUESTED : CREEL_CANCEL_TOO_LATE;
}

/* Leave it to the outermost cancel of this thread, unless another thread has it on its list. */
static void
put_off(gather *g)
{
	if (crl_exchange(&g->put_off, true, acquire)) /* [G2] */
		return;
	creel_future_ref(&g->future);
	g->next = cancelling.rest;
	cancelling.rest = g;
}

static void
cancel_rest(void)
{
	gather *g;

	while ((g = cancelling.rest) != NULL) {
		cancelling.rest = g->next;
		crl_store(&g->put_off, false, release); /* [G2] */
		cancel_now(g);
		creel_future_unref(&g->future);
	}
}

static creel_cancel_result
cancel(creel_future *future)
{
	creel_cancel_result result;

	if (cancelling.depth == CRL_GATHER_DEEPEST) {
		put_off(of_future(future));
		return CREEL_CANCEL_REQUESTED;
	}
	result = cancel_now(of_future(future));
	if (cancelling.depth == 0)
		cancel_rest();
	return result;
}

static void
release(creel_future *future)
{
	gather *g = of_future(future);
	const uint32_t state = crl_future_state(future);

	for (size_t i = 0; i < g->n; i++) {
		if (state & CRL_STATE_LOOKED)
			crl_combine_looked(g->members[i].future);
		creel_future_unref(g->members[i].future);
	}
	if (crl_state_phase(state) != CRL_VALUE)
		crl_free(g->outcomes);
	crl_free(g);
}

static void
drop_value(creel_future *future, void *value)
{
	(void)future;
	crl_free(value);
}

static const crl_combine_ops ops = {.future = {.cancel = cancel,
					    .destroy = crl_combine_destroy,
					    .drop_value = drop_value,
					    .borrows_error = true},
	.release = release};

static gather *
make_gather(size_t n, unsigned flags)
{
	gather *g;
	size_t size;

	if (!crl_size_of(&size, sizeof *g, n, sizeof g->members[0]) ||
		(g = crl_alloc(size)) == NULL)
		return NULL;
	if (n > SIZE_MAX / sizeof *g->outcomes ||
		(g->outcomes = crl_alloc(n > 0 ? n * sizeof *g->outcomes : 1)) == NULL) {
		crl_free(g);
		return NULL;
	}
	crl_future_init(&g->future, &ops.future, CRL_RUNNING, 2);
	crl_fetch_or(&g->future.state, CRL_STATE_NOTE_READ, relaxed); /* not shared yet */
	g->n = n;
	g->flags = flags;
	crl_store(&g->put_off, false, relaxed);        /* not shared yet */
	crl_store(&g->turn, 0, relaxed);               /* not shared yet */
	crl_store(&g->remaining, n + 1, relaxed);      /* not shared yet */
	crl_store(&g->first, (member *)NULL, relaxed); /* not shared yet */
	return g;
}

creel_future *
creel_gather(creel_future *const futures[], size_t n, unsigned flags)
{
	const creel_error *refused = NULL;
	gather *g;

	if ((futures == NULL && n > 0) ||
		flags & ~(CREEL_RETURN_EXCEPTIONS | CREEL_CANCEL_ON_ERROR))
		return crl_combine_failed(&crl_error_no_future);
	/* First the memory: for more than can be there are no futures to look at. */
	if ((g = make_gather(n, flags)) == NULL)
		return crl_future_no_memory();
	for (size_t i = 0; i < n && refused == NULL; i++)
		refused = crl_combine_refuses(futures[i]);
	if (refused != NULL) {
		crl_free(g->outcomes);
		crl_free(g);
		return crl_combine_failed(refused);
	}
	for (size_t i = 0; i < n; i++)
		g->members[i] = (member){
			.waker.wake = wake, .future = creel_future_ref(futures[i]), .whole = g};
	for (size_t i = 0; i < n; i++)
		if (!crl_future_link(futures[i], &g->members[i].waker))
			wake(&g->members[i].waker);
	count_down(g);
	return &g->future;
}
