/* SPDX-License-Identifier: MIT */
/*
 * inbox.c: what comes from outside, and what the workers' deques have no room for; see README.md.
 *
 * From outside, jobs come into the mail, a stack that takes one compare and swap. When what came before is used
 * up, a worker takes all of it under `intake`, and turns it round.
 */
#include "base/attr.h"
#include "pool/pool.h"

/* With intake held: what is queued has changed. Who looks for work relies on it. */
static void
count_backlog(creel_pool *pool)
{
	const size_t count =
		pool->turned.count + pool->late.count + pool->held.count + pool->spill.count;

	crl_store(&pool->backlog, count, seq_cst); /* [P1] [P2] */
}

/* With intake held: what is on its way must not seem to be nowhere, so the backlog says first that there is
 * some: who sees the mail taken sees that [P2]. The caller counts it afterwards. */
static void
announce(creel_pool *pool)
{
	crl_store(&pool->backlog, SIZE_MAX, relaxed);
}

/* With intake held: the mail, once what it brought before is used up. True: there is something. */
static bool
turn_mail(creel_pool *pool)
{
	if (pool->turned.count == 0 && !crl_mailbox_is_empty(&pool->mail)) {
		announce(pool);
		crl_runs_turn(&pool->turned, crl_mailbox_take(&pool->mail));
	}
	return pool->turned.count > 0;
}

bool
crl_pool_receive(creel_pool *pool, crl_letters jobs)
{
	return crl_mailbox_push_chain(&pool->mail, jobs.first, jobs.last) != CRL_PUSH_CLOSED;
}

void
crl_pool_receive_own(creel_pool *pool, crl_letters jobs)
{
	if (crl_pool_receive(pool, jobs))
		return;
	crl_mutex_lock(&pool->intake);
	crl_letters_append_turned(&pool->late, jobs.first);
	count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
}

void
crl_pool_spill(creel_pool *pool, crl_job *job)
{
	crl_mutex_lock(&pool->intake);
	crl_letters_push(&pool->spill, &job->letter);
	count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
}

static bool
may_start_outside(const creel_pool *pool)
{
	return pool->started < pool->max_started;
}

/* With intake held: the oldest of what came. */
static crl_job *
take_oldest(creel_pool *pool)
{
	if (turn_mail(pool))
		return crl_job_of_letter(crl_runs_take(&pool->turned, 1).first);
	return crl_jobs_take(&pool->late);
}

/* With a limit: the oldest job that may start. Those before it that may not are held back, so that the
 * pool's own jobs can pass them. */
static crl_job *
take_startable(creel_pool *pool)
{
	const bool may = may_start_outside(pool);
	crl_job *job = may ? crl_jobs_take(&pool->held) : NULL;

	while (job == NULL && (job = take_oldest(pool)) != NULL && !may &&
		job->letter.flags & CRL_JOB_OUTSIDE) {
		crl_letters_push(&pool->held, &job->letter);
		job = NULL;
	}
	if (job != NULL && job->letter.flags & CRL_JOB_OUTSIDE)
		pool->started++;
	return job;
}

/* The oldest job, and what follows it, up to the worker's share, into its batch, which is empty. */
static crl_job *
take_share(creel_pool *pool, crl_worker *worker)
{
	crl_run run;

	if (!turn_mail(pool))
		return crl_jobs_take(&pool->late);
	run = crl_runs_take(&pool->turned, 1 + (pool->turned.count - 1) / pool->size);
	if (run.count > 1) {
		worker->change += (int64_t)run.count - 1;
		crl_portion_fill(&worker->batch, run.first->next, run.count - 1);
	}
	return crl_job_of_letter(run.first);
}

/* With intake held: the oldest job of the inbox that may start, maybe with others for the batch. */
static crl_job *
take_from_inbox(creel_pool *pool, crl_worker *worker)
{
	const bool limited = pool->max_started != SIZE_MAX;
	crl_job *job = limited ? take_startable(pool) : take_share(pool, worker);

	if (job != NULL)
		worker->change++;
	return job;
}

crl_job *
crl_pool_fetch(creel_pool *pool, crl_worker *worker, bool fair)
{
	crl_job *job;

	if (crl_mailbox_is_empty(&pool->mail) && crl_load(&pool->backlog, relaxed) == 0)
		return NULL; /* a hint: idle.c looks again */
	crl_mutex_lock(&pool->intake);
	job = fair ? NULL : crl_jobs_take(&pool->spill); /* it is counted already */
	if (job == NULL)
		job = take_from_inbox(pool, worker);
	count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
	if (crl_portion_has_any(&worker->batch))
		crl_pool_rouse(pool);
	return job;
}

bool
crl_pool_inbox_has_any(creel_pool *pool)
{
	bool any = !crl_mailbox_is_empty(&pool->mail) ||
		   crl_load(&pool->backlog, seq_cst) > 0; /* [P1] */

	if (any && pool->max_started != SIZE_MAX) {
		crl_mutex_lock(&pool->intake);
		any = pool->turned.count > 0 || pool->late.count > 0 ||
		      !crl_mailbox_is_empty(&pool->mail);
		/* With CREEL_POOL_FIFO one of the pool's own may stand anywhere among them. */
		any = pool->spill.count > 0 || (any && pool->fifo) ||
		      ((any || pool->held.count > 0) && may_start_outside(pool));
		crl_mutex_unlock(&pool->intake);
	}
	return any;
}

bool
crl_pool_inbox_is_empty(creel_pool *pool)
{
	/* Whoever has changed the backlog before has held `intake`, or a lock of the caller's, since. */
	return crl_mailbox_is_empty(&pool->mail) && crl_load(&pool->backlog, relaxed) == 0;
}

void
crl_pool_ended_one(creel_pool *pool)
{
	crl_mutex_lock(&pool->intake);
	pool->started--;
	crl_mutex_unlock(&pool->intake);
	if (!crl_pool_inbox_is_empty(pool))
		crl_pool_rouse(pool);
}

void
crl_pool_close_mail(creel_pool *pool)
{
	crl_mutex_lock(&pool->intake);
	while (!crl_mailbox_is_closed(&pool->mail) && !crl_mailbox_close(&pool->mail)) {
		announce(pool);
		crl_mailbox_collect(&pool->mail, &pool->late);
	}
	count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
}

static void
steal_all(crl_letters *to, crl_deque *from)
{
	bool lost;
	crl_job *job;

	do {
		lost = false;
		while ((job = crl_deque_steal(from, &lost)) != NULL)
			crl_letters_push(to, &job->letter);
	} while (lost);
}

crl_letters
crl_pool_take_queued(creel_pool *pool, size_t *uncounted)
{
	crl_letters all = {NULL, NULL, 0};
	crl_job *job;

	crl_mutex_lock(&pool->intake);
	crl_letters_move(&all, &pool->held);
	while ((job = take_oldest(pool)) != NULL)
		crl_letters_push(&all, &job->letter);
	*uncounted = all.count;
	crl_letters_move(&all, &pool->spill);
	count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
	for (unsigned i = 0; i < pool->size; i++) {
		while ((job = crl_portion_take(&pool->workers[i].batch)) != NULL)
			crl_letters_push(&all, &job->letter);
		steal_all(&all, &pool->workers[i].own);
	}
	return all;
}
