/* SPDX-License-Identifier: MIT */
/*
 * poller.h: the descriptors of a runner: who wants to know when which is ready.
 *
 * A watch is a want: a descriptor, some events, and what to call. It lives inside whoever wants it. A
 * descriptor can have any number of watches; the system is asked for what they want together
 * (demux.h). When the descriptor is ready the watches that are concerned are called, on the runner's
 * thread, between jobs: they do no more than put something onto the ready list.
 *
 * A poller is made for a runner with its first watch. While it has watches its runner sleeps in
 * it, instead of on the parker's condition variable, and is woken by unparks as ever (sync/parker.h).
 * One that is offered to a foreign loop has its parker armed whenever the runner is not run.
 *
 * Who        one thread, the runner's or, when that is not run, its owner's; others wake it
 * No wake-up is lost: an unpark that finds PARKED leaves a token in the demux, which ends the wait; one that
 * comes earlier leaves it in the parker, so that there is no wait. A wait takes tokens of the demux before
 * the runner leaves PARKED, and the runner looks at everything after that: whatever the taken tokens stood
 * for was said before.
 */
#ifndef CRL_RUNNER_POLLER_H
#define CRL_RUNNER_POLLER_H

#include "runner/demux.h"
#include "sync/parker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The fields are set by who makes it, but for next. */
typedef struct crl_watch {
	struct crl_watch *next; /* of the same descriptor */
	int fd;
	unsigned events; /* CREEL_READABLE, CREEL_WRITABLE */
	void (*ready)(struct crl_watch *);
} crl_watch;

/* What is watched of one descriptor. */
typedef struct crl_watched {
	crl_watch *first; /* the oldest */
	unsigned events;  /* of all of them */
} crl_watched;

typedef struct crl_poller {
	crl_sleeper sleeper; /* what the parker knows of it */
	crl_demux *demux;
	crl_watched *table; /* by descriptor */
	size_t size;        /* of the table */
	size_t count;       /* of the watches */
	bool offered;       /* somebody else's loop sleeps for it */
	bool looked;        /* by a sleep, just now: no need to look again */
	int found;
	crl_ready ready[CRL_READY_MOST];
} crl_poller;

/* NULL: *error is the system's errno. */
crl_poller *crl_poller_open(int *error);

/* NULL is fine. Watches that are left are forgotten. */
void crl_poller_close(crl_poller *poller);

/* 0, or the system's errno: EBADF fd is not open, EPERM it is always ready. */
int crl_poller_add(crl_poller *poller, crl_watch *watch);
void crl_poller_remove(crl_poller *poller, crl_watch *watch);

/* The oldest watch of the descriptor; NULL: none. */
crl_watch *crl_poller_first(const crl_poller *poller, int fd);

/* Call those that are ready; does not wait. */
void crl_poller_collect(crl_poller *poller);

/* Park in it, then call those that are ready. */
void crl_poller_sleep(crl_poller *poller, crl_parker *parker, int64_t deadline);

/* Does it matter whether the runner sleeps in it? */
static inline bool
crl_poller_in_use(const crl_poller *poller)
{
	return poller != NULL && poller->count > 0;
}

/* Begin to offer it: the descriptor that is readable when the runner has something to do; -1: *error is
 * ENOTSUP, if there can be none, or the system's errno. */
int crl_poller_offer(crl_poller *poller, int *error);

/* The runner is left: wake the foreign loop by unparks, at the deadline, and at once if there is more. */
void crl_poller_leave(crl_poller *poller, crl_parker *parker, int64_t deadline, bool more);

/* The runner is entered again. */
void crl_poller_enter(crl_poller *poller, crl_parker *parker);

/* The runner has ended: make the descriptor readable for good. */
void crl_poller_ring(crl_poller *poller);

/* The deadline, where it has changed while the runner is left. */
void crl_poller_alarm(crl_poller *poller, int64_t deadline);

#endif
