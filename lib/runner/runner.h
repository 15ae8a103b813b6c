/* SPDX-License-Identifier: MIT */
/*
 * runner.h: a thread that takes jobs from a source and runs them on fibers.
 *
 * Every fiber of a runner (a *strand*) is in one scheduling loop: wake what is ready, else run a new
 * job, else park. A job runs inside the loop, on the loop's fiber. One that never blocks costs no
 * stack and no switch. When one blocks, its strand leaves the loop in the middle, with the job, and
 * the thread goes on in the loop of a spare strand. When the job is ready again, whichever strand
 * is in its loop then steps aside, as a spare, and the blocked one goes on; when its job ends, it is in
 * its loop again. So a stack is held per blocked job, never per job, and the loop's state lives in the
 * runner, never in locals across a job.
 *
 *                    ┌──────────── spare ◄───────────────┐ somebody is ready
 *     suspend: a     │ taken                             │
 *     spare goes on  ▼              a job                │
 *                  in its loop ───────────────► running ─┘ (the loop again when the job ends)
 *                                                 │  ▲
 *                                         suspend │  │ its turn
 *                                                 ▼  │
 *                                    blocked ──► ready      (resume, by any thread)
 *
 * A strand resumes on the runner that it left, never elsewhere, and only between jobs. So a waker may
 * be published before switching away: nobody but this thread switches back.
 *
 * The life of a runner and its orders are in runner.c, what it chooses in choose.c, the strands in
 * strand.c. A source may bring a choice of its own (policy.h).
 *
 * The thread's own stack runs no jobs: it enters the first strand and comes back when the runner has
 * been told to stop.
 *
 * Ordering (release -> acquire, what it publishes)
 *   [R1] stop, interrupt: fetch_or of `orders` -> the loop, and requested(): load    what came before
 *   Ready strands travel through the mailbox [MB1], or, on the runner's own thread, by its ready list.
 *   An order, or the first letter in an empty mailbox, is followed by an unpark, whose token [PK1] makes the
 *   loop look again; letters that come upon others go with them.
 * Lifetime  runners are type-stable (sync/stable.h): a resume that comes late touches one still.
 */
#ifndef CRL_RUNNER_RUNNER_H
#define CRL_RUNNER_RUNNER_H

#include "base/attr.h"
#include "base/list.h"
#include "base/process.h"
#include "base/tally.h"
#include "fiber/fiber.h"
#include "queue/frames.h"
#include "queue/job.h"
#include "queue/mailbox.h"
#include "queue/timers.h"
#include "runner/cancel.h"
#include "sync/parker.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct crl_runner crl_runner;

/* A fiber of a runner. It stands at the top of its own stack. Its runner's thread only. */
typedef struct crl_strand {
	crl_fiber fiber;
	crl_runner *home;
	crl_job *job;       /* what it runs; NULL: it is a spare, or in its loop */
	uint32_t flags;     /* of that, and how it has ended */
	crl_cancel *cancel; /* the job's, if it has one; in a scope, the scope's */
	crl_cancel *root;   /* in a scope, the job's; else NULL */
	crl_forker *owner;  /* what the job's frames belong to, a part of what it is */
	crl_letter letter;  /* in the mailbox or the ready list */
	crl_list place;     /* in `blocked` or `spares`; in neither while it runs */
} crl_strand;

/* What a runner counts. */
typedef struct crl_runner_counts {
	crl_tally suspended; /* jobs that are, but for parts of tasks */
	crl_tally sleeps;
} crl_runner_counts;

/* Where a runner gets its jobs, a pool or a loop. */
typedef struct crl_source {
	/* What the runner does next: one choice, made in the loop of the running strand. False: the thread
	 * leaves the runner. A pool's is crl_runner_choose(), which asks next() and busy(). */
	bool (*choose)(struct crl_source *, crl_runner *);
	/* The next job; `fair`: what has waited longest first. NULL: none; and the source will unpark this
	 * runner when there is one, unless it had ready strands to go on with when it was asked. */
	crl_job *(*next)(struct crl_source *, crl_runner *, bool fair);
	/* A job of these flags has ended. */
	void (*finished)(struct crl_source *, crl_runner *, uint32_t flags);
	/* The runner, which was to be unparked for a job, has something else to do: do not count on it. */
	void (*busy)(struct crl_source *, crl_runner *);
	/* A runner's task has shared frames that it has forked. Of a source whose runners have frames. */
	void (*shared)(struct crl_source *);
} crl_source;

struct crl_runner {
	crl_stable stable;

	/* Set before the thread starts. */
	crl_source *source;
	crl_frames *frames;        /* the source's: what its tasks have forked; NULL: they cannot */
	crl_runner_counts *counts; /* the source's, or its own */
	unsigned index;
	unsigned generation;
	bool may_spin; /* it can pay to wait a little for another of the source's runners */

