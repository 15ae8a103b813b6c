/* SPDX-License-Identifier: MIT */
/*
 * creel/future.h: the future, where a result lands once, and the promise side of it.
 *
 *  function                     blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_future_create          no       yes             yes           yes          yes
 *  creel_future_set_result      no       yes             yes           yes          yes
 *  creel_future_set_error       no       yes             yes           yes          yes
 *  creel_future_set_error_at    no       yes             yes           yes          yes
 *  creel_future_done            no       yes             yes           yes          yes
 *  creel_future_status          no       yes             yes           yes          yes
 *  creel_future_result          no       yes             yes           yes          yes
 *  creel_future_error           no       yes             yes           yes          yes
 *  creel_future_cancel          no       yes             yes           yes          yes
 *  creel_future_cancel_because  no       yes             yes           yes          yes
 *  creel_future_on_done         no       yes             yes           yes          yes
 *  creel_future_remove_on_done  no       yes             yes           yes          yes
 *  creel_future_ref             no       yes             yes           yes          yes
 *  creel_future_unref           no       yes             yes           yes          yes
 *  creel_futures_unref          no       yes             yes           yes          yes
 *  creel_set_unhandled          no       yes             yes           yes          yes
 *
 * A future is pending, then for ever one of: a value, an error, or cancelled. One atomic state word
 * decides which, so exactly one of several completers wins. Whatever happened in the completing
 * thread before is visible to whoever sees the future done.
 *
 * Ownership: futures are counted. Every function that returns a future returns a reference of the
 * caller's own, to be let go with creel_future_unref() or creel_take(). Functions that are *given*
 * a future take what references they need themselves; the caller keeps its own. Dropping the last
 * reference to a running task's future detaches the task: it neither cancels nor frees it.
 *
 * A future belongs to no thread, pool or loop: any of these calls may come from any thread.
 */
#ifndef CREEL_FUTURE_H
#define CREEL_FUTURE_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_future creel_future;

/* What a cancel did. */
typedef enum creel_cancel_result {
	CREEL_CANCEL_NOW = 0, /* it was waiting to run, or a promise: it is cancelled and done */
	CREEL_CANCEL_REQUESTED =
		1,                /* it is running: it was asked to end, and is done when it has */
	CREEL_CANCEL_ALREADY = 2, /* it had been cancelled before */
	CREEL_CANCEL_TOO_LATE = 3 /* it had ended otherwise, or cannot be cancelled (NULL) */
} creel_cancel_result;

/* A done-callback; see creel_future_on_done(). The future is borrowed for the call. */
typedef void creel_done_fn(creel_future *future, void *arg);

/* The hook for errors that nobody looked at; see creel_set_unhandled(). */
typedef void creel_unhandled_fn(creel_future *future, const creel_error *error, void *ctx);

/*
 * creel_future_create() makes a promise: a pending future that the program itself completes, with
 * creel_future_set_result(), creel_future_set_error() or creel_future_cancel(). Never NULL: without
 * memory it is a future that has already failed with CREEL_ENOMEM.
 * After asyncio's loop.create_future(), but tied to no loop.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_future_create(void);

/*
 * creel_future_set_result() completes a promise with a value (NULL is a value). The waiters are
 * woken, in the order in which they came; then the callbacks run, here, before the call returns.
 * Never allocates. Once the future is done by this call, the reference that the call was given may be let
 * go by another thread; a call that may come too late needs one of its own.
 *   CREEL_EINVAL   future is NULL
 *   CREEL_ESTATE   it is done already (the first outcome stays), or it is a task's future
 *   CREEL_ECLOSED  it was made before a fork, and this is the child
 * After Future.set_result; InvalidStateError is CREEL_ESTATE.
 */
CREEL_API creel_status creel_future_set_result(creel_future *future, void *value);

/*
 * creel_future_set_error() completes a promise with an error: a code of the program's own choosing
 * (0 is an error too) and a message in printf's format. A NULL format leaves the message empty. The
 * file and line are those of the call, by the macro of the same name. Where no memory is left for
 * the message a static one stands in; the future still fails.
 *   CREEL_EINVAL, CREEL_ESTATE, CREEL_ECLOSED  as creel_future_set_result()
 */
CREEL_API creel_status creel_future_set_error(
	creel_future *future, int code, const char *format, ...) CREEL_PRINTF(3, 4);
CREEL_API creel_status creel_future_set_error_at(const char *file, int line, creel_future *future,
	int code, const char *format, ...) CREEL_PRINTF(5, 6);
#define creel_future_set_error(...) creel_future_set_error_at(__FILE__, __LINE__, __VA_ARGS__)

/* creel_future_done() tells whether the future has its outcome. Wait-free. NULL is not done. */
CREEL_API bool creel_future_done(const creel_future *future);

/*
 * creel_future_status() is CREEL_EPENDING, or the outcome: CREEL_OK, CREEL_EFAILED or
 * CREEL_ECANCELLED. CREEL_EINVAL for NULL. Wait-free; does not count as looking at an error.
 */
