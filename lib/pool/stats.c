/* SPDX-License-Identifier: MIT */
/*
 * stats.c: what a pool has counted, for the program.
 *
 * A worker counts for itself (base/tally.h). What comes from outside is not counted when it is put in, which would
 * be a line that all who do so write, but when a worker fetches it; what lies in the inbox until then is counted here,
 * with `intake` held. The mail has no count: one has to walk along it, some letters at a time, and let go of the lock in
 * between. If it is taken meanwhile, whoever has done so has counted it. What has been counted once is not walked along
 * again: the newest letter of that is remembered, for as long as the mail is not taken.
 *
 * Ends are read before beginnings [TY1], so that there are never more of them.
 */
#include "base/attr.h"
#include "base/clock.h"
#include "base/options.h"
#include "pool/pool.h"

#include <creel/stats.h>
#include <stddef.h>

/* So many letters are walked along with the lock held. In the models fewer. */
#ifndef CRL_STATS_STRETCH
#define CRL_STATS_STRETCH 1024
#endif

void
crl_pool_count_wait(int64_t put_in)
{
	crl_worker_counts *counts =
		CRL_CONTAINER_OF(crl_runner_self()->counts, crl_worker_counts, runner);
	const int64_t now = crl_now();
	const uint64_t waited = now > put_in ? (uint64_t)(now - put_in) : 0;
	const uint64_t longest = crl_tally_own(&counts->longest);

	if (waited > longest)
		crl_tally_add(&counts->longest, waited - longest);
	crl_tally_add(&counts->waited, waited);
	crl_tally_add(&counts->measured, 1);
}

/* A walk along the mail, from its newest letter on. */
typedef struct walk {
	crl_letter *newest, *at;
	size_t steps;
	uint64_t collected; /* the pool's, when it began */
} walk;

static walk
begin_walk(const creel_pool *pool)
{
	crl_letter *newest = crl_mailbox_look(&pool->mail);

	return (walk){newest, newest, 0, pool->collected};
}

/* With intake held: go on; true: it is over. */
static bool
go_on(creel_pool *pool, walk *w)
{
	for (unsigned i = 0; i < CRL_STATS_STRETCH; i++) {
		if (w->at == NULL)
			return true;
		if (w->at == pool->counted_mail) {
			w->steps += pool->mail_count;
			return true;
		}
		w->steps++;
		w->at = w->at->next;
	}
	return false;
}

/* With intake held, which is let go of in between: how much mail there is. */
static size_t
count_mail(creel_pool *pool)
{
	walk w = begin_walk(pool);

	while (!go_on(pool, &w)) {
		crl_mutex_unlock(&pool->intake);
		crl_mutex_lock(&pool->intake);
		if (pool->collected != w.collected)
			w = begin_walk(pool);
	}
	pool->counted_mail = w.newest;
	pool->mail_count = w.steps;
	return w.steps;
}

/* What has ended, and what else is known of each worker. */
static void
read_workers(creel_pool *pool, creel_pool_statistics *to)
{
	to->failed = crl_tally_read(&pool->dropped_failed);
	to->cancelled = crl_tally_read(&pool->dropped_cancelled);
	for (unsigned i = 0; i < crl_pool_reach(pool); i++) {
		const crl_worker_counts *counts = &pool->workers[i].counts;
		uint64_t longest;

		to->done += crl_tally_read(&counts->done);
		to->failed += crl_tally_read(&counts->failed);
		to->cancelled += crl_tally_read(&counts->cancelled);
		to->stolen += crl_tally_read(&counts->stolen);
		to->parked += crl_tally_read(&counts->runner.sleeps);
		to->suspended += crl_tally_read(&counts->runner.suspended);
		to->measured += crl_tally_read(&counts->measured);
		to->waited += (creel_duration)crl_tally_read(&counts->waited);
		longest = crl_tally_read(&counts->longest);
		if ((creel_duration)longest > to->longest_wait)
			to->longest_wait = (creel_duration)longest;
	}
}

/* What has been accepted, and what lies in the inbox, and in the spill. */
static void
read_inbox(creel_pool *pool, creel_pool_statistics *to)
{
	size_t inbox;

	crl_mutex_lock(&pool->intake);
	inbox = count_mail(pool) + pool->turned.count;
	for (int i = 0; i < CRL_LEVELS; i++)
		inbox += pool->inbox[i].queue.count + pool->inbox[i].held.count;
	to->submitted = inbox + pool->taken_out;
	for (unsigned i = 0; i < crl_pool_reach(pool); i++)
		to->submitted += crl_tally_read(&pool->workers[i].counts.entered);
	to->queued = inbox + pool->spill.count;
	crl_mutex_unlock(&pool->intake);
}

/* What is queued with the workers; and so, what runs. */
static void
read_queues(creel_pool *pool, creel_pool_statistics *to)
{
	const uint64_t ended = to->done + to->failed + to->cancelled;
	uint64_t begun, most;

	for (unsigned i = 0; i < crl_pool_reach(pool); i++)
		to->queued += crl_deque_count(&pool->workers[i].own) +
			      crl_portion_count(&pool->workers[i].batch);
	to->workers = crl_pool_size_of(pool);
	to->idle = crl_pool_count_idle(pool);
	begun = to->submitted - ended;
	begun -= to->queued < begun ? to->queued : begun;
	if (to->suspended > begun)
		to->suspended = begun;
	begun -= to->suspended;
	most = crl_pool_reach(pool) > to->idle ? crl_pool_reach(pool) - to->idle : 0;
	to->running = begun < most ? begun : most;
}

/* As much as the program knows of, into a struct of its size; what this creel does not know is 0. */
static bool
hand_out(creel_pool_statistics *to, const creel_pool_statistics *from)
{
	const size_t head = sizeof from->size, size = to->size;
	const size_t known = size < sizeof *from ? size : sizeof *from;

	if (size < head || size > CRL_OPTIONS_LARGEST)
		return false;
	memset((char *)to + head, 0, size - head);
	memcpy((char *)to + head, (const char *)from + head, known - head);
	return true;
}

creel_status
creel_pool_stats(creel_pool *pool, creel_pool_statistics *out)
{
	creel_pool_statistics all = CREEL_POOL_STATISTICS_INIT;

	if (pool == NULL || out == NULL)
		return crl_report(CREEL_EINVAL, "the pool or what is to be filled is NULL");
	if (crl_pool_inherited(pool))
		return crl_report(CREEL_ECLOSED, "the pool was made before a fork");
	read_workers(pool, &all);
	read_inbox(pool, &all);
	read_queues(pool, &all);
	all.in_caller = crl_load(&pool->in_caller, relaxed);
	if (!hand_out(out, &all))
		return crl_report(CREEL_EINVAL, "the statistics have no size");
	return CREEL_OK;
}
