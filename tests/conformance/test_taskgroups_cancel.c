/* SPDX-License-Identifier: MIT */
/* test_taskgroups_cancel.c: groups after CPython's test_taskgroups.py: cancelled from outside, and by themselves. */
#include "conformance/groups.h"
#include "support/gate.h"

static void *
body_of_five(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	for (int i = 0; i < 5; i++)
		spawn(group, arg == NULL ? wait_for_ever : crash_in_cleanup, NULL);
	stage.in_body = creel_sleep(CREEL_FOREVER);
	return leave(group);
}

/* 3.10 "cancellation, taskgroup_07, taskgroup_17, taskgroup_22": cancelled from outside in its body: the children
   are cancelled, and so is the task
   1.11 "raised": CREEL_ECANCELLED where there are no errors */
START_TEST(cancellation)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_of_five);
	ck_assert_int_eq(creel_future_cancel(body), CREEL_CANCEL_REQUESTED);
	stage_end(body);
	ck_assert_int_eq(stage.in_body, CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 5);
	ck_assert_int_eq(stage.joined, CREEL_ECANCELLED);
	ck_assert(stage.still);
	ck_assert_int_eq(stage.ended, CREEL_ECANCELLED);
}
END_TEST

static void *
body_in_join(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, wait_for_ever, NULL);
	leave(group);
	stage.after = creel_sleep(0);
	return NULL;
}

/* 3.10 "cancellation, taskgroup_22": the same while it waits for the end; the request is delivered by that */
START_TEST(cancellation_in_join)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_in_join);
	creel_future_cancel(body);
	stage_end(body);
	ck_assert_int_eq(stage.joined, CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 1);
	ck_assert_int_eq(stage.after, CREEL_OK);
}
END_TEST

/* 3.10 "taskgroup_08": children that fail in their clean-up after a cancel from outside: the errors win */
START_TEST(taskgroup_08)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_of_five);
	creel_future_cancel(body);
	stage_end(body);
	ck_assert_int_eq(stage.joined, CREEL_ECANCELLED);

	stage_begin();
	body = creel_submit(stage.pool, body_of_five, stage.pool);
	settle(stage.pool);
	creel_future_cancel(body);
	stage_end(body);
	ck_assert_int_eq(stage.joined, CREEL_EFAILED);
	ck_assert_uint_eq(stage.errors, 5);
	ck_assert_int_eq(stage.ended, CREEL_EFAILED);
}
END_TEST

static void *
body_puts_off(void *arg)
{
	creel_group *group = creel_group_create(NULL);
	creel_future *waited = arg == NULL ? NULL : creel_submit(stage.pool, sleep_for_ever, NULL);

	spawn(group, crash_at_cue, NULL);
	creel_sleep(CREEL_FOREVER);
	stage.in_body = waited == NULL ? creel_sleep(CREEL_FOREVER) : creel_await(waited, NULL);
	leave(group);
	if (waited != NULL)
		creel_future_cancel(waited);
	creel_future_unref(waited);
	stage.after = creel_sleep(0);
	return NULL;
}

/* 3.10 "taskgroup_15, taskgroup_16": a child fails while the body puts its own cancellation off, by itself or
   by awaiting a task
   1.11 "outside cancel + child errors": the errors win, and the request waits for the next wait */
START_TEST(taskgroup_15)
{
	for (int i = 0; i < 2; i++) {
		creel_future *body;

		stage_begin();
		body = creel_submit(stage.pool, body_puts_off, i == 0 ? NULL : stage.pool);
		settle(stage.pool);
		creel_future_cancel(body);
		settle(stage.pool);
		ck_assert(!creel_future_done(body));
		stage_go();
		stage_end(body);
		ck_assert_int_eq(stage.in_body, CREEL_ECANCELLED);
		expect_error(ZERO_DIVISION);
		ck_assert(stage.still);
		ck_assert_int_eq(stage.after, CREEL_ECANCELLED);
	}
}
END_TEST

static void *
body_converts(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
		creel_group_fail(group, MY_EXC, "not a good idea");
	return leave(group);
}

/* 3.10 "taskgroup_18": the body makes an error of its cancellation */
START_TEST(taskgroup_18)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_converts);
	creel_future_cancel(body);
	stage_end(body);
	expect_error(MY_EXC);
	ck_assert_int_eq(stage.ended, CREEL_EFAILED);
}
END_TEST

