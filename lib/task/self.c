/* SPDX-License-Identifier: MIT */
/* self.c: what a running task can say and ask of itself. */
#include "base/attr.h"
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
		return crl_context_self()->stand_in;
	return CRL_CONTAINER_OF(strand->owner, crl_task_frame, forker);
}

void
crl_task_host(crl_task_frame *frame, crl_guest *guest)
{
	guest->next = frame->guests;
	guest->at = &frame->guests;
	if (guest->next != NULL)
		guest->next->at = &guest->next;
	frame->guests = guest;
}

void
crl_task_leave_guests(crl_task_frame *frame)
{
	while (crl_unlikely(frame->guests != NULL))
		frame->guests->leave(frame->guests);
}

void
crl_task_part(crl_guest *guest)
{
	*guest->at = guest->next;
	if (guest->next != NULL)
		guest->next->at = guest->at;
}

void
crl_task_between(crl_task_frame *frame)
{
	crl_task_check_joined(frame, NULL);
	crl_task_leave_guests(frame);
	crl_context_reset(frame->context);
	crl_values_return_to(frame->context,
		crl_task_has_extra(frame->task) ? frame->task->extra->values : NULL);
}

const creel_error *
crl_task_take_failure(crl_task_frame *frame)
{
	const creel_error *failure = frame->failure;

	frame->failure = NULL;
	return failure != NULL ? failure : &crl_error_no_failure;
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

/* Why whoever runs may be asked to end. */
typedef struct asked {
	crl_cancel *cancel; /* the running job's; NULL: it has none, or there is no job */
	crl_scope *scope;   /* the innermost; NULL: none */
} asked;

/* What runs within a plain thread, or a callback, has been asked by itself; NULL: there is none. */
static crl_cancel *
stand_ins_cancel(void)
{
	const crl_task_frame *frame = crl_context_self()->stand_in;

	return frame != NULL ? frame->cancel : NULL;
}

static asked
asked_by(void)
{
	crl_strand *strand = crl_strand_self();

	if (strand == NULL || strand->owner == NULL)
		return (asked){stand_ins_cancel(), crl_scope_self()};
	return (asked){crl_strand_cancel(strand), crl_scope_of(&strand->fiber.context)};
}

bool
creel_cancel_requested(void)
{
	const asked by = asked_by();

	if (by.cancel != NULL && crl_cancel_requested(by.cancel)) {
		if (by.scope != NULL)
			crl_scope_tell_request(by.scope);
		return true;
	}
	if (crl_likely(by.scope == NULL) || !crl_scope_is_cut(by.scope))
		return false;
	crl_scope_note(by.scope);
	return true;
}

creel_status
creel_checkpoint(void)
{
	const asked by = asked_by();

	if (by.cancel != NULL && crl_cancel_requested(by.cancel)) {
		if (crl_cancel_pending(by.cancel))
			crl_cancel_deliver(by.cancel);
		return crl_waiter_report_request(by.cancel);
	}
	if (crl_likely(by.scope == NULL) || !crl_scope_is_cut(by.scope))
		return CREEL_OK;
	return crl_scope_tell(by.scope, CREEL_ETIMEDOUT);
}

creel_future *
creel_current(void)
{
	crl_task_frame *frame = crl_task_self();

	if (frame == NULL || frame->task->job.letter.flags & CRL_JOB_POSTED)
		return NULL;
	return &frame->task->future;
}
