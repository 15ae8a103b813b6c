/* SPDX-License-Identifier: MIT */
/* waiter.c: see waiter.h for the protocol. */
#include "runner/waiter.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "runner/reason.h"
#include "sync/spin.h"

static void
wake_done(crl_waker *waker)
{
	crl_waiter_notify(CRL_CONTAINER_OF(waker, crl_waiter, waker), CRL_WAKE_DONE);
}

static crl_wake *const by_done = wake_done;

static void
begin(crl_waiter *waiter)
{
	crl_list_init(&waiter->waker.link);
	waiter->waker.wake = &by_done;
	crl_store(&waiter->word, 0, relaxed); /* not shared yet */
	waiter->timer.prev = NULL;
	waiter->listener.hears =
		waiter->scope != NULL ? CRL_HEAR_REQUEST | CRL_HEAR_CUT : CRL_HEAR_REQUEST;
	waiter->limited = false;
	waiter->subject = NULL;
}

creel_status
crl_waiter_prepare(crl_waiter *waiter)
{
	const crl_context *context = crl_context_self();

	if (!crl_context_may_suspend(context))
		return CREEL_EDEADLK;
	waiter->strand = crl_strand_self();
	waiter->parker = NULL;
	waiter->scope = crl_scope_of(context);
	if (waiter->strand != NULL) {
		if (!crl_runner_reserve(waiter->strand->home))
			return CREEL_ENOMEM;
	} else if ((waiter->parker = crl_parker_self()) == NULL) {
		return CREEL_ENOMEM;
	}
	begin(waiter);
	return CREEL_OK;
}

creel_status
crl_waiter_check(void)
{
	crl_waiter probe;

	return crl_waiter_prepare(&probe);
}

void
crl_waiter_prepare_again(crl_waiter *waiter)
{
	begin(waiter);
}

void
crl_waiter_prepare_blocking(crl_waiter *waiter, crl_parker *parker)
{
	waiter->strand = NULL;
	waiter->parker = parker;
	waiter->scope = NULL;
	begin(waiter);
}

void
crl_waiter_leave_scopes(crl_waiter *waiter)
{
	waiter->listener.hears = CRL_HEAR_REQUEST;
}

void
crl_waiter_notify(crl_waiter *waiter, unsigned bit)
{
	crl_strand *strand = waiter->strand;
	crl_parker *parker = waiter->parker;
	unsigned before = crl_fetch_or(&waiter->word, bit, acq_rel); /* [W1] [W2] */

	/* A thread's waiter may be gone now (I3). */
	if (strand == NULL)
		crl_unpark(parker);
	else if (before == 0)
		crl_runner_resume(strand);
}

static unsigned
bits(const crl_waiter *waiter)
{
	return crl_load(&waiter->word, acquire); /* [W1] */
}

bool
crl_waiter_done(const crl_waiter *waiter)
{
	return bits(waiter) & CRL_WAKE_DONE;
}

static void
block_thread(crl_waiter *waiter, int64_t deadline, unsigned wanted)
{
	while (!(bits(waiter) & wanted)) {
		crl_park_soon(waiter->parker, deadline);
		if (deadline != CRL_NEVER && !(bits(waiter) & wanted) && crl_now() >= deadline)
			return;
	}
}

static void
expire(crl_timer *timer)
{
	crl_waiter_notify(CRL_CONTAINER_OF(timer, crl_waiter, timer), CRL_WAKE_TIMEOUT);
}

static void
suspend_task(crl_waiter *waiter, int64_t deadline)
{
	crl_strand *strand = waiter->strand;

	crl_runner_set_timer(strand->home, &waiter->timer, deadline, expire);
	crl_runner_suspend(strand);
	crl_runner_clear_timer(strand->home, &waiter->timer);
}

/* Until a bit is set or the deadline has come. */
static void
pass(crl_waiter *waiter, int64_t deadline)
{
	if (waiter->strand != NULL)
		suspend_task(waiter, deadline);
	else
		block_thread(waiter, deadline, ~0u);
}

/* In a scope, without any other reason to be awake: has no deadline come, but one was moved? Then wait again. */
static bool
was_moved(crl_waiter *waiter, int64_t deadline)
{
	unsigned word = bits(waiter);

	if (word & ~(unsigned)CRL_WAKE_TIMEOUT || crl_now() >= deadline)
		return false;
	return word == 0 || crl_cas(&waiter->word, &word, 0, release, relaxed); /* [W2] */
}

/* In a scope: neither longer than the caller wants, nor than the scope lasts. */
static void
pass_in_scope(crl_waiter *waiter, int64_t deadline)
{
	int64_t limit = crl_scope_limit(waiter->scope), until;

	do {
		pass(waiter, limit < deadline ? limit : deadline);
		limit = crl_scope_limit(waiter->scope);
		until = limit < deadline ? limit : deadline;
	} while (was_moved(waiter, until));
	waiter->limited = limit <= deadline;
}