static void *
body_again_and_again(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	spawn(group, wait_for_cue, arg);
	return leave(group);
}

static void *
wait_twice(void *arg)
{
	(void)arg;
	creel_sleep(CREEL_FOREVER);
	atomic_fetch_add(&stage.ran, 1);
	creel_sleep(CREEL_FOREVER);
	atomic_fetch_add(&stage.ran, 1);
	creel_await(stage.cue, NULL);
	return NULL;
}

static void *
body_of_the_stubborn(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, wait_twice, NULL);
	return leave(group);
}

/* 1.11 "exit": waits for all, however often the body is cancelled; each request goes on to the children */
START_TEST(join_waits_for_all)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_of_the_stubborn);
	for (int i = 1; i <= 2; i++) {
		creel_future_cancel(body);
		settle(stage.pool);
		ck_assert(!creel_future_done(body));
		ck_assert_int_eq(atomic_load(&stage.ran), i);
	}
	stage_go();
	stage_end(body);
	ck_assert_int_eq(stage.joined, CREEL_ECANCELLED);
}
END_TEST

static void *
run_inner(void *arg)
{
	creel_future *body = creel_submit(stage.pool, body_again_and_again, arg);

	stage.inner = creel_take(body, NULL);
	return NULL;
}

/* Who only awaits the task with the group is nobody who cancels it: futures are shared. */
START_TEST(who_awaits_the_body_is_nobody)
{
	creel_future *outer;

	stage_begin();
	outer = stage_body(run_inner);
	creel_future_cancel(outer);
	settle(stage.pool);
	ck_assert_int_eq(stage.inner, CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&stage.cancelled), 0);
	stage_go();
	stage_end(outer);
	ck_assert_int_eq(stage.joined, CREEL_OK);
}
END_TEST

static void *
inner_of_error_and_cancel(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, crash_at_cue, NULL);
	stage.in_body = creel_sleep(CREEL_FOREVER);
	leave(group);
	stage.after = creel_sleep(CREEL_FOREVER);
	return creel_fail(CREEL_ECANCELLED, "cancelled");
}

/* 3.10 "error_and_cancel": a cancel from outside while the group fails is delivered after it
   1.11 "outside cancel + child errors": not lost */
START_TEST(error_and_cancel)
{
	gate worker = GATE_INIT;
	creel_future *body, *busy;

	stage_begin();
	body = stage_body(inner_of_error_and_cancel);
	busy = creel_submit(stage.pool, gate_task, &worker);
	gate_await_arrivals(&worker, 1);
	stage_go();
	creel_future_cancel(body);
	gate_open(&worker);
	creel_take(busy, NULL);
	stage_end(body);
	ck_assert_int_eq(stage.in_body, CREEL_ECANCELLED);
	expect_error(ZERO_DIVISION);
	ck_assert(stage.still);
	ck_assert_int_eq(stage.after, CREEL_ECANCELLED);
	ck_assert_int_eq(stage.ended, CREEL_ECANCELLED);
}
END_TEST

static void *
body_in_trouble(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	spawn(group, crash_at_cue, NULL);
	creel_sleep(CREEL_FOREVER);
	leave(group);
	stage.after = creel_sleep(0);
	return NULL;
}

/* 3.10 "cancelling_level_preserved": after a group that has failed the task is as if it had not been asked to end
   3.10 "context_manager_exit_raises": so it is with an error of the body's clean-up */
START_TEST(cancelling_level_preserved)
{
	creel_future *body;

	stage_begin();
	body = stage_body(body_in_trouble);
	stage_go();
	stage_end(body);
	ck_assert(!stage.still);
	ck_assert_int_eq(stage.after, CREEL_OK);
}
END_TEST

static void *
body_cancels(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	if (arg != NULL)
		spawn(group, wait_for_ever, NULL);
	if (arg != NULL)
		await_ran(1);
	creel_group_cancel(group);
	creel_group_cancel(group);
	stage.in_body = creel_sleep(CREEL_FOREVER);
	leave(group);
	stage.after = creel_sleep(0);
	return NULL;
}

/* 3.10 "cancel(): inside, cancel(): before enter, cancel(): idempotent": the body's wait is cut short, the children are cancelled; it
   is no error, and leaves nothing behind
   1.11 "`cancel()` method": ends the group without an error */
