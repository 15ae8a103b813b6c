/* SPDX-License-Identifier: MIT */
/*
 * gather.c: one future of many, whose value is all outcomes. The protocol is in members.h.
 *
 * The places of its members become the value as they stand. The first failure, the one whose CAS of `first`
 * succeeded, decides; where failures are outcomes like others, no more than that the others are asked to end,
 * if that.
 */
#include "async/members.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/mem.h"

typedef struct gather {
	crl_members members;
	crl_atomic(creel_future *) first; /* to fail */
	creel_future *futures[];
} gather;

static gather *
of_members(crl_members *m)
{
	return CRL_CONTAINER_OF(m, gather, members);
}

static void
fail(crl_members *m)
{
	const creel_future *first = crl_load(&of_members(m)->first, relaxed);

	crl_future_complete(&m->future, CRL_ERROR, (void *)(uintptr_t)first->error);
}

/* A member has failed. Who asks the others to end waits for them, and may still be cancelled meanwhile. */
static void
decided(crl_members *m)
{
	if (m->flags & CREEL_CANCEL_ON_ERROR)
		crl_members_ask(m);
	else
		crl_members_act(m);
}

static void
finish(crl_members *m)
{
	if (crl_load(&of_members(m)->first, relaxed) != NULL &&
		!(m->flags & CREEL_RETURN_EXCEPTIONS))
		fail(m);
	else
		crl_future_complete(&m->future, CRL_VALUE, m->places);
}

/* Note how a member ended; true: it is the first to fail, and something must be done about it. */
static bool
note(crl_members *m, crl_place *where)
{
	creel_future *none = NULL;

	return crl_members_note(m, where) != CREEL_OK && m->flags != CREEL_RETURN_EXCEPTIONS &&
	       crl_cas(&of_members(m)->first, &none, m->futures[where - m->places], relaxed,
		       relaxed);
}

static void
wake(crl_waker *waker)
{
	crl_members *m = CRL_CONTAINER_OF((crl_wake **)(uintptr_t)waker->wake, crl_members, wake);

	crl_members_noted(m, note(m, CRL_CONTAINER_OF(waker, crl_place, waker)));
}

static void
free_gather(gather *g)
{
	crl_free(g->members.places);
	crl_free(g);
}

static void
release(creel_future *future)
{
	crl_members *m = CRL_CONTAINER_OF(future, crl_members, future);

	crl_members_release(m);
	if (crl_state_phase(crl_future_state(future)) == CRL_VALUE)
		m->places = NULL; /* the value: its taker's, or freed */
	free_gather(of_members(m));
}

static const crl_members_ops ops = {
	.combine = {.future = CRL_MEMBERS_FUTURE_OPS, .release = release},
	.decided = decided,
	.act = fail,
	.finish = finish};

static gather *
make_gather(size_t n, unsigned flags)
{
	gather *g;
	size_t size;

	if (!crl_size_of(&size, sizeof *g, n, sizeof(void *)) || (g = crl_alloc(size)) == NULL)
		return NULL;
	if (n > SIZE_MAX / sizeof(crl_place) ||
		(g->members.places = crl_alloc(n > 0 ? n * sizeof(crl_place) : 1)) == NULL) {
		crl_free(g);
		return NULL;
	}
	crl_members_init(&g->members, &ops, wake, n, flags);
	g->members.futures = g->futures;
	crl_store(&g->first, (creel_future *)NULL, relaxed); /* not shared yet */
	return g;
}

creel_future *
creel_gather(creel_future *const futures[], size_t n, unsigned flags)
{
	const creel_error *refused;
	gather *g;

	if ((futures == NULL && n > 0) ||
		flags & ~(CREEL_RETURN_EXCEPTIONS | CREEL_CANCEL_ON_ERROR))
		return crl_combine_failed(&crl_error_no_future);
	/* First the memory: for more than can be there are no futures to look at. */
	if ((g = make_gather(n, flags)) == NULL)
		return crl_future_no_memory();
	if ((refused = crl_members_know(&g->members, futures)) != NULL) {
		free_gather(g);
		return crl_combine_failed(refused);
	}
	crl_members_link(&g->members, note);
	return &g->members.future;
}
