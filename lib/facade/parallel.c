/* SPDX-License-Identifier: MIT */
/*
 * parallel.c: a loop over a pool. Who takes part takes ranges off a counter until it has come to the end, so
 * that uneven work evens out; and before it begins, it forks another one to do the same, whom a worker takes
 * that has nothing else to do. So as many take part as are idle, and at most as many as there are workers.
 *
 * How long the ranges are: stretch.h.
 */
#include "base/atomic.h"
#include "base/attr.h"
#include "base/context.h"
#include "facade/region.h"
#include "facade/stretch.h"

#include <creel/fork.h>
#include <creel/parallel.h>

typedef struct loop {
	crl_atomic(size_t) next;    /* relaxed: who takes what is all that it decides */
	crl_atomic(bool) cut;       /* some was left out. Relaxed: read when all have ended */
	crl_atomic(unsigned) room;  /* so many more may take part. Relaxed: a number alone */
	size_t end, grain, workers; /* grain 0: by time */
	creel_range_fn *body;
	void *ctx;
} loop;

/* The ranges of one who takes part. */
typedef struct ranges {
	loop *of;
	size_t length; /* of the next one */
	size_t begin, end;
} ranges;

/* So long that what is left is enough for all. */
static size_t
limit(const ranges *r, size_t left)
{
	const size_t share = left / (2 * r->of->workers);

	return crl_stretch_of(r->length < share ? r->length : share, r->of->grain, left);
}

static bool
take_range(ranges *r)
{
	loop *l = r->of;

	r->begin = crl_load(&l->next, relaxed);
	do {
		if (r->begin >= l->end)
			return false;
		r->end = r->begin + limit(r, l->end - r->begin);
	} while (!crl_cas_weak(&l->next, &r->begin, r->end, relaxed, relaxed));
	return true;
}

/* Run the range, and see how long the next one should be. */
static void
run_range(ranges *r)
{
	const loop *l = r->of;
	const int64_t began = crl_stretch_begin(l->grain);

	l->body(r->begin, r->end, l->ctx);
	r->length = crl_stretch_next(r->length, l->grain, began);
}

static void
take_ranges(loop *l)
{
	ranges r = {.of = l, .length = 1};

	while (take_range(&r)) {
		if (crl_unlikely(creel_cancel_requested())) {
			crl_store(&l->cut, true, relaxed);
			crl_store(&l->next, l->end, relaxed);
			return;
		}
		run_range(&r);
	}
}

static bool
may_take_part(loop *l)
{
	unsigned room = crl_load(&l->room, relaxed);

	while (room > 0 && crl_load(&l->next, relaxed) < l->end)
		if (crl_cas_weak(&l->room, &room, room - 1, relaxed, relaxed))
			return true;
	return false;
}

static void *
take_part(void *arg)
{
	loop *l = arg;
	creel_frame another;

	if (!may_take_part(l))
		return NULL;
	creel_fork(&another, take_part, l);
	take_ranges(l);
	creel_join(&another);
	return NULL;
}

static creel_status
run_loop(creel_pool *pool, loop *l)
{
	bool requested;
	creel_status status = crl_region_run(pool, take_part, l, &requested);

	if (status != CREEL_OK)
		return status;
	return crl_region_conclude(crl_load(&l->cut, relaxed), requested);
}

creel_status
creel_parallel_for(
	creel_pool *pool, size_t begin, size_t end, size_t grain, creel_range_fn *body, void *ctx)
{
	loop l = {.end = end,
		.grain = grain,
		.workers = creel_pool_size(pool),
		.body = body,
		.ctx = ctx};

	if (pool == NULL || body == NULL || end < begin)
		return crl_report(CREEL_EINVAL, "the pool or the body is NULL, or the range wrong");
	if (begin == end)
		return CREEL_OK;
	crl_store(&l.next, begin, relaxed); /* not shared yet */
	crl_store(&l.room, (unsigned)l.workers, relaxed);
	return run_loop(pool, &l);
}
