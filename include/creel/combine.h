/* SPDX-License-Identifier: MIT */
/*
 * creel/combine.h: many futures at once.
 *
 *  function      blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_gather  no       yes             yes           yes          yes
 *  creel_wait    yes      suspends        suspends      blocks       EDEADLK unless satisfied
 *  creel_shield  no       yes             yes           yes          yes
 *
 * Futures of several pools and loops, and promises, mix freely. All of these take references of their
 * own; the caller keeps its own. A future that occurs several times counts as often.
 */
#ifndef CREEL_COMBINE_H
#define CREEL_COMBINE_H

#include <creel/attributes.h>
#include <creel/future.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How one of several futures ended. */
typedef struct creel_outcome {
	creel_status status;      /* CREEL_OK, CREEL_EFAILED or CREEL_ECANCELLED */
	void *value;              /* CREEL_OK; else NULL */
	const creel_error *error; /* of what failed or was cancelled; else NULL */
} creel_outcome;

/* Flags of creel_gather(). Unknown bits are refused. */
#define CREEL_RETURN_EXCEPTIONS 1u /* failures are outcomes like others: wait for all */
#define CREEL_CANCEL_ON_ERROR 2u   /* the first failure cancels those that are not done */

/*
 * creel_gather() is a future of all of futures[0..n). Its value is an array of n creel_outcome, in the
 * order of the input: borrowed while the gather lives; creel_take() makes it the caller's, to be given
 * to creel_free(). What an outcome points to lives as long as its future, or the gather.
 *
 *   no flags                 fails at once when one fails, with the same error (one that was cancelled
 *                            has the code CREEL_ECANCELLED). The others go on.
 *   CREEL_CANCEL_ON_ERROR    cancels the others then, and fails when all have ended.
 *   CREEL_RETURN_EXCEPTIONS  is done when all have ended, and never fails.
 *
 * creel_future_cancel() of a gather asks all that are not done to end: REQUESTED. It is cancelled when
 * all have ended, whatever they ended with, so that what they use is free then. It is TOO_LATE if it
 * is done, or none of them could be cancelled any more. (Where more than 16 gathers stand one inside the
 * other the answer is REQUESTED for those further in, whether they can be reached or not.)
 *
 * Until all members have ended a gather keeps itself, also when the caller has let it go: over a promise
 * that nobody ever completes it is never freed. Cancel it first.
 *
 * Never NULL. Of nothing it is done at once, with no outcomes; with all done likewise. Refused (it has
 * failed): futures or an entry NULL, unknown flags (CREEL_EINVAL), one pending since before a fork
 * (CREEL_ECLOSED), no memory (CREEL_ENOMEM). Errors of its members count as looked at when the
 * gather's own outcome was. After asyncio.gather, but cancelling always waits for all.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_gather(
	creel_future *const futures[], size_t n, unsigned flags);

/* When creel_wait() returns. */
typedef enum creel_return_when {
	CREEL_FIRST_COMPLETED = 0, /* one is done */
	CREEL_FIRST_EXCEPTION = 1, /* one has failed (not: was cancelled), or all are done */
	CREEL_ALL_COMPLETED = 2    /* all are done */
} creel_return_when;

/*
 * creel_wait() waits at most timeout until the condition holds, and puts those that are done first:
 * futures[0..*ndone) are done, the rest was not; both in the order in which they were. That is so
 * whatever it returns, but for CREEL_EINVAL and CREEL_ECLOSED. Waiting costs O(n) each time: to take
 * one after the other use creel_as_completed(). Cancels nothing; errors do not count as looked at.
 *   CREEL_OK          the condition holds
 *   CREEL_ETIMEDOUT   not within timeout (0 polls)
 *   CREEL_ECANCELLED  the calling task was cancelled; the futures go on
 *   CREEL_EDEADLK     must not suspend here, or the calling task is one of the futures, pending, and
 *                     would be waited for
 *   CREEL_EINVAL      futures, an entry or ndone NULL; no such condition; a negative timeout; or nothing
 *                     to wait for the first of
 *   CREEL_ENOMEM      no memory to wait with, or no stack
 *   CREEL_ECLOSED     one is pending since before a fork
 * After asyncio.wait, but returns at once when the condition holds, and waiting for all of nothing is
 * CREEL_OK.
 */
CREEL_API creel_status creel_wait(creel_future *futures[], size_t n, creel_return_when when,
	creel_duration timeout, size_t *ndone);

/*
 * creel_shield() is a future that ends as the given one does, but can be cancelled without it: then
 * it is cancelled at once, and the other goes on. Of a future that is done it is another reference to
 * it. Its value is the other's: whoever takes it from one of them has taken it from both. Never NULL.
 * Refused (it has failed): NULL (CREEL_EINVAL), no memory (CREEL_ENOMEM), pending since before a fork
 * (CREEL_ECLOSED). After asyncio.shield, but nothing needs to be kept alive.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_shield(creel_future *future);

#ifdef __cplusplus
}
#endif

#endif
