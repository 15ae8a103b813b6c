/* SPDX-License-Identifier: MIT */
/*
 * reduce.c: a sum, of whatever kind, over a range. Who works on a range goes through it from its beginning, a
 * stretch at a time, into one accumulator. When others have nothing to do, the upper half of what is left is
 * forked first. Is it taken, then into an accumulator of its own, which is combined with that of the lower half
 * when it is joined; is it not, its join goes on with the same one. So neighbours are combined, in order, and
 * an accumulator is made for each piece that was taken, not for each range.
 */
#include "base/atomic.h"
#include "base/attr.h"
#include "base/context.h"
#include "base/mem.h"
#include "facade/region.h"
#include "facade/stretch.h"
#include "task/task.h"

#include <creel/fork.h>
#include <creel/parallel.h>
#include <string.h>

typedef struct reduction {
	creel_reduce_fn *body;
	creel_combine_fn *combine;
	const void *identity;
	size_t size, grain;
	void *ctx;
	crl_atomic(bool) cut; /* some was left out. Relaxed: read when all have ended */
} reduction;

/* A part of the range, and where it goes. */
typedef struct part {
	reduction *of;
	size_t begin, end, length;
	const crl_task_frame *home; /* who has forked it */
	void *accumulator; /* home's; then, if others took it, its own. NULL: they had no memory */
} part;

static void reduce(part *p);

/* The forked half: where it was forked it goes on with the accumulator that is there. */
static void *
reduce_forked(void *arg)
{
	part *p = arg;
	reduction *r = p->of;

	if (p->home != crl_task_self()) {
		p->accumulator = crl_alloc(r->size);
		if (p->accumulator == NULL)
			return NULL; /* it is left to the join */
		memcpy(p->accumulator, r->identity, r->size);
	}
	reduce(p);
	return NULL;
}

/* The upper half was joined: put it behind the lower one. */
static void
combine(part *lower, part *upper)
{
	reduction *r = lower->of;

	if (upper->accumulator == lower->accumulator)
		return;
	if (upper->accumulator == NULL) {
		upper->accumulator = lower->accumulator;
		reduce(upper);
		return;
	}
	r->combine(lower->accumulator, upper->accumulator, r->ctx);
	crl_free(upper->accumulator);
}

static void
reduce_halves(part *p)
{
	creel_frame frame;
	part upper = *p;

	upper.begin = p->begin + (p->end - p->begin) / 2;
	upper.home = crl_task_self();
	p->end = upper.begin;
	creel_fork(&frame, reduce_forked, &upper);
	reduce(p);
	creel_join(&frame);
	combine(p, &upper);
}

/* One stretch into the accumulator. */
static void
reduce_some(part *p)
{
	const reduction *r = p->of;
	const size_t length = crl_stretch_of(p->length, r->grain, p->end - p->begin);
	const int64_t began = crl_stretch_begin(r->grain);

	r->body(p->begin, p->begin + length, p->accumulator, r->ctx);
	p->begin += length;
	p->length = crl_stretch_next(p->length, r->grain, began);
}

static void
reduce(part *p)
{
	reduction *r = p->of;

	while (p->begin < p->end) {
		if (crl_unlikely(creel_cancel_requested())) {
			crl_store(&r->cut, true, relaxed);
			return;
		}
		if (p->end - p->begin > 1 && p->end - p->begin > r->grain && crl_frames_wanted()) {
			reduce_halves(p);
			return;
		}
		reduce_some(p);
	}
}

static void *
reduce_all(void *arg)
{
	reduce(arg);
	return NULL;
}

static creel_status
run_reduction(creel_pool *pool, part *all, void *out)
{
	bool requested;
	creel_status status = crl_region_run(pool, reduce_all, all, &requested);

	if (status != CREEL_OK)
		return status;
	status = crl_region_conclude(crl_load(&all->of->cut, relaxed), requested);
	if (status == CREEL_OK)
		memcpy(out, all->accumulator, all->of->size);
	return status;
}

creel_status
creel_parallel_reduce(creel_pool *pool, size_t begin, size_t end, size_t grain,
	creel_reduce_fn *body, creel_combine_fn *combine_fn, const void *identity, size_t size,
	void *out, void *ctx)
{
	reduction r = {.body = body,
		.combine = combine_fn,
		.identity = identity,
		.size = size,
		.grain = grain,
		.ctx = ctx};
	part all = {.of = &r, .begin = begin, .end = end, .length = 1};
	creel_status status;

	if (pool == NULL || body == NULL || combine_fn == NULL || identity == NULL || out == NULL ||
		size == 0 || end < begin)
		return crl_report(CREEL_EINVAL, "an argument is NULL, or the range or size wrong");
	if ((all.accumulator = crl_alloc(size)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for the accumulator");
	memcpy(all.accumulator, identity, size);
	if (begin == end) {
		memcpy(out, identity, size);
		status = CREEL_OK;
	} else {
		status = run_reduction(pool, &all, out);
	}
	crl_free(all.accumulator);
	return status;
}
