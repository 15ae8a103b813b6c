/* SPDX-License-Identifier: MIT */
/*
 * parallel.c: loops over a pool. As many tasks as there are workers take ranges off a counter until it
 * has come to the end, so uneven work evens out.
 */
#include "base/atomic.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/mem.h"
#include "runner/waiter.h"
#include "task/await.h"
#include "task/task.h"

#include <creel/parallel.h>

#define RANGES_PER_WORKER 16

typedef struct range {
	crl_atomic(size_t) next; /* relaxed: who takes what is all that it decides */
	crl_atomic(bool) cut;    /* some was left out. Relaxed: read when all tasks have ended */
	size_t end, grain;
	creel_range_fn *body;
	void *ctx;
} range;

static void *
take_ranges(void *arg)
{
	range *r = arg;
	size_t begin = crl_load(&r->next, relaxed);

	while (begin < r->end) {
		const size_t end = r->end - begin > r->grain ? begin + r->grain : r->end;

		if (!crl_cas_weak(&r->next, &begin, end, relaxed, relaxed))
			continue;
		if (crl_unlikely(creel_cancel_requested())) {
			crl_store(&r->cut, true, relaxed);
			return NULL;
		}
		r->body(begin, end, r->ctx);
		begin = crl_load(&r->next, relaxed);
	}
	return NULL;
}

static void
cancel_all(creel_future *futures[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		creel_future_cancel(futures[i]);
}

/* Wait for the end of the first. If the caller is cancelled meanwhile, so are all n: true. */
static bool
end_first(creel_future *futures[], size_t n)
{
	bool cancelled = false;

	while (crl_await_end(futures[0], CRL_NEVER) == CREEL_ECANCELLED) {
		cancelled = true;
		cancel_all(futures, n);
	}
	return cancelled;
}

/* Wait for the ends of all. If the caller is cancelled, so are they: true. */
static bool
end_all(creel_future *futures[], size_t n)
{
	bool cancelled = false;

	for (size_t i = 0; i < n; i++)
		cancelled |= end_first(futures + i, n - i);
	return cancelled;
}

static creel_status
run_ranges(creel_pool *pool, range *r, size_t tasks, creel_future *futures[])
{
	void **args = (void **)(futures + tasks);
	creel_status refused;
	bool requested, cancelled;

	for (size_t i = 0; i < tasks; i++)
		args[i] = r;
	refused = creel_submit_many(pool, take_ranges, args, tasks, futures);
	cancelled = requested = end_all(futures, tasks);
	for (size_t i = 0; i < tasks; i++) {
		if (creel_future_status(futures[i]) == CREEL_ECANCELLED)
			cancelled = true;
		creel_future_error(futures[i]); /* a refused one: looked at */
		creel_future_unref(futures[i]);
	}
	if (crl_load(&r->next, relaxed) >= r->end && !crl_load(&r->cut, relaxed)) {
		if (requested)
			crl_await_restore_request();
		return CREEL_OK;
	}
	return cancelled || crl_load(&r->cut, relaxed)
		       ? crl_report(CREEL_ECANCELLED, "the calling task was asked to end")
		       : crl_report(refused, "the pool took none of the tasks");
}

/* May the caller wait? Before anything is submitted: once it is, its end must be awaited. */
static creel_status
check_wait(void)
{
	crl_waiter probe;

	return crl_waiter_report(crl_waiter_prepare(&probe));
}

creel_status
creel_parallel_for(
	creel_pool *pool, size_t begin, size_t end, size_t grain, creel_range_fn *body, void *ctx)
{
	range r = {.end = end, .body = body, .ctx = ctx};
	size_t tasks = creel_pool_size(pool), size;
	creel_future **futures;
	creel_status status;

	if (pool == NULL || body == NULL || end < begin)
		return crl_report(CREEL_EINVAL, "the pool or the body is NULL, or the range wrong");
	if (begin == end)
		return CREEL_OK;
	if ((status = check_wait()) != CREEL_OK)
		return status;
	r.grain = grain != 0 ? grain : (end - begin) / (tasks * RANGES_PER_WORKER) + 1;
	if (tasks > (end - begin - 1) / r.grain + 1)
		tasks = (end - begin - 1) / r.grain + 1;
	crl_store(&r.next, begin, relaxed); /* not shared yet */
	if (!crl_size_of(&size, 0, tasks, 2 * sizeof(void *)) ||
		(futures = crl_alloc(size)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for the tasks");
	status = run_ranges(pool, &r, tasks, futures);
	crl_free(futures);
	return status;
}

/* Take the results; the first that has none, in order, ends the others. */
static creel_status
take_results(creel_future *futures[], size_t n, void *results[])
{
	creel_status status = CREEL_OK;

	for (size_t i = 0; i < n; i++) {
		void *value = NULL;

		if (end_first(futures + i, n - i))
			status = CREEL_ECANCELLED;
		if (status == CREEL_OK) {
			status = crl_future_claim(futures[i], &value);
			if (status != CREEL_OK)
				cancel_all(futures + i + 1, n - i - 1);
		} else {
			creel_future_error(futures[i]); /* there is an error already */
			if (creel_future_status(futures[i]) == CREEL_OK)
				crl_future_claim_value(futures[i]);
			value = creel_future_status(futures[i]) == CREEL_OK ? futures[i]->value
									    : NULL;
		}
		if (results != NULL)
			results[i] = value;
		creel_future_unref(futures[i]);
	}
	return status;
}

creel_status
creel_map(creel_pool *pool, creel_fn *fn, void *const args[], size_t n, void *results[])
{
	creel_future **futures;
	creel_status status, refused;
	size_t size;

	if (pool == NULL || fn == NULL)
		return crl_report(CREEL_EINVAL, "the pool or the function is NULL");
	if (n == 0)
		return CREEL_OK;
	if ((status = check_wait()) != CREEL_OK)
		return status;
	if (!crl_size_of(&size, 0, n, sizeof(void *)) || (futures = crl_alloc(size)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for the tasks");
	refused = creel_submit_many(pool, fn, args, n, futures);
	if (refused != CREEL_OK)
		cancel_all(futures, n);
	status = take_results(futures, n, results);
	if (refused != CREEL_OK)
		status = crl_report(refused, "the pool did not take the tasks");
	else if (status == CREEL_ECANCELLED)
		crl_report(status, "the calling task, or one of the tasks, was cancelled");
	crl_free(futures);
	return status;
}
