/* SPDX-License-Identifier: MIT */
/* test_taskgroups.c: groups after CPython's test_taskgroups.py: how they end, and what they refuse. */
#include "conformance/groups.h"

static void *
body_of_two(void *arg)
{
	creel_group *group = creel_group_create(NULL);
	creel_future *a = creel_group_submit(group, same, pointer_of(42)), *b;
	void *value[2] = {NULL, NULL};

	(void)arg;
	creel_await(a, NULL);
	b = creel_group_submit(group, wait_for_cue, pointer_of(11));
	leave(group);
	creel_take(a, &value[0]);
	creel_take(b, &value[1]);
	return pointer_of((intptr_t)value[0] + (intptr_t)value[1]);
}

/* 3.10 "taskgroup_01, taskgroup_02": two children, one added later; their results
   1.11 "child ends normally": nothing
   1.11 "results": each child's future has its own */
START_TEST(taskgroup_01)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_of_two);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.joined, CREEL_OK);
	ck_assert_int_eq(stage.value, 53);
	ck_assert(!stage.requested);
}
END_TEST

static void *
body_cancels_a_child(void *arg)
{
	creel_group *group = creel_group_create(NULL);
	creel_future *a = creel_group_submit(group, wait_for_cue, arg);
	creel_future *b = creel_group_submit(group, wait_for_cue, arg);

	await_ran(2);
	creel_future_cancel(a);
	stage.in_body = creel_take(a, NULL);
	stage.requested = creel_cancel_requested();
	spawn(group, wait_for_cue, arg);
	leave(group);
	return pointer_of(creel_take(b, NULL));
}

/* 3.10 "taskgroup_03": an explicit cancel of a child is no error; more children may be added
   1.11 "is cancelled": nothing */
START_TEST(taskgroup_03)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_cancels_a_child);
	spin_until(&stage.cancelled, 1);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.in_body, CREEL_ECANCELLED);
	ck_assert(!stage.requested);
	ck_assert_int_eq(stage.joined, CREEL_OK);
	ck_assert_int_eq(stage.value, CREEL_OK);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 1);
}
END_TEST

static void *
body_waits(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, wait_for_ever, NULL);
	spawn(group, crash_at_cue, NULL);
	stage.in_body = creel_sleep(CREEL_FOREVER);
	return leave(group);
}

/* 3.10 "taskgroup_04": a child's error cancels its sibling and the body's wait; what comes after is not reached
   1.11 "first child error": the children and the body are asked to end, no more is taken in
   1.11 "own cancel of parent": the request is there in the body, and taken back by join */
START_TEST(taskgroup_04)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_waits);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.in_body, CREEL_ECANCELLED);
	ck_assert(stage.requested);
	ck_assert(!stage.still);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 1);
	expect_error(ZERO_DIVISION);
	ck_assert_uint_eq(stage.index[0], 1);
	ck_assert_int_eq(stage.ended, CREEL_EFAILED);
}
END_TEST

static void *
body_of_cleaning_children(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, crash_in_cleanup, NULL);
	spawn(group, crash_at_cue, NULL);
	spawn(group, wait_for_ever, NULL);
	return leave(group);
}

/* 3.10 "cancel_children_on_child_error": the others are cancelled, and all errors are gathered
   1.11 "further errors during abort": collected, with the index of the child
   1.11 "raised": CREEL_EFAILED, creel_last_error() has the first, creel_group_errors() all */
START_TEST(cancel_children_on_child_error)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_of_cleaning_children);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.joined, CREEL_EFAILED);
	ck_assert_uint_eq(stage.errors, 2);
	ck_assert_uint_eq(stage.index[0], 1);
	ck_assert_uint_eq(stage.index[1], 0);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 1);
}
END_TEST

static void *
body_fails(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	spawn(group, wait_for_ever, NULL);
	spawn(group, wait_for_ever, NULL);
	if (arg != NULL)
		await_ran(2);
	creel_group_fail(group, ZERO_DIVISION, "in the %s", "body");
	stage.in_body = creel_sleep(0);
	return leave(group);
}

