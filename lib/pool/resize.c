/* SPDX-License-Identifier: MIT */
/*
 * resize.c: more workers, or fewer, while the pool is at work.
 *
 * The workers whose numbers are below the size work. One that is beyond it sees so when it next looks for a job, and is
 * unparked for that: it is not listed as idle any more, and takes no jobs. What stands in its deque, its batch and
 * its frames stays there, where the others find it: the next to search looks there, too. Tasks that are
 * suspended there go on there, whenever they can; when the last has ended, its thread leaves (threads.c).
 *
 *                  beyond the size, nothing to run           nothing suspended
 *     works ────────────────────────────────────► rests ───────────────────────► leaves ──► absent
 *       ▲                                          │  ▲                            │
 *       │             a task goes on, and is over  └──┘                            │
 *       └──────── within the size again ───────────┴───────────────────────────────┘
 *
 * A worker that rests is `out`, as one whose init has not ended (hooks.c): it has added its change, so the pool is quiet
 * if all that are present are listed as idle, or out. When a task of its own goes on it is neither, like any
 * worker at work.
 *
 * No job is left lying. Who is woken to search, and finds itself beyond the size, stops searching before it
 * rests, and so looks whether somebody else has to be woken; and all others look everywhere before they sleep
 * (README.md). The word `reach` says how far to look. It is stored before a new thread starts, and so before any
 * job is put in there, and loaded after the looking worker is listed; all seq_cst, as the rest of [P1].
 *
 * Worker 0 never rests, so there is always somebody to find what is left.
 */
#include "pool/pool.h"
#include "runner/policy.h"

#include <string.h>

static void
step_out(creel_pool *pool, crl_worker *worker)
{
	/* It may have been woken for a job, which is another's to find. */
	crl_pool_busy(&pool->source, worker->runner);
	crl_mutex_lock(&pool->lock);
	crl_pool_add_change(pool, worker);
	worker->out = true;
	pool->out++;
	crl_pool_settle(pool);
	crl_mutex_unlock(&pool->lock);
}

void
crl_pool_rest(creel_pool *pool, crl_worker *worker)
{
	crl_runner *runner = worker->runner;

	if (crl_runner_has_ready(runner))
		return; /* it goes on with these, and is asked again */
	if (!worker->out)
		step_out(pool, worker);
	runner->leaving = !crl_runner_has_suspended(runner);
}

bool
crl_pool_come_back(crl_worker *worker)
{
	if (!worker->good)
		return false;
	crl_pool_come_in(worker);
	return true;
}

/* With the lock held: it is within the size; true: it needs a thread, and is counted as if it had one. */
static bool
add(creel_pool *pool, crl_worker *worker)
{
	const unsigned index = worker->runner->index;

	crl_store(&pool->size, index + 1, relaxed); /* who sleeps is unparked to see it */
	if (worker->present)
		return false;
	worker->present = worker->out = true;
	worker->runner->idle_listed = true;
	pool->living++;
	pool->out++;
	if (crl_pool_reach(pool) <= index)
		crl_store(&pool->reach, index + 1, seq_cst); /* [P1] */
	return true;
}

/* With the lock held: its thread could not be started. */
static void
take_back(creel_pool *pool, crl_worker *worker)
{
	crl_store(&pool->size, worker->runner->index, relaxed); /* none has seen more */
	worker->present = worker->out = false;
	pool->living--;
	pool->out--;
}

/* One more; false: the pool is not open, or its thread could not be started, by *error. */
static bool
grow(creel_pool *pool, crl_worker *worker, int *error)
{
	bool open, start;

	crl_mutex_lock(&pool->lock);
	open = crl_pool_phase_of(pool) == CRL_POOL_OPEN;
	start = open && add(pool, worker);
	crl_mutex_unlock(&pool->lock);
	if (open && !start)
		crl_unpark(worker->runner->parker);
	if (start && (*error = crl_pool_start_worker(worker)) != 0) {
		crl_mutex_lock(&pool->lock);
		take_back(pool, worker);
		crl_mutex_unlock(&pool->lock);
	}
	return open && *error == 0;
}

/* False: the pool is not open. */
static bool
shrink(creel_pool *pool, unsigned from, unsigned to)
{
	bool open;

	crl_mutex_lock(&pool->lock);
	open = crl_pool_phase_of(pool) == CRL_POOL_OPEN;
	if (open)
		crl_store(&pool->size, to, relaxed); /* who sleeps is unparked to see it */
	crl_mutex_unlock(&pool->lock);
	for (unsigned i = to; open && i < from; i++)
		crl_unpark(pool->workers[i].runner->parker);
	return open;
}

/* False: not so many, because of *error, or, if that is 0, because the pool is not open. */
static bool
resize(creel_pool *pool, unsigned workers, int *error)
{
	const unsigned size = crl_pool_size_of(pool);

	if (workers <= size)
		return shrink(pool, size, workers);
	for (unsigned i = size; i < workers; i++)
		if (!grow(pool, &pool->workers[i], error))
			return false;
	return true;
}

creel_status
creel_pool_resize(creel_pool *pool, unsigned workers)
{
	const creel_error *why;
	bool done;
	int error = 0;

	if (pool == NULL || workers == 0)
		return crl_report(CREEL_EINVAL, "the pool is NULL, or is to have no workers");
	if (crl_pool_inherited(pool))
		return crl_report(CREEL_ECLOSED, "the pool was made before a fork");
	if (workers > pool->room)
		return crl_report(CREEL_EINVAL, "the pool has no room for so many workers");
	crl_mutex_lock(&pool->resizing);
	done = resize(pool, workers, &error);
	crl_mutex_unlock(&pool->resizing);
	if (done)
		return CREEL_OK;
	if (error != 0)
		return crl_reportf(
			CREEL_ESYS, "a worker could not be started: %s", strerror(error));
	why = crl_pool_refusal(pool);
	return crl_report((creel_status)why->code, why->message);
}
