/* SPDX-License-Identifier: MIT */
/*
 * watch.h: the waits that are going on, for creel_dump().
 *
 * While creel_debug() is on, every wait of a waiter stands in one list, by a record on the waiting stack. The
 * global lock (sync/fork.h) guards the list, and what a record speaks of: a wait is over for its caller only after
 * its record has left the list, so whoever holds the lock may look at what is awaited.
 */
#ifndef CRL_RUNNER_WATCH_H
#define CRL_RUNNER_WATCH_H

#include "base/atomic.h"
#include "base/list.h"
#include "runner/runner.h"

#include <creel/future.h>
#include <stddef.h>
#include <stdint.h>

/* What a wait is for, in the words of the dump. It stands on the waiting stack. */
typedef struct crl_subject {
	const char *what;             /* the function that waits */
	creel_future *const *futures; /* what it waits for; NULL: no futures */
	size_t n;
} crl_subject;

typedef struct crl_watched_wait {
	crl_list place;
	const crl_subject *subject; /* NULL: nothing is known */
	const crl_strand *strand;   /* NULL: a plain thread */
	long thread;                /* its number in the system */
	int64_t since;
} crl_watched_wait;

/* What is to be known of tasks that are made now. */
enum { CRL_WATCH_ALL = 1, CRL_WATCH_TIMES = 2 };
extern crl_atomic(unsigned) crl_watch_word;

/* Are tasks and waits that begin now to be listed? */
static inline bool
crl_watching(void)
{
	return crl_load(&crl_watch_word, relaxed) & CRL_WATCH_ALL;
}

/* Or is there, or was there ever, a pool that takes the time that its tasks are queued? Whoever has the pool sees it. */
static inline bool
crl_watching_any(void)
{
	return crl_load(&crl_watch_word, relaxed) != 0;
}

void crl_watch_times(void);

/* By who waits, around the wait. */
void crl_watch_enter(crl_watched_wait *wait, const crl_subject *subject, const crl_strand *strand);
void crl_watch_leave(crl_watched_wait *wait);

/* All of this process: for who holds the global lock. */
crl_list *crl_watched_waits(void);

#endif
