/* SPDX-License-Identifier: MIT */
/*
 * pool.h: N runners that take jobs from a common inbox and steal from each other.
 *
 * A pool knows jobs, not tasks or futures. README.md beside this file says how jobs travel, how
 * workers sleep and are woken, and why nothing is lost.
 *
 *   inbox.c     what comes from outside, and what did not fit elsewhere
 *   work.c      a worker's own jobs, and which job comes next
 *   forked.c    what tasks have forked, as jobs
 *   idle.c      searching, sleeping, waking; when the pool is idle
 *   shutdown.c  waiting for idle, and the end
 *   pool.c      the pool's and its workers' life
 *   hooks.c     what the program does at the beginning and end of a worker
 *
 * Life
 *     OPEN ──► DRAINING ──► CANCELLING_QUEUED ──► CANCELLING_ALL      (by shutdown, forward only)
 *       any but OPEN, when nothing is unfinished: ──► CLOSED, and the runners are told to stop
 *   OPEN accepts all jobs; DRAINING those of the pool's own jobs; the others none.
 *   A pool ends when destroy() has joined the workers, or, if a worker destroyed its own pool, with the
 *   last worker to leave. Its workers' memory is freed then; the pool itself is type-stable
 *   (sync/stable.h): whoever put in the job that ended it may still look who sleeps.
 *
 * References  one of its owner's, one of each continuation (async/then.c). Only with the last one its memory is there
 *             for another pool; until then a late job is refused, as the mail is closed.
 * Ordering (release -> acquire, what it publishes)
 *   [P3] unref: fetch_sub, acq_rel -> the last unref: the same    all uses of the pool are over
 */
#ifndef CRL_POOL_POOL_H
#define CRL_POOL_POOL_H

#include "base/attr.h"
#include "base/error.h"
#include "base/process.h"
#include "queue/deque.h"
#include "queue/mailbox.h"
#include "queue/portion.h"
#include "queue/runs.h"
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
	crl_deque own;      /* what its jobs have put in: newest first, for thieves oldest first */
	crl_portion batch;  /* what it has fetched from the inbox: oldest first for all */
	crl_frames frames;  /* what its tasks have forked */
	crl_job forked;     /* stands for a frame that it has taken, */
	creel_frame *frame; /* this one, until it runs. Its own thread only */

	/* Its own thread only. */
	_Alignas(CRL_CACHE_LINE) int64_t change; /* of `unfinished`, not yet counted there */
	unsigned spins;                          /* how long it pays to search */
	uint32_t random;
	unsigned fair_choices;
	bool searching; /* guarded by the lock while it is listed as idle */

	struct creel_pool *pool;
	crl_runner *runner;
	crl_thread thread;
	void *local; /* the program's: see crl_hooks */
	bool out; /* it takes no jobs: its init has not ended, or has failed. Its own thread only */
} crl_worker;

/* The program's hooks; NULL: none. */
typedef struct crl_hooks {
	creel_worker_init_fn *init;
	creel_worker_fini_fn *fini;
	void *arg;
} crl_hooks;

struct creel_pool {
	crl_stable stable;
	crl_source source; /* what the runners see of the pool */

	/* Set at creation. */
	unsigned generation; /* of the process: base/process.h */
	unsigned size;
	bool fifo;
	size_t max_started; /* SIZE_MAX: no limit */
	char name[16];
	crl_hooks hooks;
	crl_worker *workers;

	crl_atomic(unsigned) refs;
	crl_atomic(crl_pool_phase) phase; /* changed with the lock held */

	/* Any thread. */
	_Alignas(CRL_CACHE_LINE) crl_mailbox mail; /* from outside: the newest part of the inbox */
	_Alignas(CRL_CACHE_LINE) crl_atomic(unsigned) sleep; /* idle.c */
	_Alignas(CRL_CACHE_LINE) crl_atomic(
		size_t) backlog; /* in the queues that `intake` guards; changed with it held */

	crl_mutex intake;  /* guards what stands in order */
	crl_runs turned;   /* what came by mail before that, */
	crl_letters late;  /* and, behind that, what came when there was no mail any more */
	crl_letters held;  /* from outside, taken from the inbox's head, may not start yet */
	crl_letters spill; /* the workers' own that did not fit into their deques */
	size_t started;    /* with a limit: jobs from outside that have started and not ended */

