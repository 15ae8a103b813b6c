/* SPDX-License-Identifier: MIT */
/*
 * creel/scope.h: deadlines and cancellation for a piece of a task, however many waits it is made of.
 *
 *  function                     blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_scope_enter            no       yes             yes           yes          ESTATE
 *  creel_scope_enter_at         no       yes             yes           yes          ESTATE
 *  creel_scope_enter_shielded   no       yes             yes           yes          ESTATE
 *  creel_scope_leave            no       yes             yes           yes          EWRONGTHREAD
 *  creel_scope_reschedule       no       yes             yes           yes          yes
 *  creel_scope_reschedule_at    no       yes             yes           yes          yes
 *  creel_scope_cancel           no       yes             yes           yes          yes
 *  creel_scope_deadline         no       yes             yes           yes          yes
 *  creel_scope_expired          no       yes             yes           yes          yes
 *  creel_current_deadline       no       yes             yes           yes          yes
 *
 *     creel_scope scope = CREEL_SCOPE_INIT;
 *
 *     creel_scope_enter(&scope, CREEL_SECONDS(5));
 *     if (connect_to(host) == CREEL_OK)                wherever these wait: five seconds for all of it
 *             answer = ask(question);
 *     if (creel_scope_leave(&scope) == CREEL_ETIMEDOUT)
 *             return creel_fail(ETIMEDOUT, "no answer from %s", host);
 *
 * A scope is the caller's, mostly on its stack. It is entered by a task, or by a plain thread whose blocking
 * waits it bounds, and left by the same, the one entered last first. Scopes nest: what holds inside is the
 * earliest of all their deadlines. What a task has forked in a scope (creel/fork.h) is in it, wherever it
 * runs, and is joined before the scope is left. Tasks that are submitted are not in their maker's scope.
 *
 * When a scope's deadline has passed, or it was cancelled, and so for those within it:
 *   each wait      that would have to wait, now and later, answers CREEL_ECANCELLED, as when the task itself is
 *                  asked to end; creel_last_error() has the reason. Never CREEL_ETIMEDOUT, which means a wait's own
 *                  timeout: who waits again after that, until something has happened, does not wait for ever.
 *                  An outcome that is there is returned all the same. Waits that end what they wait for (wait_for,
 *                  pool_run, parallel_for, map ...) cancel it, and wait for its end.
 *   checkpoints    creel_checkpoint() answers CREEL_ETIMEDOUT after a deadline, else CREEL_ECANCELLED;
 *                  creel_cancel_requested() is true. Both read the clock where there is a scope.
 * This is a level, and never comes undone. A request to the task, by creel_future_cancel(), is told to one wait
 * only, as ever. A clean-up that has to wait is put into a shielded scope, which nothing from outside reaches.
 *
 * Not bounded by scopes are: creel_join(), destroying a pool or loop, running a loop by creel_loop_run_once() or
 * creel_run(), and what does not wait by creel.
 *
 * After asyncio.timeout and trio.CancelScope. Unlike asyncio's, a scope that has expired ends every wait, not one:
 * shield the clean-up. A task that returns without leaving a scope, and a scope that is left before what was
 * forked in it is joined, end the process with a message.
 */
#ifndef CREEL_SCOPE_H
#define CREEL_SCOPE_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The members are the library's. It is entered once; to be used again it is initialized again. */
typedef struct creel_scope {
	uint64_t opaque[40];
} creel_scope;

#define CREEL_SCOPE_INIT \
	{ \
		{ \
			0 \
		} \
	}

/*
 * creel_scope_enter() begins a scope whose deadline is so far from now; CREEL_FOREVER: it has none, and can be
 * cancelled. 0: nothing inside waits. creel_scope_enter_at() takes a time of creel_now(), which may have passed;
 * INT64_MAX is none. Nothing is allocated. CREEL_EINVAL: NULL, or a negative duration; CREEL_ESTATE: it has been
 * entered before, or this is a callback or destructor, which may not wait. After asyncio.timeout and timeout_at.
 */
CREEL_API creel_status creel_scope_enter(creel_scope *scope, creel_duration timeout);
CREEL_API creel_status creel_scope_enter_at(creel_scope *scope, int64_t when);

/*
 * creel_scope_enter_shielded() is creel_scope_enter(), but nothing from outside reaches what is inside: neither
 * requests to the task nor scopes, until it is left; then they do again. For clean-up; give it a deadline, since
 * a shutdown that cancels all waits for it. After trio's CancelScope(shield=True).
 */
CREEL_API creel_status creel_scope_enter_shielded(creel_scope *scope, creel_duration timeout);

/*
 * creel_scope_leave() ends it, and says what it did:
 *   CREEL_OK          nothing inside was told to end
 *   CREEL_ETIMEDOUT   something was, by this scope's deadline alone
 *   CREEL_ECANCELLED  something was: because this scope was cancelled, for the reason in creel_last_error(); or, also,
 *                     because the task was asked to end or a scope outside has ended, of which the next
 *                     creel_checkpoint() tells. The outer one counts
 * "Told" is a wait or a checkpoint that answered so, and creel_cancel_requested() that was true. Before it has been
 * left: CREEL_EINVAL: NULL; CREEL_ESTATE: it is not entered, or not the innermost; CREEL_EWRONGTHREAD: another
 * task or thread has entered it, or, in what was forked, the task. Left after a fork, in the child: CREEL_ECLOSED.
 * After asyncio.Timeout.__aexit__, where the count of requests is what is asked here of the scope.
 */
CREEL_API creel_status creel_scope_leave(creel_scope *scope);

/*
 * creel_scope_reschedule() moves the deadline, to so far from now or to a time of creel_now(); those who wait
 * inside see the new one. From any thread, as long as the scope is there. CREEL_EINVAL: NULL, or a negative duration;
 * CREEL_ESTATE: not entered, left, or somebody was told that it has expired; CREEL_ECLOSED: entered before a fork.
 * After asyncio.Timeout.reschedule.
 */
CREEL_API creel_status creel_scope_reschedule(creel_scope *scope, creel_duration timeout);
CREEL_API creel_status creel_scope_reschedule_at(creel_scope *scope, int64_t when);

/*
 * creel_scope_cancel() ends what waits inside, now and later; of a scope that is not entered yet, what will. The
 * reason, copied up to 63 characters, is what creel_last_error() says there; NULL: there is none. The first reason
 * counts. From any thread, as long as the scope is there. CREEL_OK, also if it was cancelled or left before;
 * CREEL_EINVAL: NULL; CREEL_ECLOSED: entered before a fork. After trio's CancelScope.cancel.
 */
CREEL_API creel_status creel_scope_cancel(creel_scope *scope, const char *reason);

/* creel_scope_deadline() is the scope's own; INT64_MAX: none, or never entered. After asyncio.Timeout.when. */
CREEL_API int64_t creel_scope_deadline(const creel_scope *scope);

/* creel_scope_expired() tells whether something inside was told to end when the deadline had passed, be it for
 * that or for another reason; also after leave. After asyncio.Timeout.expired. */
CREEL_API bool creel_scope_expired(const creel_scope *scope);

/* creel_current_deadline() is the time of creel_now() until which the caller may wait: the earliest deadline of the
 * scopes that it is in; INT64_MAX: none. After trio.current_effective_deadline. */
CREEL_API int64_t creel_current_deadline(void);

#ifdef __cplusplus
}
#endif

#endif
