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
#include "runner/reason.h"
#include "sync/blocks.h"

#include <stdint.h>

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

bool
crl_task_has_extra(const crl_task *task)
{
	return task->future.ops != &crl_task_plain_ops;
}

crl_runtime *
crl_task_runtime_of(const crl_task *task)
{
	return crl_task_has_extra(task) ? task->extra->runtime : task->runtime;
}

/* It ends: what it was given, it lets go of. */
static void
let_go(crl_task *task)
{
	if (crl_likely(!crl_task_has_extra(task)))
		return;
	crl_call_inhibited(task->extra->arg_drop, task->arg);
	crl_values_unref(task->extra->values);
	task->extra->values = NULL;
}

void
crl_task_complete(crl_task *task, crl_phase phase, const void *payload)
{
	let_go(task);
	crl_future_complete(&task->future, phase, (void *)(uintptr_t)payload);
}

/* How the pool is to count it, if not as done. `own`: it is a job, not something that runs within its caller. */
static CRL_COLD void
note(bool own, uint32_t how)
{
	if (own)
		crl_strand_self()->flags |= how;
}

/* The task has returned this: a value, or what creel_fail() returned. */
static CRL_ALWAYS_INLINE void
finish(crl_task *task, const crl_task_frame *frame, void *value, bool own)
{
	const creel_error *failure = frame->failure;

	if (crl_likely(value != crl_fail_sentinel())) {
		if (failure != NULL)
			crl_error_free(failure);
		crl_task_complete(task, CRL_VALUE, value);
	} else if (failure == NULL) { /* another task's sentinel, handed on as a value */
		note(own, CRL_JOB_FAILED);
		crl_task_complete(task, CRL_ERROR, &crl_error_no_failure);
	} else if (failure->code == CREEL_ECANCELLED) {
		note(own, CRL_JOB_CANCELLED);
		crl_task_complete(task, CRL_CANCELLED, failure);
	} else {
		note(own, CRL_JOB_FAILED);
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
	frame->context = &strand->fiber.context;
	*value = crl_task_invoke(frame->task, fn, arg);
	if (crl_unlikely(crl_strand_self() != strand))
		return false;
	if (crl_unlikely(strand->owner != &frame->forker))
		crl_fatal("a task returned without having left a scope");
	crl_task_check_joined(frame, NULL);
	crl_task_leave_guests(frame);
	strand->owner = NULL;
	strand->cancel = NULL;
	crl_context_reset(frame->context);
	crl_values_return_to(frame->context, NULL);
	return true;
}

void
crl_task_fini_extra(crl_task *task)
{
	crl_task_unwatch(task);
	crl_runtime_unref(task->extra->runtime);
	crl_values_unref(task->extra->values); /* it has not ended */
}

static void
destroy(creel_future *future)
{
	crl_task *task = of_future(future);

	if (crl_unlikely(task->runtime != NULL)) { /* or there is extra */
		if (crl_task_has_extra(task)) {
			crl_task_fini_extra(task);
			crl_free(task->extra);
		} else {
			crl_runtime_unref(task->runtime);
		}
	}
	crl_block_put(task);
}

/* A task with extra has been started. */
static void
begin_with_extra(const crl_task *task, bool own)
{
	if (own && task->extra->put_in != 0)
		crl_pool_count_wait(task->extra->put_in);
	crl_store(&task->extra->begun, true, relaxed);
	crl_values_return_to(crl_context_self(), task->extra->values);
}

/* Run the task, unless it has been cancelled, and let the pool's reference go. */
static CRL_ALWAYS_INLINE void
run_by(crl_task *task, bool (*call)(crl_task_frame *, creel_fn *, void *arg, void **value))
{
	crl_task_frame frame = {
		.forker.run = crl_task_run_forked, .task = task, .cancel = &task->cancel};
	const bool own = call == crl_task_call;
	const bool posted = task->job.letter.flags & CRL_JOB_POSTED;
	void *value;

	/* Who has posted has no future to cancel: it is the worker's alone. */
	if (posted || crl_likely(crl_future_start(&task->future))) {
		if (crl_unlikely(crl_task_has_extra(task)))
			begin_with_extra(task, own);
		if (!call(&frame, task->fn, task->arg, &value))
			return;
		if (posted && crl_likely(value != crl_fail_sentinel() && frame.failure == NULL)) {
			destroy(&task->future);
			return;
		}
		if (posted)
			crl_future_start(&task->future);
		finish(task, &frame, value, own);
	} else {
		note(own, CRL_JOB_CANCELLED);
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
end_late(crl_task *task, bool own)
{
	if (crl_now() <= task->extra->start_deadline)
		return false;
	note(own, end_queued(task, &crl_error_late) ? CRL_JOB_FAILED : CRL_JOB_CANCELLED);
	creel_future_unref(&task->future);
	return true;
}

static void
run_dated(crl_job *job)
{
	if (!end_late(of_job(job), true))
		run_by(of_job(job), crl_task_call);
}

static bool
drop_task(crl_job *job, const creel_error *why)
{
	crl_task *task = of_job(job);
	const bool ended = end_queued(task, why);

	creel_future_unref(&task->future);
	return ended;
}

static const char *
given_name(const crl_task *task)
{
	return crl_task_has_extra(task) && task->extra->name[0] != '\0' ? task->extra->name : NULL;
}

const char *
crl_task_name(const creel_future *future)
{
	return future->ops == &crl_task_extra_ops
		       ? given_name(of_future((creel_future *)(uintptr_t)future))
		       : NULL;
}

static const char *
name_of(const crl_job *job)
{
	return given_name(of_job(job));
}

/* Cancel it while it is queued; false: it has started, or ended. */
static bool
cancel_queued(crl_task *task, const char *reason)
{
	const creel_error *why;

	if (crl_likely(reason == NULL))
		return end_queued(task, &crl_error_cancelled);
	why = crl_error_new_cancelled(reason);
	if (end_queued(task, why))
		return true;
	crl_error_free(why);
	return false;
}

/* It runs, or has ended meanwhile, and then nobody hears of it. */
static void
request(crl_task *task, const char *text)
{
	crl_reason *reason = NULL;

	if (crl_unlikely(text != NULL) && crl_future_note_reason(&task->future))
		reason = crl_reason_new(text);
	if (crl_likely(reason == NULL)) /* no memory is left for it */
		crl_cancel_request(&task->cancel);
	else if ((reason = crl_cancel_request_because(&task->cancel, reason)) != NULL)
		crl_free(reason);
}

void
crl_task_forget_reason(creel_future *future)
{
	crl_reason *reason = crl_cancel_forget_reason(&of_future(future)->cancel);

	if (reason != NULL)
		crl_free(reason);
}

creel_cancel_result
crl_task_cancel(creel_future *future, const char *reason)
{
	crl_task *task = of_future(future);

	if (cancel_queued(task, reason))
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
	request(task, reason);
	return CREEL_CANCEL_REQUESTED;
}

void
crl_task_drop_value(creel_future *future, void *value)
{
	crl_task *task = of_future(future);

	if (task->extra->result_drop != NULL)
		task->extra->result_drop(value);
}

const crl_job_ops crl_task_job_ops = {.run = run_task, .drop = drop_task, .name = name_of};
const crl_job_ops crl_task_dated_ops = {.run = run_dated, .drop = drop_task, .name = name_of};
const crl_future_ops crl_task_plain_ops = {
	.cancel = crl_task_cancel, .destroy = destroy, .forget_reason = crl_task_forget_reason};
const crl_future_ops crl_task_extra_ops = {.cancel = crl_task_cancel,
	.destroy = destroy,
	.drop_value = crl_task_drop_value,
	.forget_reason = crl_task_forget_reason};

void
crl_task_refuse(crl_task *task, const creel_error *error)
{
	end_queued(task, error);
	creel_future_unref(&task->future);
}

void
crl_task_run_in_caller(crl_task *task)
{
	crl_context *context = crl_context_self();
	crl_values *callers = crl_values_ref(crl_values_at(context));

	if (task->job.ops != &crl_task_dated_ops || !end_late(task, false))
		run_by(task, crl_task_call_in_caller);
	/* Else this is the child of a fork, which has become a thread. */
	if (crl_context_self() == context)
		crl_values_return_to(context, callers);
	crl_values_unref(callers);
}

void
crl_task_discard(crl_task *task)
{
	destroy(&task->future);
}