	/* The runner's thread only. */
	crl_fiber root;      /* the thread's own stack */
	crl_strand *current; /* who runs */
	crl_stack first;     /* the stack to begin with */
	crl_letters ready;
	crl_list spares; /* the warmest first */
	size_t spare_count;
	size_t warm_spares; /* so many may stay */
	crl_list blocked;
	crl_timers timers;
	crl_stacks stacks;
	unsigned until_fair; /* so many choices more */
	bool idle_listed;    /* next() answered NULL: the source counts on this runner */
	bool leaving; /* the source's: when there is nothing else to do, the thread leaves it */
	bool swept;
	const crl_runner *helped; /* a task here waits for what this one has taken; NULL: none */
	bool new_first;           /* the loop's next choice goes to new jobs before ready strands */
	crl_runner_counts own_counts;
	struct crl_poller *poller; /* for its descriptors; NULL: it has never had one */

	/* The source's; guarded by its lock. */
	crl_list idle;

	/* Any thread. */
	_Alignas(CRL_CACHE_LINE) crl_mailbox mailbox;
	crl_atomic(unsigned) orders;
	crl_parker *parker; /* stays with the runner for ever */
};

/* A runner, not started; NULL: no memory. */
crl_runner *crl_runner_get(
	crl_source *source, unsigned index, size_t stack_size, size_t guard_size);

/* Release what it holds and recycle it: never started, or run() has returned. */
void crl_runner_put(crl_runner *runner);

/* By its thread, run() having returned: give back what it holds but for one stack. It can be run again, by any. */
void crl_runner_rest(crl_runner *runner);

/*
 * Run jobs on the calling thread until choose() says to leave: once for all, or, between begin and end
 * on the same thread, again and again, going on where it was left.
 */
void crl_runner_run(crl_runner *runner);
void crl_runner_begin(crl_runner *runner);
void crl_runner_go(crl_runner *runner);
void crl_runner_end(crl_runner *runner);

/* Once a process: have overflows of task stacks reported with the task's name. */
void crl_runner_name_overflows(void);

/* From any thread: leave the loop when there is nothing left to do. */
void crl_runner_stop(crl_runner *runner);

/* From any thread: all its jobs, running and suspended, are asked to end. */
void crl_runner_interrupt(crl_runner *runner);

/* What runs on the calling thread, also if that was before a fork. */
extern CRL_HOT_TLS crl_runner *crl_runner_own;

/* The calling thread's runner; NULL: a plain thread. */
static inline crl_runner *
crl_runner_self(void)
{
	crl_runner *runner = crl_runner_own;

	/* In the child of a fork the thread that forked runs nothing any more. */
	return runner != NULL && crl_likely(runner->generation == crl_generation()) ? runner : NULL;
}

/* By its thread: is there a strand that could go on at once? */
static inline bool
crl_runner_has_ready(const crl_runner *runner)
{
	return runner->ready.first != NULL;
}

/* The strand of the calling job; NULL: a plain thread, or the loop itself. */
static inline crl_strand *
crl_strand_self(void)
{
	crl_runner *runner = crl_runner_self();

	if (runner == NULL || runner->current == NULL || runner->current->job == NULL)
		return NULL;
	return runner->current;
}

/* The job's cancellation, or its innermost scope's, with an interruption of its runner counted in; NULL: it has none. */
crl_cancel *crl_strand_cancel(crl_strand *strand);

/* Make sure that there is a spare strand to go on with; false: no memory. */
bool crl_runner_reserve(crl_runner *runner);

/* Leave the calling job until it is resumed. A spare has been reserved. */
void crl_runner_suspend(crl_strand *strand);

/* From any thread: put a letter behind those that are ready. False: the mailbox was closed. */
bool crl_runner_deliver(crl_runner *runner, crl_letter *letter);

/* From any thread: the strand, which is suspended or about to be, may go on. Once a suspension. */
void crl_runner_resume(crl_strand *strand);

/* Let others have a turn, then go on. A spare has been reserved. */
void crl_runner_yield(crl_strand *strand);

/* By its thread: its poller, made when it is first needed; NULL: *error is the system's errno. */
struct crl_poller *crl_runner_poller(crl_runner *runner, int *error);

/* Have expire(timer) called by this, the calling thread's, runner at the deadline. CRL_NEVER: not. */
void crl_runner_set_timer(
	crl_runner *runner, crl_timer *timer, int64_t deadline, void (*expire)(crl_timer *));
void crl_runner_clear_timer(crl_runner *runner, crl_timer *timer);

#endif
