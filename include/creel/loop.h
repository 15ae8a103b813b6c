/* SPDX-License-Identifier: MIT */
/*
 * creel/loop.h: an event loop: one thread that runs callbacks and tasks in turns.
 *
 *  function                    blocks?   from a worker?  from its loop?  any thread?    from a callback?
 *  creel_loop_create           no        yes             yes             yes            yes
 *  creel_loop_run_once         yes       ERUNNING        ERUNNING        its own        ERUNNING
 *  creel_loop_close            yes       suspends        EDEADLK         blocks         EDEADLK
 *  creel_loop_destroy          yes       suspends        own: no         blocks         own: no
 *  creel_current_loop          no        NULL            yes             NULL           yes
 *  creel_call_soon             no        EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *  creel_call_soon_threadsafe  no        yes             yes             yes            yes
 *  creel_call_later            no        EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *  creel_call_at               no        EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *  creel_handle_cancel         no        yes             yes             yes            yes
 *  creel_handle_unref          no        yes             yes             yes            yes
 *  creel_loop_on_done          no        yes             yes             yes            yes
 *  creel_loop_on_slow          no        EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *  creel_loop_on_error         no        EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *
 * A loop is strictly first in, first out. A turn runs what was ready when it began: callbacks, tasks
 * that begin, tasks that go on; what they add runs in the next turn, so that nothing can starve the
 * rest. Between two turns the loop takes in what other threads have posted, then what waits for descriptors
 * that are ready (creel/io.h), then the timers that are due, in the order of their deadlines, equal ones in
 * the order in which they were made.
 *
 * Tasks are put on a loop by creel_create_task() and creel_loop_submit() (creel/task.h). A callback
 * is not a task: it cannot wait. It returns nothing, and so cannot fail.
 */
#ifndef CREEL_LOOP_H
#define CREEL_LOOP_H

#include <creel/attributes.h>
#include <creel/future.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_loop creel_loop;

/* A callback that has been scheduled: to cancel it. */
typedef struct creel_handle creel_handle;

/* A callback of a loop. It may not wait: pending awaits answer CREEL_EDEADLK. */
typedef void creel_callback_fn(void *arg);

/* Flags of a loop. Unknown bits are refused. */
#define CREEL_LOOP_NO_THREAD UINT32_C(1) /* it runs when its creator calls creel_loop_run_once() */

/*
 * creel_loop_options: begin with CREEL_LOOP_OPTIONS_INIT, then set what matters. In every field 0 is
 * the default. Fields are only ever appended; size tells the library which ones there are.
 */
typedef struct creel_loop_options {
	size_t size;       /* sizeof(creel_loop_options) */
	uint32_t flags;    /* CREEL_LOOP_NO_THREAD */
	size_t stack_size; /* bytes of a task's stack, rounded up to pages; 0: 256 KiB */
	size_t guard_size; /* bytes below each stack that fault when touched; 0: 64 KiB */
	const char *name;  /* copied; of the loop's thread, 15 characters; NULL: "creel-loop" */
} creel_loop_options;

#define CREEL_LOOP_OPTIONS_INIT \
	{ \
		sizeof(creel_loop_options), 0, 0, 0, NULL \
	}

/*
 * creel_loop_create() makes a loop and starts its thread. NULL opts means defaults. The loop is the
 * caller's to creel_loop_destroy(). With CREEL_LOOP_NO_THREAD it belongs to the calling thread, which
 * runs it. NULL on failure; creel_last_error() has one of
 *   CREEL_EINVAL  a size or flag is out of range, or options of a newer creel are set
 *   CREEL_ENOMEM  no memory
 *   CREEL_ESYS    the thread could not be started; the message has the system's reason
 */
CREEL_API CREEL_NODISCARD creel_loop *creel_loop_create(const creel_loop_options *opts);

/*
 * creel_loop_run_once() runs one turn of a loop without a thread. If nothing is ready it waits at most
 * timeout (0 polls) until something is.
 *   CREEL_OK            a turn was run
 *   CREEL_ETIMEDOUT     nothing was ready in time
 *   CREEL_EINVAL        loop is NULL, or timeout negative
 *   CREEL_ECLOSED       the loop is closed; or this is the child of a fork
 *   CREEL_ERUNNING      the caller is inside a loop, a pool or a callback
 *   CREEL_EWRONGTHREAD  the loop belongs to another thread
 *   CREEL_ESTATE        the loop has a thread of its own
 * After uvloop's and libuv's run-once; asyncio has none.
 */
CREEL_API creel_status creel_loop_run_once(creel_loop *loop, creel_duration timeout);

/*
 * creel_loop_close() ends a loop: from now on everything new is refused (CREEL_ECLOSED); tasks that have
 * not begun are cancelled, the others are asked to end; callbacks that are ready run. So do those of
 * timers that fall due before the last task has ended; the other timers are dropped then. Waits at most
 * timeout until all that has ended; a loop without a thread is run meanwhile. It may be called again,
 * by anyone.
 *   CREEL_OK            the loop is closed: nothing of it runs any more
 *   CREEL_ETIMEDOUT     not within timeout (0 begins it, and polls)
 *   CREEL_EDEADLK       called on the loop itself: it closes when the caller has returned; or where one
 *                       may not wait, in a callback for example: it goes on closing. Not for 0
 *   CREEL_ECANCELLED    the calling task was cancelled; the loop goes on closing
 *   CREEL_EINVAL, CREEL_ENOMEM, CREEL_ECLOSED (in the child of a fork), CREEL_EWRONGTHREAD (no thread,
 *   and not the caller's), CREEL_ERUNNING (no thread, and the caller is inside a loop or pool)
 * After loop.close and the clean-up of asyncio.run, in one.
 */
