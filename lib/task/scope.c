/* SPDX-License-Identifier: MIT */
/*
 * scope.c: entering and leaving scopes; runner/scope.h has what those who wait see of them.
 *
 * In a task, a scope is a frame like the task's own: what is forked belongs to the frame, so that whoever takes it
 * knows in which scope it is. For that to be exact, what has been forked before is shared first.
 */
#include "base/attr.h"
#include "base/context.h"
#include "base/fatal.h"
#include "base/process.h"
#include "runner/waiter.h"
#include "task/task.h"

#include <creel/scope.h>

#include <string.h>

/* What a creel_scope is. Its owner's, but for `in`. */
typedef struct scope {
	crl_scope in;
	const crl_context *context; /* whose it is */
	crl_cancel *of;             /* what `in` is joined to; NULL: nothing */
	crl_strand *strand;         /* the task's; NULL: a plain thread's */
	crl_cancel *root;           /* the strand's before */
	crl_task_frame *before;     /* of the task, before this one */
	crl_task_frame frame;
} scope;

_Static_assert(sizeof(scope) <= sizeof(creel_scope), "there is room for it");
_Static_assert(_Alignof(scope) <= _Alignof(creel_scope), "and it can stand there");

static scope *
scope_of(const creel_scope *opaque)
{
	return (scope *)(uintptr_t)opaque;
}

static unsigned
marks(const scope *s)
{
	return crl_load(&s->in.marks, relaxed);
}

static bool
is_inherited(const scope *s)
{
	return crl_load(&s->in.marks, acquire) & CRL_SCOPE_ENTERED && /* [SC2] */
	       s->in.generation != crl_generation();
}

static void
enter_frame(scope *s, crl_task_frame *before)
{
	s->before = before;
	s->frame = (crl_task_frame){.forker.run = crl_task_run_forked,
		.task = before->task,
		.cancel = &s->in.cancel,
		.context = before->context,
		.scope = &s->in,
		.failure = before->failure};
	before->failure = NULL;
	s->root = s->strand->root;
	s->strand->root = s->root != NULL ? s->root : before->cancel;
	s->strand->cancel = &s->in.cancel;
	s->strand->owner = &s->frame.forker;
}

static void
leave_frame(scope *s)
{
	crl_task_leave_guests(&s->frame);
	if (s->strand->home->frames != NULL &&
		(crl_frames_any_private() || s->frame.forker.shared > 0))
		crl_fatal("a scope was left before what was forked in it was joined");
	s->before->failure = s->frame.failure;
	s->strand->owner = &s->before->forker;
	s->strand->cancel = s->before->cancel;
	s->strand->root = s->root;
}

/* What reaches the inside. */
static void
join(scope *s, bool shielded)
{
	crl_scope *outer = crl_scope_self();

	s->in.above = shielded ? NULL : outer;
	s->of = NULL;
	if (shielded)
		return;
	if (s->strand != NULL)
		s->of = s->strand->cancel;
	else if (outer != NULL)
		s->of = &outer->cancel;
	if (s->of != NULL)
		crl_cancel_join(&s->in.cancel, s->of, &s->in.relay);
}

static creel_status
enter(creel_scope *opaque, int64_t deadline, bool shielded)
{
	scope *s = scope_of(opaque);
	crl_context *context = crl_context_self();
	crl_task_frame *frame;

	if (s == NULL || deadline < 0)
		return crl_report(CREEL_EINVAL, "the scope is NULL or the timeout negative");
	if (marks(s) & CRL_SCOPE_ENTERED)
		return crl_report(CREEL_ESTATE, "the scope has been entered before");
	s->strand = crl_strand_self();
	frame = crl_task_self();
	if (crl_in_callback() || (s->strand != NULL && frame == NULL))
		return crl_report(CREEL_ESTATE, "a scope is entered by tasks and threads");
	crl_store(&s->in.deadline, deadline, relaxed); /* nobody is inside */
	s->in.generation = crl_generation();
	s->in.outer = context->scope;
	s->context = context;
	join(s, shielded);
	if (s->strand != NULL) {
		crl_task_share_frames(s->strand); /* these are not of the scope */
		enter_frame(s, frame);
	}
	context->scope = &s->in;
	crl_fetch_or(&s->in.marks, CRL_SCOPE_ENTERED, release); /* [SC2] */
	return CREEL_OK;
}

/* When a scope of this duration ends; negative: never, it is not valid. */
static int64_t
deadline_in(creel_duration timeout)
{
	return timeout == 0 ? crl_now() : timeout > 0 ? crl_deadline(timeout) : -1;
}

creel_status
creel_scope_enter(creel_scope *opaque, creel_duration timeout)
{
	return enter(opaque, deadline_in(timeout), false);
}

creel_status
creel_scope_enter_at(creel_scope *opaque, int64_t when)
{
	return enter(opaque, when > 0 ? when : 0, false);
}

creel_status
creel_scope_enter_shielded(creel_scope *opaque, creel_duration timeout)
{
	return enter(opaque, deadline_in(timeout), true);
}

