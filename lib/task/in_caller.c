/* SPDX-License-Identifier: MIT */
/*
 * in_caller.c: a task that runs within the caller who submitted it, since its pool was full.
 *
 * It is called like a function, on the caller's stack, and waits as the caller would: its scopes end what waits
 * here, too. Only its future, its failure, what it forks, and the requests for its cancellation are its own.
 *
 * Where the caller is a task, it takes that one's seat on the strand, as a scope does (scope.c), until it returns: its
 * frame is the strand's, and hears of the same as the caller's. Elsewhere, in a plain thread or a callback, there is no
 * such seat: what asks for the running task finds it by the context's `stand_in`.
 */
#include "base/context.h"
#include "base/fatal.h"
#include "runner/waiter.h"
#include "task/task.h"

/* What the caller has on its strand, and gets back. */
typedef struct seat {
	crl_forker *owner;
	crl_cancel *cancel, *root;
	crl_relay relay;
} seat;

static void
take_seat(crl_strand *strand, crl_task_frame *frame, seat *callers)
{
	callers->owner = strand->owner;
	callers->cancel = strand->cancel;
	callers->root = strand->root;
	crl_task_share_frames(strand);
	crl_cancel_join(frame->cancel, callers->cancel, &callers->relay);
	strand->owner = &frame->forker;
	strand->root = callers->root != NULL ? callers->root : callers->cancel;
	strand->cancel = frame->cancel;
}

static void
give_seat_back(crl_strand *strand, const crl_task_frame *frame, seat *callers)
{
	strand->owner = callers->owner;
	strand->cancel = callers->cancel;
	strand->root = callers->root;
	crl_cancel_part_alive(frame->cancel, callers->cancel, &callers->relay);
}

bool
crl_task_call_in_caller(crl_task_frame *frame, creel_fn *fn, void *arg, void **value)
{
	crl_context *context = crl_context_self();
	crl_context callers_own;
	const creel_frame *top;
	crl_strand *strand = crl_strand_self();
	const bool sits = strand != NULL && strand->owner != NULL;
	seat callers;

	crl_context_copy(&callers_own, context);
	frame->context = context;
	frame->scope = crl_scope_of(context);
	if (sits)
		take_seat(strand, frame, &callers);
	else
		context->stand_in = frame;
	top = CREEL_FORK_STACK_->top; /* a callback's, which cannot be shared */
	*value = crl_task_invoke(frame->task, fn, arg);
	if (crl_strand_self() != strand)
		return false; /* the child of a fork: its task is the parent's */
	if (context->scope != callers_own.scope)
		crl_fatal("a task returned without having left a scope");
	crl_task_check_joined(frame, top);
	crl_task_leave_guests(frame);
	crl_context_copy(context, &callers_own);
	if (sits)
		give_seat_back(strand, frame, &callers);
	return true;
}
