/* SPDX-License-Identifier: MIT */
/* self.c: what a running task can say and ask of itself. */
#include "base/context.h"
#include "base/error.h"
#include "loop/loop.h"
#include "runner/waiter.h"
#include "task/task.h"

#include <stdarg.h>

crl_task_frame *
crl_task_self(void)
{
	crl_strand *strand = crl_strand_self();

	if (strand == NULL || strand->owner == NULL)
		return NULL;
	return CRL_CONTAINER_OF(strand->owner, crl_task_frame, forker);
}

crl_runtime *
crl_task_runtime(void)
{
	crl_task_frame *frame;
	creel_loop *loop;

	if (crl_runner_self() == NULL)
		return NULL; /* a plain thread: neither a task nor a loop */
	frame = crl_task_self();
	if (frame != NULL)
		return crl_task_runtime_of(frame->task);
	loop = creel_current_loop();
	return loop != NULL ? loop->runtime : NULL;
}

void *
crl_fail_sentinel(void)
{
	static char sentinel;

	return &sentinel;
}

static void *
fail(const char *file, int line, int code, const char *format, va_list args)
{
	crl_task_frame *frame = crl_task_self();
	const creel_error *error = crl_error_vnew(file, line, code, format, args);

	crl_report_error(error);
	if (frame == NULL) {
		crl_error_free(error);
	} else {
		crl_error_free(frame->failure);
		frame->failure = error;
	}
	return crl_fail_sentinel();
}

void *
creel_fail_at(const char *file, int line, int code, const char *format, ...)
{
	void *sentinel;
	va_list args;

	va_start(args, format);
	sentinel = fail(file, line, code, format, args);
	va_end(args);
	return sentinel;
}

void *(creel_fail)(int code, const char *format, ...)
{
	void *sentinel;
	va_list args;

	va_start(args, format);
	sentinel = fail(NULL, 0, code, format, args);
	va_end(args);
	return sentinel;
}

/* The running job's cancellation; NULL: it has none, or there is no job. */
static crl_cancel *
own_cancel(void)
{
	crl_strand *strand = crl_strand_self();

	return strand != NULL ? crl_strand_cancel(strand) : NULL;
}

bool
creel_cancel_requested(void)
{
	const crl_cancel *cancel = own_cancel();
	crl_scope *scope = crl_scope_self();

	if (cancel != NULL && crl_cancel_requested(cancel)) {
		if (scope != NULL)
			crl_scope_tell_request(scope);
		return true;
	}
	if (scope == NULL || !crl_scope_is_cut(scope))
		return false;
	crl_scope_note(scope);
	return true;
}

creel_status
creel_checkpoint(void)
{
	crl_cancel *cancel = own_cancel();
	crl_scope *scope = crl_scope_self();

	if (cancel != NULL && crl_cancel_requested(cancel)) {
		if (crl_cancel_pending(cancel))
			crl_cancel_deliver(cancel);
		return crl_waiter_report(CREEL_ECANCELLED);
	}
	if (scope == NULL || !crl_scope_is_cut(scope))
		return CREEL_OK;
	return crl_scope_tell(scope, CREEL_ETIMEDOUT);
}

creel_future *
creel_current(void)
{
	crl_task_frame *frame = crl_task_self();

	if (frame == NULL || frame->task->job.letter.flags & CRL_JOB_POSTED)
		return NULL;
	return &frame->task->future;
}
