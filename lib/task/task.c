/* SPDX-License-Identifier: MIT */
/* task.c: a task's life: made, run or cancelled, released. See task.h for the protocol. */
#include "task/task.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/process.h"

#include <stdint.h>
#include <stdio.h>

static crl_task *
of_job(const crl_job *job)
{
	return CRL_CONTAINER_OF((crl_job *)(uintptr_t)job, crl_task, job);
}

static crl_task *
of_future(creel_future *future)
{
	return CRL_CONTAINER_OF(future, crl_task, future);
}

/* Of tasks without options, and of those with. */
static const crl_future_ops plain_ops, ops_with_extra;

bool
crl_task_has_extra(const crl_task *task)
{
	return task->future.ops != &plain_ops;
}

crl_runtime *
crl_task_runtime_of(const crl_task *task)
{
	return crl_task_has_extra(task) ? task->extra->runtime : task->runtime;
}

static void
drop_arg(crl_task *task)
{
	if (crl_unlikely(crl_task_has_extra(task)))
		crl_call_inhibited(task->extra->arg_drop, task->arg);
}

void
crl_task_complete(crl_task *task, crl_phase phase, const void *payload)
{
	drop_arg(task);
	crl_future_complete(&task->future, phase, (void *)(uintptr_t)payload);
}

/* The task has returned this: a value, or what creel_fail() returned. */
static CRL_ALWAYS_INLINE void
finish(crl_task *task, const crl_task_frame *frame, void *value)
{
	const creel_error *failure = frame->failure;

	if (crl_likely(value != crl_fail_sentinel())) {
		if (failure != NULL)
			crl_error_free(failure);
		crl_task_complete(task, CRL_VALUE, value);
	} else if (failure == NULL) { /* another task's sentinel, handed on as a value */
		crl_task_complete(task, CRL_ERROR, &crl_error_no_failure);
	} else if (failure->code == CREEL_ECANCELLED) {
		crl_task_complete(task, CRL_CANCELLED, failure);
	} else {
		crl_task_complete(task, CRL_ERROR, failure);
	}
}

/* Runs when the thread unwinds out of a task: pthread_exit() or pthread_cancel(). The worker would be
 * gone, and everybody who waits for what it holds would wait for ever. (Built with -fexceptions.) */
static void
leaving(const crl_task *const *running)
{
	if (crl_unlikely(*running != NULL))
		crl_fatal("a task ended its worker's thread");
}

void *
crl_task_invoke(const crl_task *task, creel_fn *fn, void *arg)
{
	const crl_task *running __attribute__((cleanup(leaving))) = task;
	void *value = fn(arg);

	running = NULL;
	return value;
}

void
crl_task_check_joined(const crl_task_frame *frame, const creel_frame *top)
{
	if (crl_unlikely(CREEL_FORK_STACK_->top != top || frame->forker.shared > 0))
		crl_fatal("a task returned without having joined what it has forked");
}

bool
crl_task_call(crl_task_frame *frame, creel_fn *fn, void *arg, void **value)
{
	crl_strand *strand = crl_strand_self();

	strand->owner = &frame->forker;
	strand->cancel = frame->cancel;
	*value = crl_task_invoke(frame->task, fn, arg);
	if (crl_unlikely(crl_strand_self() != strand))
		return false;
	if (crl_unlikely(strand->owner != &frame->forker))
		crl_fatal("a task returned without having left a scope");
	crl_task_check_joined(frame, NULL);
	crl_task_leave_guests(frame);
	strand->owner = NULL;
	strand->cancel = NULL;
	crl_context_reset(&strand->fiber.context);
	return true;
}

static void
destroy(creel_future *future)
{
	crl_task *task = of_future(future);

	if (crl_unlikely(task->runtime != NULL)) {
		crl_runtime_unref(crl_task_runtime_of(task));
		if (crl_task_has_extra(task)) {
			crl_task_unwatch(task);
			crl_free(task->extra);
		}
	}
	crl_free(task);
}

