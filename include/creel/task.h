/* SPDX-License-Identifier: MIT */
/*
 * creel/task.h: putting work on a pool, and what the work itself can do.
 *
 *  function                blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_submit            if full  yes             yes           yes          yes
 *  creel_submit_with       if full  yes             yes           yes          yes
 *  creel_submit_many       if full  yes             yes           yes          yes
 *  creel_post              if full  yes             yes           yes          yes
 *  creel_try_submit        no       yes             yes           yes          yes
 *  creel_pool_run          yes      suspends        suspends      blocks       EDEADLK
 *  creel_create_task       no       EWRONGTHREAD    yes           EWRONGTHREAD  yes
 *  creel_loop_submit       no       yes             yes           yes          yes
 *  creel_fail              no       yes             yes           yes          yes
 *  creel_fail_at           no       yes             yes           yes          yes
 *  creel_cancel_requested  no       yes             yes           yes          yes
 *  creel_checkpoint        no       yes             yes           yes          yes
 *  creel_current           no       yes             yes           NULL         yes
 *
 * A task is a function run by a worker; its future is what it ends with. submit never returns NULL:
 * what cannot be accepted comes back as a future that has already failed, with the code
 * CREEL_EINVAL, CREEL_ECLOSED, CREEL_EBROKEN or CREEL_ENOMEM, so a program has one error path, the future. A task
 * must return: ending its thread (pthread_exit, pthread_cancel) is fatal, with a message, and leaving it by
 * longjmp is undefined.
 *
 * "if full": on a pool with a queue_limit whose queue is full, a submission from outside waits, is refused for one more
 * reason (CREEL_EFULL), or runs the task: see creel_when_full in creel/pool.h.
 */
#ifndef CREEL_TASK_H
#define CREEL_TASK_H

#include <creel/attributes.h>
#include <creel/future.h>
#include <creel/loop.h>
#include <creel/pool.h>
#include <creel/status.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A task's function, in pthread's shape: what it returns is the task's value. */
typedef void *creel_fn(void *arg);

/* A destructor of an argument or of a value. It may not suspend. */
typedef void creel_drop_fn(void *arg);

/*
 * Which of the tasks that have not been started goes first.
 *
 *   CREEL_PRIORITY_NORMAL  in the order that creel/pool.h describes
 *   CREEL_PRIORITY_HIGH    before all of these, also what a worker's own tasks have submitted
 *   CREEL_PRIORITY_LOW     when a worker finds no other
 *
 * Tasks of the priorities HIGH and LOW are first in, first out within their priority, whoever submits them: a task of
 * the pool puts them in the common queue, not before its worker's others (depth first). Tasks that have been
 * started and are ready to go on come before all that have not. Nothing is starved: once in 61 times that a worker
 * goes on to another task it takes one of priority NORMAL before those of HIGH, if there is any; and of eight
 * such times, at one it takes one of LOW before all others.
 */
typedef enum creel_priority {
	CREEL_PRIORITY_NORMAL = 0,
	CREEL_PRIORITY_HIGH = 1,
	CREEL_PRIORITY_LOW = 2
} creel_priority;

/*
 * creel_task_options: begin with CREEL_TASK_OPTIONS_INIT. In every field 0 is the default. Fields
 * are only ever appended; size tells the library which ones there are.
 */
typedef struct creel_task_options {
	size_t size;                /* sizeof(creel_task_options) */
	const char *name;           /* copied, 31 characters; for diagnostics */
	creel_drop_fn *arg_drop;    /* called with arg exactly once, before the task is seen done:
	                               whether it ran, was cancelled, or was refused. NULL: none */
	creel_drop_fn *result_drop; /* called with the value of a future that is freed with a value
	                               which nobody took. NULL: none */
	uint64_t priority;          /* a creel_priority */
	int64_t start_deadline; /* a time of creel_now(): if the task has not been started by then, it
	                           fails with CREEL_ETIMEDOUT when its turn comes, without running.
	                           0: none */
} creel_task_options;

#define CREEL_TASK_OPTIONS_INIT \
	{ \
		sizeof(creel_task_options), NULL, NULL, NULL, CREEL_PRIORITY_NORMAL, 0 \
	}

