/* SPDX-License-Identifier: MIT */
/* shutdown.c: waiting until a pool is idle, and ending it. */
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "pool/pool.h"
#include "runner/waiter.h"

/* With the lock held: nothing is unfinished. */
static void
quiet(creel_pool *pool)
{
	if (pool->phase != CRL_POOL_OPEN) {
		pool->phase = CRL_POOL_CLOSED;
		for (unsigned i = 0; i < pool->size; i++)
			crl_runner_stop(pool->workers[i].runner);
	}
	/* Under the lock, so that a waiter that gives up finds itself either linked or woken. */
	crl_wakers_wake(&pool->waiters);
}

void
crl_pool_settle(creel_pool *pool, size_t n)
{
	pool->unfinished -= n;
	if (pool->unfinished == 0)
		quiet(pool);
}

static void
move_all(crl_inbox *to, crl_inbox *from)
{
	if (from->first != NULL)
		crl_inbox_append(to, from->first, from->last);
	from->first = NULL;
}

/* With the lock held: take out everything that is queued. */
static crl_job *
take_queued(creel_pool *pool)
{
	crl_inbox all = {NULL, NULL};

	move_all(&all, &pool->held);
	move_all(&all, &pool->inbox);
	move_all(&all, &pool->inner);
	return all.first;
}

static void
drop_all(creel_pool *pool, crl_job *job)
{
	size_t n = 0;

	for (crl_job *next; job != NULL; job = next, n++) {
		next = job->link;
		job->ops->drop(job);
	}
	if (n == 0)
		return;
	crl_mutex_lock(&pool->lock);
	crl_pool_settle(pool, n);
	crl_mutex_unlock(&pool->lock);
}

void
crl_pool_begin_shutdown(creel_pool *pool, crl_pool_phase phase)
{
	crl_job *queued = NULL;

	crl_mutex_lock(&pool->lock);
	if (phase > pool->phase) {
		pool->phase = phase;
		if (phase >= CRL_POOL_CANCELLING_QUEUED)
			queued = take_queued(pool);
		if (phase == CRL_POOL_CANCELLING_ALL)
			for (unsigned i = 0; i < pool->size; i++)
				crl_runner_interrupt(pool->workers[i].runner);
		if (pool->unfinished == 0)
			quiet(pool);
	}
	crl_mutex_unlock(&pool->lock);
	drop_all(pool, queued);
}

/* Link the waiter; false: nothing is unfinished. */
static bool
link_waiter(creel_pool *pool, crl_waiter *waiter)
{
	bool busy;

	crl_mutex_lock(&pool->lock);
	busy = pool->unfinished != 0;
	if (busy)
		crl_list_push_back(&pool->waiters, &waiter->waker.link);
	crl_mutex_unlock(&pool->lock);
	return busy;
}

/* Wait until nothing is unfinished. If the pool is being shut down, it is closed then. Reports nothing. */
static creel_status
wait_quiet(creel_pool *pool, int64_t deadline)
{
	crl_waiter waiter;
	creel_status status = crl_waiter_prepare(&waiter);

	if (status != CREEL_OK || !link_waiter(pool, &waiter))
		return status;
	crl_waiter_wait(&waiter, deadline);
	crl_mutex_lock(&pool->lock);
	crl_list_unlink(&waiter.waker.link);
	crl_mutex_unlock(&pool->lock);
	return crl_waiter_done(&waiter) ? CREEL_OK : crl_waiter_interrupted(&waiter);
}

void
crl_pool_wait_closed(creel_pool *pool)
{
	crl_waiter waiter;

	if (crl_waiter_prepare(&waiter) != CREEL_OK || !link_waiter(pool, &waiter))
		return;
	crl_waiter_wait_through(&waiter, CRL_NEVER);
	crl_mutex_lock(&pool->lock); /* whoever woke us has left it */
	crl_mutex_unlock(&pool->lock);
}

static bool
is_quiet(creel_pool *pool)
{
	bool result;

	crl_mutex_lock(&pool->lock);
	result = pool->unfinished == 0;
	crl_mutex_unlock(&pool->lock);
	return result;
}

/* What waiting for the pool answers before it waits; CREEL_EPENDING: it has to. */
static creel_status
try_quiet(creel_pool *pool, creel_duration timeout)
{
	if (crl_pool_is_own(pool) && timeout != 0)
		return crl_report(CREEL_EDEADLK, "a task waits for its own pool");
	if (is_quiet(pool))
		return CREEL_OK;
	if (timeout == 0)
		return crl_report(CREEL_ETIMEDOUT, "the pool is busy");
	return CREEL_EPENDING;
}

static creel_status
check(const creel_pool *pool, creel_duration timeout)
{
	if (pool == NULL || timeout < 0)
		return crl_report(CREEL_EINVAL, "the pool is NULL or the timeout negative");
	if (crl_pool_inherited(pool))
		return crl_report(CREEL_ECLOSED, "the pool was made before a fork");
	return CREEL_OK;
}

creel_status
creel_pool_wait_idle(creel_pool *pool, creel_duration timeout)
{
	creel_status status = check(pool, timeout);

	if (status != CREEL_OK)
		return status;
	if (crl_pool_is_own(pool))
		return crl_report(CREEL_EDEADLK, "a task waits for its own pool to be idle");
	status = try_quiet(pool, timeout);
	return status == CREEL_EPENDING ? crl_waiter_report(wait_quiet(pool, crl_deadline(timeout)))
					: status;
}

creel_status
creel_pool_shutdown(creel_pool *pool, creel_shutdown_mode mode, creel_duration timeout)
{
	static const crl_pool_phase phases[] = {[CREEL_SHUTDOWN_DRAIN] = CRL_POOL_DRAINING,
		[CREEL_SHUTDOWN_CANCEL_QUEUED] = CRL_POOL_CANCELLING_QUEUED,
		[CREEL_SHUTDOWN_CANCEL_ALL] = CRL_POOL_CANCELLING_ALL};
	creel_status status = check(pool, timeout);

	if (status != CREEL_OK)
		return status;
	if ((unsigned)mode >= sizeof phases / sizeof *phases)
		return crl_report(CREEL_EINVAL, "no such shutdown mode");
	crl_pool_begin_shutdown(pool, phases[mode]);
	status = try_quiet(pool, timeout);
	return status == CREEL_EPENDING ? crl_waiter_report(wait_quiet(pool, crl_deadline(timeout)))
					: status;
}
