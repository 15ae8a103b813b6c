/* SPDX-License-Identifier: MIT */
/*
 * creel/completions.h: results in the order in which they arrive.
 *
 *  function                   blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_completions_create   no       yes             yes           yes          yes
 *  creel_as_completed         no       yes             yes           yes          yes
 *  creel_completions_add      no       yes             yes           yes          yes
 *  creel_completions_close    no       yes             yes           yes          yes
 *  creel_completions_next     yes      suspends        suspends      blocks       EDEADLK if none
 *  creel_completions_pending  no       yes             yes           yes          yes
 *  creel_completions_destroy  no       yes             yes           yes          yes
 *
 * A completion queue watches futures and hands each out once, when it is done, together with the
 * tag that it was added with. Adding and completing cost O(1), however many there are. Any number of
 * threads and tasks may add and consume at the same time; each item goes to exactly one of them. A
 * future that is added several times is handed out as often.
 */
#ifndef CREEL_COMPLETIONS_H
#define CREEL_COMPLETIONS_H

#include <creel/attributes.h>
#include <creel/future.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_completions creel_completions;

/* One completion. */
typedef struct creel_completion {
	creel_future *future; /* done; with a reference of its own: creel_take() or unref it */
	void *tag;            /* what it was added with; NULL from creel_as_completed() */
	size_t index; /* the how-manieth it was to be added, from 0; its place in the array */
} creel_completion;

/*
 * creel_completions_create() makes an open queue: futures may be added until it is closed. The
 * caller's, to be destroyed. NULL on failure: CREEL_ENOMEM in creel_last_error().
 */
CREEL_API CREEL_NODISCARD creel_completions *creel_completions_create(void);

/*
 * creel_as_completed() makes a closed queue over futures[0..n): it ends after its n members. It
 * takes references of its own; the caller keeps its own. Of nothing it is empty at once. NULL on
 * failure; creel_last_error() has CREEL_EINVAL (the array or an entry is NULL), CREEL_ECLOSED (one is
 * pending since before a fork, and this is the child) or CREEL_ENOMEM.
 * After asyncio.as_completed, but the futures themselves are handed out, each call of
 * creel_completions_next() has its own timeout, and duplicates count as often as they occur.
 */
CREEL_API CREEL_NODISCARD creel_completions *creel_as_completed(
	creel_future *const futures[], size_t n);

/*
 * creel_completions_add() watches one more future, at any time, from any thread. The queue takes a
 * reference of its own. A future that is done already is available at once.
 *   CREEL_EINVAL   queue or future is NULL
 *   CREEL_ECLOSED  the queue is closed; or in the child of a fork, which inherited a pending one
 *   CREEL_ENOMEM   no memory: nothing was added
 */
CREEL_API creel_status creel_completions_add(
	creel_completions *queue, creel_future *future, void *tag);

/*
 * creel_completions_close(): nothing more will be added. What was added is still handed out, then
 * consumers get CREEL_EEMPTY. Closing twice is fine. CREEL_EINVAL for NULL.
 */
CREEL_API creel_status creel_completions_close(creel_completions *queue);

/*
 * creel_completions_next() waits at most timeout for a completion and writes it to *out. In order
 * of completion; those done when they were added, in the order of adding. An item is removed only
 * when it is handed over: neither a timeout nor a cancellation loses one. The future in *out comes
 * with a reference of its own. An open queue with nothing pending makes the caller wait for an add.
 *   CREEL_EEMPTY      closed, and all has been handed out
 *   CREEL_ETIMEDOUT   nothing within timeout (0 polls); it may be called again
 *   CREEL_ECANCELLED  the calling task was cancelled
 *   CREEL_EDEADLK     must not suspend here
 *   CREEL_EINVAL      queue or out is NULL, or timeout negative
 *   CREEL_ENOMEM      no stack to suspend with
 *   CREEL_ECLOSED     the queue was destroyed while this call waited; or in the child of a fork
 */
CREEL_API creel_status creel_completions_next(
	creel_completions *queue, creel_duration timeout, creel_completion *out);

/* creel_completions_pending() is how many were added and not yet handed out. 0 for NULL. */
CREEL_API size_t creel_completions_pending(const creel_completions *queue);

/*
 * creel_completions_destroy() forgets all that is pending (the futures themselves go on), lets go
 * of what was not handed out and frees the queue. A consumer that waits in creel_completions_next()
 * gets CREEL_ECLOSED; nobody may begin a call on the queue afterwards. O(pending). NULL is fine.
 */
CREEL_API void creel_completions_destroy(creel_completions *queue);

#ifdef __cplusplus
}
#endif

#endif
