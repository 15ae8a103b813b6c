/* SPDX-License-Identifier: MIT */
/* group.c: children that end, fail and come in, while the group is joined and cancelled; and its body. */
#include "models/desk.h"
#include "models/models.h"

#include <creel/creel.h>

static creel_pool *pool;
static creel_group *group;
static creel_future *never;
static crl_atomic(int) dropped, refused;

static void
open_group(uint32_t flags, size_t limit)
{
	creel_pool_options pool_options = CREEL_POOL_OPTIONS_INIT;
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;

	pool_options.workers = 1;
	pool_options.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&pool_options);
	options.pool = pool;
	options.flags = flags;
	options.limit = limit;
	group = creel_group_create(&options);
	model_name(group, "group");
}

static void
close_group(void)
{
	creel_group_destroy(group);
	group = NULL;
	creel_pool_destroy(pool);
}

static void
count_drop(void *arg)
{
	(void)arg;
	crl_fetch_add(&dropped, 1, relaxed);
}

/* A child; its argument is let go of whatever becomes of it. */
static void
submit(creel_fn *fn)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_future *child;

	options.arg_drop = count_drop;
	child = creel_group_submit_with(group, &options, fn, NULL, NULL);
	if (creel_future_status(child) == CREEL_EFAILED &&
		creel_future_error(child)->code == CREEL_ECLOSED)
		crl_fetch_add(&refused, 1, relaxed);
	creel_future_unref(child);
}

static void *
end_at_once(void *arg)
{
	return arg;
}

static void *
fail_at_once(void *arg)
{
	(void)arg;
	return creel_fail(7, NULL);
}

static void *
wait_for_ever(void *arg)
{
	MODEL_CHECK(creel_await(never, NULL) == CREEL_ECANCELLED);
	return arg;
}

static void *
cancel_group(void *arg)
{
	MODEL_CHECK(creel_group_cancel(group) == CREEL_OK);
	return arg;
}

