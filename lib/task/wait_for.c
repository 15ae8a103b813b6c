/* SPDX-License-Identifier: MIT */
/* wait_for.c: waits that end what they wait for: wait_for, and running a task to its end. */
#include "base/clock.h"
#include "base/context.h"
#include "runner/waiter.h"
#include "task/await.h"
#include "task/task.h"

#include <creel/await.h>

void
crl_await_restore_request(void)
{
	crl_strand *strand = crl_strand_self();

	if (strand != NULL && strand->cancel != NULL)
		crl_cancel_restore(strand->cancel);
}

creel_status
crl_await_report_cut(const char *text)
{
	const creel_status status = creel_checkpoint();

	if (status == CREEL_OK)
		return crl_report(CREEL_ECANCELLED, text);
	return status == CREEL_ETIMEDOUT ? crl_waiter_report(CRL_CUT) : status;
}

/* Wait until the future is done, if need be by cancelling it: CREEL_OK, or why there is no outcome, which
 * is not reported yet. */
static creel_status
end_within(creel_future *future, int64_t deadline)
{
	creel_status cut = crl_waiter_check();
	bool requested;

	/* A poll must not suspend, or the future, a queued task, might start meanwhile. */
	if (cut == CREEL_OK)
		cut = deadline == 0 ? crl_waiter_poll() : crl_await_end(future, deadline);
	requested = cut == CREEL_ECANCELLED;
	if (cut != CREEL_ETIMEDOUT && cut != CREEL_ECANCELLED && cut != CRL_CUT)
		return cut;
	crl_await_cancel(future, &requested);
	if (creel_future_status(future) != CREEL_ECANCELLED) {
		if (requested)
			crl_await_restore_request();
		return CREEL_OK;
	}
	return requested ? CREEL_ECANCELLED : cut;
}

creel_status
creel_wait_for(creel_future *future, creel_duration timeout, void **result)
{
	creel_status status = crl_await_check(future, timeout);

	if (status == CREEL_EPENDING)
		status = crl_waiter_report(end_within(future, crl_deadline(timeout)));
	return status == CREEL_OK ? crl_future_outcome(future, result) : status;
}

creel_status
creel_pool_run(creel_pool *pool, creel_fn *fn, void *arg, void **result)
{
	creel_future *future;
	creel_status status = crl_waiter_check();

	/* Before anything is submitted: once it is, its end must be awaited. */
	if (status != CREEL_OK)
		return crl_waiter_report(status);
	future = creel_submit(pool, fn, arg);
	status = crl_await_check(future, CREEL_FOREVER);
	if (status == CREEL_EPENDING)
		status = crl_waiter_report(end_within(future, CRL_NEVER));
	if (status == CREEL_OK)
		status = crl_future_claim(future, result);
	creel_future_unref(future);
	return status;
}
