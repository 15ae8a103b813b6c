/* SPDX-License-Identifier: MIT */
/*
 * waiter.h: one wait of one caller: a task, which is suspended, or a plain thread, which is blocked.
 *
 * A waiter lives on the waiting stack. What can end the wait are bits of its wake word: DONE, by
 * whatever the waker was linked into; TIMEOUT, by the runner's timer (a blocked thread looks at the clock
 * itself), or by whoever moves the deadline of a scope; CANCEL, by a request to the task or the end of a scope. The first bit queues a fiber on its home runner, later ones
 * only set their bits; a thread is unparked by each. The caller alone decides what to report, and
 * DONE beats the others. The shape of every wait:
 *
 *     crl_waiter waiter;
 *     status = crl_waiter_prepare(&waiter);         may this caller wait at all?
 *     if (link(&waiter.waker)) {                    false: done already
 *             crl_waiter_wait(&waiter, deadline);
 *             if (!done(&waiter) && !unlink(&waiter.waker))
 *                     crl_waiter_join(&waiter);     too late to unlink: DONE is on its way
 *     }
 *     status = done ? ... : crl_waiter_interrupted(&waiter)
 *
 * Who        owner: the caller    others: the completer (DONE), cancellers (CANCEL); TIMEOUT is the owner's
 *            runner
 *
 * Invariants
 *   I1  A suspended fiber is queued exactly once: by whoever sets the first bit.
 *   I2  The waiter outlives its notifiers: the completer is unlinked or joined, a canceller is excluded
 *       by crl_cancel_leave(), the timer is removed, before the caller goes on.
 *   I3  A thread's waiter may be gone right after its bit is set, for the thread may wake for no reason
 *       and see it: the notifier reads what it needs before.
 * Ordering (release -> acquire, what it publishes)
 *   [W1] notify: fetch_or of the word -> owner: load of the word    the outcome, and all before
 *   [W2] owner, in a scope, to wait again: CAS of the word -> notify: fetch_or    the strand's letter is free
 * Last access  by a notifier of a thread: the fetch_or; then only the parker, which is type-stable.
 *              by a notifier of a fiber: the push into the runner's mailbox if it was first, else the
 *              fetch_or.
 */
#ifndef CRL_RUNNER_WAITER_H
#define CRL_RUNNER_WAITER_H

#include "queue/timers.h"
#include "runner/runner.h"
#include "runner/scope.h"
#include "runner/watch.h"
#include "sync/parker.h"
#include "sync/waker.h"

#include <creel/status.h>
#include <stdbool.h>

enum { CRL_WAKE_DONE = 1, CRL_WAKE_TIMEOUT = 2, CRL_WAKE_CANCEL = 4 };

typedef struct crl_waiter {
	crl_waker waker;            /* its wake sets DONE */
	crl_atomic(unsigned) word;  /* the wake word */
	crl_strand *strand;         /* the task's fiber; NULL: a plain thread */
	crl_parker *parker;         /* the plain thread's */
	crl_timer timer;            /* one of the home runner's */
	crl_listener listener;      /* in the task's crl_cancel, or the scope's */
	crl_scope *scope;           /* the innermost that may end the wait; NULL: none */
	bool limited;               /* its deadline, or one of those outside, comes first */
	const crl_subject *subject; /* what the wait is for; NULL: not said */
} crl_waiter;

/*
 * Get ready to wait: CREEL_OK; CREEL_EDEADLK where the caller must not suspend; CREEL_ENOMEM where
 * there is no stack for its runner to go on with, or no parker.
 */
creel_status crl_waiter_prepare(crl_waiter *waiter);

/* What prepare() would answer: for who has to know before there is anything to wait for. */
creel_status crl_waiter_check(void);

/*
 * Get ready for another wait, after one that timeout or cancel have ended and that nobody can set DONE for
 * meanwhile. It needs nothing more: whoever goes on leaves a spare behind.
 */
void crl_waiter_prepare_again(crl_waiter *waiter);

/* Get ready to block the thread, where prepare() has no other way, or the caller must not suspend. */
void crl_waiter_prepare_blocking(crl_waiter *waiter, crl_parker *parker);

/* From here on scopes do not end the wait: the caller has been told, and waits for the end of something. */
void crl_waiter_leave_scopes(crl_waiter *waiter);

/* Say what the wait will be for, to those who ask: creel_dump(). The subject outlives the wait. */
static inline void
crl_waiter_says(crl_waiter *waiter, const crl_subject *subject)
{
	waiter->subject = subject;
}

/* Wait until a bit is set or the deadline has come. Cancellation ends it too, in a task, and the end of a scope. */
void crl_waiter_wait(crl_waiter *waiter, int64_t deadline);

/* The same, but neither a request for cancellation ends it nor a scope. */
void crl_waiter_wait_through(crl_waiter *waiter, int64_t deadline);

/* Wait for the DONE that is on its way. */
void crl_waiter_join(crl_waiter *waiter);

bool crl_waiter_done(const crl_waiter *waiter);

/* What ended a wait that is not done: CREEL_ECANCELLED, and the request is delivered by that, CRL_CUT, or
 * CREEL_ETIMEDOUT. */
creel_status crl_waiter_interrupted(const crl_waiter *waiter);

/* A poll found nothing: the same three answers. */
creel_status crl_waiter_poll(void);

/* Report what prepare, interrupted or poll answered, as the caller's last word, by which scopes count as told;
 * others, and CREEL_OK, pass. Returns the status; for CRL_CUT, CREEL_ECANCELLED. */
creel_status crl_waiter_report(creel_status status);

/* The same for a request that reached the caller by this, with its reason; NULL: it is not known by what. */
creel_status crl_waiter_report_request(crl_cancel *cancel);

/* The reason of the request that the caller was told of last, or will be, into a text of CRL_REASON_SIZE; false: it has
 * none. To report it is to tell it. */
bool crl_waiter_why(char *reason);

/* Set a bit, from any thread, and wake the caller if it is the first. */
void crl_waiter_notify(crl_waiter *waiter, unsigned bit);

#endif
