/* SPDX-License-Identifier: MIT */
/*
 * idle.c: workers search, sleep and are woken; and when the whole pool is idle. README.md has the
 * argument why no job is left lying while workers sleep.
 *
 * The word `sleep` counts the workers that are listed as idle, in its lower half, and those that search,
 * in its upper half. Whoever puts a job in looks at it; the list itself is guarded by the lock.
 *
 * Ordering
 *   [P1] put in: the store that makes the job visible (mail, backlog, bottom of a deque), then the load of
 *        `sleep` | stop searching, or be listed: read-modify-write of `sleep`, then a load of each
 *        of these: all seq_cst, so that one of them sees the other
 *   [P2] move from the mail: store of the backlog, then exchange of the mail's head, release -> look: load of
 *        the head, acquire, then load of the backlog    a job that is no longer here is there
 *        Where there is a new worker is known before it can have a job: `reach` (resize.c) is loaded in between.
 *        From the inbox into a batch it is the same: first it is in the batch, then the backlog is less, a store
 *        that a load of the backlog acquires; and one looks in this order: mail, backlog, deques and batches.
 *   [P4] count: store of the backlog -> look: load of it    `prior`, which says where in the inbox to look around
 */
#include "base/attr.h"
#include "pool/pool.h"
#include "sync/crowd.h"

#define LISTED 1u
#define SEARCHING 0x10000u

/* How often a worker looks around before it sleeps, with pauses in between: at least and at most. It
 * doubles where that paid, and halves where it did not. */
#define FEWEST_SPINS 4u
#define MOST_SPINS 128u
#define PAUSES 8

static unsigned
listed(unsigned sleep)
{
	return sleep & (SEARCHING - 1);
}

unsigned
crl_pool_count_idle(const creel_pool *pool)
{
	return listed(crl_load(&pool->sleep, relaxed));
}

static unsigned
searching(unsigned sleep)
{
	return sleep / SEARCHING;
}

static bool
is_listed(const crl_worker *worker)
{
	return !crl_list_empty(&worker->runner->idle);
}

/* With the lock held: a listed worker is to search. */
static void
unlist_to_search(creel_pool *pool, crl_worker *worker)
{
	crl_list_unlink(&worker->runner->idle);
	crl_fetch_add(&pool->sleep, SEARCHING - LISTED, relaxed);
	worker->searching = true;
}

void
crl_pool_rouse(creel_pool *pool)
{
	unsigned sleep = crl_load(&pool->sleep, seq_cst); /* [P1] */
	crl_parker *parker = NULL;

	if (searching(sleep) > 0 || listed(sleep) == 0)
		return;
	crl_mutex_lock(&pool->lock);
	sleep = crl_load(&pool->sleep, relaxed);
	if (searching(sleep) == 0 && listed(sleep) > 0) {
		crl_runner *runner = CRL_CONTAINER_OF(pool->idle.next, crl_runner, idle);

		unlist_to_search(pool, crl_pool_worker(pool, runner));
		parker = runner->parker;
	}
	crl_mutex_unlock(&pool->lock);
	if (parker != NULL)
		crl_unpark(parker);
}

/* Is there anything that a worker could do? What was put in before is seen. */
static bool
has_work(creel_pool *pool)
{
	unsigned reach;

	if (crl_pool_inbox_has_any(pool))
		return true;
	/* [P1]; and what has left the inbox is within it [P2] */
	reach = crl_load(&pool->reach, seq_cst);
	for (unsigned i = 0; i < reach; i++) {
		const crl_worker *worker = &pool->workers[i];

		if (crl_frames_has_any(&worker->frames) || crl_deque_has_any(&worker->own) ||
			crl_portion_has_any(&worker->batch))
			return true;
	}
	return false;
}

void
crl_pool_stop_searching(creel_pool *pool, crl_worker *worker)
{
	const unsigned before = crl_fetch_sub(&pool->sleep, SEARCHING, seq_cst); /* [P1] */

	worker->searching = false;
	if (searching(before) == 1 && listed(before) > 0 && has_work(pool))
		crl_pool_rouse(pool);
}

