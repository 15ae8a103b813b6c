/* SPDX-License-Identifier: MIT */
/*
 * creel/parallel.h: loops and arrays over a pool.
 *
 *  function            blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_parallel_for  yes      suspends        suspends      blocks       EDEADLK
 *  creel_map           yes      suspends        suspends      blocks       EDEADLK
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
 * creel_map() calls fn(args[i]) for all i below n on the pool, and puts what it returns into
 * results[i]. args NULL passes NULL to each; results may be NULL. On the first failure, in the order of
 * the input, what has not begun is cancelled, the rest is asked to end, and all is waited for.
 *   CREEL_OK         all have a result
 *   CREEL_EFAILED    one has failed; creel_last_error() has its error. Results of those that did not
 *                    end well are NULL
 *   CREEL_ECANCELLED the calling task, or one of them, was cancelled
 *   CREEL_EINVAL     pool or fn is NULL
 *   CREEL_EDEADLK    must not suspend here: nothing was done
 *   CREEL_ECLOSED, CREEL_ENOMEM: the pool did not take all of them; those that it took may have run
 * After Executor.map, but the results are in an array.
 */
CREEL_API creel_status creel_map(
	creel_pool *pool, creel_fn *fn, void *const args[], size_t n, void *results[]);

#ifdef __cplusplus
}
#endif

#endif
