/* SPDX-License-Identifier: MIT */
/*
 * pool.h: N runners that take jobs from one shared queue.
 *
 * A pool knows jobs, not tasks or futures. All that its workers share is guarded by one mutex; a
 * worker that finds no job enters itself into the list of idle ones under the same lock, so whoever
 * puts a job in finds it there, or it finds the job.
 *
 * Queues. What comes from outside goes into `inbox`, what the pool's own jobs submit into `inner`,
 * which goes first; every so often a runner asks for the fair choice, and the inbox goes first. With
 * CREEL_POOL_FIFO everything goes into the inbox. Where max_started forbids to start one more job from
 * outside, such a job waits in the inbox, or, with CREEL_POOL_FIFO, in `held`, so that inner ones
 * behind it can pass.
 *
 * Life
 *     OPEN ──► DRAINING ──► CANCELLING_QUEUED ──► CANCELLING_ALL      (by shutdown, forward only)
 *       any but OPEN, when nothing is unfinished: ──► CLOSED, and the runners are told to stop
 *   OPEN accepts all jobs; DRAINING those of the pool's own jobs; the others none.
 *   The pool is freed by destroy() when it has joined the workers, or, if a worker destroyed its own
 *   pool, by the last worker to leave.
 */
#ifndef CRL_POOL_POOL_H
#define CRL_POOL_POOL_H

#include "base/attr.h"
#include "base/process.h"
#include "queue/inbox.h"
#include "runner/runner.h"
#include "sync/mutex.h"
#include "sync/thread.h"

#include <creel/pool.h>

typedef enum crl_pool_phase {
	CRL_POOL_OPEN,
	CRL_POOL_DRAINING,
	CRL_POOL_CANCELLING_QUEUED,
	CRL_POOL_CANCELLING_ALL,
	CRL_POOL_CLOSED
} crl_pool_phase;

/* A thread of a pool. Its runner is recycled when it ends; this is not. */
typedef struct crl_worker {
	struct creel_pool *pool;
	crl_runner *runner;
	crl_thread thread;
} crl_worker;

struct creel_pool {
	crl_source source; /* what the runners see of the pool */

	/* Set at creation. */
	unsigned generation; /* of the process: base/process.h */
	unsigned size;
	bool fifo;
	size_t max_started; /* SIZE_MAX: no limit */
	char name[16];

	crl_mutex lock; /* guards the rest */
	crl_pool_phase phase;
	crl_inbox inbox, held, inner;
	size_t started;    /* jobs from outside that have started and not ended */
	size_t unfinished; /* jobs that are queued, running or suspended */
	crl_list idle;     /* runners without work: crl_runner.idle */
	crl_list waiters;  /* for the pool to be idle: crl_waker.link */
	bool orphan;       /* destroyed by one of its own workers: the last to leave frees it */
	unsigned living;   /* workers that have not left */

	crl_worker workers[];
};

/* Is this pool the parent's, and this the child of a fork? Then nothing of it may be touched. */
static inline bool
crl_pool_inherited(const creel_pool *pool)
{
	return crl_unlikely(pool->generation != crl_generation());
}

/* Is the caller on one of the pool's workers? */
static inline bool
crl_pool_is_own(const creel_pool *pool)
{
	crl_runner *runner = crl_runner_self();

	return runner != NULL && runner->source == &pool->source;
}

/* Put in a chain of n jobs, linked from first to last, whose CRL_JOB_OUTSIDE tells where they come
 * from. False: the pool does not accept them, and has not touched them. */
bool crl_pool_push(creel_pool *pool, crl_job *first, crl_job *last, size_t n);

/* The runners' source. */
crl_job *crl_pool_next(crl_source *source, crl_runner *runner, bool fair);
void crl_pool_finished(crl_source *source, crl_runner *runner, uint32_t flags);
void crl_pool_busy(crl_source *source, crl_runner *runner);

/* With the lock held: so many jobs will not run any more. Wakes who waits for that. */
void crl_pool_settle(creel_pool *pool, size_t n);

/* Start or strengthen a shutdown. */
void crl_pool_begin_shutdown(creel_pool *pool, crl_pool_phase phase);

/* Suspend, or block, until the shutdown is over; returns at once where the caller may not suspend. */
void crl_pool_wait_closed(creel_pool *pool);

#endif