/* With the scope still in force: what did it do? */
static creel_status
conclude(scope *s)
{
	const unsigned told = marks(s);

	if (!(told & (CRL_SCOPE_TOLD | CRL_SCOPE_ASKED)))
		return CREEL_OK;
	if (crl_cancel_heard(&s->in.cancel))
		return crl_waiter_report(CREEL_ECANCELLED);
	if (s->in.above != NULL && crl_scope_is_cut(s->in.above))
		return crl_scope_tell(s->in.above, CREEL_ECANCELLED);
	if (!(told & (CRL_SCOPE_CANCELLED | CRL_SCOPE_EXPIRED)))
		return told & CRL_SCOPE_TOLD
			       ? crl_report(CREEL_ECANCELLED, "the calling task was asked to end")
			       : CREEL_OK; /* what asked has taken it back */
	s->in.above = NULL;                /* it is this one alone */
	return crl_scope_tell(&s->in, CREEL_ETIMEDOUT);
}

/* May the caller leave it? */
static creel_status
check_leave(const scope *s)
{
	const crl_context *context = crl_context_self();

	if (s == NULL)
		return crl_report(CREEL_EINVAL, "the scope is NULL");
	if (!(marks(s) & CRL_SCOPE_ENTERED) || marks(s) & CRL_SCOPE_LEFT)
		return crl_report(CREEL_ESTATE, "the scope is not entered");
	if (s->context != context || crl_in_callback())
		return crl_report(CREEL_EWRONGTHREAD, "somebody else has entered the scope");
	if (context->scope != &s->in)
		return crl_report(CREEL_ESTATE, "the scope is not the innermost");
	return CREEL_OK;
}

creel_status
creel_scope_leave(creel_scope *opaque)
{
	scope *s = scope_of(opaque);
	creel_status status = check_leave(s);

	if (status != CREEL_OK)
		return status;
	if (is_inherited(s)) {
		status = crl_report(CREEL_ECLOSED, "the scope was entered before a fork");
	} else {
		status = conclude(s);
		if (s->of != NULL)
			crl_cancel_hand_back(&s->in.cancel, s->of, &s->in.relay);
		if (s->strand != NULL)
			leave_frame(s);
	}
	crl_context_self()->scope = s->in.outer;
	crl_fetch_or(&s->in.marks, CRL_SCOPE_LEFT, relaxed);
	return status;
}

static creel_status
reschedule(creel_scope *opaque, int64_t deadline)
{
	scope *s = scope_of(opaque);

	if (s == NULL || deadline < 0)
		return crl_report(CREEL_EINVAL, "the scope is NULL or the timeout negative");
	if (!(marks(s) & CRL_SCOPE_ENTERED) || marks(s) & (CRL_SCOPE_LEFT | CRL_SCOPE_EXPIRED))
		return crl_report(CREEL_ESTATE, "the scope is not entered, or has expired");
	if (is_inherited(s))
		return crl_report(CREEL_ECLOSED, "the scope was entered before a fork");
	crl_store(&s->in.deadline, deadline, relaxed); /* published by the look [CA1] */
	crl_cancel_look(&s->in.cancel);
	return CREEL_OK;
}

creel_status
creel_scope_reschedule(creel_scope *opaque, creel_duration timeout)
{
	return reschedule(opaque, deadline_in(timeout));
}

creel_status
creel_scope_reschedule_at(creel_scope *opaque, int64_t when)
{
	return reschedule(opaque, when > 0 ? when : 0);
}

creel_status
creel_scope_cancel(creel_scope *opaque, const char *reason)
{
	scope *s = scope_of(opaque);

	if (s == NULL)
		return crl_report(CREEL_EINVAL, "the scope is NULL");
	if (is_inherited(s))
		return crl_report(CREEL_ECLOSED, "the scope was entered before a fork");
	if (crl_fetch_or(&s->in.marks, CRL_SCOPE_CLAIMED, relaxed) & CRL_SCOPE_CLAIMED)
		return CREEL_OK;
	if (reason == NULL)
		reason = "a scope was cancelled";
	memcpy(s->in.reason, reason,
		strnlen(reason, sizeof s->in.reason - 1));        /* all zero so far */
	crl_fetch_or(&s->in.marks, CRL_SCOPE_CANCELLED, release); /* [SC1] */
	crl_cancel_cut(&s->in.cancel);
	return CREEL_OK;
}

int64_t
creel_scope_deadline(const creel_scope *opaque)
{
	const scope *s = scope_of(opaque);

	return s != NULL && marks(s) & CRL_SCOPE_ENTERED ? crl_load(&s->in.deadline, relaxed)
							 : CRL_NEVER;
}

bool
creel_scope_expired(const creel_scope *opaque)
{
	return opaque != NULL && marks(scope_of(opaque)) & CRL_SCOPE_EXPIRED;
}

int64_t
creel_current_deadline(void)
{
	return crl_scope_limit(crl_scope_self());
}
