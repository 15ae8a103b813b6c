/* SPDX-License-Identifier: MIT */
/*
 * creel/await.h: waiting, the same everywhere.
 *
 *  function                blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_await             yes      suspends        suspends      blocks       EDEADLK if pending
 *  creel_await_for         yes      suspends        suspends      blocks       EDEADLK if pending
 *  creel_wait_for          yes      suspends        suspends      blocks       EDEADLK if pending
 *  creel_take              yes      suspends        suspends      blocks       EDEADLK if pending
 *  creel_sleep             yes      suspends        suspends      blocks       EDEADLK
 *  creel_no_suspend_enter  no       yes             yes           yes          yes
 *  creel_no_suspend_leave  no       yes             yes           yes          yes
 *
 * Inside a task these calls suspend the task, and its worker goes on with other work: tasks may
 * await tasks of the same pool to any depth, and one worker is always enough. On any other thread
 * they block on a condition variable of that thread's own.
 *
 * A suspended task resumes on the worker that it left, so thread-local objects keep their address.
 * Other tasks may have changed their values meanwhile; errno, the floating-point control words and
 * C++ exception state are kept per task. Every task begins with the floating-point control words
 * under which its pool was created. The price: a ready task waits while its worker runs a long job,
 * though others idle, and a task that *blocks* its thread on something that a task suspended there
 * must release never ends. The remedy is to await instead of blocking, to creel_sleep(0) now and
 * then in long jobs, or to give long jobs a pool of their own. A mutex held across an await can
 * deadlock its thread: creel_no_suspend_enter() turns that mistake into a status.
 *
 * What all waits here answer, besides their own:
 *   CREEL_EINVAL      the future is NULL or the duration negative
 *   CREEL_EFAILED     the future failed: creel_future_error() tells why, creel_last_error() too
 *   CREEL_ECANCELLED  the future was cancelled; or, while it is not done, *you* were cancelled, or are in
 *                     a scope that has ended (creel/scope.h): creel_cancel_requested() tells that apart
 *   CREEL_ESTATE      its value has been taken
 *   CREEL_EDEADLK     a task awaits itself, or must not suspend here: inside creel_no_suspend_enter(),
 *                     a callback, a destructor or an allocator hook
 *   CREEL_ENOMEM      no stack could be had to go on with while the task is suspended; did not wait
 *   CREEL_ECLOSED     pending since before a fork, and this is the child
 * An outcome that is there is always returned; a deadline or a request for cancellation that comes
 * at the same time loses, and the request stays pending. Requests for cancellation that come before
 * one wait of the task are told together, by one CREEL_ECANCELLED, as asyncio does; the end of a
 * scope is told by every wait in it. *result is
 * written on CREEL_OK alone and may be NULL.
 */
#ifndef CREEL_AWAIT_H
#define CREEL_AWAIT_H

#include <creel/attributes.h>
#include <creel/future.h>
#include <creel/status.h>
#include <creel/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * creel_await() waits until the future is done and lends its value. Does not suspend if it is done.
 * A task's cancellation ends its await, never the future that it awaits: futures are shared.
 * After Python's await, but usable everywhere, and cancellation does not travel down.
 */
CREEL_API creel_status creel_await(creel_future *future, void **result);

/*
 * creel_await_for() waits at most timeout, then answers CREEL_ETIMEDOUT and leaves the future
 * alone. 0 polls. After Future.result(timeout).
 */
CREEL_API creel_status creel_await_for(creel_future *future, creel_duration timeout, void **result);

/*
 * creel_wait_for() waits at most timeout, then cancels the future and waits until it has really
 * ended, for however long a running task takes. If it ended with a value or an error all the same,
 * that is the answer; if it was cancelled, CREEL_ETIMEDOUT. If the calling task is cancelled while
 * it waits, the request is passed on to the future in the same way, and CREEL_ECANCELLED is the
 * answer once it was cancelled; if it ended otherwise, that is the answer and the request stays
 * pending for the next await. After asyncio.wait_for.
 */
CREEL_API creel_status creel_wait_for(creel_future *future, creel_duration timeout, void **result);

/*
 * creel_take() awaits, then lets the caller's reference go, whatever the answer. The value moves to
 * the caller, past the task's result_drop: a second take, by another reference, is CREEL_ESTATE. Where
 * result is NULL nobody takes it: it stays with the future.
 */
CREEL_API creel_status creel_take(creel_future *future, void **result);

/*
 * creel_sleep() sleeps, never less than the duration. 0 yields once: other ready tasks, and a
 * queued one, get a turn. CREEL_FOREVER sleeps until cancelled. Answers CREEL_OK, CREEL_ECANCELLED,
 * CREEL_EINVAL, CREEL_EDEADLK or CREEL_ENOMEM. After asyncio.sleep.
 */
CREEL_API creel_status creel_sleep(creel_duration duration);

/*
 * creel_no_suspend_enter() makes every wait that would suspend or block answer CREEL_EDEADLK in
 * this task, or off tasks on this thread, until the matching creel_no_suspend_leave(). They nest. To
 * be held around a mutex, for example. A leave without enter does nothing. What a task leaves
 * entered ends with the task. To run a loop, by creel_loop_run_once() or creel_run(), is no wait.
 */
CREEL_API void creel_no_suspend_enter(void);
CREEL_API void creel_no_suspend_leave(void);

#ifdef __cplusplus
}
#endif

#endif
