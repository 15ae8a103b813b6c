/* SPDX-License-Identifier: MIT */
/*
 * inbox.c: what comes from outside, and what the workers' deques have no room for; see README.md.
 *
 * From outside, jobs come into the mail, a stack that takes one compare and swap. Who needs them in
 * order takes all of it under `intake` and turns it round behind what stands there already.
 */
#include "base/attr.h"
#include "pool/pool.h"

/* At most so many go from the inbox to a worker at a time: its share, but others want some, too. */
#define BATCH 32

/* With intake held: what is queued has changed. Who looks for work relies on it. */
static void
count_backlog(creel_pool *pool)
{
	crl_store(&pool->backlog, pool->inbox.count + pool->held.count + pool->spill.count,
		seq_cst); /* [P1] */
}

/* With intake held: behind what stands in order already. What is on its way must not seem to be nowhere, so
 * the backlog says first that there is some: who sees the mail taken sees that [P2]. The caller counts it
 * afterwards. */
static void
collect_mail(creel_pool *pool)
{
	if (crl_mailbox_is_empty(&pool->mail))
		return;
	crl_store(&pool->backlog, SIZE_MAX, relaxed);
	crl_mailbox_collect(&pool->mail, &pool->inbox);
}

/* With intake held: behind all that has come. */
static void
append(creel_pool *pool, crl_letters jobs)
{
	collect_mail(pool);
	crl_letters_append(&pool->inbox, jobs.first, jobs.last, jobs.count);
	count_backlog(pool);
}

static bool
receive_in_order(creel_pool *pool, crl_letters jobs)
{
	bool open;

	crl_mutex_lock(&pool->intake);
	open = !crl_mailbox_is_closed(&pool->mail);
	if (open)
		append(pool, jobs);
	crl_mutex_unlock(&pool->intake);
	return open;
}

bool
crl_pool_receive(creel_pool *pool, crl_letters jobs)
{
	return jobs.count == 1 ? crl_mailbox_push(&pool->mail, jobs.first) != CRL_PUSH_CLOSED
			       : receive_in_order(pool, jobs);
}

void
crl_pool_receive_own(creel_pool *pool, crl_letters jobs)
{
	crl_mutex_lock(&pool->intake);
	append(pool, jobs);
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

/* With a limit: the oldest job that may start. Those before it that may not are held back, so that the
 * pool's own jobs can pass them. */
static crl_job *
take_startable(creel_pool *pool)
{
	const bool may = may_start_outside(pool);
	crl_job *job = may ? crl_jobs_take(&pool->held) : NULL;

	while (job == NULL && (job = crl_jobs_take(&pool->inbox)) != NULL && !may &&
		job->letter.flags & CRL_JOB_OUTSIDE) {
		crl_letters_push(&pool->held, &job->letter);
		job = NULL;
	}
	if (job != NULL && job->letter.flags & CRL_JOB_OUTSIDE)
		pool->started++;
	return job;
}

/* The worker's share of what is left goes into its batch, which is empty. Returns how much. */
static int64_t
take_batch(creel_pool *pool, crl_worker *worker)
{
	size_t n = pool->inbox.count / pool->size;

	if (n >= BATCH)
		n = BATCH - 1;
	if (n > CRL_DEQUE_SIZE)
		n = CRL_DEQUE_SIZE;
	if (n > 0)
		crl_deque_fill(&worker->batch, &pool->inbox, n);
	return (int64_t)n;
}

/* With intake held: the oldest job of the inbox that may start, and so many others into the batch. */
static crl_job *
take_from_inbox(creel_pool *pool, crl_worker *worker, int64_t *others)
{
	const bool limited = pool->max_started != SIZE_MAX;
	crl_job *job = limited ? take_startable(pool) : crl_jobs_take(&pool->inbox);

	if (job == NULL)
		return NULL;
	if (!limited)
		*others = take_batch(pool, worker);
	worker->change += 1 + *others;
	return job;
}

crl_job *
crl_pool_fetch(creel_pool *pool, crl_worker *worker, bool fair)
{
	int64_t others = 0;
	crl_job *job;

	if (crl_mailbox_is_empty(&pool->mail) && crl_load(&pool->backlog, relaxed) == 0)
		return NULL; /* a hint: idle.c looks again */
	crl_mutex_lock(&pool->intake);
	collect_mail(pool);
	job = fair ? NULL : crl_jobs_take(&pool->spill); /* it is counted already */
	if (job == NULL)
		job = take_from_inbox(pool, worker, &others);
	count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
	if (others > 0)
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
		collect_mail(pool);
		count_backlog(pool);
		any = pool->spill.count > 0 ||
		      (pool->inbox.count + pool->held.count > 0 && may_start_outside(pool));
		/* With CREEL_POOL_FIFO one of the pool's own may stand anywhere in the inbox. */
		any |= pool->fifo && pool->inbox.count > 0;
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
	while (!crl_mailbox_is_closed(&pool->mail) && !crl_mailbox_close(&pool->mail))
		collect_mail(pool);
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

	crl_mutex_lock(&pool->intake);
	collect_mail(pool);
	crl_letters_move(&all, &pool->held);
	crl_letters_move(&all, &pool->inbox);
	*uncounted = all.count;
	crl_letters_move(&all, &pool->spill);
	count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
	for (unsigned i = 0; i < pool->size; i++) {
		steal_all(&all, &pool->workers[i].batch);
		steal_all(&all, &pool->workers[i].own);
	}
	return all;
}
