/* SPDX-License-Identifier: MIT */
/*
 * group.h: the group: children that are tasks, a body that waits for them, and who waits for a place.
 *
 * A child has a record, with a waker in its future. All of the group is under one mutex; what cancels, or lets go
 * of, a future is done without it, for that may run the program's code.
 *
 *     (submit) ──► RESERVED ──► CHILDREN ──sweep──► ASKED        to end
 *                     │             └───────┬─────────┘
 *                     └──(refused)──► the future is done ──► forgotten; or in `failed`, `done`, or both
 *   RESERVED   counted as pending, but without a future yet
 *   A child that is detached is in no list; its record goes when its future is done.
 *
 * Life
 *     OPEN ──failure, cancel, deadline──► ABORTING: nothing more is taken in, all are asked to end
 *       └──────────────────┴──(nothing pending, and somebody joins)──► ENDED
 *
 * The body hears of ABORTING by a bond (runner/cancel.h), which ends with the join. It is a guest of the body's
 * frame (task/task.h), so it ends with that at the latest.
 *
 * Invariants
 *   I1  Who makes a group ABORTING sees to a sweep, which asks all children to end; who makes a child when it is
 *       ABORTING asks that one. So none is forgotten.
 *   I2  A waiting submitter is let in by giving it the place: nobody comes before it, and it can only be lost
 *       together with the wait's DONE, which beats everything else.
 *   I3  pending counts RESERVED, CHILDREN and ASKED. It comes to 0 under the mutex, and who waits for that is told
 *       in the same step.
 * Lifetime  the group is counted: the handle, each child's record that has not ended, the sweep, the bond, the task
 *           that waits for the deadline, and each call that waits. A completer's last access is the unlock, or
 *           the free.
 */
#ifndef CRL_ASYNC_GROUP_H
#define CRL_ASYNC_GROUP_H

#include "runner/waiter.h"
#include "sync/mutex.h"
#include "task/task.h"

#include <creel/group.h>

typedef struct crl_child {
	crl_waker waker;
	creel_group *group;   /* a reference, until it has ended */
	creel_future *future; /* a reference */
	creel_fn *fn;
	void *arg;
	creel_drop_fn *arg_drop;
	void *tag;
	size_t index;
	crl_list place;  /* in `children`, `asked` or `done`, or in none */
	crl_list failed; /* in `failed`, if it has */
	bool detached, has_failed;
} crl_child;

/* Who waits, on its own stack: for a place, for a child's end, or for the end of all. */
typedef struct crl_visitor {
	crl_waiter waiter;
	crl_list place;   /* in `submitters`, `consumers` or `joiners`, until it is woken */
	bool admitted;    /* a submitter: the place is its */
	crl_child *given; /* a consumer: this */
} crl_visitor;

struct creel_group {
	/* Set at creation. */
	unsigned generation;
	uint32_t flags;
	creel_pool *pool;
	creel_loop *loop;
	int64_t deadline;

	crl_mutex lock; /* guards the rest */
	unsigned refs;
	size_t pending, limit, next_index;
	crl_list children, asked, done, failed;
	crl_list submitters, consumers, joiners; /* crl_visitor.place */
	size_t failures;
	bool aborting, expired, ended, destroyed;
	crl_waker sweep; /* for the cascade */

	crl_task_frame *body; /* NULL: none, or it has ended; else these are in use */
	crl_bond bond;
	crl_guest guest;

	creel_future *watcher; /* the task that waits for the deadline; NULL: none */
	crl_child no_memory; /* in `failed`: stands for the children that there was no memory for */
};

/* group.c */

/* Is the group, and what else is needed, there, and not inherited from before a fork? */
creel_status crl_group_check(const creel_group *group, const void *needed);

/* Let the lock, and a reference, go; the last one frees the group. */
void crl_group_unlock_unref(creel_group *group);

/* With the lock held: wake all who wait in one of the lists; who waits for a child or a place has got none. */
void crl_group_wake_all(crl_list *visitors);

/* With the lock held: take nothing more in; `tell_body`: and ask the body to end. Who calls this sweeps. */
void crl_group_abort(creel_group *group, bool tell_body);

/* Ask all children to end that have not been asked, for a reason unless NULL; not with the lock held. */
void crl_group_sweep(creel_group *group, const char *reason);

/* The child's future is done; or it has never had one. */
void crl_group_child_ended(crl_child *child);

/* With the lock held: a child is not pending any more. */
void crl_group_after_end(creel_group *group);

/* With the lock held: let those in who wait for a place that is there. */
void crl_group_admit(creel_group *group);

/* With the lock held: add an error; child->future has it. */
void crl_group_add_error(creel_group *group, crl_child *child);

/* group_deadline.c */

/* With the lock held: if the deadline has come, abort; true: the caller has to sweep. */
bool crl_group_expire(creel_group *group);

/* If there is a deadline, have a task wait for it: CREEL_OK, or why not. By who makes the group. */
creel_status crl_group_watch(creel_group *group);

/* The group has ended: nobody needs to wait for its deadline. Not with the lock held. */
void crl_group_dismiss(creel_group *group);

/* group_errors.c */

/* With the lock held: all errors count as looked at. */
void crl_group_look(creel_group *group);

/* With the lock held: write the first n errors to out. */
void crl_group_read_errors(creel_group *group, creel_group_error out[], size_t n);

/* group_submit.c */

/* Does a child of the group call? */
bool crl_group_is_child(const creel_group *group);

/* group_wait.c */

/* With the lock held, which is let go meanwhile: wait in that list until woken: CREEL_OK, or what ended the wait. */
creel_status crl_group_wait(
	creel_group *group, crl_list *visitors, crl_visitor *self, int64_t deadline);

/* By the body, with the lock held: end the bond. True: others have asked the body to end since it began. */
bool crl_group_untie(creel_group *group);

#endif