/* What the caller hears of requests and cuts by; NULL: there are none. */
static crl_cancel *
hears_by(const crl_waiter *waiter)
{
	if (waiter->strand != NULL)
		return crl_strand_cancel(waiter->strand);
	return waiter->scope != NULL ? &waiter->scope->cancel : NULL;
}

static void
wait_cancellable(crl_waiter *waiter, int64_t deadline)
{
	crl_cancel *cancel = hears_by(waiter);

	if (cancel == NULL) {
		pass(waiter, deadline);
	} else if (crl_cancel_enter(cancel, waiter)) {
		if (crl_likely(waiter->listener.hears == CRL_HEAR_REQUEST))
			pass(waiter, deadline);
		else
			pass_in_scope(waiter, deadline);
		crl_cancel_leave(cancel, waiter);
	} else if (crl_fetch_or(&waiter->word, CRL_WAKE_CANCEL, acq_rel) != 0) { /* [W1] */
		/* The request came before the wait, but DONE before it: a task is queued (I1). */
		pass(waiter, CRL_NEVER);
	}
}

/* Under creel_debug() the wait is in the list. */
static void CRL_COLD
watched(crl_waiter *waiter, int64_t deadline, void (*wait)(crl_waiter *, int64_t))
{
	crl_watched_wait record;

	crl_watch_enter(&record, waiter->subject, waiter->strand);
	wait(waiter, deadline);
	crl_watch_leave(&record);
}

void
crl_waiter_wait(crl_waiter *waiter, int64_t deadline)
{
	if (crl_unlikely(crl_watching()))
		watched(waiter, deadline, wait_cancellable);
	else
		wait_cancellable(waiter, deadline);
}

void
crl_waiter_wait_through(crl_waiter *waiter, int64_t deadline)
{
	if (crl_unlikely(crl_watching()))
		watched(waiter, deadline, pass);
	else
		pass(waiter, deadline);
}

void
crl_waiter_join(crl_waiter *waiter)
{
	unsigned spins = 0;

	/* The wait has ended by another bit, so DONE queues nothing: see it come. */
	if (waiter->strand == NULL)
		block_thread(waiter, CRL_NEVER, CRL_WAKE_DONE);
	while (!crl_waiter_done(waiter))
		crl_spin(&spins);
}

/* Deliver a request that is pending; false: there is none. */
static bool
take_request(const crl_strand *strand)
{
	if (strand == NULL || strand->cancel == NULL || !crl_cancel_pending(strand->cancel))
		return false;
	crl_cancel_deliver(strand->cancel);
	return true;
}

creel_status
crl_waiter_interrupted(const crl_waiter *waiter)
{
	if (!(bits(waiter) & CRL_WAKE_CANCEL))
		return waiter->limited ? CRL_CUT : CREEL_ETIMEDOUT;
	return take_request(waiter->strand) ? CREEL_ECANCELLED : CRL_CUT;
}

creel_status
crl_waiter_poll(void)
{
	crl_strand *strand = crl_strand_self();
	const crl_scope *scope = crl_scope_self();

	/* A request that is pending goes first, as it does before any wait. */
	if (!crl_may_suspend())
		return CREEL_ETIMEDOUT;
	if (strand != NULL && crl_strand_cancel(strand) != NULL && take_request(strand))
		return CREEL_ECANCELLED;
	return scope != NULL && crl_scope_is_cut(scope) ? CRL_CUT : CREEL_ETIMEDOUT;
}

creel_status
crl_waiter_report_request(crl_cancel *cancel)
{
	crl_scope *scope = crl_scope_self();
	char reason[CRL_REASON_SIZE];

	if (scope != NULL)
		crl_scope_tell_request(scope);
	if (cancel != NULL && crl_reason_tell(cancel, reason))
		return crl_reportf(CREEL_ECANCELLED, "%s", reason);
	return crl_report(CREEL_ECANCELLED, "the calling task was asked to end");
}

/* What the caller is asked to end by; NULL: nothing. */
static crl_cancel *
callers_cancel(void)
{
	const crl_strand *strand = crl_strand_self();

	return strand != NULL ? strand->cancel : NULL;
}

bool
crl_waiter_why(char *reason)
{
	crl_cancel *cancel = callers_cancel();

	return cancel != NULL && crl_reason_look(cancel, reason);
}

creel_status
crl_waiter_report(creel_status status)
{
	switch ((int)status) {
	case CRL_CUT:
		return crl_scope_tell(crl_scope_self(), CREEL_ECANCELLED);
	case CREEL_ETIMEDOUT:
		return crl_report(status, "the time was up");
	case CREEL_ECANCELLED:
		return crl_waiter_report_request(callers_cancel());
	case CREEL_EDEADLK:
		return crl_report(status, "waiting is not allowed here");
	case CREEL_ENOMEM:
		return crl_report(status, "no memory is left to wait with");
	default:
		return status;
	}
}
