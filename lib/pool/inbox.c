/* SPDX-License-Identifier: MIT */
/*
 * inbox.c: what comes from outside, what has a priority, and what the workers' deques have no room for; see
 * README.md.
 *
 * From outside, jobs come into the mail, a stack that takes one compare and swap. When what came before is used
 * up, a worker takes all of it under `intake`, and turns it round. Jobs that have a priority, and those for a bounded
 * inbox, do not come by the mail, but in order at once.
 */
#include "base/attr.h"
#include "pool/pool.h"

static bool
may_start_outside(const creel_pool *pool)
{
	return pool->started < pool->max_started;
}

/* May any of these start, as far as one can see without a closer look at the queue? */
static bool
has_startable(const crl_level *level, bool may)
{
	return level->queue.count > 0 || (level->held.count > 0 && may);
}

/* With intake held, once a job has come that has a priority: how many of these there are; and say where. */
static CRL_COLD size_t
count_prior(creel_pool *pool)
{
	const crl_level *high = &pool->inbox[CRL_LEVEL_HIGH], *low = &pool->inbox[CRL_LEVEL_LOW];
	const bool may = may_start_outside(pool);
	const unsigned prior = (has_startable(high, may) ? CRL_FROM_HIGH : 0u) |
			       (has_startable(low, may) ? CRL_FROM_LOW : 0u);

	if (crl_load(&pool->prior, relaxed) != prior)    /* changed with intake held */
		crl_store(&pool->prior, prior, relaxed); /* [P4] */
	return high->queue.count + high->held.count + low->queue.count + low->held.count;
}

/* Who looks for work relies on the count, and who has seen it sees what is said of the priorities [P4]. */
void
crl_pool_count_backlog(creel_pool *pool)
{
	const crl_level *normal = &pool->inbox[CRL_LEVEL_NORMAL];
	size_t count =
		pool->turned.count + normal->queue.count + normal->held.count + pool->spill.count;

	if (crl_unlikely(pool->prioritized))
		count += count_prior(pool);
	crl_store(&pool->backlog, count, seq_cst); /* [P1] [P2] [P4] */
}

/* With intake held: what is on its way must not seem to be nowhere, so the backlog says first that there is
 * some: who sees the mail taken sees that [P2]. The caller counts it afterwards. */
static void
announce(creel_pool *pool)
{
	crl_store(&pool->backlog, SIZE_MAX, relaxed);
}

crl_letter *
crl_pool_take_mail(creel_pool *pool)
{
	pool->collected++;
	pool->counted_mail = NULL;
	pool->mail_count = 0;
	return crl_mailbox_take(&pool->mail);
}

/* With intake held: the mail, once what it brought before is used up. True: there is something. */
static bool
turn_mail(creel_pool *pool)
{
	if (pool->turned.count == 0 && !crl_mailbox_is_empty(&pool->mail)) {
		announce(pool);
		crl_runs_turn(&pool->turned, crl_pool_take_mail(pool));
	}
	return pool->turned.count > 0;
}

static int
level_of(uint32_t flags)
{
	return flags & CRL_JOB_HIGH  ? CRL_LEVEL_HIGH
	       : flags & CRL_JOB_LOW ? CRL_LEVEL_LOW
				     : CRL_LEVEL_NORMAL;
}

void
crl_pool_append(creel_pool *pool, crl_letter *newest)
{
	const int level = level_of(newest->flags);

	if (level != CRL_LEVEL_NORMAL)
		pool->prioritized = true;
	crl_letters_append_turned(&pool->inbox[level].queue, newest);
}

static bool
receive_by_mail(creel_pool *pool, crl_letters jobs)
{
	return crl_mailbox_push_chain(&pool->mail, jobs.first, jobs.last) != CRL_PUSH_CLOSED;
}

/* False: jobs from outside are not accepted any more, or are to be offered: they are as they were, and the end says so,
 * as by the mail. */
static bool
receive_in_order(creel_pool *pool, crl_letters jobs, bool outside)
{
	bool open;

	jobs.last->next = NULL;
	crl_mutex_lock(&pool->intake);
	open = !outside || (pool->accepting && !crl_pool_is_bounded_for(pool, jobs.first->flags));
	if (open) {
		crl_pool_append(pool, jobs.first);
		crl_pool_count_backlog(pool);
	}
	crl_mutex_unlock(&pool->intake);
	return open;
}

bool
crl_pool_receive(creel_pool *pool, crl_letters jobs)
{
	const uint32_t flags = jobs.first->flags;

	if (crl_likely(!(flags & CRL_JOB_PRIORITY)) && crl_likely(receive_by_mail(pool, jobs)))
		return true;
	return flags & (CRL_JOB_PRIORITY | CRL_JOB_UNBOUNDED) && receive_in_order(pool, jobs, true);
}

void
crl_pool_receive_own(creel_pool *pool, crl_letters jobs)
{
	if (jobs.first->flags & CRL_JOB_PRIORITY || !receive_by_mail(pool, jobs))
		receive_in_order(pool, jobs, false);
}

void
crl_pool_spill(creel_pool *pool, crl_job *job)
{
	crl_mutex_lock(&pool->intake);
	crl_letters_push(&pool->spill, &job->letter);
	crl_pool_count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
}

/* With intake held: the oldest job of a level. */
static crl_job *
take_oldest(creel_pool *pool, int level)
{
	if (level == CRL_LEVEL_NORMAL && turn_mail(pool))
		return crl_job_of_letter(crl_runs_take(&pool->turned, 1).first);
	return crl_jobs_take(&pool->inbox[level].queue);
}

/* With max_started: the oldest job that may start. Those before it that may not are held back, so that the
 * pool's own jobs can pass them. */