/* Half of the workers may search, and always one. */
static bool
begin_search(creel_pool *pool)
{
	unsigned sleep = crl_load(&pool->sleep, relaxed);

	while (2 * searching(sleep) < crl_pool_size_of(pool))
		if (crl_cas_weak(&pool->sleep, &sleep, sleep + SEARCHING, relaxed, relaxed))
			return true;
	return false;
}

static void
pause_a_little(void)
{
	for (int i = 0; i < PAUSES; i++)
		crl_pause();
}

/* Look around for a while. */
static crl_job *
look_for_job(creel_pool *pool, crl_worker *worker)
{
	const unsigned limit = worker->searching && worker->runner->may_spin ? worker->spins : 0;

	for (unsigned i = 0;;) {
		bool lost = false;
		crl_job *job = crl_pool_look_around(pool, worker, &lost);

		if (job != NULL) {
			if (i > 0 && worker->spins < MOST_SPINS)
				worker->spins *= 2;
			return job;
		}
		if (crl_parker_is_notified(worker->runner->parker))
			return NULL;
		if (lost)
			continue;
		if (i++ >= limit)
			break;
		pause_a_little();
	}
	if (worker->spins > FEWEST_SPINS)
		worker->spins /= 2;
	return NULL;
}

void
crl_pool_list_idle(creel_pool *pool, crl_worker *worker)
{
	crl_list_push_front(&pool->idle, &worker->runner->idle); /* the warmest is woken first */
	crl_fetch_add(
		&pool->sleep, worker->searching ? LISTED - SEARCHING : LISTED, seq_cst); /* [P1] */
	worker->searching = false;
	crl_pool_settle(pool);
}

void
crl_pool_add_change(creel_pool *pool, crl_worker *worker)
{
	const int64_t unfinished = crl_worker_unfinished(worker);

	pool->unfinished += unfinished - worker->counted;
	worker->counted = unfinished;
}

/* List the worker as idle; false: there is something to do after all. */
static bool
list(creel_pool *pool, crl_worker *worker)
{
	crl_mutex_lock(&pool->lock);
	crl_pool_add_change(pool, worker);
	crl_pool_list_idle(pool, worker);
	crl_mutex_unlock(&pool->lock);
	return !has_work(pool) || !crl_pool_wake_up(pool, worker);
}

crl_job *
crl_pool_search(creel_pool *pool, crl_worker *worker)
{
	crl_job *job;

	crl_crowd_leave();
	do {
		if (!worker->searching)
			worker->searching = begin_search(pool);
		job = look_for_job(pool, worker);
	} while (job == NULL && (crl_pool_force_frames(pool, worker) || !list(pool, worker)));
	crl_crowd_enter();
	return job;
}

bool
crl_pool_wake_up(creel_pool *pool, crl_worker *worker)
{
	bool up;

	crl_mutex_lock(&pool->lock);
	if (is_listed(worker) && has_work(pool))
		unlist_to_search(pool, worker);
	up = !is_listed(worker);
	crl_mutex_unlock(&pool->lock);
	return up;
}

void
crl_pool_busy(crl_source *source, crl_runner *runner)
{
	creel_pool *pool = CRL_CONTAINER_OF(source, creel_pool, source);
	crl_worker *worker = crl_pool_worker(pool, runner);

	crl_mutex_lock(&pool->lock);
	if (worker->out) {
		worker->out = false;
		pool->out--;
	} else if (is_listed(worker)) {
		crl_list_unlink(&runner->idle);
		crl_fetch_sub(&pool->sleep, LISTED, relaxed);
	}
	crl_mutex_unlock(&pool->lock);
	if (worker->searching) /* it was woken for a job */
		crl_pool_stop_searching(pool, worker);
}

bool
crl_pool_is_quiet(creel_pool *pool)
{
	return crl_pool_phase_of(pool) == CRL_POOL_CLOSED ||
	       (listed(crl_load(&pool->sleep, relaxed)) + pool->out == pool->living &&
		       pool->unfinished == 0 && crl_pool_inbox_is_empty(pool));
}