/* 3.10 "taskgroup_09, taskgroup_10": an error of the body cancels the children, whether they have begun or not */
START_TEST(taskgroup_09)
{
	for (int begun = 0; begun < 2; begun++) {
		atomic_store(&stage.ran, 0);
		atomic_store(&stage.cancelled, 0);
		stage_begin();
		stage_end(creel_submit(stage.pool, body_fails, begun ? stage.pool : NULL));
		expect_error(ZERO_DIVISION);
		ck_assert_uint_eq(stage.index[0], SIZE_MAX);
		ck_assert_int_eq(stage.in_body, CREEL_OK);
		ck_assert_int_eq(atomic_load(&stage.ran), begun ? 2 : 0);
		ck_assert_int_eq(atomic_load(&stage.cancelled), begun ? 2 : 0);
	}
}
END_TEST

static void *
body_fails_too(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, crash_at_cue, NULL);
	if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
		creel_group_fail(group, MY_EXC, "while it was cancelled");
	return leave(group);
}

/* 3.10 "taskgroup_19": a child's error and the body's own, which comes last */
START_TEST(taskgroup_19)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_fails_too);
	stage_go();
	stage_end(body);
	ck_assert_uint_eq(stage.errors, 2);
	ck_assert_int_eq(stage.codes[0], ZERO_DIVISION);
	ck_assert_int_eq(stage.codes[1], MY_EXC);
}
END_TEST

static void *
body_of_many(void *arg)
{
	creel_group *group = creel_group_create(NULL);
	size_t most = 0;

	(void)arg;
	for (int i = 0; i < 1000; i++) {
		creel_future *child = creel_group_submit(group, same, NULL);

		creel_take(child, NULL);
		if (creel_group_pending(group) > most)
			most = creel_group_pending(group);
	}
	leave(group);
	return pointer_of((intptr_t)most);
}

/* 3.10 "taskgroup_23": children that have ended are forgotten */
START_TEST(taskgroup_23)
{
	stage_begin();
	stage_end(creel_submit(stage.pool, body_of_many, NULL));
	ck_assert_int_eq(stage.value, 0);
	ck_assert_int_eq(stage.joined, CREEL_OK);
}
END_TEST

/* Children that add children. */
static void *
add_two(void *arg)
{
	spawn(stage.group, wait_for_cue, arg);
	creel_sleep(0);
	spawn(stage.group, wait_for_cue, arg);
	return NULL;
}

static void *
body_joins_at_once(void *arg)
{
	stage.group = creel_group_create(NULL);
	spawn(stage.group, arg == NULL ? add_two : same, NULL);
	return leave(stage.group);
}

/* 3.10 "taskgroup_24": children add children, also while the body waits for the end
   1.11 "create_task while waiting at exit": as long as a child has not ended */
START_TEST(taskgroup_24)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_joins_at_once);
	ck_assert_int_eq(atomic_load(&stage.ran), 2);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.joined, CREEL_OK);
}
END_TEST

static void *
hydra(void *arg)
{
	while (creel_sleep(0) == CREEL_OK)
		spawn(stage.group, hydra, arg);
	return give_up();
}

static void *
body_of_the_hydra(void *arg)
{
	(void)arg;
	stage.group = creel_group_create(NULL);
	spawn(stage.group, hydra, NULL);
	for (int i = 0; i < 5; i++)
		creel_sleep(0);
	spawn(stage.group, crash, pointer_of(MY_EXC)); /* Hercules */
	return leave(stage.group);
}

/* 3.10 "taskgroup_25": children without end, stopped by one that fails */
START_TEST(taskgroup_25)
{
	stage_begin();
	stage_end(creel_submit(stage.pool, body_of_the_hydra, NULL));
	expect_error(MY_EXC);
}
END_TEST

static void *
body_with_a_name(void *arg)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_group *group = creel_group_create(NULL);
	creel_group_error found = {.name = NULL};

	options.name = "yolo";
	creel_future_unref(
		creel_group_submit_with(group, &options, crash, pointer_of(MY_EXC), arg));
	stage.joined = creel_group_join(group, CREEL_FOREVER);
	creel_group_errors(group, &found, 1);
	stage.value = found.tag == arg && strcmp(found.name, "yolo") == 0;
	creel_group_destroy(group);
	return pointer_of(stage.value);
}

