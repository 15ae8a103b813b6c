/* SPDX-License-Identifier: MIT */
/*
 * creel/group.h: tasks that belong together: they fail together, and nobody goes on before all have ended.
 *
 *  function                 blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_group_create       no       yes             yes           yes          yes
 *  creel_group_submit       yes      suspends        suspends      blocks       refused where it would
 *  creel_group_submit_with  yes      suspends        suspends      blocks       refused where it would
 *  creel_group_try_submit   no       yes             yes           yes          yes
 *  creel_group_set_limit    no       yes             yes           yes          yes
 *  creel_group_next         yes      suspends        suspends      blocks       EDEADLK if none
 *  creel_group_join         yes      suspends        suspends      blocks       EDEADLK if pending
 *  creel_group_cancel       no       yes             yes           yes          yes
 *  creel_group_fail         no       yes             yes           yes          yes
 *  creel_group_fail_at      no       yes             yes           yes          yes
 *  creel_group_detach       no       yes             yes           yes          yes
 *  creel_group_errors       no       yes             yes           yes          yes
 *  creel_group_pending      no       yes             yes           yes          yes
 *  creel_group_destroy      yes      suspends        suspends      blocks       does not wait
 *
 *     group = creel_group_create(NULL);
 *     for (...)
 *             creel_future_unref(creel_group_submit(group, work, &item[i]));
 *     status = creel_group_join(group, CREEL_FOREVER);
 *     creel_group_destroy(group);
 *
 * What is submitted to a group is a *child* of it. The first child that fails cancels the others, and
 * also the *body*: the task that made the group, for which this works as if its future had been cancelled:
 * a wait of it, or its next one, answers CREEL_ECANCELLED, once; creel_cancel_requested() and creel_checkpoint()
 * tell it until creel_group_join() takes it back. So a body that meets CREEL_ECANCELLED goes to join, which
 * says what it was. A child that was cancelled is no failure.
 *
 * If the body itself is cancelled from outside, creel_group_join() cancels the children, whether it was waiting
 * or comes to it later, and answers CREEL_ECANCELLED when all have ended; or CREEL_EFAILED if there were errors,
 * and then the next wait of the task answers CREEL_ECANCELLED, so that the request is not lost. A group
 * that is made in the body of another is one of its pieces: it is joined before that is, and what cancels
 * the outer body cancels it, too. The end of a scope (creel/scope.h) in which creel_group_join() is called does the
 * same as a cancellation from outside. A group that is made in a scope has what happens in that scope for its body.
 *
 * Who makes a group off tasks, on a plain thread or in a callback, has no body that could be cancelled; neither has
 * one whose task has returned. A part of a task that was forked (creel/fork.h) is a body by itself.
 */
#ifndef CREEL_GROUP_H
#define CREEL_GROUP_H

#include <creel/attributes.h>
#include <creel/completions.h>
#include <creel/future.h>
#include <creel/loop.h>
#include <creel/pool.h>
#include <creel/status.h>
#include <creel/task.h>
#include <creel/time.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_group creel_group;

/* Flags of a group. Unknown bits are refused. */
#define CREEL_GROUP_COMPLETIONS UINT32_C(1) /* keep who has ended for creel_group_next() */
#define CREEL_GROUP_GO_ON UINT32_C(2)       /* a child that fails cancels nobody */
#define CREEL_GROUP_UNBOUND UINT32_C(4)     /* the task that makes it is not its body */

/*
 * creel_group_options: begin with CREEL_GROUP_OPTIONS_INIT, then set what matters. In every field 0 is
 * the default. Fields are only ever appended; size tells the library which ones there are.
 */
typedef struct creel_group_options {
	size_t size;      /* sizeof(creel_group_options) */
	creel_pool *pool; /* where the children run: on this pool, */
	creel_loop *loop; /* or on this loop; NULL both: where the caller runs, loop or pool */
	uint32_t flags;   /* CREEL_GROUP_COMPLETIONS, CREEL_GROUP_GO_ON, CREEL_GROUP_UNBOUND */
	size_t limit;     /* how many children may run at a time; 0: any number */
	int64_t deadline; /* by the clock of creel_now(): the group is cancelled then; 0: none */
	creel_duration timeout; /* the same, from now on; the earlier one counts; 0: none */
} creel_group_options;

#define CREEL_GROUP_OPTIONS_INIT \
	{ \
		sizeof(creel_group_options), NULL, NULL, 0, 0, 0, 0 \
	}

