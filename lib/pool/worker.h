/* SPDX-License-Identifier: MIT */
/*
 * worker.h: a worker of a pool: its queues, what it counts, and the thread that it has.
 *
 * Its queues are open to all workers, as their own headers say; what it counts all may read (base/tally.h); the rest is
 * its own thread's, or guarded as it says. How jobs come here, and go, is in README.md.
 */
#ifndef CRL_POOL_WORKER_H
#define CRL_POOL_WORKER_H

#include "base/attr.h"
#include "base/tally.h"
#include "queue/deque.h"
#include "queue/frames.h"
#include "queue/job.h"
#include "queue/portion.h"
#include "runner/runner.h"
#include "sync/thread.h"

#include <stdbool.h>
#include <stdint.h>

/* What a worker counts of the jobs, but for parts of tasks. */
typedef struct crl_worker_counts {
	crl_tally
		entered; /* that it has put in itself, or taken from the inbox, also for its batch */
	crl_tally done, failed, cancelled; /* that have ended here, */
	crl_tally stolen;                  /* and that it has taken from others */
	crl_tally measured;                /* that have begun here, of those whose time is taken, */
	crl_tally waited, longest;         /* and how long these were queued: nanoseconds */
	crl_runner_counts runner;
} crl_worker_counts;

/* A thread of a pool, or the place of one. Its runner is there as long as the pool is. */
typedef struct crl_worker {
	crl_deque own;      /* what its jobs have put in: newest first, for thieves oldest first */
	crl_portion batch;  /* what it has fetched from the inbox: oldest first for all */
	crl_frames frames;  /* what its tasks have forked */
	crl_job forked;     /* stands for a frame that it has taken, */
	creel_frame *frame; /* this one, until it runs. Its own thread only */

	/* Its own thread only. */
	_Alignas(CRL_CACHE_LINE) crl_worker_counts counts; /* all may read these */
	int64_t counted; /* so many have entered and not ended, as the pool's `unfinished` has it */
	unsigned spins;  /* how long it pays to search */
	uint32_t random;
	unsigned fair_choices;
	bool searching; /* guarded by the lock while it is listed as idle */

	struct creel_pool *pool;
	crl_runner *runner;
	crl_thread thread;
	void *local; /* the program's: see crl_hooks */
	int cpu;     /* set at creation; CRL_ANY_CPU: any */

	/* Its own thread only; while there is none, whoever is about to start it. */
	bool out; /* it takes no jobs, and has none: its init has not ended, or has failed; or resize.c */
	bool good; /* its init has not failed */

	bool present;  /* it has a thread that has not left. Guarded by the lock */
	bool joinable; /* it has had one since it was last joined. Guarded by `resizing` */
} crl_worker;

#endif
