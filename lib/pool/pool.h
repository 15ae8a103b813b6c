/* SPDX-License-Identifier: MIT */
/*
 * pool.h: N runners that take jobs from a common inbox and steal from each other.
 *
 * A pool knows jobs, not tasks or futures. README.md beside this file says how jobs travel, how
 * workers sleep and are woken, and why nothing is lost.
 *
 *   worker.h    a worker: its queues, what it counts, its thread
 *   inbox.c     what comes from outside, what has a priority, and what did not fit elsewhere
 *   room.c      a bounded inbox: who puts in more waits, or is told
 *   work.c      a worker's own jobs, and which job comes next
 *   forked.c    what tasks have forked, as jobs
 *   idle.c      searching, sleeping, waking; when the pool is idle
 *   shutdown.c  waiting for idle, and the end
 *   pool.c      the pool's life
 *   threads.c   the workers' threads: they start, leave, and are joined
 *   resize.c    more workers, or fewer, while the pool is at work
 *   hooks.c     what the program does at the beginning and end of a worker
 *   stats.c     what all of them have counted
 *
 * Life
 *     OPEN ──► DRAINING ──► CANCELLING_QUEUED ──► CANCELLING_ALL      (by shutdown, forward only)
 *       any but OPEN, when nothing is unfinished: ──► CLOSED, and the runners are told to stop
 *   OPEN accepts all jobs; DRAINING those of the pool's own jobs; the others none.
 *   A pool ends when destroy() has joined the workers, or, if a worker destroyed its own pool, with the
 *   last worker to leave. Its workers' memory is freed then, and their runners go; the pool itself is type-stable
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
#include "pool/worker.h"
#include "queue/mailbox.h"
#include "queue/runs.h"
#include "sync/mutex.h"
#include "sync/waker.h"

#include <creel/pool.h>
#include <stdint.h>

typedef enum crl_pool_phase {
	CRL_POOL_OPEN,
	CRL_POOL_DRAINING,
	CRL_POOL_CANCELLING_QUEUED,
	CRL_POOL_CANCELLING_ALL,
	CRL_POOL_CLOSED
} crl_pool_phase;

/* The jobs of one priority in the inbox, first in, first out. */
typedef struct crl_level {
	crl_letters queue;
	crl_letters held; /* from outside, taken from the queue's head, may not start yet */
} crl_level;

enum { CRL_LEVEL_NORMAL, CRL_LEVEL_HIGH, CRL_LEVEL_LOW, CRL_LEVELS };

/* Where fetch() is to look; it looks in this order. */
enum { CRL_FROM_SPILL = 1, CRL_FROM_HIGH = 2, CRL_FROM_NORMAL = 4, CRL_FROM_LOW = 8 };

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
	unsigned room;       /* for so many workers */
	bool fifo;
	bool measure;       /* the time that jobs are queued */
	size_t max_started; /* SIZE_MAX: no limit */
	size_t queue_limit; /* the same */
	creel_when_full when_full;
	char name[16];
	crl_hooks hooks;
	crl_worker *workers;

	crl_atomic(unsigned) refs;
	crl_atomic(crl_pool_phase) phase; /* changed with the lock held */
	/* Some of the pool's own come by the mail, also without `fifo`. */
	crl_atomic(bool) own_in_order;
	crl_atomic(unsigned) size;  /* so many are to work, the first; changed with the lock held */
	crl_atomic(unsigned) reach; /* so many have ever had a thread; the same */
	/* CRL_FROM_HIGH, CRL_FROM_LOW: are there such, that may start? A hint, changed with `intake` held. Here,
	 * since all look at it all the time, and it seldom changes. */
	crl_atomic(unsigned) prior;

	/* Any thread. */
	/* From outside: the newest part of the inbox. With queue_limit it is closed from the beginning. */
	_Alignas(CRL_CACHE_LINE) crl_mailbox mail;
	_Alignas(CRL_CACHE_LINE) crl_atomic(unsigned) sleep; /* idle.c */
	/* In the queues that `intake` guards; changed with it held. */
	_Alignas(CRL_CACHE_LINE) crl_atomic(size_t) backlog;
	crl_atomic(uint64_t) in_caller; /* tasks that were not put in, but run by who had them */

	crl_mutex
		resizing; /* taken before `lock`: one at a time starts threads, or detaches them */
	crl_mutex intake; /* guards what stands in order */
	crl_runs turned;  /* what came by mail before that, of the level NORMAL, */
	crl_level inbox[CRL_LEVELS]; /* and, behind that, what did not come by mail */
	bool prioritized;            /* something of another level has come */
	crl_letters spill;           /* the workers' own that did not fit into their deques */
	size_t started; /* with max_started: jobs from outside that have started and not ended */
	bool accepting; /* jobs from outside, by which way ever; */
	uint64_t taken_out; /* from the inbox, to be dropped */
	uint64_t collected; /* how often the mail was taken; and, if since then it was counted, */
	crl_letter *
		counted_mail; /* the newest letter that was, the head of so many; NULL: it was not */
	size_t mail_count;
	size_t queued;       /* with queue_limit: so many are in the inbox, */
	crl_list submitters; /* and these wait for room: crl_submitter (room.c) */

	_Alignas(CRL_CACHE_LINE) crl_mutex lock; /* guards the rest; taken before `intake` */
	int64_t unfinished; /* jobs that were taken from the inbox, or made by workers, and have not ended;
			       without the workers' changes */
	crl_list idle;    /* runners that sleep, or are about to: crl_runner.idle */
	crl_list waiters; /* for the pool to be idle: crl_waker.link */
	bool orphan;      /* destroyed by one of its own workers: the last to leave frees it */
	crl_tally dropped_failed, dropped_cancelled; /* jobs, by a shutdown; under the lock */
	unsigned living;                             /* workers that are present */
	unsigned out; /* of these, those that take no jobs, have none, and are not in `idle` */
	bool broken;  /* a worker's init has failed */
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

