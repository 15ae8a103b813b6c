/* SPDX-License-Identifier: MIT */
/* shutdown.c: waiting until a pool is idle, and ending it. */
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "pool/pool.h"
#include "runner/waiter.h"

void
crl_pool_settle(creel_pool *pool)
{
	if (!crl_pool_is_quiet(pool))
		return;
	if (crl_pool_phase_of(pool) != CRL_POOL_OPEN) {
		crl_store(&pool->phase, CRL_POOL_CLOSED, relaxed);
		for (unsigned i = 0; i < crl_pool_reach(pool); i++)
			crl_runner_stop(pool->workers[i].runner);
	}
	/* Under the lock, so that a waiter that gives up finds itself either linked or woken. */
	crl_wakers_wake(&pool->waiters);
}

static bool
is_broken(creel_pool *pool)
{
	bool broken;

	crl_mutex_lock(&pool->lock);
	broken = pool->broken;
	crl_mutex_unlock(&pool->lock);
	return broken;
}

const creel_error *
crl_pool_refusal(creel_pool *pool)
{
	return is_broken(pool) ? &crl_error_broken : &crl_error_closed;
}

const creel_error *
crl_pool_why_dropped(creel_pool *pool)
{
	return is_broken(pool) ? &crl_error_broken : &crl_error_cancelled;
}

uint32_t
crl_pool_drop(crl_job *job, const creel_error *why)
{
	return job->ops->drop(job, why) && why->code != CREEL_ECANCELLED ? CRL_JOB_FAILED
									 : CRL_JOB_CANCELLED;
}

static void
drop_all(creel_pool *pool, crl_letters jobs)
{
	const creel_error *why = crl_pool_why_dropped(pool);
	const int64_t n = (int64_t)jobs.count;
	int64_t failed = 0;
	crl_job *job;

	while ((job = crl_jobs_take(&jobs)) != NULL)
		failed += crl_pool_drop(job, why) == CRL_JOB_FAILED;
	crl_mutex_lock(&pool->lock);
	crl_tally_add(&pool->dropped_failed, (uint64_t)failed);
	crl_tally_add(&pool->dropped_cancelled, (uint64_t)(n - failed));
	pool->unfinished -= n;
	crl_pool_settle(pool);
	crl_mutex_unlock(&pool->lock);
}

/* With the lock held. */
static void
enter_phase(creel_pool *pool, crl_pool_phase phase, crl_letters *queued)
{
	size_t uncounted = 0;

	crl_store(&pool->phase, phase, relaxed);
	crl_pool_close_mail(pool);
	if (phase >= CRL_POOL_CANCELLING_QUEUED)
		*queued = crl_pool_take_queued(pool, &uncounted);
	pool->unfinished += (int64_t)uncounted; /* until they have been dropped */
	if (phase == CRL_POOL_CANCELLING_ALL)
		for (unsigned i = 0; i < crl_pool_reach(pool); i++)
			crl_runner_interrupt(pool->workers[i].runner);
	crl_pool_settle(pool);
}

static void
strengthen(creel_pool *pool, crl_pool_phase phase, bool broken)
{
	crl_letters queued = {NULL, NULL, 0};

	crl_mutex_lock(&pool->lock);
	if (phase > crl_pool_phase_of(pool)) {
		if (broken)
			pool->broken = true;
		enter_phase(pool, phase, &queued);
	}
	crl_mutex_unlock(&pool->lock);
	if (queued.count > 0)
		drop_all(pool, queued);
}

void
crl_pool_begin_shutdown(creel_pool *pool, crl_pool_phase phase)
{
	strengthen(pool, phase, false);
}

void
crl_pool_break(creel_pool *pool)
{
	strengthen(pool, CRL_POOL_CANCELLING_QUEUED, true);
}

/* Link the waiter; false: nothing is unfinished. */
static bool
link_waiter(creel_pool *pool, crl_waiter *waiter)
{
	bool busy;

	crl_mutex_lock(&pool->lock);
	busy = !crl_pool_is_quiet(pool);
	if (busy)
		crl_list_push_back(&pool->waiters, &waiter->waker.link);
	crl_mutex_unlock(&pool->lock);
	return busy;
}

/* Wait until nothing is unfinished. If the pool is being shut down, it is closed then. Reports nothing. */
static creel_status
wait_quiet(creel_pool *pool, int64_t deadline)
{
	static const crl_subject subject = {"waits for a pool to be idle", NULL, 0};
	crl_waiter waiter;
	creel_status status = crl_waiter_prepare(&waiter);

	if (status != CREEL_OK || !link_waiter(pool, &waiter))
		return status;
	crl_waiter_says(&waiter, &subject);
	crl_waiter_wait(&waiter, deadline);
	crl_mutex_lock(&pool->lock);
	crl_list_unlink(&waiter.waker.link);
	crl_mutex_unlock(&pool->lock);
	return crl_waiter_done(&waiter) ? CREEL_OK : crl_waiter_interrupted(&waiter);
}

void
crl_pool_wait_closed(creel_pool *pool)
{
	static const crl_subject subject = {"waits for a pool to end", NULL, 0};
	crl_waiter waiter;

	if (crl_waiter_prepare(&waiter) != CREEL_OK || !link_waiter(pool, &waiter))
		return;
	crl_waiter_says(&waiter, &subject);
	crl_waiter_wait_through(&waiter, CRL_NEVER);
	crl_mutex_lock(&pool->lock); /* whoever woke us has left it */
	crl_mutex_unlock(&pool->lock);
}

static bool
is_quiet(creel_pool *pool)
{
	bool result;

	crl_mutex_lock(&pool->lock);
	result = crl_pool_is_quiet(pool);
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