/* 3.10 "taskgroup_task_name": it is passed on, and the error has it and the tag */
START_TEST(taskgroup_task_name)
{
	stage_begin();
	stage_end(creel_submit(stage.pool, body_with_a_name, stage.pool));
	ck_assert_int_eq(stage.value, true);
}
END_TEST

/* A child that is refused. */
static int
refused(creel_group *group)
{
	creel_future *future = creel_group_submit(group, same, NULL);
	const creel_error *error = creel_future_error(future);
	const int code = error != NULL ? error->code : 0;

	creel_future_unref(future);
	return code;
}

static void *
body_submits_after_failure(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, crash_at_cue, NULL);
	creel_sleep(CREEL_FOREVER);
	stage.in_body = (creel_status)refused(group);
	return leave(group);
}

/* 3.10 "taskgroup_no_create_task_after_failure": refused while it is being cancelled
   1.11 "create_task when aborting": CREEL_ECLOSED */
START_TEST(taskgroup_no_create_task_after_failure)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_submits_after_failure);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.in_body, CREEL_ECLOSED);
	expect_error(ZERO_DIVISION);
}
END_TEST

static int dropped;

static void
count_drop(void *arg)
{
	(void)arg;
	dropped++;
}

/* 3.10 "taskgroup_finished, coro_closed_when_tg_closed": what is submitted after the end is refused, its argument's
   destructor has run
   1.11 "create_task when finished": CREEL_ECLOSED */
START_TEST(taskgroup_finished)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_group_options of_group = CREEL_GROUP_OPTIONS_INIT;
	creel_future *future;
	creel_group *group;

	options.arg_drop = count_drop;
	stage_begin();
	of_group.pool = stage.pool;
	group = creel_group_create(&of_group);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(refused(group), CREEL_ECLOSED);
	future = creel_group_submit_with(group, &options, same, NULL, NULL);
	ck_assert_int_eq(creel_future_error(future)->code, CREEL_ECLOSED);
	ck_assert_int_eq(dropped, 1);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	stage_end(future);
}
END_TEST

/* 3.10 "taskgroup_without_parent_task": otherwise: any thread may have a group; it has no body to cancel
   3.10 "taskgroup_already_entered, taskgroup_double_enter, taskgroup_not_entered": otherwise: to make one is to enter it, once
   1.11 "needs a current task": only where neither pool nor loop is given: CREEL_ESTATE */
START_TEST(taskgroup_without_parent_task)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_future *child;

	ck_assert_ptr_null(creel_group_create(NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	stage_begin();
	options.pool = stage.pool;
	stage.group = creel_group_create(&options);
	spawn(stage.group, wait_for_ever, NULL);
	child = creel_group_submit(stage.group, crash_at_cue, NULL);
	stage_go();
	leave(stage.group);
	expect_error(ZERO_DIVISION);
	ck_assert(!stage.requested);
	stage_end(child);
}
END_TEST

static void *
body_awaits_a_child(void *arg)
{
	creel_group *group = creel_group_create(NULL);
	creel_future *child = creel_group_submit(group, crash_at_cue, arg);

	stage.in_body = creel_take(child, NULL);
	return leave(group);
}

/* 1.11 "await child inside the body and it fails": the wait has the outcome, and the error is reported once */
START_TEST(await_a_child_that_fails)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_awaits_a_child);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.in_body, CREEL_EFAILED);
	expect_error(ZERO_DIVISION);
}
END_TEST

CREEL_SUITE("creel.conformance.taskgroups", taskgroup_01, taskgroup_03, taskgroup_04,
	cancel_children_on_child_error, taskgroup_09, taskgroup_19, taskgroup_23, taskgroup_24,
	taskgroup_25, taskgroup_task_name, taskgroup_no_create_task_after_failure,
	taskgroup_finished, taskgroup_without_parent_task, await_a_child_that_fails)
