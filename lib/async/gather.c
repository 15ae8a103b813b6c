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
 * Word       `turn`: how it is to end, each step by CAS
 *     NORMAL ──(a member fails, no flags)──► EARLY    has failed already; the rest is only counted
 *        │▲
 *   cancel│└─(it reached no member)─┐
 *        └────────────────► TRYING ─┴─(it did)──► CANCEL   ends cancelled, when all have ended
 *
 * Invariants
 *   I1  An outcome is written by the completer of its member alone, before that counts it down.
 *   I2  The first failure is the one whose CAS of `first` succeeded; it is set before it is counted down.
 * Ordering (release -> acquire, what it publishes)
 *   [G1] count down: fetch_sub of remaining, acq_rel -> the last one: the same    all outcomes
 *   `first` and `turn` are decisions that stand for themselves, relaxed: what is read after them, the
 *   error of a member, is known by [G1], or by having looked at the member [F1].
 * Last access  by a member's completer: the count down, unless it was the last.
 */
#include "async/combine.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/mem.h"

#include <creel/combine.h>

enum { NORMAL, EARLY, TRYING, CANCEL };

typedef struct gather gather;

typedef struct member {
	crl_waker waker;
	creel_future *future; /* a reference */
	gather *whole;
} member;

struct gather {
	creel_future future; /* its first member */
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

	if (crl_load(&g->turn, relaxed) == CANCEL)
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

static bool
step(gather *g, unsigned from, unsigned to)
{
	return crl_cas(&g->turn, &from, to, relaxed, relaxed);
}

static void
fail_early(gather *g, const member *m)
{
	if (step(g, NORMAL, EARLY))
		crl_future_complete(&g->future, CRL_ERROR, (void *)(uintptr_t)m->future->error);
}

/* Ask all that are not done to end; true: somebody will. */
static bool
cancel_members(gather *g)
{
	bool any = false;

	for (size_t i = 0; i < g->n; i++) {
		const creel_cancel_result answer = creel_future_cancel(g->members[i].future);

		any |= answer == CREEL_CANCEL_NOW || answer == CREEL_CANCEL_REQUESTED;
	}
	return any;
}

static void
fail(gather *g, member *m)
{
	member *none = NULL;

	if (!crl_cas(&g->first, &none, m, relaxed, relaxed))
		return;
	if (g->flags & CREEL_CANCEL_ON_ERROR)
		cancel_members(g);
	else if (g->flags == 0)
		fail_early(g, m);
}

static void
note(gather *g, member *m)
{
	creel_outcome *outcome = &g->outcomes[m - g->members];

	outcome->status = crl_state_status(crl_future_state(m->future));
	outcome->value = outcome->status == CREEL_OK ? m->future->value : NULL;
	outcome->error = outcome->status == CREEL_OK ? NULL : m->future->error;
	if (outcome->status != CREEL_OK)
		fail(g, m);
}

static void
wake(crl_waker *waker)
{
	member *m = CRL_CONTAINER_OF(waker, member, waker);
	gather *g = m->whole;

	note(g, m);
	count_down(g);
}

/* A cancel reached nobody: as if it had not been, though a member may have failed meanwhile. */
static void
give_up(gather *g)
{
	const member *first;

	if (!step(g, TRYING, NORMAL) || g->flags != 0)
		return;
	first = crl_load(&g->first, relaxed);
	if (first != NULL)
		fail_early(g, first);
}

static creel_cancel_result
cancel(creel_future *future)
{
	gather *g = of_future(future);
	bool reached;

	if (!come_in(g))
		return CREEL_CANCEL_TOO_LATE;
	reached = (step(g, NORMAL, TRYING) || crl_load(&g->turn, relaxed) != EARLY) &&
		  cancel_members(g);
	if (!reached)
		give_up(g);
	else
		reached = step(g, TRYING, CANCEL) || step(g, NORMAL, CANCEL) ||
			  crl_load(&g->turn, relaxed) == CANCEL;
	count_down(g);
	return reached ? CREEL_CANCEL_REQUESTED : CREEL_CANCEL_TOO_LATE;
}

static void
destroy(creel_future *future)
{
	gather *g = of_future(future);
	const uint32_t state = crl_future_state(future);

	for (size_t i = 0; i < g->n; i++) {
		if (state & CRL_STATE_LOOKED)
			creel_future_error(g->members[i].future);
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

static const crl_future_ops ops = {
	.cancel = cancel, .destroy = destroy, .drop_value = drop_value, .borrows_error = true};

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
	crl_future_init(&g->future, &ops, CRL_RUNNING, 2);
	crl_fetch_or(&g->future.state, CRL_STATE_NOTE_READ, relaxed); /* not shared yet */
	g->n = n;
	g->flags = flags;
	crl_store(&g->turn, NORMAL, relaxed);          /* not shared yet */
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
