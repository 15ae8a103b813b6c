/* SPDX-License-Identifier: MIT */
/*
 * fork.c: fork and join, where they are more than a few stores: sharing, and waiting for what was taken.
 * queue/frames.h has the protocol.
 */
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/fatal.h"
#include "runner/waiter.h"
#include "task/task.h"

#include <creel/fork.h>

/* How often a join looks whether the other worker has ended before it suspends. */
#define SPINS 100

/* The calling worker's runner; NULL: no worker's thread, or the child of a fork. */
static crl_runner *
worker(void)
{
	crl_runner *runner = crl_runner_self();

	return runner != NULL && runner->frames != NULL ? runner : NULL;
}

/* The frame is the top of the stack: take it off, run it, and keep what it returns for the join. */
static void
run_at_once(creel_frame *frame)
{
	CREEL_FORK_STACK_->top = frame->prev;
	frame->arg = frame->fn(frame->arg);
	frame->newer = NULL; /* it has failed, if at all, as the caller */
	__atomic_store_n(
		&frame->state, CRL_FRAME_DONE, __ATOMIC_RELAXED); /* nobody else knows it */
}

void
creel_fork_slow_v1(creel_frame *frame)
{
	crl_runner *runner = worker();

	if (runner == NULL)
		run_at_once(frame);
	else if (crl_frames_offer(runner->frames, runner->current->owner))
		runner->source->shared(runner->source);
}

/* It was taken, and has ended: what it returned, and what it has failed with, are the caller's. */
static void *
collect(creel_frame *frame)
{
	crl_task_frame *self = crl_task_self();
	const creel_error *failure = (const creel_error *)(void *)frame->newer;

	__atomic_store_n(&frame->state, CRL_FRAME_PRIVATE, __ATOMIC_RELAXED); /* joined */
	if (failure != NULL) {
		crl_report_error(failure);
		crl_error_free(self->failure);
		self->failure = failure;
	}
	return frame->arg;
}

/* Have the waiter woken by whoever runs the frame; false: it has ended. */
static bool
link_waiter(creel_frame *frame, crl_waiter *waiter)
{
	uintptr_t taken = CRL_FRAME_TAKEN;

	return __atomic_compare_exchange_n(&frame->state, &taken, (uintptr_t)waiter, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE); /* [FJ2] */
}

static bool
is_done(const creel_frame *frame)
{
	return crl_frame_state(frame, ACQUIRE) == CRL_FRAME_DONE; /* [FJ2] */
}

/* Suspend until the frame is done. What the one who runs it has forked is what helps most. */
static void
suspend(crl_runner *runner, creel_frame *frame, const crl_runner *taker)
{
	static const crl_subject subject = {"joins what another worker runs", NULL, 0};
	crl_waiter waiter;

	if (crl_waiter_prepare(&waiter) != CREEL_OK)
		crl_waiter_prepare_blocking(&waiter, runner->parker);
	crl_waiter_says(&waiter, &subject);
	runner->helped = taker;
	if (link_waiter(frame, &waiter))
		crl_waiter_wait_through(&waiter, CRL_NEVER);
}

static void *
await_taken(crl_runner *runner, creel_frame *frame)
{
	const crl_runner *taker = (const crl_runner *)(const void *)frame->older;
	const int spins = taker != runner && runner->may_spin ? SPINS : 0;

	for (int i = 0; i < spins && !is_done(frame); i++)
		crl_pause();
	if (!is_done(frame))
		suspend(runner, frame, taker);
	return collect(frame);
}

static CRL_NORETURN void
wrong(void)
{
	crl_fatal("a frame was joined that was not forked, or has been joined before");
}

/* Off pools all frames have run when they were forked, unless that was on a worker before the process forked:
 * what another thread had taken never ends here. */
static void *
join_here(creel_frame *frame)
{
	switch (crl_frame_state(frame, RELAXED)) {
	case CRL_FRAME_DONE:
		return collect(frame);
	case CRL_FRAME_PRIVATE:
		if (!crl_frames_unstack(frame))
			wrong();
		return frame->fn(frame->arg);
	case CRL_FRAME_SHARED:
		return frame->fn(frame->arg);
	default:
		return creel_fail(CREEL_ECLOSED, "%s", crl_error_closed.message);
	}
}

void *
creel_join_slow_v1(creel_frame *frame)
{
	crl_runner *runner = worker();
	bool shared;
	crl_reclaimed what;

	if (runner == NULL)
		return join_here(frame);
	what = crl_frames_reclaim(runner->frames, frame, runner->current->owner, &shared);
	if (shared)
		runner->source->shared(runner->source);
	if (what == CRL_RECLAIM_WRONG)
		wrong();
	return what == CRL_RECLAIM_RUN ? frame->fn(frame->arg) : await_taken(runner, frame);
}

/* What was forked begins elsewhere with the values that whoever has forked it has now. */
static void
take_values(const crl_task_frame *forker)
{
	crl_values *values = crl_values_share(forker->context);

	if (crl_unlikely(values != NULL))
		crl_values_replace(crl_context_self(), values);
}

void
crl_task_share_frames(const crl_strand *strand)
{
	crl_runner *runner = strand->home;

	if (runner->frames == NULL || !crl_frames_any_private())
		return;
	crl_frames_set_aside(runner->frames, strand->owner);
	runner->source->shared(runner->source);
}

void
crl_task_run_forked(creel_frame *frame)
{
	const crl_task_frame *forker = CRL_CONTAINER_OF(frame->owner, crl_task_frame, forker);
	crl_cancel cancel;
	crl_task_frame self = {.forker.run = crl_task_run_forked,
		.task = forker->task,
		.cancel = &cancel,
		.scope = forker->scope};
	crl_relay relay;
	uintptr_t waiter;
	void *value;

	crl_cancel_init(&cancel);
	crl_cancel_join(&cancel, forker->cancel, &relay);
	crl_context_self()->scope = self.scope;
	take_values(forker);
	if (!crl_task_call(&self, frame->fn, frame->arg, &value))
		return;
	crl_cancel_part(forker->cancel, &relay);
	if (self.failure != NULL && value != crl_fail_sentinel()) {
		crl_error_free(self.failure);
		self.failure = NULL;
	}
	frame->arg = value;
	frame->newer = (creel_frame *)(uintptr_t)self.failure;
	waiter = __atomic_exchange_n(&frame->state, CRL_FRAME_DONE, __ATOMIC_ACQ_REL); /* [FJ2] */
	if (waiter != CRL_FRAME_TAKEN)
		crl_waiter_notify((crl_waiter *)waiter, CRL_WAKE_DONE);
}

void
creel_fork_call_v1(creel_frame *frame, creel_fn *fn, void *arg)
{
	creel_fork_inline_(frame, fn, arg);
}

void *
creel_join_call_v1(creel_frame *frame)
{
	return creel_join_inline_(frame);
}