/*
 * creel_submit() queues fn(arg) and returns its future, a reference of the caller's. Never NULL; blocks only
 * where a bounded queue is full. Refused (the future has failed): pool or fn NULL (CREEL_EINVAL), the pool shut down
 * or this is the child of a fork (CREEL_ECLOSED), or broken (CREEL_EBROKEN), no memory (CREEL_ENOMEM). While a pool
 * drains its own tasks may still submit. After Executor.submit.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_submit(creel_pool *pool, creel_fn *fn, void *arg);

/*
 * creel_submit_with() is creel_submit() with options; NULL opts means defaults. Options of a newer
 * creel that are set, an unknown priority and a negative start_deadline are refused (CREEL_EINVAL). A refused
 * task's arg_drop has run on return.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_submit_with(
	creel_pool *pool, const creel_task_options *opts, creel_fn *fn, void *arg);

/*
 * creel_try_submit() is creel_submit(), but where a bounded queue is full it is refused (CREEL_EFULL), whatever the
 * pool's when_full says. It never blocks, and never runs the task itself. After Queue.put_nowait.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_try_submit(creel_pool *pool, creel_fn *fn, void *arg);

/*
 * creel_submit_many() submits fn(args[i]) for i from 0 to n - 1, in that order, many in one step; the
 * first may have run before the last is submitted. args NULL passes NULL to each. out, unless NULL, gets
 * the n futures; refused ones have failed. Returns CREEL_OK, or why the first was refused: CREEL_EINVAL,
 * CREEL_ECLOSED, CREEL_EBROKEN or CREEL_ENOMEM. Where a bounded queue is full it goes on as creel_submit() does for
 * each: as many as there is room for are queued before it waits, runs one, or refuses the rest.
 */
CREEL_API creel_status creel_submit_many(
	creel_pool *pool, creel_fn *fn, void *const args[], size_t n, creel_future *out[]);

/*
 * creel_post() queues fn(arg) without a future: fire and forget. What fn returns is ignored, but
 * what it fails with is reported through creel_set_unhandled() as nobody can look at it. A post
 * that is refused (CREEL_EINVAL, CREEL_ECLOSED, CREEL_EBROKEN, CREEL_ENOMEM) leaves arg with the caller; one that
 * is cancelled by a shutdown never runs. Where a bounded queue is full it may be refused with CREEL_EFULL,
 * CREEL_EDEADLK or CREEL_ECANCELLED, too.
 */
CREEL_API creel_status creel_post(creel_pool *pool, creel_fn *fn, void *arg);

/*
 * creel_pool_run() submits fn(arg), waits for its end and takes its value. It always waits: a
 * cancelled caller cancels the task and waits until it has ended, so arg may be on the caller's
 * stack. Answers as creel_wait_for() with CREEL_FOREVER; a refused task is CREEL_EFAILED, and
 * creel_last_error() has the reason. CREEL_EDEADLK and CREEL_ENOMEM mean that nothing was submitted.
 */
CREEL_API creel_status creel_pool_run(creel_pool *pool, creel_fn *fn, void *arg, void **result);

/*
 * creel_create_task() queues fn(arg) on the loop that the caller runs on, and returns its future, a
 * reference of the caller's. Never NULL, never blocks; the task begins in the next turn. Refused (the
 * future has failed): off loops (CREEL_EWRONGTHREAD), fn NULL (CREEL_EINVAL), the loop closing
 * (CREEL_ECLOSED), no memory (CREEL_ENOMEM). The loop holds the task until it has ended: the future may
 * be let go of. After asyncio.create_task.
 *
 * creel_loop_submit() is the same from any thread, on the loop that is given (NULL: CREEL_EINVAL).
 * After asyncio.run_coroutine_threadsafe, but creel_future_cancel() reaches the task itself.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_create_task(creel_fn *fn, void *arg);
CREEL_API CREEL_NODISCARD creel_future *creel_loop_submit(
	creel_loop *loop, creel_fn *fn, void *arg);

/*
 * creel_fail() is "raise": `return creel_fail(EIO, "cannot read %s", path);` ends the task with that
 * error. It counts only when it is returned; the latest one counts. The code CREEL_ECANCELLED ends
 * the task cancelled. A NULL format leaves the message empty. The file and line are those of the
 * call, by the macro of the same name. Off tasks it only sets creel_last_error().
 */
CREEL_API void *creel_fail(int code, const char *format, ...) CREEL_PRINTF(2, 3);
CREEL_API void *creel_fail_at(const char *file, int line, int code, const char *format, ...)
	CREEL_PRINTF(4, 5);
#define creel_fail(...) creel_fail_at(__FILE__, __LINE__, __VA_ARGS__)

/*
 * creel_cancel_requested() tells whether the running task has been asked to end, by a cancel of its
 * future or by CREEL_SHUTDOWN_CANCEL_ALL. Once true it stays true, but for what a group of its own has asked,
 * until that is joined (creel/group.h). Cheap enough for inner loops. It is true as well in a scope (creel/scope.h)
 * that has ended, for which it reads the clock; also off tasks.
 */
CREEL_API bool creel_cancel_requested(void);

/*
 * creel_checkpoint() is CREEL_ECANCELLED from the moment the task was asked to end, or in a scope that
 * was cancelled; CREEL_ETIMEDOUT in a scope whose deadline has passed (creel/scope.h); else CREEL_OK.
 * The first one to report a request counts as its delivery, so that clean-up can await.
 */
CREEL_API creel_status creel_checkpoint(void);

/*
 * creel_current() is the future of the running task, borrowed; NULL off tasks and in posted work.
 * After asyncio.current_task.
 */
CREEL_API creel_future *creel_current(void);

#ifdef __cplusplus
}
#endif

#endif
