/* SPDX-License-Identifier: MIT */
/*
 * parker.h: putting a thread to sleep and waking it.
 *
 * A parker belongs to one thread at a time: that thread parks, any thread unparks. It holds one token
 * at the most: unpark leaves it, park takes it, and returns at once where it is there already. So a
 * wake-up that comes before the sleep is not lost. Park may return for no reason; every caller looks
 * again at what it waits for.
 *
 * One mutex and one condition variable a parker, never shared by two sleeping threads: glibc before
 * 2.41 can lose a signal when several threads wait on one condition variable. Parkers are recycled
 * and never freed (sync/stable.h), so that an unpark that comes late touches a parker still.
 *
 * Who        owner: the thread that parks    others: whoever unparks, many
 * Progress   unpark blocks only for the few instructions between the owner's lock and its wait
 *
 * States
 *     EMPTY ──unpark──► NOTIFIED ──park──► EMPTY
 *       └──park──► PARKED ──unpark──► NOTIFIED ──(awake)──► EMPTY
 *                     └──deadline──► EMPTY
 *   EMPTY, PARKED: left by the owner or by an unpark; NOTIFIED: left by the owner alone.
 *
 * Ordering (release -> acquire, what it publishes)
 *   [PK1] unpark: exchange NOTIFIED, release -> park: leave NOTIFIED, acquire
 *         all that the waker did before. Each unpark is a read-modify-write, so one acquire sees
 *         all of those whose token was merged.
 *   [PK2] a timed park while the clock stands: add to `sleepers`, release -> crl_parker_sleepers():
 *         load, acquire. All that the sleepers did before. The subtraction when one wakes is
 *         relaxed: a read-modify-write, so it hides nobody's addition.
 *   [PK3] the clock has been moved: fetch_add of `looks`, release -> a timed park while it stands: load,
 *         acquire. The new time, so that who counts as asleep since a look is not due by it.
 *   The mutex is held from setting PARKED to the wait, and whoever unparks takes it before the signal, so
 *   a signal cannot fall between the two. It is let go before the signal, for who is woken needs it.
 *
 * Elsewhere   The owner may sleep in another place than on the condition variable: a poller, which its
 *   descriptors wake as well. It says so by a crl_sleeper, which is known, under the mutex, from before
 *   PARKED until after it. Whoever unparks then wakes the sleeper, under the mutex, so that no wake
 *   comes when the sleeper has been taken back. What a sleeper has been told is kept until it sleeps, so
 *   here too nothing falls between setting PARKED and the sleep. A program's own loop may do the
 *   sleeping, between arm and disarm: then the owner does other things while it is PARKED.
 *
 * Last access  by unpark: the signal, or the unlock. The condition variable is there for ever.
 * Rejected     a futex: one system call less, but Linux only, and invisible to ThreadSanitizer.
 */
#ifndef CRL_SYNC_PARKER_H
#define CRL_SYNC_PARKER_H

#include "base/atomic.h"
#include "sync/stable.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { CRL_PARKER_EMPTY, CRL_PARKER_PARKED, CRL_PARKER_NOTIFIED };

/* Another place to sleep in. */
typedef struct crl_sleeper {
	/* By the owner: until the deadline (CRL_NEVER: none), or until it has been woken since the last
	 * sleep; may return for no reason. */
	void (*sleep)(struct crl_sleeper *, int64_t deadline);
	/* By any thread. Neither waits nor fails. */
	void (*wake)(struct crl_sleeper *);
} crl_sleeper;

typedef struct crl_parker {
	crl_stable stable;
	crl_atomic(int) state;
	unsigned spins; /* the owner's: how long it pays to spin before sleeping; 0: never */
	pthread_mutex_t mutex;
	pthread_cond_t cond;  /* predicate: state is not PARKED; waits on CLOCK_MONOTONIC */
	crl_sleeper *sleeper; /* guarded by the mutex; where the owner sleeps; NULL: here */
	/* Guarded by the mutex: it is one of crl_parker_sleepers(), since that look, plus 1; 0: it is none. */
	unsigned counted;
} crl_parker;

/* A parker for the caller to use and put back; NULL: no memory. */
crl_parker *crl_parker_get(void);
void crl_parker_put(crl_parker *parker);

/* The calling plain thread's own, kept until the thread ends; NULL: no memory, or the process has no
 * key for thread-local data left: this time. */
crl_parker *crl_parker_self(void);

/* Sleep until unparked or the deadline (CRL_NEVER: none) has come; may return earlier. */
void crl_park(crl_parker *parker, int64_t deadline);

/* The same, for what may come soon: spins first, for as long as it has paid lately; never where there is but
 * one processor. */
void crl_park_soon(crl_parker *parker, int64_t deadline);
void crl_unpark(crl_parker *parker);

/* The same as crl_park(), but sleep in the sleeper. */
void crl_park_in(crl_parker *parker, crl_sleeper *sleeper, int64_t deadline);

/* By the owner, which leaves the sleeping to somebody else: have unparks wake the sleeper, until they
 * are called back. False: there is a token, so none may come. The owner looks at what it waits for after
 * crl_parker_disarm(), as after a park. */
bool crl_parker_arm(crl_parker *parker, crl_sleeper *sleeper);
void crl_parker_disarm(crl_parker *parker);

/* By the owner: would park return at once? */
static inline bool
crl_parker_is_notified(const crl_parker *parker)
{
	return crl_load(&parker->state, relaxed) == CRL_PARKER_NOTIFIED; /* park acquires [PK1] */
}

/*
 * While the clock stands (base/clock.h) a timed park waits for it to be moved. crl_parker_sleepers() is how many threads
 * are in one. Whoever has moved the clock, stopped it or let it go wakes everybody to look at it, and whoever is in a park
 * after that has: a token that was left before the owner has read the clock keeps it from sleeping [PK1].
 */
int crl_parker_sleepers(void);
void crl_parkers_look(void);
void crl_parkers_forget(void); /* in the child of a fork */

/* Step the clock, and have everybody look. */
void crl_parker_step(int64_t nanoseconds);

#endif
