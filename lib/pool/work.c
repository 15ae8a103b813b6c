/* SPDX-License-Identifier: MIT */
/* work.c: jobs go in, runners take them out; see README.md for the ways that they go. */
#include "base/attr.h"
#include "pool/pool.h"

/* Of so many fair choices, one is for the worker's own, and one for those of low priority. */
#define TURNS 8
#define OWN_TURN 0
#define LOW_TURN 4

/* A worker's own: the oldest of them is to be taken first, so it is pushed last. */
static void
push_own(creel_pool *pool, crl_worker *worker, crl_letters jobs)
{
	crl_letter *letter = jobs.first, *older;

	crl_tally_add(&worker->counts.entered, jobs.count);
	for (; jobs.count > 0; jobs.count--, letter = older) {
		older = letter->next; /* whoever takes it from now on may be done with it at once */
		if (crl_unlikely(!crl_deque_push(&worker->own, crl_job_of_letter(letter))))
			crl_pool_spill(pool, crl_job_of_letter(letter));
	}
}

bool
crl_pool_push(creel_pool *pool, crl_letters jobs)
{
	if (jobs.first->flags & CRL_JOB_OUTSIDE) {
		if (!crl_pool_receive(pool, jobs))
			return false;
	} else if (crl_pool_phase_of(pool) > CRL_POOL_DRAINING) {
		return false;
	} else if (pool->fifo || jobs.first->flags & (CRL_JOB_PRIORITY | CRL_JOB_IN_ORDER)) {
		crl_pool_receive_own(pool, jobs);
	} else {
		push_own(pool, crl_pool_worker(pool, crl_runner_self()), jobs);
	}
	/* The jobs may be gone now, and one of them may have ended the pool, which is type-stable. */
	crl_pool_rouse(pool);
	return true;
}

/* The oldest of a deque. */
static crl_job *
take_oldest(crl_deque *deque)
{
	crl_job *job;
	bool lost;

	do {
		lost = false;
		job = crl_deque_steal(deque, &lost);
	} while (crl_unlikely(lost));
	return job;
}

/* What has waited longest: mostly of what came from outside without a priority, sometimes of the worker's own, or of
 * low priority. */
static crl_job *
take_fairly(creel_pool *pool, crl_worker *worker)
{
	const unsigned turn = ++worker->fair_choices % TURNS;
	crl_job *job = NULL;

	if (turn == OWN_TURN)
		job = take_oldest(&worker->own);
	else if (turn == LOW_TURN && crl_pool_has_prior(pool, CRL_FROM_LOW))
		job = crl_pool_fetch(pool, worker, CRL_FROM_LOW);
	if (job == NULL)
		job = crl_portion_take(&worker->batch);
	if (job == NULL)
		job = crl_pool_fetch(pool, worker, CRL_FROM_NORMAL);
	return job;
}

static uint32_t
next_random(crl_worker *worker)
{
	uint32_t x = worker->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return worker->random = x;
}

static crl_job *
steal(creel_pool *pool, crl_worker *worker, unsigned victim, bool *lost)
{
	const unsigned reach = crl_pool_reach(pool);

	for (unsigned i = 0; i < reach; i++) {
		crl_worker *from = &pool->workers[victim];
		crl_job *job = NULL;

		if (from != worker && (job = crl_deque_steal(&from->own, lost)) == NULL)
			job = crl_portion_take(&from->batch);
		if (job != NULL) {
			crl_tally_add(&worker->counts.stolen, 1);
			return job;
		}
		victim = victim + 1 < reach ? victim + 1 : 0;
	}
	return NULL;
}

/* Where to begin to look: with whom a task of ours waits for, else anywhere. */
static unsigned
choose_victim(const creel_pool *pool, crl_worker *worker)
{
	const crl_runner *helped = worker->runner->helped;
	const unsigned reach = crl_pool_reach(pool);

	worker->runner->helped = NULL;
	if (helped != NULL)
		return helped->index;
	return reach > 1 ? next_random(worker) % reach : 0;
}

crl_job *
crl_pool_look_around(creel_pool *pool, crl_worker *worker, bool *lost)
{
	const unsigned victim = choose_victim(pool, worker);
	crl_job *job = crl_pool_take_frame(pool, worker, victim);

	if (job == NULL)
		job = crl_pool_fetch(
			pool, worker, CRL_FROM_SPILL | CRL_FROM_HIGH | CRL_FROM_NORMAL);
	if (job == NULL)
		job = steal(pool, worker, victim, lost);
	if (job == NULL && !*lost && crl_pool_has_prior(pool, CRL_FROM_LOW))
		job = crl_pool_fetch(pool, worker, CRL_FROM_LOW);
	return job;
}

