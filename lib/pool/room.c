/* SPDX-License-Identifier: MIT */
/*
 * room.c: a bounded inbox. Who puts in more than there is room for waits, or is told.
 *
 * The mail of such a pool is closed from the beginning, so that those of others need not ask: who has a job refused
 * there comes here. But for those that are to be let in in any case, CRL_JOB_UNBOUNDED: they are not counted.
 *
 * `queued` counts the jobs from outside that are in the inbox, held back or not. Whoever takes one out lets in the
 * next job of the oldest submitter that waits, on the submitter's behalf, and wakes it when it has no more. So
 * nobody has to be woken to try again, and nobody comes before those who wait.
 *
 * Who        submitter: on its own stack, waits    others: workers, and who shuts the pool down
 *
 * Invariants   (all with `intake` held)
 *   I1  queued <= queue_limit, and if anybody waits, queued == queue_limit.
 *   I2  A submitter is listed while `ended` is CREEL_EPENDING. Whoever ends it takes it off the list, and wakes
 *       it, once, maybe after it has let go of the lock. So one that gives up either takes itself off the list,
 *       or sees the wake-up come (crl_waiter_join).
 *   I3  When the pool does not accept jobs nobody waits, and nobody is let in.
 *
 * What is let in needs nobody to be woken for it: it takes the place of what has left in one step, so that the
 * inbox is never seen empty, and whoever was to find that finds this (README.md).
 *
 * Ordering   by `intake`; the outcome is seen by who has been woken [W1], too.
 * Last access  by who ends a submitter: its wake-up, see runner/waiter.h.
 * Rejected   to wake a submitter for each room, to try again: it may come too late, again and again, and what
 *            one thread submits could be passed by what others submit later.
 */
#include "base/attr.h"
#include "pool/pool.h"
#include "runner/waiter.h"

/* One that waits. */
typedef struct crl_submitter {
	crl_waiter waiter; /* linked by its waker */
	crl_letters *jobs; /* what is not let in yet */
	creel_status
		ended; /* CREEL_EPENDING: not; CREEL_OK: all are let in; CREEL_ECLOSED: none will be */
} crl_submitter;

static crl_submitter *
of_link(crl_list *link)
{
	return CRL_CONTAINER_OF(link, crl_submitter, waiter.waker.link);
}

/* With intake held: put in as many as there is room for. */
static void
let_in(creel_pool *pool, crl_letters *jobs)
{
	while (jobs->count > 0 && pool->queued < pool->queue_limit) {
		crl_letter *letter = crl_letters_take(jobs);

		letter->next = NULL;
		crl_pool_append(pool, letter);
		pool->queued++;
	}
}

static void
end_submitter(crl_submitter *submitter, creel_status how)
{
	crl_list_unlink(&submitter->waiter.waker.link);
	submitter->ended = how;
}

crl_waker *
crl_pool_left_inbox(creel_pool *pool)
{
	crl_submitter *oldest;

	pool->queued--;
	if (crl_list_empty(&pool->submitters))
		return NULL;
	oldest = of_link(pool->submitters.next);
	let_in(pool, oldest->jobs);
	if (oldest->jobs->count > 0)
		return NULL;
	end_submitter(oldest, CREEL_OK);
	return &oldest->waiter.waker;
}

void
crl_pool_close_room(creel_pool *pool)
{
	pool->accepting = false;
	while (!crl_list_empty(&pool->submitters)) {
		crl_submitter *submitter = of_link(pool->submitters.next);

		end_submitter(submitter, CREEL_ECLOSED);
		crl_waker_wake(&submitter->waiter.waker);
	}
}

/* With intake held: CRL_OFFER_FULL: some are left. */
static crl_offer
offer(creel_pool *pool, crl_letters *jobs)
{
	if (!pool->accepting)
		return CRL_OFFER_CLOSED;
	let_in(pool, jobs);
	crl_pool_count_backlog(pool);
	return jobs->count > 0 ? CRL_OFFER_FULL : CRL_OFFER_TAKEN;
}

crl_offer
crl_pool_offer(creel_pool *pool, crl_letters *jobs)
{
	const size_t before = jobs->count;
	crl_offer result;

	crl_mutex_lock(&pool->intake);
	result = offer(pool, jobs);
	crl_mutex_unlock(&pool->intake);
	if (jobs->count < before)
		crl_pool_rouse(pool);
	return result;
}

/* Some may be let in at once. CREEL_EPENDING: not all are, and the submitter is listed; else how it has ended. */
static creel_status
begin(creel_pool *pool, crl_submitter *submitter)
{
	static const creel_status ends[] = {[CRL_OFFER_TAKEN] = CREEL_OK,
		[CRL_OFFER_FULL] = CREEL_EPENDING,
		[CRL_OFFER_CLOSED] = CREEL_ECLOSED};
	const size_t before = submitter->jobs->count;
	creel_status ended;
	bool any;

	crl_mutex_lock(&pool->intake);
	ended = submitter->ended = ends[offer(pool, submitter->jobs)];
	any = submitter->jobs->count < before;
	if (ended == CREEL_EPENDING)
		crl_list_push_back(&pool->submitters, &submitter->waiter.waker.link);
	crl_mutex_unlock(&pool->intake);
	if (any)
		crl_pool_rouse(pool);
	return ended;
}

/* It has waited: how it ended, CREEL_EPENDING: it has given up. */
static creel_status
end(creel_pool *pool, crl_submitter *submitter)
{
	creel_status ended;

	crl_mutex_lock(&pool->intake);
	ended = submitter->ended;
	if (ended == CREEL_EPENDING)
		crl_list_unlink(&submitter->waiter.waker.link);
	crl_mutex_unlock(&pool->intake);
	if (ended != CREEL_EPENDING && !crl_waiter_done(&submitter->waiter))
		crl_waiter_join(&submitter->waiter);
	return ended;
}

creel_status
crl_pool_await_room(creel_pool *pool, crl_letters *jobs, int64_t deadline)
{
	static const crl_subject subject = {"waits for room in a pool's queue", NULL, 0};
	crl_submitter submitter = {.jobs = jobs};
	creel_status status = crl_waiter_prepare(&submitter.waiter);

	if (status != CREEL_OK)
		return status;
	status = begin(pool, &submitter);
	if (status != CREEL_EPENDING)
		return status;
	crl_waiter_says(&submitter.waiter, &subject);
	crl_waiter_wait(&submitter.waiter, deadline);
	status = end(pool, &submitter);
	return status != CREEL_EPENDING ? status : crl_waiter_interrupted(&submitter.waiter);
}
