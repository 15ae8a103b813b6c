/* SPDX-License-Identifier: MIT */
/*
 * frames.h: what a worker's tasks have forked (creel/fork.h), and how other workers come by it.
 *
 *                          fork                    a thief, or the worker itself between two jobs
 *     (a frame) ──────► private ──────► shared ─────────────► taken ─────► done
 *                          │    shared     │                                │
 *                          │ join          │ join: unlinked                 │ join: waits for it
 *                          ▼               ▼                                ▼
 *                      run in place    run in place                    its result
 *
 * Private frames are a stack, linked through `prev`, the newest on top. The top is thread-local: fork and
 * join are a few plain stores. It never has frames of more than one fiber: when one suspends, its frames are
 * shared. Shared frames are a list under a lock, the oldest first.
 *
 * A fork or join is told to call the library by the word `call` beside the top:
 *   HUNGRY   nothing is shared: the next fork or join shares the oldest of the private frames
 *   FORCED   a thief has shared what was private up to `forced`: take note of that before anything else
 *   OFF      this thread is no worker's
 *
 * A thief that is about to sleep forces frames out of those who have not called since they were told, perhaps
 * because they are at work for long: it sets FORCED, lets go of the lock, puts up a barrier in all threads, and,
 * if the owner has not called meanwhile, reads the top.
 *
 * Who        owner: the worker's thread    thieves: many
 * Exclusion  All but fork and join of private frames is done with the lock held.
 * Invariants
 *   I1  Only the owner stores the top.
 *   I2  While FORCED is set, the owner does not go past `forced`: its next fork or join calls, and cuts
 *       the stack off above it.
 *   I3  HUNGRY is set when, with others to share with, nothing is shared.
 *   I4  While a frame is private, only `fn`, `arg`, `prev` and the state, CRL_FRAME_PRIVATE, mean anything; of
 *       these a thief changes the state alone: the owner may be looking at `prev`.
 * Ordering
 *   [FJ1] fork, join: store of the top, then load of `call` | force: store of `call`, barrier, then load
 *         of the top: one sees the other. The compiler keeps the order of the first, the barrier is for the
 *         processors of both. The store is a release, the load an acquire: the frames below are written.
 *   [FJ2] done: exchange of the frame's state, release -> join: load or CAS of it, acquire    the result
 *   [P1]  the count of shared frames is what a worker looks at before it sleeps: see pool/README.md
 * Last access  by who runs a taken frame: the exchange of its state [FJ2].
 * Rejected   an array of pointers, as Chase and Lev's: the position has to go through memory before a frame can
 *            be found, which took longer than all else; and it is full at some time. To share all frames
 *            at once: each join costs a lock then. A barrier in each join: as much as all the rest.
 * After      Faxén: Wool (2008), van Dijk, van de Pol: Lace (2014), for the private part and the request for
 *            more; userspace RCU for the barrier that one side puts up for both. The frames' owner and links,
 *            and what becomes of them when a fiber suspends, are creel's.
 */
#ifndef CRL_QUEUE_FRAMES_H
#define CRL_QUEUE_FRAMES_H

#include "base/atomic.h"
#include "base/attr.h"
#include "sync/spinlock.h"

#include <creel/fork.h>
#include <stdbool.h>
#include <stddef.h>

enum { CRL_FORK_HUNGRY = 1, CRL_FORK_FORCED = 2, CRL_FORK_OFF = 4 };

/* States of a frame; other values are of whoever waits for it, which then is suspended. */
enum { CRL_FRAME_PRIVATE = 0, CRL_FRAME_SHARED = 1, CRL_FRAME_TAKEN = 2, CRL_FRAME_DONE = 3 };

/* What frames belong to: a task that runs, or a part of it that was taken. On its fiber's stack. */
typedef struct crl_forker {
	void (*run)(creel_frame *frame); /* run a frame that was taken */
	size_t shared;                   /* frames that are not private and have not been joined */
} crl_forker;

/* Zeroed memory has none. */
typedef struct crl_frames {
	_Alignas(CRL_CACHE_LINE) crl_spinlock lock; /* guards the rest */
	crl_atomic(size_t) count;                   /* of shared frames; anybody may look */
	crl_atomic(bool) unaware;     /* the owner was last told not to call; a hint for force() */
	bool thieves;                 /* are there others to share with? Set before all else */
	creel_frame *oldest, *newest; /* the shared frames */
	creel_frame *forced;          /* with FORCED: the newest frame that a thief has shared */
	const void *forcer;           /* with FORCED: the thief that will, unless the owner calls */
	creel_fork_stack *stack;      /* of the owner's thread; NULL: it does not run */
} crl_frames;

/* By the thread that becomes, or has been, the owner. */
void crl_frames_open(crl_frames *frames);
void crl_frames_close(crl_frames *frames);

/* The owner's functions are told what the frames belong to; NULL: nothing is to be shared, since the caller is
 * no task, but a callback or a destructor. */

/* By the owner: are any private, as far as it knows? */
static CRL_ALWAYS_INLINE bool
crl_frames_any_private(void)
{
	return CREEL_FORK_STACK_->top != NULL;
}

/* By the owner: would a frame that is forked now be shared at once? */
static CRL_ALWAYS_INLINE bool
crl_frames_wanted(void)
{
	return __atomic_load_n(&CREEL_FORK_STACK_->call, __ATOMIC_RELAXED) != 0; /* a hint */
}

/* By the owner, after a fork that was told to call: share some, if that is wanted. True: something is shared that
 * was not before, and others should know. */
bool crl_frames_offer(crl_frames *frames, crl_forker *owner);

/* By the owner, whose fiber suspends: share all. */
void crl_frames_set_aside(crl_frames *frames, crl_forker *owner);

/* By the owner, to join: what becomes of the frame? It may share others, as offer(): *shared. */
typedef enum crl_reclaimed {
	CRL_RECLAIM_RUN,   /* nobody has begun it: it is the caller's again */
	CRL_RECLAIM_AWAIT, /* it is taken, or done */
	CRL_RECLAIM_WRONG  /* it was not forked, or has been joined */
} crl_reclaimed;
crl_reclaimed crl_frames_reclaim(
	crl_frames *frames, creel_frame *frame, crl_forker *owner, bool *shared);

/* The state of a frame that was forked. */
#define crl_frame_state(frame, order) __atomic_load_n(&(frame)->state, __ATOMIC_##order)

/* By the owner: take a frame that is not the top out of the private ones; false: it is not among them. */
bool crl_frames_unstack(const creel_frame *frame);

/* By anybody: the oldest shared frame, which is taken then, and remembers by whom in `older`; NULL: none. */
creel_frame *crl_frames_take(crl_frames *frames, void *taker);

/* By anybody: a hint whether take() finds any. */
static inline bool
crl_frames_seem_any(const crl_frames *frames)
{
	return crl_load(&frames->count, relaxed) > 0; /* has_any() looks again */
}

/* By anybody: is any shared? What was shared before is seen. */
static inline bool
crl_frames_has_any(const crl_frames *frames)
{
	return crl_load(&frames->count, seq_cst) > 0; /* [P1] */
}

/* By a thief that finds no other work: share what is private here. True: there is something to take. `owner` is
 * asked, when the owner cannot get past it, to whom its frames belong. */
bool crl_frames_force(crl_frames *frames, crl_forker *(*owner)(void *arg), void *arg);

#endif
