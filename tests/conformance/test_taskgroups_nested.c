/* SPDX-License-Identifier: MIT */
/* test_taskgroups_nested.c: groups after CPython's test_taskgroups.py: one within the body of another. */
#include "conformance/groups.h"

/* What the children of the two groups do, and whether somebody cancels it from outside. */
typedef struct scene {
	creel_fn *of_outer, *of_inner;
	creel_status inner, outer;
	size_t inner_errors, outer_errors;
	int outer_code, inner_code;
	bool between; /* creel_cancel_requested() between the two */
} scene;

/* The inner group's end: what it failed with is an error of the outer one's body. */
static void
leave_inner(scene *s, creel_group *inner, creel_group *outer)
{
	creel_group_error first;

	s->inner = creel_group_join(inner, CREEL_FOREVER);
	s->inner_errors = creel_group_errors(inner, &first, 1);
	s->between = creel_cancel_requested();
	if (s->inner == CREEL_EFAILED) {
		s->inner_code = first.error->code;
		creel_group_fail(outer, RUNTIME_ERROR, "the inner group: %s", first.error->message);
	}
	creel_group_destroy(inner);
}

static void *
body_of_both(void *arg)
{
	scene *s = arg;
	creel_group *outer = creel_group_create(NULL), *inner = creel_group_create(NULL);
	creel_group_error first;

	if (s->of_outer != NULL)
		spawn(outer, s->of_outer, NULL);
	if (s->of_inner != NULL)
		spawn(inner, s->of_inner, NULL);
	creel_sleep(CREEL_FOREVER);
	leave_inner(s, inner, outer);
	s->outer = creel_group_join(outer, CREEL_FOREVER);
	stage.still = creel_cancel_requested();
	s->outer_errors = creel_group_errors(outer, &first, 1);
	if (s->outer_errors > 0)
		s->outer_code = first.error->code;
	creel_group_destroy(outer);
	stage.after = creel_sleep(0);
	return NULL;
}

static void
play(scene *s, bool cancels)
{
	creel_future *body;

	stage_begin();
	body = creel_submit(stage.pool, body_of_both, s);
	settle(stage.pool);
	if (cancels)
		creel_future_cancel(body);
	else
		stage_go();
	stage_end(body);
}

/* 3.10 "taskgroup_11": cancelled from outside, the inner children fail: one error of the outer group */
START_TEST(taskgroup_11)
{
	scene s = {.of_inner = crash_in_cleanup};

	play(&s, true);
	ck_assert_int_eq(s.inner, CREEL_EFAILED);
	ck_assert_int_eq(s.inner_code, ZERO_DIVISION);
	ck_assert_int_eq(s.outer, CREEL_EFAILED);
	ck_assert_uint_eq(s.outer_errors, 1);
	ck_assert_int_eq(s.outer_code, RUNTIME_ERROR);
	ck_assert_int_eq(stage.after, CREEL_ECANCELLED);
}
END_TEST

/* 3.10 "taskgroup_12": the same, with a child of the outer one, which is cancelled */
START_TEST(taskgroup_12)
{
	scene s = {.of_outer = wait_for_ever, .of_inner = crash_in_cleanup};

	play(&s, true);
	ck_assert_int_eq(s.outer, CREEL_EFAILED);
	ck_assert_uint_eq(s.outer_errors, 1);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 1);
	ck_assert_int_eq(stage.after, CREEL_ECANCELLED);
}
END_TEST

/* 3.10 "taskgroup_13": a child of the outer group fails: the inner one is cancelled as from outside */
START_TEST(taskgroup_13)
{
	scene s = {.of_outer = crash_at_cue, .of_inner = wait_for_ever};

	play(&s, false);
	ck_assert_int_eq(s.inner, CREEL_ECANCELLED);
	ck_assert_int_eq(s.outer, CREEL_EFAILED);
	ck_assert_uint_eq(s.outer_errors, 1);
	ck_assert_int_eq(s.outer_code, ZERO_DIVISION);
	ck_assert(s.between && !stage.still);
	ck_assert_int_eq(stage.after, CREEL_OK);
}
END_TEST

/* 3.10 "taskgroup_14": a child of the inner group fails, and by that the body of the outer one
   1.11 "nested groups": the inner error is one of the outer group's, made by its body */
START_TEST(taskgroup_14)
{
	scene s = {.of_outer = wait_for_ever, .of_inner = crash_at_cue};

	play(&s, false);
	ck_assert_int_eq(s.inner, CREEL_EFAILED);
	ck_assert(!s.between);
	ck_assert_int_eq(s.outer, CREEL_EFAILED);
	ck_assert_int_eq(s.outer_code, RUNTIME_ERROR);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 1);
	ck_assert_int_eq(stage.after, CREEL_OK);
}
END_TEST

static void *
body_of_two_failures(void *arg)
{
	scene *s = arg;
	creel_group *outer = creel_group_create(NULL), *inner = creel_group_create(NULL);

	spawn(inner, crash_at_cue, NULL);
	spawn(outer, crash_at_cue, NULL);
	s->inner = creel_group_join(inner, CREEL_FOREVER);
	s->between = creel_cancel_requested();
	creel_group_destroy(inner);
	s->outer = creel_group_join(outer, CREEL_FOREVER);
	stage.still = creel_cancel_requested();
	creel_group_destroy(outer);
	stage.after = creel_sleep(0);
	return NULL;
}

/* 3.10 "nested_groups_both_cancelled": the inner one's error is handled, the outer one's request stands still */
START_TEST(nested_groups_both_cancelled)
{
	scene s = {.inner = CREEL_OK};
	creel_future *body;

	stage_begin();
	body = creel_submit(stage.pool, body_of_two_failures, &s);
	settle(stage.pool);
	stage_go();
	stage_end(body);
	ck_assert_int_eq(s.inner, CREEL_EFAILED);
	ck_assert(s.between);
	ck_assert_int_eq(s.outer, CREEL_EFAILED);
	ck_assert(!stage.still);
	ck_assert_int_eq(stage.after, CREEL_OK);
}
END_TEST

/* A child with a group of its own, and so on: the innermost one fails, or waits for ever. */
static void *
nest(void *arg)
{
	const int depth = (int)(intptr_t)arg;
	creel_group *group;
	creel_status status;

	if (depth == 0)
		return stage.requested ? crash(pointer_of(VALUE_ERROR)) : wait_for_ever(NULL);
	group = creel_group_create(NULL);
	spawn(group, nest, pointer_of(depth - 1));
	status = creel_group_join(group, CREEL_FOREVER);
	creel_group_destroy(group);
	if (status == CREEL_ECANCELLED)
		return give_up();
	return creel_fail(creel_last_error()->code, "in a group at depth %d", depth);
}

/* 3.9 "recursive_taskgroups": to a depth of 100; an error comes out of all of them
   1.11 "nested groups": a cancel goes down to the innermost */
START_TEST(recursive_taskgroups)
{
	creel_future *body;

	stage_begin();
	stage.requested = true;
	body = creel_submit(stage.pool, nest, pointer_of(100));
	ck_assert_int_eq(creel_await(body, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(body)->code, VALUE_ERROR);
	creel_future_unref(body);

	stage.requested = false;
	body = creel_submit(stage.pool, nest, pointer_of(100));
	spin_until(&stage.ran, 1);
	creel_future_cancel(body);
	stage_end(body);
	ck_assert_int_eq(stage.ended, CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 101);
}
END_TEST

CREEL_SUITE("creel.conformance.taskgroups_nested", taskgroup_11, taskgroup_12, taskgroup_13,
	taskgroup_14, nested_groups_both_cancelled, recursive_taskgroups)