	_Alignas(CRL_CACHE_LINE) crl_mutex lock; /* guards the rest; taken before `intake` */
	int64_t unfinished; /* jobs that were taken from the inbox, or made by workers, and have not ended;
			       without the workers' changes */
	crl_list idle;    /* runners that sleep, or are about to: crl_runner.idle */
	crl_list waiters; /* for the pool to be idle: crl_waker.link */
	bool orphan;      /* destroyed by one of its own workers: the last to leave frees it */
	unsigned living;  /* workers that have not left */
	unsigned out;     /* workers that take no jobs, and are not in `idle` */
	bool broken;      /* a worker's init has failed */
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

static inline crl_worker *
crl_pool_worker(creel_pool *pool, const crl_runner *runner)
{
	return &pool->workers[runner->index];
}

static inline crl_pool_phase
crl_pool_phase_of(const creel_pool *pool)
{
	return crl_load(&pool->phase, relaxed); /* says nothing but itself */
}

void crl_pool_ref(creel_pool *pool);
void crl_pool_unref(creel_pool *pool);

/* Put in a chain of jobs, the newest first; the CRL_JOB_OUTSIDE of all tells where they come from. False: the
 * pool does not accept them, and has not touched them. */
bool crl_pool_push(creel_pool *pool, crl_letters jobs);

/* inbox.c: put in from outside. False: not accepted. */
bool crl_pool_receive(creel_pool *pool, crl_letters jobs);

/* With CREEL_POOL_FIFO: put in what the pool's own jobs make. */
void crl_pool_receive_own(creel_pool *pool, crl_letters jobs);

/* Put in what did not fit into a worker's deque. */
void crl_pool_spill(creel_pool *pool, crl_job *job);

/* The oldest job of the spill, unless the choice is to be fair, else of the inbox, if it may start, for this
 * worker, whose batch is empty, and gets some of those that follow in the inbox; NULL: none. */
crl_job *crl_pool_fetch(creel_pool *pool, crl_worker *worker, bool fair);

/* Is there a job that fetch() would find? And, is there any, also one that may not start?
 * What was put in before is seen. */
bool crl_pool_inbox_has_any(creel_pool *pool);
bool crl_pool_inbox_is_empty(creel_pool *pool);

/* With a limit: a job from outside has ended, another may start. */
void crl_pool_ended_one(creel_pool *pool);

/* With the lock held: refuse what comes from outside from now on. */
void crl_pool_close_mail(creel_pool *pool);

/* Take out all that is queued, from the workers too; so many are not counted in `unfinished`. */
crl_letters crl_pool_take_queued(creel_pool *pool, size_t *uncounted);

/* work.c: the runners' source. */
crl_job *crl_pool_next(crl_source *source, crl_runner *runner, bool fair);
void crl_pool_finished(crl_source *source, crl_runner *runner, uint32_t flags);

/* forked.c: a frame that somebody's task has forked, as a job of the worker; NULL: none. First its own. */
crl_job *crl_pool_take_frame(creel_pool *pool, crl_worker *worker, unsigned first);
crl_job *crl_pool_take_own_frame(crl_worker *worker);

/* The runners' source: a task has shared frames. */
void crl_pool_shared(crl_source *source);

/* Get frames from those who keep them to themselves; false: there are none. */
bool crl_pool_force_frames(creel_pool *pool, const crl_worker *worker);

/* The operations of crl_worker.forked. */
extern const crl_job_ops crl_pool_forked_ops;

/* A job from anywhere but the worker's own deques; NULL: none, or, with *lost, look again. */
crl_job *crl_pool_look_around(creel_pool *pool, crl_worker *worker, bool *lost);

/* hooks.c: by a worker's thread: before it takes jobs, and when it has ended. */
void crl_pool_begin_work(crl_worker *worker);
void crl_pool_end_work(crl_worker *worker);

/* idle.c: with the lock held: a worker that is not listed is idle. */
void crl_pool_list_idle(creel_pool *pool, crl_worker *worker);

/* Something was put in, where others can see it: wake a worker, unless one searches. */
void crl_pool_rouse(creel_pool *pool);

/* Find the worker a job; NULL: there is none, and it is listed as idle. */
crl_job *crl_pool_search(creel_pool *pool, crl_worker *worker);

/* The worker has a job. If it was the last that searched, and there is more to do, another begins. */
void crl_pool_stop_searching(creel_pool *pool, crl_worker *worker);

/* A worker that was listed as idle looks: false: there is nothing to do, and it is listed still. */
bool crl_pool_wake_up(creel_pool *pool, crl_worker *worker);

/* A worker that was listed as idle has something else to do. */
void crl_pool_busy(crl_source *source, crl_runner *runner);

/* With the lock held: does nothing run, and is nothing queued? */
bool crl_pool_is_quiet(creel_pool *pool);

/* shutdown.c, with the lock held: if the pool is quiet, wake who waits for that, and end a shutdown. */
void crl_pool_settle(creel_pool *pool);

/* Start or strengthen a shutdown. */
void crl_pool_begin_shutdown(creel_pool *pool, crl_pool_phase phase);

/* Why jobs are not accepted: it is closed, or broken; and with what they end that are dropped. */
const creel_error *crl_pool_refusal(creel_pool *pool);
const creel_error *crl_pool_why_dropped(creel_pool *pool);

/* A worker's init has failed: what is queued fails, and so does what comes. */
void crl_pool_break(creel_pool *pool);

/* Suspend, or block, until the shutdown is over; returns at once where the caller may not suspend. */
void crl_pool_wait_closed(creel_pool *pool);

#endif