/* How many are to work, as far as one knows; the workers beyond take no jobs (resize.c). */
static inline unsigned
crl_pool_size_of(const creel_pool *pool)
{
	return crl_load(&pool->size, relaxed); /* says nothing but itself */
}

/* Is the worker to take no jobs? */
static inline bool
crl_pool_is_beyond(const creel_pool *pool, const crl_runner *runner)
{
	return runner->index >= crl_pool_size_of(pool);
}

/* Where to look for workers. Who relies on having seen all jobs looks with seq_cst [P1]. */
static inline unsigned
crl_pool_reach(const creel_pool *pool)
{
	return crl_load(&pool->reach, relaxed); /* a hint, or the lock is held */
}

static inline crl_pool_phase
crl_pool_phase_of(const creel_pool *pool)
{
	return crl_load(&pool->phase, relaxed); /* says nothing but itself */
}

void crl_pool_ref(creel_pool *pool);
void crl_pool_unref(creel_pool *pool);

/* Put in a chain of jobs, the newest first; the flags of all tell where they come from, and their priority. False: the
 * pool does not accept them, at least not by this, and has not touched them. */
bool crl_pool_push(creel_pool *pool, crl_letters jobs);

/* Is it to be offered jobs of these flags? */
static inline bool
crl_pool_is_bounded_for(const creel_pool *pool, uint32_t flags)
{
	const uint32_t asked = flags & (CRL_JOB_OUTSIDE | CRL_JOB_UNBOUNDED);

	return pool->queue_limit != SIZE_MAX && asked == CRL_JOB_OUTSIDE;
}

/* room.c: put in as many jobs, the oldest first, as there is room for; *jobs keeps the rest. */
typedef enum crl_offer { CRL_OFFER_TAKEN, CRL_OFFER_FULL, CRL_OFFER_CLOSED } crl_offer;
crl_offer crl_pool_offer(creel_pool *pool, crl_letters *jobs);

/*
 * Wait until all are put in. *jobs keeps what is not, because: CREEL_ECLOSED, it never will be;
 * CREEL_ETIMEDOUT, not until the deadline; CREEL_ECANCELLED, the calling task was asked to end; CRL_CUT, so was a scope
 * of the caller's; CREEL_EDEADLK or CREEL_ENOMEM, the caller cannot wait. Reports nothing.
 */
creel_status crl_pool_await_room(creel_pool *pool, crl_letters *jobs, int64_t deadline);

/* With intake held: a job from outside has left the inbox, and another may be let in, which is to be counted by the
 * same step. Who waited, and has put in all it had: to be woken when intake has been let go; NULL: nobody. */
crl_waker *crl_pool_left_inbox(creel_pool *pool);

/* With intake held: nobody is let in any more, nor waits. */
void crl_pool_close_room(creel_pool *pool);

