/* SPDX-License-Identifier: MIT */
/*
 * map.c: a function over an array. One task forks a call for each element and joins them in the order of the
 * array. A call that awaits leaves the others to whoever is idle.
 */
#include "base/atomic.h"
#include "base/attr.h"
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "facade/region.h"
#include "sync/spinlock.h"
#include "task/await.h"
#include "task/task.h"

#include <creel/fork.h>
#include <creel/parallel.h>
#include <stdint.h>

typedef struct map {
	creel_fn *fn;
	void *const *args;
	void **results;
	size_t n;
	creel_future *task; /* whose calls they are */
	crl_atomic(
		bool) stop; /* leave out what has not begun. Relaxed: it is only sooner or later */
	crl_atomic(bool)
		cut; /* some was left out, for the caller was asked to end. Relaxed: as above */
	crl_spinlock lock; /* guards the rest */
	size_t failed;     /* which call; n: none */
	const creel_error *failure;
} map;

typedef struct call {
	creel_frame frame;
	map *of;
	size_t index;
} call;

/* Of all failures the first in the order of the array is kept, and the others are told to end. */
static void
note_failure(map *m, size_t index, const creel_error *failure)
{
	const creel_error *other = failure;

	crl_spinlock_lock(&m->lock);
	if (index < m->failed) {
		other = m->failure;
		m->failure = failure;
		m->failed = index;
	}
	crl_spinlock_unlock(&m->lock);
	crl_error_free(other);
	if (!crl_exchange(&m->stop, true, relaxed))
		creel_future_cancel(m->task);
}

static void *
run_call(void *arg)
{
	const call *c = arg;
	map *m = c->of;
	void *value = NULL;

	if (crl_load(&m->stop, relaxed)) {
		/* left out */
	} else if (crl_unlikely(creel_cancel_requested())) {
		crl_store(&m->cut, true, relaxed);
	} else {
		value = m->fn(m->args != NULL ? m->args[c->index] : NULL);
		if (crl_unlikely(value == crl_fail_sentinel())) {
			value = NULL;
			note_failure(m, c->index, crl_task_take_failure(crl_task_self()));
		}
	}
	if (m->results != NULL)
		m->results[c->index] = value;
	return NULL;
}

/* The last is forked first, so that the first is joined first, and is the newest. */
static void *
run_calls(void *arg)
{
	call *calls = arg;
	map *m = calls[0].of;

	m->task = creel_current();
	for (size_t i = m->n; i-- > 0;)
		creel_fork(&calls[i].frame, run_call, &calls[i]);
	for (size_t i = 0; i < m->n; i++)
		creel_join(&calls[i].frame);
	return NULL;
}

/* All have ended, or none has begun. */
static creel_status
conclude(const map *m, bool requested)
{
	const int code = m->failure != NULL ? m->failure->code : CREEL_OK;

	if (m->failure != NULL && code != CREEL_ECANCELLED) {
		crl_report_error(m->failure);
		crl_error_free(m->failure);
		return CREEL_EFAILED;
	}
	crl_error_free(m->failure);
	if (m->failure != NULL || crl_load(&m->cut, relaxed))
		return crl_await_report_cut("one of the calls was cancelled");
	if (requested)
		crl_await_restore_request();
	return CREEL_OK;
}

static creel_status
run_map(creel_pool *pool, map *m, call *calls)
{
	bool requested;
	creel_status status;

	for (size_t i = 0; i < m->n; i++) {
		calls[i].of = m;
		calls[i].index = i;
	}
	status = crl_region_submit(pool, run_calls, calls, &requested);
	if (status == CREEL_OK)
		return conclude(m, requested);
	for (size_t i = 0; i < m->n && m->results != NULL && status == CREEL_ECANCELLED; i++)
		m->results[i] = NULL;
	return status;
}

creel_status
creel_map(creel_pool *pool, creel_fn *fn, void *const args[], size_t n, void *results[])
{
	map m = {.fn = fn, .args = args, .results = results, .n = n, .failed = n};
	creel_status status;
	call *calls;
	size_t size;

	if (pool == NULL || fn == NULL)
		return crl_report(CREEL_EINVAL, "the pool or the function is NULL");
	if (n == 0)
		return CREEL_OK;
	if (!crl_size_of(&size, 0, n, sizeof *calls) || (calls = crl_alloc(size)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for the calls");
	status = run_map(pool, &m, calls);
	crl_free(calls);
	return status;
}