int64_t
crl_worker_unfinished(const crl_worker *worker)
{
	const crl_worker_counts *counts = &worker->counts;

	return (int64_t)(crl_tally_own(&counts->entered) - crl_tally_own(&counts->done) -
			 crl_tally_own(&counts->failed) - crl_tally_own(&counts->cancelled));
}

/* Look around once: the worker has something else to do, and nobody counts on it. */
static crl_job *
glance(creel_pool *pool, crl_worker *worker)
{
	bool lost = false;

	return crl_pool_look_around(pool, worker, &lost);
}

static crl_job *
take(creel_pool *pool, crl_worker *worker, bool fair, bool has_ready)
{
	crl_job *job = NULL;

	if (crl_unlikely(fair))
		job = take_fairly(pool, worker);
	if (job == NULL && crl_unlikely(crl_frames_seem_any(&worker->frames)))
		job = crl_pool_take_own_frame(worker);
	if (job == NULL && crl_pool_has_prior(pool, CRL_FROM_HIGH))
		job = crl_pool_fetch(pool, worker, CRL_FROM_HIGH);
	if (job == NULL)
		job = crl_deque_pop(&worker->own);
	if (job == NULL)
		job = crl_portion_take(&worker->batch);
	if (job == NULL)
		job = has_ready ? glance(pool, worker) : crl_pool_search(pool, worker);
	return job;
}

static CRL_COLD void
drop(creel_pool *pool, crl_runner *runner, crl_job *job)
{
	const uint32_t flags = job->letter.flags;
	const uint32_t ended = crl_pool_drop(job, crl_pool_why_dropped(pool));

	crl_pool_finished(&pool->source, runner, flags | ended);
}

/* A worker that slept looks; false: there is nothing to do, or it takes no jobs. */
static bool
get_up(creel_pool *pool, crl_worker *worker)
{
	if (worker->out && !crl_pool_come_back(worker))
		return false;
	return crl_pool_wake_up(pool, worker);
}

crl_job *
crl_pool_next(crl_source *source, crl_runner *runner, bool fair)
{
	creel_pool *pool = CRL_CONTAINER_OF(source, creel_pool, source);
	crl_worker *worker = crl_pool_worker(pool, runner);
	const bool has_ready = crl_runner_has_ready(runner);
	crl_job *job;

	if (crl_unlikely(crl_pool_is_beyond(pool, runner))) {
		crl_pool_rest(pool, worker);
		return NULL;
	}
	if (runner->idle_listed && !get_up(pool, worker))
		return NULL;
	while ((job = take(pool, worker, fair, has_ready)) != NULL) {
		if (crl_unlikely(worker->searching))
			crl_pool_stop_searching(pool, worker);
		if (crl_likely(crl_pool_phase_of(pool) < CRL_POOL_CANCELLING_QUEUED) ||
			job->letter.flags & CRL_JOB_FORKED)
			break;
		drop(pool, runner, job);
	}
	return job;
}

/* It was not done. */
static CRL_COLD void
count_end(crl_worker_counts *counts, uint32_t flags)
{
	if (flags & CRL_JOB_FAILED)
		crl_tally_add(&counts->failed, 1);
	else if (flags & CRL_JOB_CANCELLED)
		crl_tally_add(&counts->cancelled, 1);
	/* Else it was a part of a task, which is counted. */
}

void
crl_pool_finished(crl_source *source, crl_runner *runner, uint32_t flags)
{
	creel_pool *pool = CRL_CONTAINER_OF(source, creel_pool, source);
	crl_worker_counts *counts = CRL_CONTAINER_OF(runner->counts, crl_worker_counts, runner);

	if (crl_unlikely(flags & (CRL_JOB_FORKED | CRL_JOB_FAILED | CRL_JOB_CANCELLED)))
		count_end(counts, flags);
	else
		crl_tally_add(&counts->done, 1);
	if (crl_unlikely(pool->max_started != SIZE_MAX) && flags & CRL_JOB_OUTSIDE)
		crl_pool_ended_one(pool);
}
