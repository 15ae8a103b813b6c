/* SPDX-License-Identifier: MIT */
/*
 * region.h: a piece of parallel work that its caller waits for: a function on a pool, which forks
 * (creel/fork.h) what others may take, and joins it before it returns. What it needs can be on the caller's
 * stack.
 */
#ifndef CRL_FACADE_REGION_H
#define CRL_FACADE_REGION_H

#include <creel/pool.h>
#include <creel/task.h>
#include <stdbool.h>

/*
 * Run fn(arg) as a task of the pool, and wait for its end. If the caller is asked to end meanwhile, so is the
 * task, and *requested is set: that request counts as delivered, unless crl_await_restore_request() takes it back.
 *   CREEL_OK          fn has run
 *   CREEL_ECANCELLED  the task was cancelled before it began
 *   CREEL_ECLOSED, CREEL_ENOMEM, CREEL_EDEADLK: nothing has run
 * All but CREEL_OK have been reported.
 */
creel_status crl_region_submit(creel_pool *pool, creel_fn *fn, void *arg, bool *requested);

/* The same, but a task of the same pool calls fn itself, and keeps its own requests. */
creel_status crl_region_run(creel_pool *pool, creel_fn *fn, void *arg, bool *requested);

/* What the caller is told when fn has run: with `cut`, it was asked to end and has left something out:
 * CREEL_ECANCELLED, reported and delivered; else CREEL_OK, and a request that came too late waits again. */
creel_status crl_region_conclude(bool cut, bool requested);

#endif
