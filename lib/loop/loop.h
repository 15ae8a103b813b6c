/* SPDX-License-Identifier: MIT */
/*
 * loop.h: an event loop: one runner that chooses first in, first out.
 *
 * All that a loop runs are letters (queue/letter.h): strands that go on, tasks that begin, callbacks. Its
 * runner's ready list is the queue. A turn is so many letters as the list held when it began (turn.c).
 * What comes from other threads, posts many to a letter (posts.h), waits in the runner's mailbox, and is
 * moved to the list between two turns. So are callbacks for descriptors that are ready (io.h), and timers
 * that are due; where they are many, a turn takes them some at a time, while they are
 * in the cache, and they go before what has become ready in it.
 *
 * Life
 *     OPEN ──close──► CLOSING ──(no task, no letter, no timer)──► CLOSED
 *   CLOSING is a flag that every call from outside looks at first, so that the end comes. What was
 *   accepted in spite of it, by a thread that had looked before, is in the mailbox, and runs: the loop
 *   closes its mailbox only when it is empty, and a post that comes later is refused by that.
 *   CLOSED is set, and told to those who wait for it, by the loop's thread when it has left the runner,
 *   or by whoever runs a loop that has none.
 *
 * References  one of its owner's, one of its thread's, one of each callback of on_done.c. The last one
 *             frees it, with its runner; until then a late letter is refused by the closed mailbox.
 * Ordering (release -> acquire, what it publishes)
 *   [L1] unref: fetch_sub, acq_rel -> the last unref: the same    all uses of the loop are over
 *   `closing` says nothing but that, relaxed.
 */
#ifndef CRL_LOOP_LOOP_H
#define CRL_LOOP_LOOP_H

#include "base/attr.h"
#include "base/process.h"
#include "future/unhandled.h"
#include "loop/posts.h"
#include "runner/runner.h"
#include "sync/mutex.h"
#include "sync/thread.h"

#include <creel/loop.h>

struct creel_loop {
	crl_source source; /* what the runner sees of the loop */
	crl_runner *runner;

	/* Set at creation. */
	unsigned generation;
	bool has_thread;
	crl_thread thread; /* its own, or, without one, its creator */
	char name[16];

	crl_atomic(unsigned) refs;
	crl_atomic(bool) closing;

	struct crl_runtime *runtime; /* of the creel_run() that made it; NULL: none */

	/* The loop's thread only. */
	bool cancelling; /* tasks that have not begun are dropped */
	size_t left;     /* letters of this turn that are to come */
	struct {
		bool left;   /* there may be more of them */
		int64_t now; /* what they are due at */
		uint64_t
			until; /* those that were added as this number, or later, are the next turn's */
	} timers;              /* of this turn */
	bool turned;           /* without a thread of its own: the turn has been run */
	int64_t deadline;      /* the same: until when to wait for something to run */
	struct {
		creel_duration than;
		creel_slow_fn *fn;
		void *ctx;
		int64_t begun; /* when the present letter did; 0: none */
	} slow;
	crl_unhandled_hook on_error;
	crl_list descriptors; /* callbacks for them: io.c */
	crl_list signals;     /* the same: signals.c */

	crl_mutex lock;   /* guards the rest, but for posts */
	crl_list waiters; /* for the loop to be closed: crl_waker.link */
	bool closed;
	bool orphan; /* destroyed by itself */

	crl_posts posts;
};

static inline bool
crl_loop_inherited(const creel_loop *loop)
{
	return crl_unlikely(loop->generation != crl_generation());
}

/* Is the caller on the loop, or the owner of one that does not run? */
bool crl_loop_is_own(const creel_loop *loop);

/* Is the caller on it? */
static inline bool
crl_loop_runs_here(const creel_loop *loop)
{
	return crl_runner_self() == loop->runner;
}

/* CREEL_OK, or why a call from outside is refused; reports it. */
creel_status crl_loop_check(creel_loop *loop, const void *needed);

/* The same for a call of the loop's own thread, or the owner of one that does not run. */
creel_status crl_loop_check_own(creel_loop *loop, const void *needed);

/* Put a letter in. False: the loop is closed. */
bool crl_loop_deliver(creel_loop *loop, crl_letter *letter);

void crl_loop_ref(creel_loop *loop);
void crl_loop_unref(creel_loop *loop);

/* turn.c: the runner's source. */
bool crl_loop_choose(crl_source *source, crl_runner *runner);

/* handle.c: drop the timers that are no tasks' waits; called again until there are none. */
void crl_loop_drop_timers(creel_loop *loop);

#endif
