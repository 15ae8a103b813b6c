/* SPDX-License-Identifier: MIT */
/*
 * await.c: waiting for one future, or for time to pass, wherever the caller is.
 *
 * The order of the answers is the same everywhere: bad arguments, an outcome that is there, then why
 * the caller cannot wait, then what ended the wait; see runner/waiter.h for the wait itself.
 */
#include "task/await.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "runner/reason.h"
#include "runner/waiter.h"
#include "sync/thread.h"
#include "task/task.h"

#include <creel/await.h>

/* creel_future_done() is the program's, and not inline. */
static inline bool
is_done(const creel_future *future)
{
	return future != NULL && crl_state_final(crl_future_state(future));
}

creel_status
crl_await_check(const creel_future *future, creel_duration timeout)
{
	crl_task_frame *frame;

	if (future == NULL || timeout < 0)
		return crl_report(CREEL_EINVAL, "the future is NULL or the timeout negative");
	if (is_done(future))
		return CREEL_OK;
	if (crl_state_inherited(crl_future_state(future)))
		return crl_report(CREEL_ECLOSED, "the future was made before a fork");
	frame = crl_task_self();
	if (frame != NULL && future == &frame->task->future)
		return crl_report(CREEL_EDEADLK, "a task awaits itself");
	return CREEL_EPENDING;
}

/* Wait with a prepared waiter until the future is done: CREEL_OK, or what ended the wait. */
static creel_status
wait_done(creel_future *future, crl_waiter *waiter, int64_t deadline)
{
	if (!crl_future_link(future, &waiter->waker))
		return CREEL_OK;
	crl_waiter_wait(waiter, deadline);
	if (crl_waiter_done(waiter))
		return CREEL_OK;
	if (crl_future_unlink(future, &waiter->waker))
		return crl_waiter_interrupted(waiter);
	crl_waiter_join(waiter);
	return CREEL_OK;
}

creel_status
crl_await_end(creel_future *future, int64_t deadline)
{
	crl_waiter waiter;
	const crl_subject subject = {"awaits", &future, 1};
	creel_status status;

	if (is_done(future))
		return CREEL_OK;
	status = crl_waiter_prepare(&waiter);
	crl_waiter_says(&waiter, &subject);
	return status == CREEL_OK ? wait_done(future, &waiter, deadline) : status;
}

/* The same, but the caller's scopes do not end it. */
static creel_status
await_real_end(creel_future *future)
{
	crl_waiter waiter;
	creel_status status;

	if (is_done(future))
		return CREEL_OK;
	status = crl_waiter_prepare(&waiter);
	if (status != CREEL_OK)
		return status;
	crl_waiter_leave_scopes(&waiter);
	return wait_done(future, &waiter, CRL_NEVER);
}

void
crl_await_cancel(creel_future *future, bool *requested)
{
	char reason[CRL_REASON_SIZE];

	do
		crl_future_cancel(future, *requested && crl_waiter_why(reason) ? reason : NULL);
	while (await_real_end(future) == CREEL_ECANCELLED && (*requested = true));
}

/* Wait until the future is done, without looking at the outcome. */
static creel_status
await(creel_future *future, creel_duration timeout)
{
	creel_status status;

	if (crl_likely(is_done(future)) && timeout >= 0)
		return CREEL_OK;
	status = crl_await_check(future, timeout);
	if (status != CREEL_EPENDING)
		return status;
	if (timeout == 0)
		return crl_waiter_report(crl_waiter_poll());
	return crl_waiter_report(crl_await_end(future, crl_deadline(timeout)));
}

creel_status
creel_await(creel_future *future, void **result)
{
	creel_status status = await(future, CREEL_FOREVER);

	return crl_likely(status == CREEL_OK) ? crl_future_outcome(future, result) : status;
}

creel_status
creel_await_for(creel_future *future, creel_duration timeout, void **result)
{
	creel_status status = await(future, timeout);

	return status == CREEL_OK ? crl_future_outcome(future, result) : status;
}

creel_status
creel_take(creel_future *future, void **result)
{
	creel_status status = await(future, CREEL_FOREVER);

	if (crl_likely(status == CREEL_OK))
		status = crl_future_claim(future, result);
	creel_future_unref(future);
	return status;
}

/* Give the processor, or the worker, away once: as a sleep whose time is up at once. */
static creel_status
yield(void)
{
	crl_waiter waiter;
	creel_status status = crl_waiter_prepare(&waiter);

	if (status != CREEL_OK)
		return status;
	if (waiter.strand == NULL)
		crl_thread_yield();
	else
		crl_runner_yield(waiter.strand);
	return crl_waiter_poll();
}

static creel_status
sleep_until(int64_t deadline)
{
	crl_waiter waiter;
	static const crl_subject subject = {"sleeps", NULL, 0};
	creel_status status = crl_waiter_prepare(&waiter);

	if (status != CREEL_OK)
		return status;
	crl_waiter_says(&waiter, &subject);
	crl_waiter_wait(&waiter, deadline);
	return crl_waiter_interrupted(&waiter);
}

creel_status
creel_sleep(creel_duration duration)
{
	creel_status status;

	if (duration < 0)
		return crl_report(CREEL_EINVAL, "a sleep cannot be negative");
	status = duration == 0 ? yield() : sleep_until(crl_deadline(duration));
	return status == CREEL_ETIMEDOUT ? CREEL_OK : crl_waiter_report(status);
}

void
creel_no_suspend_enter(void)
{
	crl_context_self()->no_suspend++;
}

void
creel_no_suspend_leave(void)
{
	crl_context *context = crl_context_self();

	if (context->no_suspend > 0)
		context->no_suspend--;
}
