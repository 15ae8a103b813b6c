/* SPDX-License-Identifier: MIT */
/* region.c: see region.h. */
#include "facade/region.h"

#include "base/clock.h"
#include "base/context.h"
#include "runner/waiter.h"
#include "task/await.h"
#include "task/task.h"

creel_status
crl_region_submit(creel_pool *pool, creel_fn *fn, void *arg, bool *requested)
{
	creel_future *task;
	creel_status status = crl_waiter_check();

	/* Before anything is submitted: once it is, its end must be awaited. */
	if (status != CREEL_OK)
		return crl_waiter_report(status);
	task = creel_submit(pool, fn, arg);
	status = crl_await_end(task, CRL_NEVER);
	*requested = status == CREEL_ECANCELLED;
	if (*requested || status == CRL_CUT)
		crl_await_cancel(task, requested);
	status = creel_future_status(task);
	if (status == CREEL_EFAILED) /* refused, since fn does not fail */
		status = crl_report((creel_status)creel_future_error(task)->code,
			"the pool did not take the work");
	else if (status == CREEL_ECANCELLED)
		crl_await_report_cut("the work was cancelled before it began");
	creel_future_unref(task);
	return status;
}

creel_status
crl_region_run(creel_pool *pool, creel_fn *fn, void *arg, bool *requested)
{
	creel_status status;

	if (!crl_pool_is_own(pool) || crl_task_self() == NULL)
		return crl_region_submit(pool, fn, arg, requested);
	*requested = false;
	status = crl_waiter_check();
	if (status != CREEL_OK)
		return crl_waiter_report(status);
	fn(arg);
	return CREEL_OK;
}

creel_status
crl_region_conclude(bool cut, bool requested)
{
	if (cut)
		return crl_await_report_cut("the work was cancelled");
	if (requested)
		crl_await_restore_request();
	return CREEL_OK;
}
