/* SPDX-License-Identifier: MIT */
/* waiter.c: see waiter.h for the protocol. */
#include "runner/waiter.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
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
	waiter->relay = NULL;
	waiter->subject = NULL;
}

creel_status
crl_waiter_prepare(crl_waiter *waiter)
{
	if (!crl_may_suspend())
		return CREEL_EDEADLK;
	waiter->strand = crl_strand_self();
	waiter->parker = NULL;
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
	begin(waiter);
}

void
crl_waiter_notify(crl_waiter *waiter, unsigned bit)
{
	crl_strand *strand = waiter->strand;
	crl_parker *parker = waiter->parker;
	unsigned before = crl_fetch_or(&waiter->word, bit, acq_rel); /* [W1] */

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

static void
wait_through(crl_waiter *waiter, int64_t deadline)
{
	if (waiter->strand != NULL)
		suspend_task(waiter, deadline);
	else
		block_thread(waiter, deadline, ~0u);
}

static void
wait_cancellable(crl_waiter *waiter, int64_t deadline)
{
	crl_cancel *cancel = waiter->strand != NULL ? crl_strand_cancel(waiter->strand) : NULL;

	if (cancel == NULL) {
		wait_through(waiter, deadline);
	} else if (crl_cancel_enter(cancel, waiter)) {
		suspend_task(waiter, deadline);
		crl_cancel_leave(cancel, waiter);
	} else if (crl_fetch_or(&waiter->word, CRL_WAKE_CANCEL, acq_rel) != 0) { /* [W1] */
		/* The request came before the wait, but DONE before it: we are queued (I1). */
		suspend_task(waiter, CRL_NEVER);
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
		watched(waiter, deadline, wait_through);
	else
		wait_through(waiter, deadline);
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

creel_status
crl_waiter_interrupted(const crl_waiter *waiter)
{
	if (!(bits(waiter) & CRL_WAKE_CANCEL))
		return CREEL_ETIMEDOUT;
	crl_cancel_deliver(waiter->strand->cancel);
	return CREEL_ECANCELLED;
}

creel_status
crl_waiter_poll(void)
{
	crl_strand *strand = crl_strand_self();
	crl_cancel *cancel = strand != NULL ? crl_strand_cancel(strand) : NULL;

	/* A request that is pending goes first, as it does before any wait. */
	if (cancel == NULL || !crl_cancel_pending(cancel) || !crl_may_suspend())
		return CREEL_ETIMEDOUT;
	crl_cancel_deliver(cancel);
	return CREEL_ECANCELLED;
}

creel_status
crl_waiter_report(creel_status status)
{
	switch ((int)status) {
	case CREEL_ETIMEDOUT:
		return crl_report(status, "the time was up");
	case CREEL_ECANCELLED:
		return crl_report(status, "the calling task was asked to end");
	case CREEL_EDEADLK:
		return crl_report(status, "waiting is not allowed here");
	case CREEL_ENOMEM:
		return crl_report(status, "no memory is left to wait with");
	default:
		return status;
	}
}
