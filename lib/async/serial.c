/* SPDX-License-Identifier: MIT */
/*
 * serial.c: a queue of tasks of which the pool has one at a time.
 *
 *     queued ──its turn──► with the pool: queued there, running, suspended ──► ended: the next one's turn
 *        └──a cancel──► ended, passed over
 *
 * What is with the pool is a job of its own kind: run as any task, and then, by the same worker, or whoever drops
 * it, it sends the next one after it.
 *
 * Who        any thread submits    others: who has run or dropped the one before, one at a time
 *
 * Invariants   (all with the lock held)
 *   I1  If anything is queued, the serial is busy.
 *   I2  While it is busy, one thread or the pool has its turn: one task is with the pool, or somebody looks for the next
 *       one. So it is not freed then.
 *   I3  It turns busy only when the pool has accepted a task: in the same step, so that nobody queues behind one that
 *       is refused.
 *
 * The pool cannot be idle while anything is queued here: the next one is put in before the last one is counted as ended.
 * And it cannot end: so the next one is always put in as one of the pool's own, which it takes while it drains. Whoever
 * comes from outside is refused from the beginning of a shutdown, as by the pool.
 *
 * Ordering   by the lock, and the pool; what a task has done is seen by the next: its worker puts that in.
 * Last access  by who finds nothing queued: the lock; or, if the handle is gone, it frees the serial.
 * Rejected   one job that runs all that is queued: it would keep its worker, and a task that is suspended is no longer
 *            there when it ends.
 */
#include "base/attr.h"
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "sync/mutex.h"
#include "task/task.h"

#include <creel/serial.h>

struct creel_serial {
	creel_pool *pool; /* a reference */
	crl_mutex lock;   /* guards the rest */
	crl_letters queued;
	bool busy;
	bool destroyed; /* there is no handle */
};

static crl_task *
task_of(crl_letter *letter)
{
	return CRL_CONTAINER_OF(crl_job_of_letter(letter), crl_task, job);
}

static void
free_serial(creel_serial *serial)
{
	crl_mutex_fini(&serial->lock);
	crl_pool_unref(serial->pool);
	crl_free(serial);
}

/* By who has the turn: the next one; NULL: there is none, and the turn, perhaps the serial, is gone. */
static crl_task *
next_task(creel_serial *serial)
{
	crl_letter *letter;
	bool last;

	crl_mutex_lock(&serial->lock);
	letter = crl_letters_take(&serial->queued);
	if (letter == NULL)
		serial->busy = false;
	last = letter == NULL && serial->destroyed;
	crl_mutex_unlock(&serial->lock);
	if (last)
		free_serial(serial);
	return letter != NULL ? task_of(letter) : NULL;
}

/* By who has the turn: the pool gets the next one, or, as it takes none, all that are queued end. */
static void
pass_turn(creel_serial *serial)
{
	creel_pool *pool = serial->pool;
	crl_task *task;

	while ((task = next_task(serial)) != NULL) {
		if (crl_state_final(crl_future_state(&task->future)))
			creel_future_unref(&task->future); /* it was cancelled */
		else if (crl_task_push(pool, task))
			return; /* all may be gone now */
		else
			crl_task_refuse(task, crl_pool_why_dropped(pool));
	}
}

static creel_serial *
serial_of(const crl_job *job)
{
	return CRL_CONTAINER_OF((crl_job *)(uintptr_t)job, crl_task, job)->extra->serial;
}

static inline void
run_as(crl_job *job, const crl_job_ops *ops)
{
	creel_serial *serial = serial_of(job);
	const crl_runner *runner = crl_runner_self();

	ops->run(job);
	if (crl_likely(crl_runner_self() == runner)) /* else this is the child of a fork */
		pass_turn(serial);
}

static void
run(crl_job *job)
{
	run_as(job, &crl_task_job_ops);
}

static void
run_dated(crl_job *job)
{
	run_as(job, &crl_task_dated_ops);
}

static bool
drop(crl_job *job, const creel_error *why)
{
	creel_serial *serial = serial_of(job);
	const bool ended = crl_task_job_ops.drop(job, why);

	pass_turn(serial);
	return ended;
}

static const char *
name_of(const crl_job *job)
{
	return crl_task_job_ops.name(job);
}

static const crl_job_ops serial_ops = {.run = run, .drop = drop, .name = name_of};
static const crl_job_ops serial_dated_ops = {.run = run_dated, .drop = drop, .name = name_of};

