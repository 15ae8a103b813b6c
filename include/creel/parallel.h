/* SPDX-License-Identifier: MIT */
/*
 * creel/parallel.h: loops, sums and arrays over a pool.
 *
 *  function               blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_parallel_for     yes      suspends        suspends      blocks       EDEADLK
 *  creel_parallel_reduce  yes      suspends        suspends      blocks       EDEADLK
 *  creel_map              yes      suspends        suspends      blocks       EDEADLK
 *
 * All three are made of creel_fork() and creel_join(), in one task of the pool; a task of the same pool that
 * calls one of the first two does the work itself, with whoever is idle. creel_current(), requests for
 * cancellation and the like are that task's wherever a part of the work runs.
 */
#ifndef CREEL_PARALLEL_H
#define CREEL_PARALLEL_H

#include <creel/attributes.h>
#include <creel/pool.h>
#include <creel/status.h>
#include <creel/task.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The work for the numbers from begin to end - 1. */
typedef void creel_range_fn(size_t begin, size_t end, void *ctx);

/* The same, with an accumulator that the work goes into. */
typedef void creel_reduce_fn(size_t begin, size_t end, void *acc, void *ctx);

/* Puts another accumulator, of the numbers that follow, behind what is in acc. */
typedef void creel_combine_fn(void *acc, const void *other, void *ctx);

/*
 * creel_parallel_for() calls body for ranges that together are begin to end - 1, each number once, on
 * the workers of the pool, and returns when all is done. grain is how long a range is at the most; 0:
 * chosen so that uneven work evens out. In which order, and on which worker, is not said.
 *   CREEL_OK         all of it was done; also when there was nothing to do
 *   CREEL_ECANCELLED the calling task was cancelled, or the pool cancels its tasks: ranges that had not
 *                    begun were left out
 *   CREEL_EINVAL     pool or body is NULL, or end is less than begin
 *   CREEL_ECLOSED    the pool is shut down: nothing was done
 *   CREEL_EDEADLK    must not suspend here: nothing was done
 *   CREEL_ENOMEM     no memory: nothing was done
 */
CREEL_API creel_status creel_parallel_for(
	creel_pool *pool, size_t begin, size_t end, size_t grain, creel_range_fn *body, void *ctx);

/*
 * creel_parallel_reduce() puts the numbers from begin to end - 1 through body, into accumulators of `size` bytes
 * that begin as copies of identity, combines these, and copies the last one to out. Neighbours are combined,
 * in order: combine has to be associative, but 1, 2, 3 never becomes 2, 1, 3; and how often it is called depends
 * on who is idle. An accumulator is copied as bytes. grain as above. After functools.reduce, in parallel.
 *   CREEL_OK         out has the result; the identity, when there was nothing to do
 *   CREEL_EINVAL     pool, body, combine, identity or out is NULL, size is 0, or end is less than begin
 *   CREEL_ECANCELLED, CREEL_ECLOSED, CREEL_EDEADLK, CREEL_ENOMEM as above; out is untouched
 */
CREEL_API creel_status creel_parallel_reduce(creel_pool *pool, size_t begin, size_t end,
	size_t grain, creel_reduce_fn *body, creel_combine_fn *combine, const void *identity,
	size_t size, void *out, void *ctx);

/*
 * creel_map() calls fn(args[i]) for all i below n on the pool, and puts what it returns into
 * results[i]. args NULL passes NULL to each; results may be NULL, or args. When one has failed, what has not
 * begun is left out, the rest is asked to end, and all is waited for. A call that awaits holds nobody up.
 *   CREEL_OK         all have a result
 *   CREEL_EFAILED    one has failed; creel_last_error() has its error: of those that did, the first in the
 *                    order of the input. Results of those that did not end well are NULL
 *   CREEL_ECANCELLED the calling task, or one of them, was cancelled
 *   CREEL_EINVAL     pool or fn is NULL
 *   CREEL_EDEADLK    must not suspend here: nothing was done
 *   CREEL_ECLOSED    the pool is shut down: nothing was done
 *   CREEL_ENOMEM     no memory: nothing was done
 * After Executor.map, but the results are in an array.
 */
CREEL_API creel_status creel_map(
	creel_pool *pool, creel_fn *fn, void *const args[], size_t n, void *results[]);

#ifdef __cplusplus
}
#endif

#endif
