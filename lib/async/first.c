/* SPDX-License-Identifier: MIT */
/*
 * first.c: a future of the first of many to end. The protocol of its members is in members.h; what is its own
 * is who belongs to the first, and when that is decided.
 *
 * Members that end are counted by a tally: all of them; or, with CREEL_ONLY_VALUES, values by one and failures by
 * another, for which so many are enough that the first cannot be filled. Exactly one tally comes to its
 * end, for k and n - k + 1 are more than n. Each member draws a number and writes what it is at that
 * place; who has written last decides.
 *
 * Who        members' completers: many; the creator, while it links
 * Invariants
 *   I1  A place of `winners` and of `errors` is written once, by who has drawn its number.
 *   I2  `noted` is at most `enough`, and is so only when all places have been written.
 * Ordering (release -> acquire, what it publishes)
 *   [FI1] a place has been written: fetch_add of noted, acq_rel -> the last one: the same    all places
 */
#include "async/members.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/mem.h"

#include <creel/race.h>

typedef struct tally {
	size_t enough;
	crl_atomic(size_t) drawn;
	crl_atomic(size_t) noted;
} tally;

typedef struct first {
	crl_members members;
	creel_winner *winners; /* the value */
	creel_error *
		errors; /* of the failures, each with the one before as its cause; NULL: all ends count */
	tally ends, failures;
	crl_place places[];
} first;

static first *
of_members(crl_members *m)
{
	return CRL_CONTAINER_OF(m, first, members);
}

static void
tally_init(tally *t, size_t enough)
{
	t->enough = enough;
	crl_store(&t->drawn, 0, relaxed); /* not shared yet */
	crl_store(&t->noted, 0, relaxed); /* not shared yet */
}

/* Draw a number; false: there were enough. */
static bool
draw(tally *t, size_t *number)
{
	/* So that it never comes round. */
	if (crl_load(&t->drawn, relaxed) >= t->enough)
		return false;
	*number = crl_fetch_add(&t->drawn, 1, relaxed);
	return *number < t->enough;
}

/* A number's place has been written; true: that was the last. */
static bool
written(tally *t)
{
	return crl_fetch_add(&t->noted, 1, acq_rel) + 1 == t->enough; /* [FI1] */
}

/* Is there all that belongs to it? Known by having decided, or by [G1]. */
static bool
is_full(const tally *t)
{
	return crl_load(&t->noted, relaxed) == t->enough;
}

static bool
note_winner(first *f, const crl_place *where)
{
	size_t number;

	if (!draw(&f->ends, &number))
		return false;
	f->winners[number] =
		(creel_winner){.index = (size_t)(where - f->places), .outcome = where->outcome};
	return written(&f->ends);
}

static bool
note_failure(first *f, const crl_place *where)
{
	size_t number;

	if (!draw(&f->failures, &number))
		return false;
	f->errors[number] = *where->outcome.error;
	f->errors[number].cause = number > 0 ? &f->errors[number - 1] : NULL;
	return written(&f->failures);
}

/* Note how a member ended; true: it decides how the whole does. */
static bool
note(crl_members *m, crl_place *where)
{
	first *f = of_members(m);

	if (crl_members_note(m, where) != CREEL_OK && f->errors != NULL)
		return note_failure(f, where);
	return note_winner(f, where);
}

static void
wake(crl_waker *waker)
{
	crl_members *m = CRL_CONTAINER_OF((crl_wake **)(uintptr_t)waker->wake, crl_members, wake);

	crl_members_noted(m, note(m, CRL_CONTAINER_OF(waker, crl_place, waker)));
}

static void
finish(crl_members *m)
{
	first *f = of_members(m);

	if (is_full(&f->ends))
		crl_future_complete(&m->future, CRL_VALUE, f->winners);
	else
		crl_future_complete(&m->future, CRL_ERROR, &f->errors[f->failures.enough - 1]);
}

static void
act(crl_members *m)
{
	if (m->flags & CREEL_CANCEL_REST)
		crl_members_ask(m);
	else
		finish(m);
}

static void
release(creel_future *future)
{
	first *f = of_members(CRL_CONTAINER_OF(future, crl_members, future));

	crl_members_release(&f->members);
	if (crl_state_phase(crl_future_state(future)) != CRL_VALUE)
		crl_free(f->winners);
	crl_free(f);
}

static const crl_members_ops ops = {
	.combine = {.future = CRL_MEMBERS_FUTURE_OPS, .release = release},
	.decided = crl_members_act,
	.act = act,
	.finish = finish};

static first *
make_first(size_t n, size_t k, unsigned flags)
{
	const bool only_values = flags & CREEL_ONLY_VALUES;
	const size_t each = sizeof(crl_place) + sizeof(creel_future *) +
			    (only_values ? sizeof(creel_error) : 0);
	size_t size, winners;
	first *f;

	if (!crl_size_of(&size, sizeof *f, n, each) ||
		!crl_size_of(&winners, 0, k, sizeof(creel_winner)) || (f = crl_alloc(size)) == NULL)
		return NULL;
	if ((f->winners = crl_alloc(winners)) == NULL) {
		crl_free(f);
		return NULL;
	}
	crl_members_init(&f->members, &ops, wake, n, flags);
	f->members.places = f->places;
	f->members.futures = (creel_future **)(f->places + n);
	f->errors = only_values ? (creel_error *)(f->members.futures + n) : NULL;
	tally_init(&f->ends, k);
	tally_init(&f->failures, n - k + 1);
	return f;
}

creel_future *
creel_first(creel_future *const futures[], size_t n, size_t k, unsigned flags)
{
	const creel_error *refused;
	first *f;

	if (futures == NULL || flags & ~(CREEL_ONLY_VALUES | CREEL_CANCEL_REST))
		return crl_combine_failed(&crl_error_no_future);
	if (k == 0 || k > n)
		return crl_combine_failed(&crl_error_too_few);
	/* First the memory: for more than can be there are no futures to look at. */
	if ((f = make_first(n, k, flags)) == NULL)
		return crl_future_no_memory();
	if ((refused = crl_members_know(&f->members, futures)) != NULL) {
		crl_free(f->winners);
		crl_free(f);
		return crl_combine_failed(refused);
	}
	crl_members_link(&f->members, note);
	return &f->members.future;
}

creel_future *
creel_any(creel_future *const futures[], size_t n)
{
	return creel_first(futures, n, 1, CREEL_ONLY_VALUES);
}

creel_future *
creel_race(creel_future *const futures[], size_t n)
{
	return creel_first(futures, n, 1, CREEL_CANCEL_REST);
}