creel_serial *
creel_serial_create(creel_pool *pool)
{
	creel_serial *serial;

	if (pool == NULL || crl_pool_inherited(pool)) {
		crl_report(pool == NULL ? CREEL_EINVAL : CREEL_ECLOSED,
			pool == NULL ? "the pool is NULL" : "the pool was made before a fork");
		return NULL;
	}
	if ((serial = crl_zalloc(sizeof *serial)) == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a serial");
		return NULL;
	}
	crl_mutex_init(&serial->lock, CRL_RANK_SERIAL);
	serial->pool = pool;
	crl_pool_ref(pool);
	crl_store(&pool->own_in_order, true, relaxed); /* seen with what is put in */
	return serial;
}

void
creel_serial_destroy(creel_serial *serial)
{
	bool last;

	if (serial == NULL)
		return;
	if (crl_pool_inherited(serial->pool)) {
		crl_free(serial);
		return;
	}
	crl_mutex_lock(&serial->lock);
	serial->destroyed = true;
	last = !serial->busy;
	crl_mutex_unlock(&serial->lock);
	if (last)
		free_serial(serial);
}

/* Why a task is refused before it is tried; NULL: it is not. */
static const creel_error *
refusal(const creel_serial *serial, creel_fn *fn)
{
	creel_pool *pool;

	if (serial == NULL || fn == NULL)
		return &crl_error_invalid;
	pool = serial->pool;
	if (crl_pool_inherited(pool))
		return &crl_error_closed;
	if (crl_pool_phase_of(pool) > (crl_pool_is_own(pool) ? CRL_POOL_DRAINING : CRL_POOL_OPEN))
		return crl_pool_refusal(pool);
	return NULL;
}

/* Queue a task; false: the pool does not accept it. */
static bool
put_in(creel_serial *serial, crl_task *task)
{
	bool accepted = true;

	crl_mutex_lock(&serial->lock);
	if (serial->busy) {
		task->job.letter.flags &= ~(CRL_JOB_OUTSIDE | CRL_JOB_UNBOUNDED);
		crl_letters_push(&serial->queued, &task->job.letter);
	} else {
		accepted = serial->busy = crl_task_push(serial->pool, task);
	}
	crl_mutex_unlock(&serial->lock);
	return accepted;
}

/* A task of the serial; NULL: no memory. */
static crl_task *
make_task(creel_serial *serial, const crl_task_spec *spec)
{
	crl_task *task = crl_task_new(serial->pool, spec);

	if (task == NULL)
		return NULL;
	task->extra->serial = serial;
	task->job.ops = spec->options->start_deadline != 0 ? &serial_dated_ops : &serial_ops;
	task->job.letter.flags |= CRL_JOB_IN_ORDER;
	return task;
}

/* *refused: why it is, before it is tried, or then. NULL: no memory. */
static crl_task *
submit(creel_serial *serial, const crl_task_spec *spec, const creel_error **refused)
{
	crl_task *task = *refused != NULL ? crl_task_new(NULL, spec) : make_task(serial, spec);

	if (task != NULL && *refused == NULL && !put_in(serial, task))
		*refused = crl_pool_refusal(serial->pool);
	return task;
}

/* With a name, if only an empty one, a task has place for its serial. */
static void
fill_options(creel_task_options *options)
{
	if (options->name == NULL)
		options->name = "";
}

creel_future *
creel_serial_submit_with(
	creel_serial *serial, const creel_task_options *opts, creel_fn *fn, void *arg)
{
	creel_task_options options;
	const bool known = crl_task_read_options(&options, opts);
	const creel_error *refused = known ? refusal(serial, fn) : &crl_error_invalid;
	const crl_task_spec spec = {
		.fn = fn, .arg = arg, .options = &options, .holders = 1, .unbounded = true};
	crl_task *task;

	fill_options(&options);
	if ((task = submit(serial, &spec, &refused)) == NULL)
		return crl_task_refuse_unmade(&spec);
	if (refused != NULL)
		crl_task_refuse(task, refused);
	return &task->future;
}

creel_future *
creel_serial_submit(creel_serial *serial, creel_fn *fn, void *arg)
{
	return creel_serial_submit_with(serial, NULL, fn, arg);
}

creel_status
creel_serial_post(creel_serial *serial, creel_fn *fn, void *arg)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	const creel_error *refused = refusal(serial, fn);
	const crl_task_spec spec = {
		.fn = fn, .arg = arg, .options = &options, .posted = true, .unbounded = true};
	crl_task *task;

	fill_options(&options);
	if (refused != NULL)
		return crl_report((creel_status)refused->code, refused->message);
	if ((task = submit(serial, &spec, &refused)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for a task");
	if (refused == NULL)
		return CREEL_OK;
	crl_task_discard(task);
	return crl_report((creel_status)refused->code, refused->message);
}