/* Run the task, unless it has been cancelled, and let the pool's reference go. */
static CRL_ALWAYS_INLINE void
run_by(crl_task *task, bool (*call)(crl_task_frame *, creel_fn *, void *arg, void **value))
{
	crl_task_frame frame = {
		.forker.run = crl_task_run_forked, .task = task, .cancel = &task->cancel};
	const bool posted = task->job.letter.flags & CRL_JOB_POSTED;
	void *value;

	if (crl_unlikely(crl_task_has_extra(task)))
		crl_store(&task->extra->begun, true, relaxed);
	/* Who has posted has no future to cancel: it is the worker's alone. */
	if (posted || crl_likely(crl_future_start(&task->future))) {
		if (!call(&frame, task->fn, task->arg, &value))
			return;
		if (posted && crl_likely(value != crl_fail_sentinel() && frame.failure == NULL)) {
			destroy(&task->future);
			return;
		}
		if (posted)
			crl_future_start(&task->future);
		finish(task, &frame, value);
	}
	creel_future_unref(&task->future);
}

static void
run_task(crl_job *job)
{
	run_by(of_job(job), crl_task_call);
}

/* End a task that is still queued with this static error; false: it has started, or ended. */
static bool
end_queued(crl_task *task, const creel_error *why)
{
	if (!crl_future_start(&task->future))
		return false;
	crl_task_complete(task, why->code == CREEL_ECANCELLED ? CRL_CANCELLED : CRL_ERROR, why);
	return true;
}

/* One with a start_deadline that has passed ends without having run. */
static bool
end_late(crl_task *task)
{
	if (crl_now() <= task->extra->start_deadline)
		return false;
	end_queued(task, &crl_error_late);
	creel_future_unref(&task->future);
	return true;
}

static void
run_dated(crl_job *job)
{
	if (!end_late(of_job(job)))
		run_by(of_job(job), crl_task_call);
}

static void
drop_task(crl_job *job, const creel_error *why)
{
	crl_task *task = of_job(job);

	end_queued(task, why);
	creel_future_unref(&task->future);
}

static const char *
given_name(const crl_task *task)
{
	return crl_task_has_extra(task) && task->extra->name[0] != '\0' ? task->extra->name : NULL;
}

const char *
crl_task_name(const creel_future *future)
{
	return future->ops == &ops_with_extra
		       ? given_name(of_future((creel_future *)(uintptr_t)future))
		       : NULL;
}

static const char *
name_of(const crl_job *job)
{
	return given_name(of_job(job));
}

creel_cancel_result
crl_task_cancel(creel_future *future)
{
	crl_task *task = of_future(future);

	if (end_queued(task, &crl_error_cancelled))
		return CREEL_CANCEL_NOW;
	switch (crl_state_phase(crl_future_state(future))) {
	case CRL_CANCELLED:
		return CREEL_CANCEL_ALREADY;
	case CRL_VALUE:
	case CRL_ERROR:
		return CREEL_CANCEL_TOO_LATE;
	case CRL_PENDING:
	case CRL_RUNNING:
		break;
	}
	crl_cancel_request(&task->cancel);
	return CREEL_CANCEL_REQUESTED;
}

void
crl_task_drop_value(creel_future *future, void *value)
{
	crl_task *task = of_future(future);

	if (task->extra->result_drop != NULL)
		task->extra->result_drop(value);
}

static const crl_job_ops job_ops = {.run = run_task, .drop = drop_task, .name = name_of};
static const crl_job_ops dated_ops = {.run = run_dated, .drop = drop_task, .name = name_of};
static const crl_future_ops plain_ops = {.cancel = crl_task_cancel, .destroy = destroy};
static const crl_future_ops ops_with_extra = {
	.cancel = crl_task_cancel, .destroy = destroy, .drop_value = crl_task_drop_value};