/*
 * creel_group_create() makes a group, whose body is the running task. NULL opts means defaults. The group is
 * the caller's to creel_group_destroy(); the pool or loop must live as long. One with a deadline has a task of its own
 * there, which sleeps until then: it counts as work of that pool, also for max_started, and a worker that is busy looks at
 * the clock between two tasks. NULL on failure; creel_last_error() has one of
 *   CREEL_EINVAL  pool and loop are both given, a flag is not known, deadline or timeout is negative, or options of a
 *                 newer creel are set
 *   CREEL_ESTATE  neither is given, and the caller is on none
 *   CREEL_ECLOSED there is a deadline, and the pool or loop takes no more tasks; or it was made before a fork;
 *                 CREEL_EBROKEN likewise
 *   CREEL_ENOMEM  no memory
 * After asyncio.TaskGroup, but on any thread, and for pools as well.
 */
CREEL_API CREEL_NODISCARD creel_group *creel_group_create(const creel_group_options *opts);

/*
 * creel_group_submit() starts fn(arg) as a child and returns its future, a reference of the caller's: it may be let go of
 * at once, for the group has its own until the child has ended. Never NULL. Children may submit, too. When as many run
 * as the limit allows, it waits for its turn, first come, first served; but a child never waits: it goes beyond the
 * limit, since its own place might be what it waits for.
 * Refused (the future has failed, and no child was made):
 *   CREEL_EINVAL      group or fn is NULL, options of a newer creel are set, or a priority, for a group on a loop
 *   CREEL_ECLOSED     the group was cancelled, has failed, or was joined to its end; or in the child of a fork.
 *                     That the group is being cancelled is not told to creel_set_unhandled()
 *   CREEL_ECANCELLED  the calling task was asked to end while it waited for its turn: its next wait tells it
 *   CREEL_EDEADLK     it would have to wait, and must not suspend here
 *   CREEL_ENOMEM      it would have to wait, and there is no stack to suspend with
 * What the pool or loop refuses (CREEL_ECLOSED, CREEL_EBROKEN), or what there is no memory for (CREEL_ENOMEM), is a
 * child that has failed. A child that has its place in the group goes to a bounded pool by that one's rule (when_full in
 * creel/pool.h): its submission may wait for room there, too, or run it; or it is refused, a child that has failed.
 * After TaskGroup.create_task; the limit after Go's errgroup.
 *
 * creel_group_submit_with() is the same with options, NULL means defaults, and a tag, with which creel_group_next()
 * and creel_group_errors() name the child. A refused task's arg_drop has run on return.
 *
 * creel_group_try_submit() is creel_group_submit() that never waits: where that would, or the queue of a bounded pool
 * is full, it is refused with CREEL_EFULL, and no child was made; in the second case its index is not given again.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_group_submit(
	creel_group *group, creel_fn *fn, void *arg);
CREEL_API CREEL_NODISCARD creel_future *creel_group_submit_with(
	creel_group *group, const creel_task_options *opts, creel_fn *fn, void *arg, void *tag);
CREEL_API CREEL_NODISCARD creel_future *creel_group_try_submit(
	creel_group *group, creel_fn *fn, void *arg);

/*
 * creel_group_set_limit() changes the limit, 0: none. A higher one lets in who waits; a lower one ends nobody.
 * CREEL_EINVAL for NULL; CREEL_ECLOSED in the child of a fork. After Go's errgroup.SetLimit, but at any time.
 */
CREEL_API creel_status creel_group_set_limit(creel_group *group, size_t limit);

/*
 * creel_group_next() waits at most timeout for a child to end and writes it to *out: in the order in which they end,
 * each once, also while others are submitted; those that failed or were cancelled like others. It needs
 * CREEL_GROUP_COMPLETIONS: without that flag a group forgets a child when it has ended, so that one that serves for
 * long does not grow (but it keeps those that have failed). The future in *out comes with a reference of its own;
 * index is the how-manieth it was to be submitted, from 0.
 *   CREEL_EEMPTY      no child runs, and all that have ended have been handed out; more may be submitted
 *   CREEL_ETIMEDOUT   nothing within timeout (0 polls)
 *   CREEL_ECANCELLED  the calling task was asked to end; for the body also: the group was cancelled or has failed
 *   CREEL_ESTATE      the group was made without CREEL_GROUP_COMPLETIONS
 *   CREEL_EDEADLK     it would have to wait, and must not suspend here; or the caller is a child of the group
 *   CREEL_EINVAL      group or out is NULL, or timeout negative
 *   CREEL_ENOMEM      no stack to suspend with
 *   CREEL_ECLOSED     the group was destroyed while this call waited; or in the child of a fork
 * After tokio's JoinSet.join_next_with_id.
 */
CREEL_API creel_status creel_group_next(
	creel_group *group, creel_duration timeout, creel_completion *out);

