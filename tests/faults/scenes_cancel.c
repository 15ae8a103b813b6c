/* SPDX-License-Identifier: MIT */
/* scenes_cancel.c: cancels with a reason, while calls fail: the reason may be lost, the cancel is not. */
#include "faults/scenes.h"

#include <sched.h>
#include <string.h>

static void *
work_until_told(void *arg)
{
	while (creel_checkpoint() == CREEL_OK)
		sched_yield();
	child_expect(strcmp(creel_last_error()->message, "enough") == 0 || sweep_stormy());
	return arg;
}

/* What was cancelled, if it could be made, has ended so, and says why unless there was no memory. */
static void
expect_cancelled(creel_future *future, bool refused)
{
	if (refused)
		return;
	child_expect(creel_future_status(future) == CREEL_ECANCELLED);
	child_expect(creel_future_error(future)->code == CREEL_ECANCELLED);
	child_expect(strcmp(creel_future_error(future)->message, "enough") == 0 || sweep_stormy());
}

static void
cancel_promise(void)
{
	creel_future *promise = creel_future_create(), *all;
	const bool refused = scene_refused(promise);
	bool none;

	all = creel_gather(&promise, 1, 0);
	none = scene_refused(all);
	creel_future_cancel_because(none ? promise : all, "enough");
	expect_cancelled(promise, refused);
	expect_cancelled(all, none || refused);
	creel_future_unref(all);
	creel_future_unref(promise);
}

static void
cancel_task(creel_pool *pool)
{
	creel_future *task = creel_submit(pool, work_until_told, NULL);
	const bool refused = scene_refused(task);

	for (int i = 0; i < 100; i++) /* it may have begun */
		sched_yield();
	child_expect(creel_future_cancel_because(task, "enough") ==
			     (refused ? CREEL_CANCEL_TOO_LATE : CREEL_CANCEL_REQUESTED) ||
		     creel_future_status(task) == CREEL_ECANCELLED);
	while (!creel_future_done(task)) /* to wait there may be no memory */
		sched_yield();
	if (creel_future_status(task) == CREEL_ECANCELLED)
		expect_cancelled(task, refused);
	creel_future_unref(task);
}

void
scene_cancels(void)
{
	creel_pool *pool = scene_need_pool(1);

	cancel_promise();
	cancel_task(pool);
	sweep_calm();
	cancel_promise();
	cancel_task(pool);
	creel_pool_destroy(pool);
}