/* A child ends while the group is joined and cancelled. */
void
model_group_join(void)
{
	int thread;

	open_group(0, 0);
	submit(end_at_once);
	thread = model_go(cancel_group, NULL);
	MODEL_CHECK(creel_group_join(group, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(creel_group_pending(group) == 0);
	model_join(thread);
	close_group();
	MODEL_CHECK(crl_load(&dropped, relaxed) == 1);
}

/* A child fails while another comes in, which waits for ever unless it is cancelled, or refused. */
void
model_group_fail(void)
{
	never = creel_future_create();
	open_group(0, 0);
	submit(fail_at_once);
	submit(wait_for_ever);
	MODEL_CHECK(creel_group_join(group, CREEL_FOREVER) == CREEL_EFAILED);
	MODEL_CHECK(creel_last_error()->code == 7);
	close_group();
	creel_future_unref(never);
	never = NULL;
	MODEL_CHECK(crl_load(&dropped, relaxed) == 2);
}

static void *
submit_ending(void *arg)
{
	submit(end_at_once);
	return arg;
}

/* One place, for which two threads wait while the child that has it ends: each gets it. */
void
model_group_limit(void)
{
	int thread;

	open_group(0, 1);
	submit(end_at_once);
	thread = model_go(submit_ending, NULL);
	submit(end_at_once);
	model_join(thread);
	MODEL_CHECK(creel_group_join(group, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(crl_load(&refused, relaxed) == 0);
	close_group();
	MODEL_CHECK(crl_load(&dropped, relaxed) == 3);
}

/* Who waits for the one place is refused when the group is cancelled. */
void
model_group_refused(void)
{
	int thread;

	never = creel_future_create();
	open_group(0, 1);
	submit(wait_for_ever);
	thread = model_go(submit_ending, NULL);
	creel_group_cancel(group);
	model_join(thread);
	MODEL_CHECK(creel_group_join(group, CREEL_FOREVER) == CREEL_OK);
	MODEL_CHECK(crl_load(&refused, relaxed) == 1);
	close_group();
	creel_future_unref(never);
	never = NULL;
	MODEL_CHECK(crl_load(&dropped, relaxed) == 2);
}

static creel_status
take_all(creel_duration timeout, int *taken)
{
	creel_completion out;
	creel_status status;

	while ((status = creel_group_next(group, timeout, &out)) == CREEL_OK) {
		++*taken;
		creel_future_unref(out.future);
	}
	return status;
}

static void *
take_for_a_while(void *arg)
{
	const creel_status status = take_all(CREEL_SECONDS(1), arg);

	MODEL_CHECK(status == CREEL_EEMPTY || status == CREEL_ETIMEDOUT);
	return NULL;
}

/* Two take the one child that there is, but one may give up before: one gets it, both come to an end. */
void
model_group_next(void)
{
	int thread, taken[2] = {0, 0};

	open_group(CREEL_GROUP_COMPLETIONS, 0);
	submit(end_at_once);
	thread = model_go(take_for_a_while, &taken[0]);
	MODEL_CHECK(take_all(CREEL_FOREVER, &taken[1]) == CREEL_EEMPTY);
	model_join(thread);
	MODEL_CHECK(taken[0] + taken[1] == 1);
	close_group();
}

static void *
join_group(void *arg)
{
	MODEL_CHECK(creel_group_join(group, CREEL_FOREVER) == CREEL_OK);
	return arg;
}

/* Two join, and one of them lets a child go that never ends by itself. */
void
model_group_detach(void)
{
	creel_future *child;
	int thread;

	never = creel_future_create();
	open_group(0, 0);
	child = creel_group_submit(group, wait_for_ever, NULL);
	thread = model_go(join_group, NULL);
	MODEL_CHECK(creel_group_detach(group) == CREEL_OK);
	join_group(NULL);
	model_join(thread);
	creel_future_cancel(child);
	creel_take(child, NULL);
	MODEL_CHECK(creel_group_pending(group) == 0);
	close_group();
	creel_future_unref(never);
	never = NULL;
}

static desk desk_of;
static creel_future *body_task;
static creel_status in_body, joined, after;
static bool is_cancelled;

static void *
body(void *arg)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;

	options.pool = pool;
	group = creel_group_create(&options);
	creel_future_unref(creel_group_submit(group, fail_at_once, NULL));
	in_body = creel_sleep(CREEL_FOREVER);
	joined = creel_group_join(group, CREEL_FOREVER);
	creel_group_destroy(group);
	group = NULL;
	if (joined == CREEL_EFAILED && is_cancelled)
		after = creel_sleep(CREEL_FOREVER);
	return arg;
}

static void *
cancel_body(void *arg)
{
	*(creel_cancel_result *)arg = creel_future_cancel(body_task);
	return NULL;
}

/* A body is asked to end by its group, and maybe from outside. One of them ends its wait; the group's error wins, and the
 * request from outside is left for the next wait, which nothing else would end. */
void
model_group_body(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_cancel_result answer = CREEL_CANCEL_TOO_LATE;
	int thread = 0;

	is_cancelled = model_choose(2);
	options.workers = 1;
	options.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&options);
	desk_open(&desk_of);
	body_task = desk_put(&desk_of, body, NULL);
	if (is_cancelled)
		thread = model_go(cancel_body, &answer);
	desk_run(&desk_of);
	if (is_cancelled)
		model_join(thread);
	if (!is_cancelled) {
		MODEL_CHECK(in_body == CREEL_ECANCELLED && joined == CREEL_EFAILED);
	} else if (answer == CREEL_CANCEL_REQUESTED) {
		MODEL_CHECK(in_body == CREEL_ECANCELLED);
		MODEL_CHECK(joined == CREEL_ECANCELLED ||
			    (joined == CREEL_EFAILED && after == CREEL_ECANCELLED));
	} else {
		MODEL_CHECK(answer == CREEL_CANCEL_NOW);
	}
	creel_future_unref(body_task);
	body_task = NULL;
	creel_pool_destroy(pool);
}
