/* SPDX-License-Identifier: MIT */
/*
 * creel/race.h: the first of many futures.
 *
 *  function     blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_first  no       yes             yes           yes          yes
 *  creel_any    no       yes             yes           yes          yes
 *  creel_race   no       yes             yes           yes          yes
 *
 * Futures of several pools and loops, and promises, mix freely. All of these take references of their
 * own; the caller keeps its own. A future that occurs several times counts as often.
 */
#ifndef CREEL_RACE_H
#define CREEL_RACE_H

#include <creel/attributes.h>
#include <creel/combine.h>
#include <creel/future.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of the first. */
typedef struct creel_winner {
	size_t index;          /* its place in the array, from 0 */
	creel_outcome outcome; /* how it ended */
} creel_winner;

/* Flags of creel_first(). Unknown bits are refused. */
#define CREEL_ONLY_VALUES 1u /* only futures that end with a value count */
#define CREEL_CANCEL_REST \
	2u /* when it is decided, cancel those that are not done, and wait for their end */

/*
 * creel_first() is a future of the first k of futures[0..n) that end, however they do. Its value is an array
 * of k creel_winner, in the order in which they ended; those that had ended before, in the order of the input.
 * It is borrowed while the future lives; creel_take() makes it the caller's, to be given to creel_free().
 * What an outcome points to lives as long as the winner, or the future.
 *
 *   no flags           is done at once when k have ended. The others go on.
 *   CREEL_ONLY_VALUES  what fails or is cancelled does not count. When too many have for k to be left, it
 *                      fails: with the error of the one by which that was clear, whose cause is the failure
 *                      before it, and so on to the first of them. (They are copies: what stood behind a
 *                      member's error is found there, by creel_future_error().)
 *   CREEL_CANCEL_REST  when that is decided, whether there are k or it fails, the others are cancelled, and it
 *                      is done when they have ended, so that what they use is free then. Who they are stays.
 *
 * creel_future_cancel() asks all that are not done to end: REQUESTED. It is cancelled when all have ended,
 * whatever they ended with. It is TOO_LATE as soon as it is decided, also while the rest comes to its end, and
 * if none could be cancelled any more. (More than 16 of these and gathers, one inside the other: as
 * creel_gather().)
 *
 * Until all members have ended it keeps itself and them, also when the caller has let it go: over a promise that
 * nobody ever completes it is never freed. Cancel that first.
 *
 * Never NULL. Refused (it has failed): futures or an entry NULL, k 0 or more than n, unknown flags
 * (CREEL_EINVAL), one pending since before a fork (CREEL_ECLOSED), no memory (CREEL_ENOMEM). Errors of all
 * members count as looked at when its own outcome was. After folly's collectN, but it cancels.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_first(
	creel_future *const futures[], size_t n, size_t k, unsigned flags);

/*
 * creel_any() is the first value: creel_first() with k = 1 and CREEL_ONLY_VALUES. Its value is one creel_winner;
 * if all fail it fails, with the last error. The others go on. Of nothing: CREEL_EINVAL.
 * After folly's collectAnyWithoutException; asyncio's staggered_race without its delays is
 * creel_first(futures, n, 1, CREEL_ONLY_VALUES | CREEL_CANCEL_REST).
 */
CREEL_API CREEL_NODISCARD creel_future *creel_any(creel_future *const futures[], size_t n);

/*
 * creel_race() is the first to end, whatever with; the others are cancelled, and it is done when they have
 * ended: creel_first() with k = 1 and CREEL_CANCEL_REST. Its value is one creel_winner, whose outcome
 * says whether that was a value. Of nothing: CREEL_EINVAL.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_race(creel_future *const futures[], size_t n);

#ifdef __cplusplus
}
#endif

#endif
