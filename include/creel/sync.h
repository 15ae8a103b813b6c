/* SPDX-License-Identifier: MIT */
/*
 * creel/sync.h: tasks and threads that wait for each other: lock, event, condition, semaphore, barrier.
 *
 *  function                        blocks?   from a worker?  from a loop?  any thread?  from a callback?
 *  creel_lock_create               no        yes             yes           yes          yes
 *  creel_lock_acquire              yes       suspends        suspends      blocks       EDEADLK unless free
 *  creel_lock_release              no        yes             yes           yes          yes
 *  creel_lock_locked               no        yes             yes           yes          yes
 *  creel_lock_destroy              no        yes             yes           yes          yes
 *  creel_event_create              no        yes             yes           yes          yes
 *  creel_event_wait                yes       suspends        suspends      blocks       EDEADLK unless set
 *  creel_event_set                 no        yes             yes           yes          yes
 *  creel_event_clear               no        yes             yes           yes          yes
 *  creel_event_is_set              no        yes             yes           yes          yes
 *  creel_event_destroy             no        yes             yes           yes          yes
 *  creel_condition_create          no        yes             yes           yes          yes
 *  creel_condition_wait            yes       suspends        suspends      blocks       EDEADLK
 *  creel_condition_wait_for        yes       suspends        suspends      blocks       EDEADLK unless true
 *  creel_condition_notify          no        yes             yes           yes          yes
 *  creel_condition_notify_all      no        yes             yes           yes          yes
 *  creel_condition_destroy         no        yes             yes           yes          yes
 *  creel_semaphore_create          no        yes             yes           yes          yes
 *  creel_semaphore_create_bounded  no        yes             yes           yes          yes
 *  creel_semaphore_acquire         yes       suspends        suspends      blocks       EDEADLK if none
 *  creel_semaphore_release         no        yes             yes           yes          yes
 *  creel_semaphore_value           no        yes             yes           yes          yes
 *  creel_semaphore_destroy         no        yes             yes           yes          yes
 *  creel_barrier_create            no        yes             yes           yes          yes
 *  creel_barrier_wait              yes       suspends        suspends      blocks       EDEADLK unless last
 *  creel_barrier_reset             no        yes             yes           yes          yes
 *  creel_barrier_abort             no        yes             yes           yes          yes
 *  creel_barrier_parties           no        yes             yes           yes          yes
 *  creel_barrier_waiting           no        yes             yes           yes          yes
 *  creel_barrier_broken            no        yes             yes           yes          yes
 *  creel_barrier_destroy           no        yes             yes           yes          yes
 *
 * After asyncio's primitives of the same names. Those belong to one loop; these are for tasks of pools and
 * loops and for plain threads, mixed as they come. A wait suspends a task and blocks a thread. It never
 * blocks a worker, so that a lock may be held across waits, which a mutex may not.
 *
 * What comes free is handed to who has waited longest; nobody overtakes. So a wait that ends by its
 * timeout or by a cancellation has got nothing, and what it would have got goes to the next. One to whom
 * something was handed over at the same time has got it: the wait is CREEL_OK, and a request to end stays
 * pending for the task's next wait. What can be had at once is had without waiting, whether the task was
 * asked to end or not.
 *
 * The waits answer
 *   CREEL_ETIMEDOUT   not within timeout (0 polls)
 *   CREEL_ECANCELLED  the calling task was cancelled
 *   CREEL_EDEADLK     must not suspend here
 *   CREEL_ENOMEM      no stack to suspend with
 *   CREEL_ECLOSED     the object was destroyed while this call waited; or in the child of a fork
 *   CREEL_EINVAL      the object is NULL, or timeout negative
 * and the other calls CREEL_EINVAL (NULL) and CREEL_ECLOSED (in the child of a fork) where they return a
 * status; where they return an object it is the caller's, to be destroyed, or NULL with the reason in
 * creel_last_error(), mostly CREEL_ENOMEM. What else there is stands with each.
 *
 * Whoever waits when an object is destroyed gets CREEL_ECLOSED; nobody may begin a call on it afterwards.
 * Destroying NULL is fine.
 */