/*
 * creel_group_join() waits at most timeout until every child has ended; while it waits, children may still submit.
 * From then on the group takes no more. A caller that is asked to end meanwhile, or a body that was before, cancels the
 * children and goes on waiting for them. It may be called by several, and again: the answer is the same, but for
 * CREEL_ECANCELLED, which is told once.
 *   CREEL_OK          all have ended, and none has failed; also after creel_group_cancel()
 *   CREEL_EFAILED     some have failed, or creel_group_fail() was called. creel_last_error() is a copy of the first
 *                     error; creel_group_errors() has all. They count as looked at
 *   CREEL_ECANCELLED  the calling task was asked to end, and there were no errors
 *   CREEL_ETIMEDOUT   the group's deadline has come, and there were no errors: all have ended. Or timeout has (0 polls),
 *                     the group goes on, and creel_group_pending() tells of how many
 *   CREEL_EDEADLK     children are pending, and it must not suspend here; or the caller is one of them
 *   CREEL_EINVAL      group is NULL, or timeout negative
 *   CREEL_ENOMEM      no stack to suspend with: nothing was waited for
 *   CREEL_ECLOSED     the group was destroyed while this call waited; or in the child of a fork
 * After TaskGroup.__aexit__.
 */
CREEL_API creel_status creel_group_join(creel_group *group, creel_duration timeout);

/*
 * creel_group_cancel() ends the group without an error: its children and its body are asked to end, and nothing more can
 * be submitted. creel_group_join() answers CREEL_OK, unless there were errors, or the body was asked to end from outside as
 * well. From any thread, also by a child or the body itself. Again, or when the group has ended, it does nothing.
 * CREEL_EINVAL for NULL; CREEL_ECLOSED in the child of a fork. After TaskGroup.cancel.
 */
CREEL_API creel_status creel_group_cancel(creel_group *group);

/*
 * creel_group_fail() is for a body that fails: it adds an error of its own to the group's, and cancels the group as a
 * child that fails does; the caller, if it is the body, is not asked to end by that. With CREEL_GROUP_GO_ON it only
 * adds the error. The code CREEL_ECANCELLED is no error: as creel_group_cancel(). The file and line are those of the
 * call, by the macro of the same name. CREEL_EINVAL for NULL; CREEL_ECLOSED: the group was joined to its end, or
 * in the child of a fork.
 */
CREEL_API creel_status creel_group_fail(creel_group *group, int code, const char *format, ...)
	CREEL_PRINTF(3, 4);
CREEL_API creel_status creel_group_fail_at(const char *file, int line, creel_group *group, int code,
	const char *format, ...) CREEL_PRINTF(5, 6);
#define creel_group_fail(...) creel_group_fail_at(__FILE__, __LINE__, __VA_ARGS__)

/*
 * creel_group_detach() lets all children go that have not ended: they run on, are no children any more, and nobody is
 * told by the group how they end. The group itself goes on. O(pending). CREEL_EINVAL for NULL; CREEL_ECLOSED in the
 * child of a fork. After tokio's JoinSet.detach_all.
 */
CREEL_API creel_status creel_group_detach(creel_group *group);

/* One of a group's errors. Borrowed: it lives as long as the group. Fields are only ever appended. */
typedef struct creel_group_error {
	const creel_error *error;
	const char *name; /* the child's, from its options; NULL: none */
	void *tag;        /* from creel_group_submit_with(); else NULL */
	size_t index;     /* the how-manieth child, from 0; SIZE_MAX: by creel_group_fail() */
} creel_group_error;

/*
 * creel_group_errors() writes the first n of the group's errors to out, in the order in which they came, and returns how
 * many there are. Those that it writes count as looked at. 0 for NULL, and in the child of a fork. (What there was
 * no memory for is one error, however often that was.) After ExceptionGroup.exceptions.
 */
CREEL_API size_t creel_group_errors(creel_group *group, creel_group_error out[], size_t n);

/* creel_group_pending() is how many children have not ended. 0 for NULL, and in the child of a fork. */
CREEL_API size_t creel_group_pending(const creel_group *group);

/*
 * creel_group_destroy() cancels what has not ended, waits for it, also in a task that is asked to end, and frees the
 * group. Errors that nobody has looked at are reported by creel_set_unhandled(). Best called by the body, after
 * creel_group_join(); else what was asked of the body stays. It does not wait where it must not suspend, has no stack to
 * suspend with, or is called by a child: then they end by themselves. Who waits in another call on the group gets
 * CREEL_ECLOSED; nobody may begin one afterwards. NULL is fine.
 */
CREEL_API void creel_group_destroy(creel_group *group);

#ifdef __cplusplus
}
#endif

#endif