START_TEST(cancel_inside)
{
	for (int children = 0; children < 2; children++) {
		stage_begin();
		stage_end(creel_submit(stage.pool, body_cancels, children ? stage.pool : NULL));
		ck_assert_int_eq(stage.in_body, CREEL_ECANCELLED);
		ck_assert_int_eq(stage.joined, CREEL_OK);
		ck_assert(stage.requested && !stage.still);
		ck_assert_int_eq(stage.after, CREEL_OK);
		ck_assert_int_eq(atomic_load(&stage.cancelled), children);
	}
}
END_TEST

static void *
body_cancels_late(void *arg)
{
	creel_group *group = creel_group_create(NULL);

	(void)arg;
	stage.joined = creel_group_join(group, CREEL_FOREVER);
	creel_group_cancel(group);
	stage.after = creel_sleep(0);
	stage.still = creel_cancel_requested();
	creel_group_destroy(group);
	return NULL;
}

/* 3.10 "cancel(): after exit": nothing */
START_TEST(cancel_after_exit)
{
	stage_begin();
	stage_end(creel_submit(stage.pool, body_cancels_late, NULL));
	ck_assert_int_eq(stage.joined, CREEL_OK);
	ck_assert_int_eq(stage.after, CREEL_OK);
	ck_assert(!stage.still);
}
END_TEST

static void *
body_of_the_keeper(void *arg)
{
	stage.group = creel_group_create(NULL);
	spawn(stage.group, wait_twice, arg);
	leave(stage.group);
	stage.after = creel_sleep(0);
	return NULL;
}

/* 3.10 "cancel(): keeps a foreign cancel": who was cancelled from outside as well hears of it, in whatever order */
START_TEST(cancel_keeps_a_foreign_one)
{
	for (int first = 0; first < 2; first++) {
		creel_future *body;

		stage_begin();
		body = stage_body(body_of_the_keeper);
		if (first)
			creel_future_cancel(body);
		creel_group_cancel(stage.group);
		if (!first)
			creel_future_cancel(body);
		settle(stage.pool);
		creel_future_cancel(body);
		settle(stage.pool);
		stage_go();
		stage_end(body);
		ck_assert_int_eq(stage.joined, CREEL_ECANCELLED);
		ck_assert(stage.still);
		ck_assert_int_eq(stage.after, CREEL_OK);
	}
}
END_TEST

static void *
cancel_the_group(void *arg)
{
	creel_group_cancel(stage.group);
	return arg;
}

static void *
body_of_the_canceller(void *arg)
{
	stage.group = creel_group_create(NULL);
	spawn(stage.group, wait_for_ever, NULL);
	spawn(stage.group, cancel_the_group, arg);
	return leave(stage.group);
}

/* 3.10 "cancel(): by a child": before the body joins, or while; that child is no exception
   3.10 "cancel(): eager child": a child that has ended when it is submitted is accounted for like others */
START_TEST(cancel_by_a_child)
{
	stage_begin();
	stage_end(creel_submit(stage.pool, body_of_the_canceller, NULL));
	ck_assert_int_eq(stage.joined, CREEL_OK);
	ck_assert_int_eq(stage.ended, CREEL_OK);
}
END_TEST

static void *
body_of_the_suppressed(void *arg)
{
	(void)arg;
	stage.group = creel_group_create(NULL);
	spawn(stage.group, crash_in_cleanup, NULL);
	await_ran(1);
	creel_group_cancel(stage.group);
	return leave(stage.group);
}

/* 3.10 "cancel(): errors are reported": what fails while the group is cancelled is an error still */
START_TEST(cancel_reports_errors)
{
	stage_begin();
	stage_end(creel_submit(stage.pool, body_of_the_suppressed, NULL));
	expect_error(ZERO_DIVISION);
}
END_TEST

CREEL_SUITE("creel.conformance.taskgroups_cancel", cancellation, cancellation_in_join, taskgroup_08,
	taskgroup_15, taskgroup_18, join_waits_for_all, who_awaits_the_body_is_nobody,
	error_and_cancel, cancelling_level_preserved, cancel_inside, cancel_after_exit,
	cancel_keeps_a_foreign_one, cancel_by_a_child, cancel_reports_errors)
