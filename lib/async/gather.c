/* SPDX-License-Identifier: MIT */
/*
 * gather.c: one future of many.
 *
 * A gather has a waker in each member; the member that ends last ends the gather. Until then the gather
 * holds a reference to itself, so it may be let go of while its members run.
 *
 * What it needs for a member is its future and a place of 24 bytes, in which the waker is until the member
 * has ended, and then its outcome: so the places become the value as they stand. A waker finds its gather by
 * where the function stands that wakes it (sync/waker.h), and its member by where it is itself.
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
 *   I1  An outcome is written by the completer of its member alone, or, where the member had ended before, by
 *       the creator; before that counts it down. From there on nobody touches the waker.
 *   I2  The first failure is the one whose CAS of `first` succeeded; it is set before it is counted down.
 *   I3  While somebody tries to cancel it, a gather does not fail early: the failure may be what the
 *       cancel does. If none of them reached a member, the last to give up sees to the failure.
 *   I4  A wake does no more than to note an outcome and count; what ends other futures, or cancels
 *       them, is left to the cascade (cascade.h), so nothing of it recurses.
 *   I5  All members are known before the first is linked, for whoever fails the gather cancels them. The
 *       creator's caller has references to them until the gather has its own.
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

/* Of a member. */
typedef union place {
	crl_waker waker;       /* until it has ended */
	creel_outcome outcome; /* then */
} place;

_Static_assert(sizeof(place) == sizeof(creel_outcome), "the places are the outcomes");

struct gather {
	creel_future future; /* its first member */
	crl_wake *wake;      /* that of the members' wakers */
	place *places;       /* the value */
	size_t n;
	unsigned flags;
	crl_atomic(bool) put_off;
	gather *next;                     /* to be cancelled; guarded by `put_off` */
	crl_waker failing, ending;        /* for the cascade */
	crl_atomic(creel_future *) first; /* to fail */
	crl_atomic(unsigned) turn;
	crl_atomic(size_t) remaining;
	creel_future *futures[]; /* references to the members */
};

/* All completers change the count, and read what is above: their processors keep that. */
_Static_assert(offsetof(gather, remaining) - offsetof(gather, flags) > CRL_CACHE_LINE, "too close");

static gather *
of_future(creel_future *future)
{
	return CRL_CONTAINER_OF(future, gather, future);
}

/* All have ended: so does the gather. */
static void
end(gather *g)
{
	const creel_future *first = crl_load(&g->first, relaxed);

	if (crl_load(&g->turn, relaxed) & CANCEL)
		crl_future_complete(
			&g->future, CRL_CANCELLED, (void *)(uintptr_t)&crl_error_cancelled);
	else if (first != NULL && !(g->flags & CREEL_RETURN_EXCEPTIONS))
		crl_future_complete(&g->future, CRL_ERROR, (void *)(uintptr_t)first->error);
	else
		crl_future_complete(&g->future, CRL_VALUE, g->places);
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
	const creel_future *first = crl_load(&g->first, relaxed);

	crl_future_complete(&g->future, CRL_ERROR, (void *)(uintptr_t)first->error);
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
		const creel_cancel_result answer = creel_future_cancel(g->futures[i]);

		any |= answer == CREEL_CANCEL_NOW || answer == CREEL_CANCEL_REQUESTED;
	}
	cancelling.depth--;
	return any;
}

/* In the cascade: the first failure, unless the member's is another. */
static void
fail(crl_waker *waker)
{
	gather *g = CRL_CONTAINER_OF(waker, gather, failing);

	if (g->flags & CREEL_CANCEL_ON_ERROR)
		cancel_members(g);
	else if (crl_fetch_or(&g->turn, FAILED, release) == 0) /* [G3] */
		fail_early(g);
	count_down(g);
}

static crl_wake *const by_failing = fail;

/* In the cascade: the last member has ended. */
static void
end_whole(crl_waker *waker)
{
	end(CRL_CONTAINER_OF(waker, gather, ending));
}

static crl_wake *const by_ending = end_whole;

