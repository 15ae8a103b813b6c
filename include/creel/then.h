/* SPDX-License-Identifier: MIT */
/*
 * creel/then.h: continuations: what is to be done when a future has ended.
 *
 *  function              blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_then            no       yes             yes           yes          yes
 *  creel_then_with       no       yes             yes           yes          yes
 *  creel_loop_then       no       yes             yes           yes          yes
 *  creel_loop_then_with  no       yes             yes           yes          yes
 *
 * A continuation is a task that is submitted when its future has ended, to the pool or loop that it was given,
 * whoever ended the future and wherever. It is a future itself, so another one can follow; it may await, fail and
 * be cancelled like any task. Until its future has ended it is nothing that the pool or loop has to wait
 * for: if that is shut down or destroyed by then the continuation fails (CREEL_ECLOSED).
 */
#ifndef CREEL_THEN_H
#define CREEL_THEN_H

#include <creel/attributes.h>
#include <creel/combine.h>
#include <creel/future.h>
#include <creel/loop.h>
#include <creel/pool.h>
#include <creel/task.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A continuation's function: what it returns is the continuation's value, and it fails by creel_fail(). The outcome
 * is its own for the call; what that points to is the future's.
 */
typedef void *creel_then_fn(const creel_outcome *outcome, void *arg);

/* Flags of a continuation. Unknown bits are refused. */
#define CREEL_THEN_ALWAYS UINT32_C(1) /* call it also when the future has failed or was cancelled */

/*
 * creel_then_options: begin with CREEL_THEN_OPTIONS_INIT. In every field 0 is the default. Fields are only
 * ever appended; size tells the library which ones there are.
 */
typedef struct creel_then_options {
	size_t size;             /* sizeof(creel_then_options) */
	uint32_t flags;          /* CREEL_THEN_ALWAYS */
	const char *name;        /* copied, 31 characters; for diagnostics */
	creel_drop_fn *arg_drop; /* called with arg exactly once, before the continuation is seen
	                               done: whether it ran or not. NULL: none */
	/* Called with the value of a continuation that is freed with a value which nobody took. NULL: none. */
	creel_drop_fn *result_drop;
} creel_then_options;

#define CREEL_THEN_OPTIONS_INIT \
	{ \
		sizeof(creel_then_options), 0, NULL, NULL, NULL \
	}

/*
 * creel_then() has fn(outcome, arg) run by the pool when the future has ended with a value. If it fails or is
 * cancelled, fn is not called, and the continuation ends in the same way, with the same error. The continuation is
 * the caller's reference; it keeps itself until it has ended, and the future until fn has returned, or, to lend its
 * error, for as long as it lives itself. The value stays the future's: fn borrows it.
 *
 * Over a promise that nobody ever completes it is never freed: cancel it first.
 *
 * creel_future_cancel() of a continuation whose future has not ended, or that is still queued, ends it at once (NOW),
 * and detaches it: the future goes on, for it may have others who wait. A running one is asked, as any task.
 *
 * An error that was passed on counts as looked at when the continuation's was; one that fn was told of counts, too.
 *
 * Never NULL, never blocks. Refused (it has failed): pool, future or fn NULL (CREEL_EINVAL), the pool inherited, or
 * the future pending, since before a fork (CREEL_ECLOSED), no memory (CREEL_ENOMEM). A pool that is shut
 * down when the future ends refuses it then (CREEL_ECLOSED; CREEL_EBROKEN if it is broken), unless its own tasks end the future and it
 * drains. After folly's Future::via and thenValue.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_then(
	creel_pool *pool, creel_future *future, creel_then_fn *fn, void *arg);

/*
 * creel_then_with() is creel_then() with options; NULL opts means defaults. Unknown flags, and options of a newer
 * creel that are set, are refused (CREEL_EINVAL). A refused one's arg_drop has run on return.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_then_with(creel_pool *pool, creel_future *future,
	const creel_then_options *opts, creel_then_fn *fn, void *arg);

/* creel_loop_then() and creel_loop_then_with() are the same on a loop, in a turn of its own. */
CREEL_API CREEL_NODISCARD creel_future *creel_loop_then(
	creel_loop *loop, creel_future *future, creel_then_fn *fn, void *arg);
CREEL_API CREEL_NODISCARD creel_future *creel_loop_then_with(creel_loop *loop, creel_future *future,
	const creel_then_options *opts, creel_then_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