CREEL_API creel_status creel_loop_close(creel_loop *loop, creel_duration timeout);

/*
 * creel_loop_destroy() closes the loop, waits for that, joins its thread and frees it. A task that does
 * not end although it was asked to is waited for. Called on the loop itself it does not wait: the loop
 * frees itself when it has closed. In a callback elsewhere it waits all the same. NULL is fine. A loop without a thread that belongs to another
 * thread, or is destroyed from inside another loop or a pool, is left alone, and so is the loop of a
 * creel_run(): creel_last_error() says so.
 * Handles stay valid until they are let go of.
 */
CREEL_API void creel_loop_destroy(creel_loop *loop);

/* creel_current_loop() is the loop that the caller runs on, borrowed; NULL off loops. After
 * asyncio.get_running_loop. */
CREEL_API creel_loop *creel_current_loop(void);

/*
 * creel_call_soon() has fn(arg) called in the next turn; on the loop's thread only.
 * creel_call_soon_threadsafe() is the same from anywhere. What one thread schedules is called in that
 * order. out, unless NULL, gets a handle, to be let go of by creel_handle_unref(). A call that is
 * refused leaves arg with the caller.
 *   CREEL_EINVAL        loop or fn is NULL
 *   CREEL_EWRONGTHREAD  not on the loop's thread
 *   CREEL_ECLOSED       the loop is closing or closed; or this is the child of a fork
 *   CREEL_ENOMEM        no memory
 * After loop.call_soon and loop.call_soon_threadsafe, but the thread is always checked.
 */
CREEL_API creel_status creel_call_soon(
	creel_loop *loop, creel_callback_fn *fn, void *arg, creel_handle **out);
CREEL_API creel_status creel_call_soon_threadsafe(
	creel_loop *loop, creel_callback_fn *fn, void *arg, creel_handle **out);

/*
 * creel_call_later() has fn(arg) called when delay has passed, creel_call_at() when the clock of
 * creel_now() has come to `when`; never before. Equal deadlines are called in the order of the calls.
 * A deadline that has passed is due in the next turn, behind what is ready by then; CREEL_FOREVER
 * never comes. Answers as creel_call_soon(), and CREEL_EINVAL for a negative delay.
 * After loop.call_later and loop.call_at, but with an order among equals.
 */
CREEL_API creel_status creel_call_later(creel_loop *loop, creel_duration delay,
	creel_callback_fn *fn, void *arg, creel_handle **out);
CREEL_API creel_status creel_call_at(
	creel_loop *loop, int64_t when, creel_callback_fn *fn, void *arg, creel_handle **out);

/*
 * creel_handle_cancel() takes a call back: true if that was in time, so that the callback will not
 * be called; false if it has been called, is being called, was cancelled before, or was dropped with
 * its loop; or for NULL. From any thread. After Handle.cancel.
 */
CREEL_API bool creel_handle_cancel(creel_handle *handle);

/* creel_handle_unref() lets go of a handle; the call goes on. NULL is fine. */
CREEL_API void creel_handle_unref(creel_handle *handle);

/*
 * creel_loop_on_done() has fn(future, arg) called on the loop, in a turn of its own, when the future is
 * done; if it is done already, in the next turn. Never before this returns. If the loop is closed by
 * then it is not called.
 *   CREEL_EINVAL   an argument is NULL
 *   CREEL_ECLOSED  the loop is closing or closed; or this is the child of a fork
 *   CREEL_ENOMEM   no memory
 * After asyncio's Future.add_done_callback.
 */
CREEL_API creel_status creel_loop_on_done(
	creel_loop *loop, creel_future *future, creel_done_fn *fn, void *arg);

/* Told by a loop of a callback, or a stretch of a task, that kept the others waiting. */
typedef void creel_slow_fn(creel_loop *loop, creel_duration took, void *ctx);

/*
 * creel_loop_on_slow() has fn called, on the loop, whenever one callback or one stretch of a task
 * between two waits took longer than `than`. NULL fn: no more. On the loop's thread only.
 *   CREEL_EINVAL        loop is NULL, or than negative
 *   CREEL_EWRONGTHREAD  not on the loop's thread
 *   CREEL_ECLOSED       the loop is closing or closed; or this is the child of a fork
 * After asyncio's slow_callback_duration, but not only for debugging.
 */
CREEL_API creel_status creel_loop_on_slow(
	creel_loop *loop, creel_duration than, creel_slow_fn *fn, void *ctx);

/*
 * creel_loop_on_error() has fn called with the errors that nobody looked at of futures that are let go
 * of on the loop, while it runs, and of its posts, instead of what creel_set_unhandled() has set. The
 * future is fn's for the call; fn may not wait. NULL fn: no more. On the loop's thread only.
 *   CREEL_EINVAL        loop is NULL
 *   CREEL_EWRONGTHREAD  not on the loop's thread
 *   CREEL_ECLOSED       the loop is closing or closed; or this is the child of a fork
 * After asyncio's loop.set_exception_handler, but for errors of futures alone: callbacks have none.
 */
CREEL_API creel_status creel_loop_on_error(creel_loop *loop, creel_unhandled_fn *fn, void *ctx);

#ifdef __cplusplus
}
#endif

#endif