static bool
needs_extra(const creel_task_options *options)
{
	if (crl_unlikely(crl_watching()))
		return true;
	return options != NULL &&
	       (options->name != NULL || options->arg_drop != NULL ||
		       options->result_drop != NULL || options->start_deadline != 0);
}

static void
init_extra(crl_task_extra *extra, const creel_task_options *options, crl_runtime *runtime)
{
	*extra = (crl_task_extra){.runtime = runtime};
	if (options == NULL)
		return;
	extra->arg_drop = options->arg_drop;
	extra->result_drop = options->result_drop;
	extra->start_deadline = options->start_deadline;
	snprintf(extra->name, sizeof extra->name, "%s", options->name != NULL ? options->name : "");
}

/* The runtime of what the spec describes. */
static crl_runtime *
runtime_for(const crl_task_spec *spec)
{
	crl_runtime *runtime = crl_task_runtime();

	return crl_runtime_ref(runtime != NULL ? runtime : spec->runtime);
}

/* Set up the last word, and the operations, which say what it is; false: no memory. */
static bool
take_options(crl_task *task, const crl_task_spec *spec)
{
	if (crl_likely(!needs_extra(spec->options))) {
		task->future.ops = &plain_ops;
		task->runtime = runtime_for(spec);
		return true;
	}
	task->future.ops = &ops_with_extra;
	if ((task->extra = crl_alloc(sizeof *task->extra)) == NULL)
		return false;
	init_extra(task->extra, spec->options, runtime_for(spec));
	return true;
}

/* All but the operations and the last word. */
static void
init(crl_task *task, const crl_future_ops *ops, const crl_task_spec *spec)
{
	crl_future_init(&task->future, ops, CRL_PENDING, 1 + spec->holders);
	task->job.ops = &job_ops;
	task->job.letter.kind = CRL_LETTER_JOB;
	task->fn = spec->fn;
	task->arg = spec->arg;
	crl_cancel_init(&task->cancel);
}

static uint32_t
flags_of(const creel_pool *pool, const crl_task_spec *spec)
{
	uint32_t flags = pool == NULL || crl_pool_is_own(pool) ? 0 : CRL_JOB_OUTSIDE;

	if (spec->posted)
		flags |= CRL_JOB_POSTED;
	if (spec->unbounded)
		flags |= CRL_JOB_UNBOUNDED;
	if (crl_likely(spec->options == NULL))
		return flags;
	if (spec->options->priority == CREEL_PRIORITY_HIGH)
		flags |= CRL_JOB_HIGH;
	else if (spec->options->priority == CREEL_PRIORITY_LOW)
		flags |= CRL_JOB_LOW;
	return flags;
}

crl_task *
crl_task_new(const creel_pool *pool, const crl_task_spec *spec)
{
	crl_task *task = crl_alloc(sizeof *task);

	if (task == NULL)
		return NULL;
	if (!take_options(task, spec)) {
		crl_free(task);
		return NULL;
	}
	init(task, task->future.ops, spec);
	task->job.letter.flags = flags_of(pool, spec);
	if (crl_unlikely(spec->options != NULL) && spec->options->start_deadline != 0)
		task->job.ops = &dated_ops;
	if (crl_unlikely(crl_watching()) && crl_task_has_extra(task))
		crl_task_watch(task);
	return task;
}

void
crl_task_init_in(
	crl_task *task, crl_task_extra *extra, const crl_future_ops *ops, const crl_task_spec *spec)
{
	init(task, ops, spec);
	task->job.letter.flags = 0;
	task->extra = extra;
	init_extra(extra, spec->options, runtime_for(spec));
	if (crl_unlikely(crl_watching()))
		crl_task_watch(task);
}

void
crl_task_refuse(crl_task *task, const creel_error *error)
{
	end_queued(task, error);
	creel_future_unref(&task->future);
}

void
crl_task_run_in_caller(crl_task *task)
{
	if (task->job.ops != &dated_ops || !end_late(task))
		run_by(task, crl_task_call_in_caller);
}

void
crl_task_discard(crl_task *task)
{
	destroy(&task->future);
}
