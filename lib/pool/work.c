/* SPDX-License-Identifier: MIT */
/* work.c: jobs go in, runners take them out. See pool.h for the queues. */
#include "base/attr.h"
#include "pool/pool.h"

/* So many parkers are collected under the lock at a time, to be unparked without it. */
#define BATCH 8

typedef struct batch {
	crl_parker *parkers[BATCH];
	size_t count;
} batch;

/* Take at most n runners off the idle list. One that is woken for nothing goes idle again. */
static void
collect_idle(creel_pool *pool, size_t n, batch *woken)
{
	crl_list *link;

	woken->count = 0;
	while (woken->count < n && woken->count < BATCH &&
		(link = crl_list_pop_front(&pool->idle)) != NULL)
		woken->parkers[woken->count++] = CRL_CONTAINER_OF(link, crl_runner, idle)->parker;
}

static void
unpark(const batch *woken)
{
	for (size_t i = 0; i < woken->count; i++)
		crl_unpark(woken->parkers[i]);
}

static bool
accepts(const creel_pool *pool, const crl_job *job)
{
	if (pool->phase == CRL_POOL_DRAINING)
		return !(job->flags & CRL_JOB_OUTSIDE);
	return pool->phase == CRL_POOL_OPEN;
}

bool
crl_pool_push(creel_pool *pool, crl_job *first, crl_job *last, size_t n)
{
	bool outside = first->flags & CRL_JOB_OUTSIDE;
	batch woken;

	crl_mutex_lock(&pool->lock);
	if (!accepts(pool, first)) {
		crl_mutex_unlock(&pool->lock);
		return false;
	}
	crl_inbox_append(outside || pool->fifo ? &pool->inbox : &pool->inner, first, last);
	pool->unfinished += n;
	collect_idle(pool, n, &woken);
	while (woken.count == BATCH && (n -= BATCH) > 0) {
		unpark(&woken);
		collect_idle(pool, n, &woken);
	}
	crl_mutex_unlock(&pool->lock);
	/* The jobs may be gone now, and one of them may have destroyed the pool. */
	unpark(&woken);
	return true;
}

static bool
may_start_outside(const creel_pool *pool)
{
	return pool->started < pool->max_started;
}

/* From the inbox: the oldest job that may start. */
static crl_job *
take_inbox(creel_pool *pool)
{
	bool may = may_start_outside(pool);
	crl_job *job;

	if (may && (job = crl_inbox_take(&pool->held)) != NULL)
		return job;
	while ((job = pool->inbox.first) != NULL) {
		if (may || !(job->flags & CRL_JOB_OUTSIDE))
			return crl_inbox_take(&pool->inbox);
		if (!pool->fifo) /* all that are here came from outside */
			return NULL;
		crl_inbox_take(&pool->inbox);
		crl_inbox_append(&pool->held, job, job);
	}
	return NULL;
}

static crl_job *
take(creel_pool *pool, bool fair)
{
	crl_job *job = fair ? take_inbox(pool) : crl_inbox_take(&pool->inner);

	if (job == NULL)
		job = fair ? crl_inbox_take(&pool->inner) : take_inbox(pool);
	if (job != NULL && job->flags & CRL_JOB_OUTSIDE)
		pool->started++;
	return job;
}

crl_job *
crl_pool_next(crl_source *source, crl_runner *runner, bool fair)
{
	creel_pool *pool = CRL_CONTAINER_OF(source, creel_pool, source);
	crl_job *job;

	crl_mutex_lock(&pool->lock);
	crl_list_unlink(&runner->idle);
	job = take(pool, fair);
	if (job == NULL)
		crl_list_push_front(&pool->idle, &runner->idle); /* the warmest is woken first */
	crl_mutex_unlock(&pool->lock);
	return job;
}

/* With the lock held: is there a job that take() would find? */
static bool
has_work(const creel_pool *pool)
{
	bool may = may_start_outside(pool);

	if (pool->inner.first != NULL)
		return true;
	/* With CREEL_POOL_FIFO an inner job may stand anywhere in the inbox: look. */
	return pool->inbox.first != NULL ? may || pool->fifo : may && pool->held.first != NULL;
}

void
crl_pool_busy(crl_source *source, crl_runner *runner)
{
	creel_pool *pool = CRL_CONTAINER_OF(source, creel_pool, source);
	batch woken = {.count = 0};

	crl_mutex_lock(&pool->lock);
	crl_list_unlink(&runner->idle);
	if (has_work(pool)) /* perhaps it was this runner that was woken for it */
		collect_idle(pool, 1, &woken);
	crl_mutex_unlock(&pool->lock);
	unpark(&woken);
}

void
crl_pool_finished(crl_source *source, crl_runner *runner, uint32_t flags)
{
	creel_pool *pool = CRL_CONTAINER_OF(source, creel_pool, source);
	batch woken = {.count = 0};

	(void)runner;
	crl_mutex_lock(&pool->lock);
	if (flags & CRL_JOB_OUTSIDE) {
		pool->started--;
		if (pool->max_started != SIZE_MAX && has_work(pool)) /* one more may start now */
			collect_idle(pool, 1, &woken);
	}
	crl_pool_settle(pool, 1);
	crl_mutex_unlock(&pool->lock);
	unpark(&woken);
}
