/* SPDX-License-Identifier: MIT */
/* scenes_group.c: groups, while calls fail. */
#include "faults/scenes.h"
#include "support/pools.h"

enum { CHILDREN = 4 };

static atomic_int dropped;

static void
count_drop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&dropped, 1);
}

static void *
yield_once(void *arg)
{
	creel_sleep(0);
	return arg;
}

/* A group with a deadline, in the storm maybe NULL, for lack of memory. */
static creel_group *
try_group(creel_pool *pool)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_group *group;

	options.pool = pool;
	options.flags = CREEL_GROUP_COMPLETIONS;
	options.limit = 2;
	options.timeout = CREEL_SECONDS(1000);
	group = creel_group_create(&options);
	if (group == NULL)
		child_expect(sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM);
	return group;
}

/* A child there was no memory for, or for the wait for its place, has failed; others then are refused. */
static int
submit_all(creel_group *group)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	int refused = 0;

	options.arg_drop = count_drop;
	options.name = "a child";
	for (int i = 0; i < CHILDREN; i++) {
		creel_future *child =
			creel_group_submit_with(group, &options, yield_once, group, NULL);
		const creel_error *error = creel_future_error(child);

		child_expect(error == NULL || error->code == CREEL_ENOMEM ||
			     error->code == CREEL_ECLOSED);
		refused += error != NULL;
		creel_future_unref(child);
	}
	return refused;
}

/* The end of a group: all children, or an error that says why not. */
static void
end_group(creel_group *group, bool stormy, int refused)
{
	creel_status status;
	creel_group_error error;

	while ((status = creel_group_join(group, CREEL_FOREVER)) == CREEL_ENOMEM)
		sweep_calm();
	child_expect(status == CREEL_OK || (stormy && status == CREEL_EFAILED));
	if (status == CREEL_EFAILED) {
		child_expect(refused > 0 && creel_group_errors(group, &error, 1) > 0);
		child_expect(error.error->code == CREEL_ENOMEM);
	}
	child_expect(creel_group_pending(group) == 0);
	creel_group_destroy(group);
}

static void
use_group(creel_pool *pool, creel_group *group)
{
	const bool stormy = sweep_stormy();
	int refused;

	atomic_store(&dropped, 0);
	refused = submit_all(group);
	end_group(group, stormy, refused);
	child_expect(atomic_load(&dropped) == CHILDREN);
	if ((group = try_group(pool)) != NULL) {
		child_expect(creel_group_fail(group, 7, "a %s", "body") == CREEL_OK);
		child_expect(creel_group_join(group, CREEL_FOREVER) == CREEL_EFAILED);
		child_expect(creel_last_error()->code == 7 || stormy);
		creel_group_destroy(group);
	}
}

void
scene_groups(void)
{
	creel_pool *pool = scene_need_pool(1);
	creel_group *group = try_group(pool);

	if (group != NULL)
		use_group(pool, group);
	sweep_calm();
	group = try_group(pool);
	child_expect(group != NULL);
	use_group(pool, group);
	creel_pool_destroy(pool);
}
