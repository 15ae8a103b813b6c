/* SPDX-License-Identifier: MIT */
/*
 * task.h: the task: a future and the job that gives it its outcome, in one allocation. This floor is
 * the only one that knows both.
 *
 *     PENDING ──(a worker)──► RUNNING ──► VALUE | ERROR | CANCELLED
 *        └──(a cancel, a shutdown)──► RUNNING ──► CANCELLED        fn is not called
 *
 * Who        the worker that runs it    cancellers, waiters: many, any thread
 *
 * Invariants
 *   I1  crl_future_start() decides who ends the task: the worker, or whoever cancels it while it is
 *       queued. Only the winner touches fn, arg and the drops.
 *   I2  arg_drop has run when the end can be seen.
 *   I3  The pool has a reference from submission until the job has been run or dropped; a job that was
 *       cancelled while queued stays in its queue as a tombstone until then.
 *   I4  A request for cancellation touches `cancel` while the task is RUNNING, or later, which does
 *       nothing; the canceller's reference keeps it alive.
 * Ordering   by the future [F1] and by the pool's lock.
 * Last access by the worker: its unref, after the completion.
 *
 * The layout (bytes on x86-64): future 40, extra or runtime 8, job 24, fn 8, arg 8, cancel 16: 104. The
 * future's operations tell which of the two the word behind it is: few tasks have options, and those that have a
 * runtime are not to need a second block for it. Who takes the outcome and frees the task, often on another
 * processor than the one that ran it, touches the first 48 bytes alone.
 */
#ifndef CRL_TASK_TASK_H
#define CRL_TASK_TASK_H

#include "future/future.h"
#include "loop/runtime.h"
#include "pool/pool.h"
#include "runner/cancel.h"
#include "runner/scope.h"
#include "runner/watch.h"
#include "task/values.h"

#include <creel/task.h>

#define CRL_TASK_NAME 32

/* What few tasks need; allocated on demand. */
typedef struct crl_task_extra {
	creel_drop_fn *arg_drop;
	creel_drop_fn *result_drop;
	crl_runtime *runtime; /* a reference; NULL: none */
	struct creel_serial
		*serial;    /* in whose order it runs (async/serial.c); NULL: in no order */
	crl_values *values; /* what it begins with: a reference until it has ended; NULL: none */
	int64_t start_deadline; /* 0: none */
	int64_t put_in;         /* when, into a pool that takes the time; 0: into no such */
	char name[CRL_TASK_NAME];

	/* Of tasks that creel_dump() speaks of: see watch.c. */
	struct crl_task *task; /* NULL: it is not one */
	crl_list watched;
	int64_t made;
	crl_atomic(bool) begun;
} crl_task_extra;

typedef struct crl_task {
	creel_future future; /* its first member */
	union {
		crl_task_extra *extra; /* of a task with options, or values */
		crl_runtime *runtime;  /* of others: a reference; NULL: none */
	};
	crl_job job;
	creel_fn *fn;
	void *arg;
	crl_cancel cancel;
} crl_task;

_Static_assert(sizeof(crl_task) == 13 * sizeof(void *),
	"as the layout says; and it fits a block of sync/blocks.h");

/* What a submission is made of. */
typedef struct crl_task_spec {
	creel_fn *fn;
	void *arg;
	const creel_task_options *options; /* NULL: none */
	uint32_t holders;                  /* references for the caller: 0 or 1 */
	bool posted;                       /* it has no future, as far as the program can tell */
	bool only_try;                     /* where there is no room for it, it is refused */
	bool unbounded;                    /* there is room for it in any case */
	crl_runtime *runtime;              /* where the caller has none; NULL: none */
	crl_values *const *values;         /* what it begins with; NULL: the caller's */
} crl_task_spec;

/* What a task does as a job, also one with a start_deadline; and as a future, without extra and with it. */
extern const crl_job_ops crl_task_job_ops, crl_task_dated_ops;
extern const crl_future_ops crl_task_plain_ops, crl_task_extra_ops;

/* A task with extra is gone: let go of what that has. */
void crl_task_fini_extra(crl_task *task);

/* Does it have `extra`, not `runtime`? */
bool crl_task_has_extra(const crl_task *task);

/* watch.c: a task with extra, that is new, is in the list of creel_dump() until it is freed. */
void crl_task_watch(crl_task *task);
void crl_task_unwatch(crl_task *task);

/* That list, of extra->watched: for who holds the global lock. */
crl_list *crl_watched_tasks(void);
crl_task *crl_task_of_watched(crl_list *place);

/* The name that a task was given; NULL: none, or the future is no task's. */
const char *crl_task_name(const creel_future *future);

/* The task's runtime; NULL: it has none. */
crl_runtime *crl_task_runtime_of(const crl_task *task);

/* The runtime of the running task, or of the loop whose callback runs; NULL: none. */
crl_runtime *crl_task_runtime(void);

/* make.c: a task that is referred to by its pool and by so many holders. NULL: no memory. */
crl_task *crl_task_new(const creel_pool *pool, const crl_task_spec *spec);