/* inbox.c: put in from outside. False: not accepted. */
bool crl_pool_receive(creel_pool *pool, crl_letters jobs);

/* With CREEL_POOL_FIFO, a priority, or CRL_JOB_IN_ORDER: put in what the pool's own jobs make. */
void crl_pool_receive_own(creel_pool *pool, crl_letters jobs);

/* With intake held: a chain of jobs, the newest first, all of one priority, goes behind what is queued of that, but for
 * the mail. The caller counts them. */
void crl_pool_append(creel_pool *pool, crl_letter *newest);

/* With intake held: all of the mail, as it is, the newest first. The caller has announced that. */
crl_letter *crl_pool_take_mail(creel_pool *pool);

/* With intake held: what is queued has changed. */
void crl_pool_count_backlog(creel_pool *pool);

/* Put in what did not fit into a worker's deque. */
void crl_pool_spill(creel_pool *pool, crl_job *job);

/* The oldest job from there that may start; NULL: none. With CRL_FROM_NORMAL the worker's batch is empty, and may
 * get some of those that follow. */
crl_job *crl_pool_fetch(creel_pool *pool, crl_worker *worker, unsigned from);

/* As far as is known, are there any such: CRL_FROM_HIGH or CRL_FROM_LOW? */
static inline bool
crl_pool_has_prior(const creel_pool *pool, unsigned from)
{
	return crl_unlikely(crl_load(&pool->prior, relaxed) & from); /* idle.c looks again */
}

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

/* stats.c: by the worker: a job of a pool that measures has begun, that was put in at that time. */
void crl_pool_count_wait(int64_t put_in);

/* By the worker: so many have entered, and not ended. */
int64_t crl_worker_unfinished(const crl_worker *worker);

/* hooks.c: by a worker's thread: before it takes jobs, and when it has ended. */
void crl_pool_begin_work(crl_worker *worker);
void crl_pool_end_work(crl_worker *worker);

/* By a worker that is out, and is to work: others can count on it. */
void crl_pool_come_in(crl_worker *worker);

/* threads.c: start it; it is present already. With `resizing` held, or before anybody else knows the pool. 0, or the
 * system's errno. */
int crl_pool_start_worker(crl_worker *worker);

/* Join those that have been started; they have left, or will by themselves. Detach them. */
void crl_pool_join_workers(creel_pool *pool);
void crl_pool_detach_workers(creel_pool *pool);

/* pool.c: no worker is present any more. */
void crl_pool_free(creel_pool *pool);

/* resize.c: by a worker that is beyond the size, in its loop. It takes no jobs; and leaves, if it has none. */
void crl_pool_rest(creel_pool *pool, crl_worker *worker);

/* By a worker that is out: it is to work again; false: it cannot. */
bool crl_pool_come_back(crl_worker *worker);

/* idle.c: with the lock held, by the worker: what it has not told yet of what has entered and ended. */
void crl_pool_add_change(creel_pool *pool, crl_worker *worker);

/* With the lock held: a worker that is not listed is idle. */
void crl_pool_list_idle(creel_pool *pool, crl_worker *worker);

/* Something was put in, where others can see it: wake a worker, unless one searches. */
void crl_pool_rouse(creel_pool *pool);

/* Find the worker a job; NULL: there is none, and it is listed as idle. */
crl_job *crl_pool_search(creel_pool *pool, crl_worker *worker);

/* The worker has a job. If it was the last that searched, and there is more to do, another begins. */
void crl_pool_stop_searching(creel_pool *pool, crl_worker *worker);

/* A worker that was listed as idle looks: false: there is nothing to do, and it is listed still. */
bool crl_pool_wake_up(creel_pool *pool, crl_worker *worker);

/* How many sleep, or are about to. */
unsigned crl_pool_count_idle(const creel_pool *pool);

/* A worker that was listed as idle, or out, has something else to do. */
void crl_pool_busy(crl_source *source, crl_runner *runner);

/* With the lock held: does nothing run, and is nothing queued? */
bool crl_pool_is_quiet(creel_pool *pool);

/* shutdown.c, with the lock held: if the pool is quiet, wake who waits for that, and end a shutdown. */
void crl_pool_settle(creel_pool *pool);

/* Drop a job, with this error; the flags of how it has ended. */
uint32_t crl_pool_drop(crl_job *job, const creel_error *why);

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