CREEL_API creel_status creel_future_status(const creel_future *future);

/*
 * creel_future_result() lends the value of a done future, without ever waiting. The value stays
 * the future's and is good while a reference is held. result may be NULL.
 *   CREEL_EPENDING                    not done
 *   CREEL_EFAILED, CREEL_ECANCELLED   the outcome was no value
 *   CREEL_ESTATE                      the value has been taken (creel_take())
 *   CREEL_EINVAL                      future is NULL
 * *result is written on CREEL_OK alone. After Future.result(timeout=0).
 */
CREEL_API creel_status creel_future_result(creel_future *future, void **result);

/*
 * creel_future_error() is the error of a future that failed, or, with the code CREEL_ECANCELLED,
 * of one that was cancelled; NULL while it is pending, for a value, and for NULL. Borrowed: good
 * while a reference to the future is held. After Future.exception().
 */
CREEL_API const creel_error *creel_future_error(const creel_future *future);

/*
 * creel_future_cancel() ends a promise or a task that has not started, at once: it is cancelled,
 * its waiters are woken, its callbacks run here, and its argument's destructor has run. A running
 * task is asked: its next await or sleep answers CREEL_ECANCELLED, and creel_cancel_requested() stays
 * true; it may go on and return a value all the same. Requests that come before one and the same wait
 * are told together, once, as asyncio does; one that comes later is told by the wait after.
 * "Cancelled" always means ended: nobody sees it before the task has stopped using its argument. See
 * creel_cancel_result; in the child of a fork, a pending future of the parent's is TOO_LATE.
 * After Future.cancel and Task.cancel, but it answers in four ways where they answer in two.
 */
CREEL_API creel_cancel_result creel_future_cancel(creel_future *future);

/*
 * creel_future_cancel_because() is creel_future_cancel() with a reason, copied up to 200 bytes; NULL: none. It is the
 * message of what is cancelled at once: a queued task, a promise, a shield. A running task finds it in
 * creel_last_error() where a wait or a checkpoint answers CREEL_ECANCELLED, in whatever scope or forked part that is;
 * what it says itself, as it ends, stands. Of several the first stands until the task has been told it. A gather, and
 * what else stands for others, passes it on to them, and has it as its own message; and a wait that cancels what it
 * waits for (creel_wait_for(), creel_pool_run(), creel_group_join()) passes on what its task was told. Where no memory
 * is left the reason is lost, and the cancel is not. Answers as creel_future_cancel().
 * After the msg of Task.cancel, and context.WithCancelCause of Go.
 */
CREEL_API creel_cancel_result creel_future_cancel_because(creel_future *future, const char *reason);

/*
 * creel_future_on_done() has fn(future, arg) called once when the future is done: in the completing
 * thread, after waiters were woken; if it is done already, here, before the call returns. Callbacks run
 * in the order of their registration with no lock held. They may call any function of this header,
 * also on this future, but may not suspend (CREEL_EDEADLK), and should be short, since the completing
 * thread runs them. What becomes due inside a callback, because it completes another future or
 * registers with a done one, runs after that callback, behind those that are due already: so chains
 * of any length are safe. A future that is freed while still pending never calls.
 *   CREEL_EINVAL   future or fn is NULL
 *   CREEL_ENOMEM   no memory, nothing registered
 *   CREEL_ECLOSED  pending since before a fork, and this is the child
 * After concurrent.futures' add_done_callback.
 */
CREEL_API creel_status creel_future_on_done(creel_future *future, creel_done_fn *fn, void *arg);

/*
 * creel_future_remove_on_done() unregisters every callback with this fn and arg that has not been
 * claimed for running, and returns how many those were. Those will never run; of any others nothing
 * is promised: they may be running now. After asyncio's remove_done_callback.
 */
CREEL_API size_t creel_future_remove_on_done(creel_future *future, creel_done_fn *fn, void *arg);

/* creel_future_ref() takes one more reference and returns the future. NULL is fine. */
CREEL_API creel_future *creel_future_ref(creel_future *future);

/*
 * creel_future_unref() lets a reference go. With the last one the future is freed: a value that
 * nobody took goes to the task's result_drop, and an error that nobody looked at is reported
 * through creel_set_unhandled(). Allowed inside the future's own callbacks. NULL is fine.
 */
CREEL_API void creel_future_unref(creel_future *future);

/* creel_futures_unref() lets go of n references. Entries may be NULL; so may the array if n is 0. */
CREEL_API void creel_futures_unref(creel_future *futures[], size_t n);

/*
 * creel_set_unhandled() sets what is called, once a future and in the thread of the last unref,
 * when a failed future is freed whose error nobody looked at. To look is to await, to take, or to
 * read the result or the error; status and callbacks do not count. The future is borrowed for the
 * call. NULL restores the default, which writes one line to stderr. The hook may not suspend.
 * After asyncio's "exception was never retrieved", but immediate.
 */
CREEL_API void creel_set_unhandled(creel_unhandled_fn *fn, void *ctx);

#ifdef __cplusplus
}
#endif

#endif