#ifndef CREEL_SYNC_H
#define CREEL_SYNC_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_lock creel_lock;
typedef struct creel_event creel_event;
typedef struct creel_condition creel_condition;
typedef struct creel_semaphore creel_semaphore;
typedef struct creel_barrier creel_barrier;

/*
 * A lock is held by one at a time. It does not know by whom: any task or thread may release it, and who
 * acquires it twice waits for itself. After asyncio.Lock, but handed over by release itself: it stays locked
 * when somebody waits.
 */
CREEL_API CREEL_NODISCARD creel_lock *creel_lock_create(void);

/* creel_lock_acquire() waits at most timeout for the lock. CREEL_OK: it is the caller's to release. */
CREEL_API creel_status creel_lock_acquire(creel_lock *lock, creel_duration timeout);

/* creel_lock_release() hands the lock to who has waited longest, or unlocks it. CREEL_ESTATE: it is not locked. */
CREEL_API creel_status creel_lock_release(creel_lock *lock);

/* creel_lock_locked(): does anybody hold it, at this moment? False for NULL and in the child of a fork. */
CREEL_API bool creel_lock_locked(const creel_lock *lock);

/* creel_lock_destroy() ends a lock, held or not. Who waits at one of its conditions gets CREEL_ECLOSED, too,
 * and does not hold the lock then; the conditions are still to be destroyed. */
CREEL_API void creel_lock_destroy(creel_lock *lock);

/* An event is a flag that any number of callers can wait for. It is not set at first. After asyncio.Event. */
CREEL_API CREEL_NODISCARD creel_event *creel_event_create(void);

/* creel_event_wait() waits at most timeout until the event is set. */
CREEL_API creel_status creel_event_wait(creel_event *event, creel_duration timeout);

/* creel_event_set() sets it and lets all who wait go on, also if it is cleared before they do. */
CREEL_API creel_status creel_event_set(creel_event *event);

/* creel_event_clear(): from now on callers wait again. */
CREEL_API creel_status creel_event_clear(creel_event *event);

/* creel_event_is_set(): is it, at this moment? False for NULL and in the child of a fork. */
CREEL_API bool creel_event_is_set(const creel_event *event);

CREEL_API void creel_event_destroy(creel_event *event);

/*
 * A condition lets callers that hold a lock wait for a change of what the lock protects:
 *
 *     creel_lock_acquire(lock, CREEL_FOREVER);
 *     while (!ready)
 *             creel_condition_wait(condition, CREEL_FOREVER);
 *     ...
 *     creel_lock_release(lock);
 *
 * Whoever makes the change notifies, with the lock held. A lock may have several conditions; each keeps it
 * in memory. After asyncio.Condition, but always with a lock of the program's.
 */
CREEL_API CREEL_NODISCARD creel_condition *creel_condition_create(creel_lock *lock);

/*
 * creel_condition_wait() lets the lock go, waits at most timeout to be notified, and waits for the lock
 * again, however long that takes: the caller holds it again whatever the answer is, but for an answer that
 * says that it never let it go (CREEL_EDEADLK, CREEL_ENOMEM, CREEL_ESTATE, CREEL_EINVAL, the child of a fork)
 * and when the lock was destroyed. To poll (0) does not let it go. It does not return for no reason, but others
 * may have had the lock between the notification and the return: look again at what was waited for.
 *   CREEL_ETIMEDOUT, CREEL_ECANCELLED  it was not notified: no notification is lost by that
 *   CREEL_ECLOSED  the condition was destroyed, and the lock is held; or the lock was
 *   CREEL_ESTATE   the lock is not locked
 * Requests to end that come while it waits for the lock are reported with the first; after CREEL_OK or
 * CREEL_ETIMEDOUT they stay pending.
 */
CREEL_API creel_status creel_condition_wait(creel_condition *condition, creel_duration timeout);

/* Is what is waited for the case? Called by the waiting task or thread, which holds the lock. */
typedef bool creel_predicate_fn(void *arg);