/* Note how a member ended; true: it is the first to fail, and something must be done about it. */
static bool
note(gather *g, place *where)
{
	creel_future *member = g->futures[where - g->places], *none = NULL;
	const creel_status status = crl_state_status(crl_future_state(member));

	where->outcome = (creel_outcome){.status = status,
		.value = status == CREEL_OK ? member->value : NULL,
		.error = status == CREEL_OK ? NULL : member->error};
	return status != CREEL_OK && g->flags != CREEL_RETURN_EXCEPTIONS &&
	       crl_cas(&g->first, &none, member, relaxed, relaxed);
}

static void
wake(crl_waker *waker)
{
	gather *g = CRL_CONTAINER_OF((crl_wake **)(uintptr_t)waker->wake, gather, wake);

	if (crl_unlikely(note(g, CRL_CONTAINER_OF(waker, place, waker))))
		crl_cascade_later(&g->failing, &by_failing);
	else if (crl_fetch_sub(&g->remaining, 1, acq_rel) == 1) /* [G1] */
		crl_cascade_later(&g->ending, &by_ending);
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
		crl_futures_fetch(g->futures, i, g->n);
		if (state & CRL_STATE_LOOKED)
			crl_combine_looked(g->futures[i]);
		creel_future_unref(g->futures[i]);
	}
	if (crl_state_phase(state) != CRL_VALUE)
		crl_free(g->places);
	crl_free(g);
}

static void
drop_value(creel_future *future, void *value)
{
	(void)future;
	crl_free(value);
}

static creel_future *
input(creel_future *future, size_t i)
{
	const gather *g = of_future(future);

	return i < g->n ? g->futures[i] : NULL;
}

static const crl_combine_ops ops = {.future = {.cancel = cancel,
					    .destroy = crl_combine_destroy,
					    .drop_value = drop_value,
					    .input = input,
					    .borrows_error = true},
	.release = release};

static gather *
make_gather(size_t n, unsigned flags)
{
	gather *g;
	size_t size;

	if (!crl_size_of(&size, sizeof *g, n, sizeof(void *)) || (g = crl_alloc(size)) == NULL)
		return NULL;
	if (n > SIZE_MAX / sizeof *g->places ||
		(g->places = crl_alloc(n > 0 ? n * sizeof *g->places : 1)) == NULL) {
		crl_free(g);
		return NULL;
	}
	crl_future_init(&g->future, &ops.future, CRL_RUNNING, 2);
	crl_fetch_or(&g->future.state, CRL_STATE_NOTE_READ, relaxed); /* not shared yet */
	g->wake = wake;
	g->n = n;
	g->flags = flags;
	crl_store(&g->put_off, false, relaxed);              /* not shared yet */
	crl_store(&g->turn, 0, relaxed);                     /* not shared yet */
	crl_store(&g->remaining, n + 1, relaxed);            /* not shared yet */
	crl_store(&g->first, (creel_future *)NULL, relaxed); /* not shared yet */
	return g;
}

/* Know these members; NULL, or why they cannot be. */
static const creel_error *
know_all(gather *g, creel_future *const futures[], size_t n)
{
	const bool forked = crl_generation() != 0; /* else none is lost: it need not be looked at */
	const creel_error *refused = NULL;

	for (size_t i = 0; i < n && refused == NULL; i++) {
		g->futures[i] = futures[i];
		if (forked || futures[i] == NULL)
			refused = crl_combine_refuses(futures[i]);
	}
	return refused;
}

static void
link_all(gather *g)
{
	size_t ended = 0;

	for (size_t i = 0; i < g->n; i++) {
		place *where = &g->places[i];
		creel_future *member = creel_future_ref(g->futures[i]);

		crl_futures_fetch(g->futures, i, g->n);
		where->waker.wake = &g->wake;
		if (crl_future_link(member, &where->waker))
			continue;
		if (crl_unlikely(note(g, where)))
			crl_cascade_later(&g->failing, &by_failing);
		else
			ended++;
	}
	if (crl_fetch_sub(&g->remaining, ended + 1, acq_rel) == ended + 1) /* [G1] */
		end(g);
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
	if ((refused = know_all(g, futures, n)) != NULL) {
		crl_free(g->places);
		crl_free(g);
		return crl_combine_failed(refused);
	}
	link_all(g);
	return &g->future;
}