/* The same for one that is a part of something more, which has place for what few tasks need, and whose
 * operations release it. With its own, so that it refers to options in any case. Any flags of the job are the
 * caller's to set. */
void crl_task_init_in(crl_task *task, crl_task_extra *extra, const crl_future_ops *ops,
	const crl_task_spec *spec);

/* The future's operations of such a one, or what they need: cancel; forget the reason; drop the value. */
creel_cancel_result crl_task_cancel(creel_future *future, const char *reason);
void crl_task_forget_reason(creel_future *future);
void crl_task_drop_value(creel_future *future, void *value);

/* By who has started its future: drop the argument, and end it. */
void crl_task_complete(crl_task *task, crl_phase phase, const void *payload);

/* End a task that no pool accepted, with this error, unless it has ended, and let the pool's reference go. */
void crl_task_refuse(crl_task *task, const creel_error *error);

/* Read the program's options; false: some are not known, or out of range. */
bool crl_task_read_options(creel_task_options *to, const creel_task_options *from);

/* There was no memory for the task: the future of that. Its argument has been cared for. */
creel_future *crl_task_refuse_unmade(const crl_task_spec *spec);

/* Submit a task to a pool; or to a loop. Never NULL. */
creel_future *crl_task_submit(creel_pool *pool, const crl_task_spec *spec);
creel_future *crl_task_create(creel_loop *loop, const crl_task_spec *spec);

/* Free a task that nobody has seen, arg untouched. */
void crl_task_discard(crl_task *task);

/* submit.c: queue a task on the pool that it was made for; false: not accepted, as far as is known without waiting. */
bool crl_task_push(creel_pool *pool, crl_task *task);

/*
 * admit.c: the pool has not accepted these tasks, all made of one spec, perhaps since its queue is bounded. Then as
 * many are put in as there is room for, and it may wait, or run some of them. NULL: none is left; else why those that
 * *tasks keeps are refused.
 */
const creel_error *crl_task_admit(creel_pool *pool, crl_letters *tasks, const crl_task_spec *spec);
const creel_error *crl_task_admit_one(creel_pool *pool, crl_task *task, const crl_task_spec *spec);

/* Something that a running task, or a part of it, has made, and that is to know when that ends. By its thread only. */
typedef struct crl_guest {
	struct crl_guest *next, **at;      /* in crl_task_frame.guests */
	void (*leave)(struct crl_guest *); /* it ends: take the guest out */
} crl_guest;

/* A task while it runs, or a part of it that was forked and runs elsewhere, or what it does in a scope: on its fiber's
 * stack, found through crl_strand.owner. */
typedef struct crl_task_frame {
	crl_forker forker;
	crl_task *task;
	crl_cancel *cancel; /* the task's; or the part's, or the scope's, which is joined to that */
	crl_context
		*context; /* of the fiber; or, of a task that runs within a caller, the caller's */
	crl_scope *scope; /* the innermost, entered here or where the part was forked; NULL: none */
	const creel_error *failure; /* of the latest creel_fail(), owned; NULL: none */
	crl_guest *guests;
} crl_task_frame;

void crl_task_host(crl_task_frame *frame, crl_guest *guest);
void crl_task_part(crl_guest *guest);

/* What the frame stands for has ended. */
void crl_task_leave_guests(crl_task_frame *frame);

/* fork.c: crl_forker.run of all tasks. */
void crl_task_run_forked(creel_frame *frame);

/* What the calling task has forked until now is anybody's: another frame takes the place of its own. */
void crl_task_share_frames(const crl_strand *strand);

/* Run fn(arg) for the task on the calling fiber, which it is the whole job of. False: this is the child of a fork,
 * and nothing here is its own; else `frame` has the failure, and *value what was returned. */
bool crl_task_call(crl_task_frame *frame, creel_fn *fn, void *arg, void **value);

/* Call the program's function; it can end only by returning. */
void *crl_task_invoke(const crl_task *task, creel_fn *fn, void *arg);

/* What was forked in the frame, above this one, is joined, or that is fatal. */
void crl_task_check_joined(const crl_task_frame *frame, const creel_frame *top);

/* in_caller.c: the same as crl_task_call() for a task that has nothing to itself but runs within the calling task, or
 * thread. False as there. */
bool crl_task_call_in_caller(crl_task_frame *frame, creel_fn *fn, void *arg, void **value);

/* Run a task that no pool has accepted within the caller, as if it had been taken, and let the pool's reference go. */
void crl_task_run_in_caller(crl_task *task);

/* The calling task's frame; NULL off tasks. Posted ones have one too. */
crl_task_frame *crl_task_self(void);

/* By a task that calls more than one function of the program's: what it has begun is joined, or that is fatal, and
 * what it has said and set is forgotten, but for its failure. */
void crl_task_between(crl_task_frame *frame);

/* The failure of the part that runs here becomes the caller's, to be freed, as if it had not failed; never NULL. */
const creel_error *crl_task_take_failure(crl_task_frame *frame);

/* What a task returns to say that it failed. */
void *crl_fail_sentinel(void);

#endif