static crl_job *
take_startable(creel_pool *pool, int level)
{
	const bool may = may_start_outside(pool);
	crl_letters *held = &pool->inbox[level].held;
	crl_job *job = may ? crl_jobs_take(held) : NULL;

	while (job == NULL && (job = take_oldest(pool, level)) != NULL && !may &&
		job->letter.flags & CRL_JOB_OUTSIDE) {
		crl_letters_push(held, &job->letter);
		job = NULL;
	}
	if (job != NULL && job->letter.flags & CRL_JOB_OUTSIDE)
		pool->started++;
	return job;
}

static crl_job *
take_singly(creel_pool *pool, int level)
{
	return pool->max_started != SIZE_MAX ? take_startable(pool, level)
					     : take_oldest(pool, level);
}

/* The oldest job without a priority, and what follows it, up to the worker's share, into its batch, which is empty. */
static crl_job *
take_share(creel_pool *pool, crl_worker *worker)
{
	crl_run run;

	if (!turn_mail(pool))
		return crl_jobs_take(&pool->inbox[CRL_LEVEL_NORMAL].queue);
	run = crl_runs_take(&pool->turned, 1 + (pool->turned.count - 1) / crl_pool_size_of(pool));
	if (run.count > 1) {
		crl_tally_add(&worker->counts.entered, run.count - 1);
		crl_portion_fill(&worker->batch, run.first->next, run.count - 1);
	}
	return crl_job_of_letter(run.first);
}

/* With intake held: the oldest job of the inbox that may start, maybe with others for the batch. Who counts what has
 * started, or is in the inbox, has them fetched singly: a bounded one has no mail, so there is nothing to share. */
static crl_job *
take_from_inbox(creel_pool *pool, crl_worker *worker, unsigned from)
{
	const bool limited = pool->max_started != SIZE_MAX;
	crl_job *job = NULL;

	if (crl_unlikely(pool->prioritized) && from & CRL_FROM_HIGH)
		job = take_singly(pool, CRL_LEVEL_HIGH);
	if (job == NULL && from & CRL_FROM_NORMAL)
		job = limited ? take_startable(pool, CRL_LEVEL_NORMAL) : take_share(pool, worker);
	if (job == NULL && from & CRL_FROM_LOW)
		job = take_singly(pool, CRL_LEVEL_LOW);
	if (job != NULL)
		crl_tally_add(&worker->counts.entered, 1);
	return job;
}

crl_job *
crl_pool_fetch(creel_pool *pool, crl_worker *worker, unsigned from)
{
	crl_waker *let_in = NULL;
	crl_job *job;

	if (crl_mailbox_is_empty(&pool->mail) && crl_load(&pool->backlog, relaxed) == 0)
		return NULL; /* a hint: idle.c looks again */
	crl_mutex_lock(&pool->intake);
	job = from & CRL_FROM_SPILL ? crl_jobs_take(&pool->spill)
				    : NULL; /* it is counted already */
	if (job == NULL)
		job = take_from_inbox(pool, worker, from);
	if (job != NULL && crl_pool_is_bounded_for(pool, job->letter.flags))
		let_in = crl_pool_left_inbox(pool);
	crl_pool_count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
	if (crl_portion_has_any(&worker->batch))
		crl_pool_rouse(pool);
	if (crl_unlikely(let_in != NULL))
		crl_waker_wake(let_in);
	return job;
}

/* With max_started, and intake held. One of the pool's own may stand anywhere in the inbox, but without CREEL_POOL_FIFO
 * only if it has a priority, or goes in order. */
static bool
may_any_start(const creel_pool *pool)
{
	const crl_level *normal = &pool->inbox[CRL_LEVEL_NORMAL];
	const bool may = may_start_outside(pool);
	const bool any = pool->turned.count > 0 || normal->queue.count > 0 ||
			 !crl_mailbox_is_empty(&pool->mail);
	const bool own = pool->fifo || crl_load(&pool->own_in_order, relaxed); /* seen with any */

	return (any && own) || ((any || normal->held.count > 0) && may) ||
	       has_startable(&pool->inbox[CRL_LEVEL_HIGH], may) ||
	       has_startable(&pool->inbox[CRL_LEVEL_LOW], may);
}

bool
crl_pool_inbox_has_any(creel_pool *pool)
{
	bool any = !crl_mailbox_is_empty(&pool->mail) ||
		   crl_load(&pool->backlog, seq_cst) > 0; /* [P1] [P4] */

	if (any && pool->max_started != SIZE_MAX) {
		crl_mutex_lock(&pool->intake);
		any = pool->spill.count > 0 || may_any_start(pool);
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
	if (crl_unlikely(pool->prioritized))
		crl_pool_count_backlog(pool); /* one that was held may start */
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
		crl_letters_append_turned(
			&pool->inbox[CRL_LEVEL_NORMAL].queue, crl_pool_take_mail(pool));
	}
	crl_pool_count_backlog(pool);
	crl_pool_close_room(pool);
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
	for (int i = 0; i < CRL_LEVELS; i++) {
		crl_letters_move(&all, &pool->inbox[i].held);
		while ((job = take_oldest(pool, i)) != NULL)
			crl_letters_push(&all, &job->letter);
	}
	*uncounted = all.count;
	pool->taken_out += all.count;
	crl_letters_move(&all, &pool->spill);
	crl_pool_count_backlog(pool);
	crl_mutex_unlock(&pool->intake);
	for (unsigned i = 0; i < crl_pool_reach(pool); i++) {
		while ((job = crl_portion_take(&pool->workers[i].batch)) != NULL)
			crl_letters_push(&all, &job->letter);
		steal_all(&all, &pool->workers[i].own);
	}
	return all;
}
