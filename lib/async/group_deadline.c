/* SPDX-License-Identifier: MIT */
/*
 * group_deadline.c: a group's deadline; see group.h. A task sleeps until then, where the children run. Who comes
 * in meanwhile, to submit or to join, looks at the clock as well.
 */
#include "async/group.h"

#include "base/clock.h"
#include "base/context.h"

#include <creel/await.h>

bool
crl_group_expire(creel_group *group)
{
	if (group->deadline == CRL_NEVER || group->aborting || group->ended ||
		crl_now() < group->deadline)
		return false;
	group->expired = true;
	crl_group_abort(group, true);
	return true;
}

/* The task that waits for the deadline; it has a reference, which drop_watch() lets go of. */
static void *
watch(void *arg)
{
	creel_group *group = arg;
	const int64_t left = group->deadline - crl_now();
	bool expired = false;

	if (creel_sleep(left > 0 ? left : 0) != CREEL_OK)
		return NULL;
	crl_mutex_lock(&group->lock);
	expired = crl_group_expire(group);
	crl_mutex_unlock(&group->lock);
	if (expired)
		crl_group_sweep(group, NULL);
	return NULL;
}

static void
drop_watch(void *arg)
{
	creel_group *group = arg;

	crl_mutex_lock(&group->lock);
	crl_group_unlock_unref(group);
}

creel_status
crl_group_watch(creel_group *group)
{
	const creel_task_options options = {.size = sizeof options, .arg_drop = drop_watch};
	const crl_task_spec spec = {
		.fn = watch, .arg = group, .options = &options, .holders = 1, .unbounded = true};

	if (group->deadline == CRL_NEVER)
		return CREEL_OK;
	group->refs++;
	group->watcher = group->loop != NULL ? crl_task_create(group->loop, &spec)
					     : crl_task_submit(group->pool, &spec);
	if (creel_future_status(group->watcher) != CREEL_EFAILED)
		return CREEL_OK;
	crl_report_error(creel_future_error(group->watcher));
	creel_future_unref(group->watcher);
	return CREEL_EFAILED;
}

void
crl_group_dismiss(creel_group *group)
{
	creel_future *watcher;

	crl_mutex_lock(&group->lock);
	watcher = group->watcher;
	group->watcher = NULL;
	crl_mutex_unlock(&group->lock);
	if (watcher != NULL)
		creel_future_cancel(watcher);
	creel_future_unref(watcher);
}