/*
 * creel_condition_wait_for() waits at most timeout, in all, until predicate(arg) is true: it is asked
 * first, after each notification, and when the time is up. Answers as creel_condition_wait() does; where it is
 * true at once the lock is not needed. CREEL_EINVAL for a predicate of NULL.
 */
CREEL_API creel_status creel_condition_wait_for(creel_condition *condition,
	creel_predicate_fn *predicate, void *arg, creel_duration timeout);

/*
 * creel_condition_notify() lets the n go on that have waited longest, or all there are, if fewer: one after
 * the other, as they get the lock. It does not let the lock go. CREEL_ESTATE: it is not locked.
 */
CREEL_API creel_status creel_condition_notify(creel_condition *condition, size_t n);
CREEL_API creel_status creel_condition_notify_all(creel_condition *condition);

/* creel_condition_destroy(): who waits at it gets CREEL_ECLOSED as soon as the lock is free for it. */
CREEL_API void creel_condition_destroy(creel_condition *condition);

/*
 * A semaphore has so many permits at first. CREEL_EINVAL: more than PTRDIFF_MAX, which is what a negative number
 * becomes. creel_semaphore_create_bounded() makes one that never has more than that. After asyncio.Semaphore
 * and BoundedSemaphore, but a permit that is released goes to who waits at once.
 */
CREEL_API CREEL_NODISCARD creel_semaphore *creel_semaphore_create(size_t permits);
CREEL_API CREEL_NODISCARD creel_semaphore *creel_semaphore_create_bounded(size_t permits);

/* creel_semaphore_acquire() waits at most timeout for a permit and takes it. */
CREEL_API creel_status creel_semaphore_acquire(creel_semaphore *semaphore, creel_duration timeout);

/*
 * creel_semaphore_release() gives a permit back, or a new one. CREEL_ESTATE: a bounded one has all its permits
 * (of others: PTRDIFF_MAX); nothing was changed.
 */
CREEL_API creel_status creel_semaphore_release(creel_semaphore *semaphore);

/* creel_semaphore_value() is how many permits can be had at this moment. 0 for NULL and in the child of a fork. */
CREEL_API size_t creel_semaphore_value(const creel_semaphore *semaphore);

CREEL_API void creel_semaphore_destroy(creel_semaphore *semaphore);

/*
 * A barrier lets callers go on when parties of them have come, again and again. CREEL_EINVAL: of none. After
 * asyncio.Barrier, but a round is over when the last has come: nobody who passed can be broken afterwards,
 * and the next round can begin at once.
 */
CREEL_API CREEL_NODISCARD creel_barrier *creel_barrier_create(size_t parties);

/*
 * creel_barrier_wait() waits at most timeout until all parties have come. *index, if not NULL, is the place of
 * this one among them, from 0 to parties - 1, in the order in which they came. Who leaves by timeout or
 * cancellation is not counted any more; the others wait on.
 *   CREEL_EBROKEN  the barrier was aborted, or reset while this call waited
 */
CREEL_API creel_status creel_barrier_wait(
	creel_barrier *barrier, creel_duration timeout, size_t *index);

/* creel_barrier_reset() lets all who wait go on with CREEL_EBROKEN; the barrier works again, if it was broken. */
CREEL_API creel_status creel_barrier_reset(creel_barrier *barrier);

/* creel_barrier_abort() breaks it: who waits, and who comes, gets CREEL_EBROKEN, until it is reset. */
CREEL_API creel_status creel_barrier_abort(creel_barrier *barrier);

/* How many it takes, how many wait now, and whether it is broken. 0 and false for NULL; in the child of a fork
 * nobody waits and none is broken. */
CREEL_API size_t creel_barrier_parties(const creel_barrier *barrier);
CREEL_API size_t creel_barrier_waiting(const creel_barrier *barrier);
CREEL_API bool creel_barrier_broken(const creel_barrier *barrier);

CREEL_API void creel_barrier_destroy(creel_barrier *barrier);

#ifdef __cplusplus
}
#endif

#endif
