/* SPDX-License-Identifier: MIT */
/* test_group_body.c: groups and the tasks around them: the body, children that call, loops, forked parts, the end. */
#include "async/combined.h"
#include "support/suite.h"
#include "task/turns.h"

typedef struct scene {
	creel_pool *pool;
	creel_future *cue;
	creel_group *group;
	creel_status status[4];
	bool requested[4];
} scene;

static scene s;

static void
begin(unsigned workers)
{
	s = (scene){.pool = pool_of(workers), .cue = creel_future_create()};
}

static void
end(void)
{
	creel_pool_destroy(s.pool);
	creel_future_unref(s.cue);
}

static void
spawn(creel_fn *fn, void *arg)
{
	creel_future_unref(creel_group_submit(s.group, fn, arg));
}

static void *
fail_at_cue(void *arg)
{
	(void)arg;
	return creel_await(s.cue, NULL) == CREEL_OK ? creel_fail(3, "failed")
						    : creel_fail(CREEL_ECANCELLED, "cancelled");
}

static void *
unbound_body(void *arg)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;

	(void)arg;
	options.flags = CREEL_GROUP_UNBOUND;
	s.group = creel_group_create(&options);
	spawn(fail_at_cue, NULL);
	s.status[0] = creel_await(s.cue, NULL);
	s.status[1] = creel_group_join(s.group, CREEL_FOREVER);
	s.requested[0] = creel_cancel_requested();
	creel_group_destroy(s.group);
	return NULL;
}

/* With CREEL_GROUP_UNBOUND the task is left alone. */
START_TEST(unbound)
{
	creel_future *task;

	begin(1);
	task = creel_submit(s.pool, unbound_body, NULL);
	settle(s.pool);
	succeed(s.cue, 0);
	creel_take(task, NULL);
	ck_assert_int_eq(s.status[0], CREEL_OK);
	ck_assert_int_eq(s.status[1], CREEL_EFAILED);
	ck_assert(!s.requested[0]);
	end();
}
END_TEST

static void *
leaving_body(void *arg)
{
	(void)arg;
	s.group = creel_group_create(NULL);
	spawn(fail_at_cue, NULL);
	return NULL;
}

/* A body that returns is none any more; somebody else joins, and destroys. */
START_TEST(a_body_that_returns)
{
	for (int joins = 0; joins < 2; joins++) {
		begin(1);
		ck_assert_int_eq(creel_pool_run(s.pool, leaving_body, NULL, NULL), CREEL_OK);
		settle(s.pool);
		if (joins) {
			succeed(s.cue, 0);
			ck_assert_int_eq(creel_group_join(s.group, CREEL_FOREVER), CREEL_EFAILED);
		}
		creel_group_destroy(s.group);
		end();
	}
}
END_TEST

static void *
busy_body(void *arg)
{
	(void)arg;
	s.group = creel_group_create(NULL);
	spawn(fail_at_cue, NULL);
	while (!creel_cancel_requested())
		sched_yield();
	s.status[0] = creel_checkpoint();
	s.status[1] = creel_sleep(0);
	s.status[2] = creel_group_join(s.group, CREEL_FOREVER);
	s.requested[0] = creel_cancel_requested();
	s.status[3] = creel_checkpoint();
	creel_group_destroy(s.group);
	return NULL;
}

/* A body that computes sees it by creel_cancel_requested() and creel_checkpoint(), until it has joined. */
START_TEST(a_busy_body)
{
	creel_future *task;

	begin(2);
	task = creel_submit(s.pool, busy_body, NULL);
	succeed(s.cue, 0);
	creel_take(task, NULL);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	ck_assert_int_eq(s.status[1], CREEL_OK);
	ck_assert_int_eq(s.status[2], CREEL_EFAILED);
	ck_assert_int_eq(s.status[3], CREEL_OK);
	ck_assert(!s.requested[0]);
	end();
}
END_TEST

static void *
destroying_body(void *arg)
{
	s.group = creel_group_create(NULL);
	spawn(fail_at_cue, NULL);
	s.status[0] = creel_sleep(CREEL_FOREVER);
	creel_group_destroy(s.group);
	s.requested[0] = creel_cancel_requested();
	s.status[1] = creel_sleep(0);
	return arg;
}

/* To destroy it takes the group's own request back as well; one from outside stays. */
START_TEST(destroy_by_the_body)
{
	for (int outside = 0; outside < 2; outside++) {
		creel_future *task;

		begin(1);
		count_reports();
		task = creel_submit(s.pool, destroying_body, NULL);
		settle(s.pool);
		if (outside)
			creel_future_cancel(task);
		else
			succeed(s.cue, 0);
		creel_take(task, NULL);
		ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.requested[0], outside);
		ck_assert_int_eq(s.status[1], CREEL_OK);
		ck_assert_int_eq(atomic_load(&reported), !outside);
		end();
	}
}
END_TEST

static void *
call_as_a_child(void *arg)
{
	creel_completion out;

	s.status[0] = creel_group_join(s.group, CREEL_FOREVER);
	s.status[1] = creel_group_next(s.group, CREEL_FOREVER, &out);
	s.status[2] = creel_group_next(s.group, 0, &out);
	return arg;
}

static void *
destroy_as_a_child(void *arg)
{
	creel_await(s.cue, NULL);
	creel_group_destroy(s.group);
	s.status[3] = creel_sleep(0);
	return arg;
}

/* A child cannot wait for itself; it may destroy the group, which then goes with the last child. */
START_TEST(calls_of_a_child)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_future *child;

	begin(1);
	options.pool = s.pool;
	options.flags = CREEL_GROUP_COMPLETIONS;
	s.group = creel_group_create(&options);
	child = creel_group_submit(s.group, call_as_a_child, NULL);
	creel_take(child, NULL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(s.status[i], CREEL_EDEADLK);
	child = creel_group_submit(s.group, destroy_as_a_child, NULL);
	succeed(s.cue, 0);
	ck_assert_int_eq(creel_take(child, NULL), CREEL_OK);
	ck_assert_int_eq(s.status[3], CREEL_ECANCELLED);
	end();
}
END_TEST

static void *
loop_body(void *arg)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_future *on_loop, *on_pool;
	creel_group *other;

	(void)arg;
	s.group = creel_group_create(NULL);
	options.pool = s.pool;
	other = creel_group_create(&options);
	on_loop = creel_group_submit(s.group, await_it, s.cue);
	on_pool = creel_group_submit(other, await_it, s.cue);
	creel_sleep(0);
	succeed(s.cue, 0);
	s.status[0] = creel_group_join(other, CREEL_FOREVER);
	s.status[1] = creel_group_join(s.group, CREEL_FOREVER);
	s.status[2] = creel_take(on_loop, NULL);
	s.status[3] = creel_take(on_pool, NULL);
	creel_group_destroy(other);
	creel_group_destroy(s.group);
	return NULL;
}

/* On a loop the children are tasks of it; or of the pool that is given. */
START_TEST(on_a_loop)
{
	begin(1);
	ck_assert_int_eq(creel_run(loop_body, NULL, NULL), CREEL_OK);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(s.status[i], CREEL_OK);
	end();
}
END_TEST

static void
callback(void *arg)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;

	options.limit = 1;
	s.group = creel_group_create(&options);
	spawn(await_it, s.cue);
	creel_future_unref(creel_group_submit(s.group, same, NULL));
	s.status[1] = creel_group_join(s.group, CREEL_FOREVER);
	creel_group_destroy(s.group);
	creel_future_set_result(arg, NULL);
}

/* In a callback, where nobody may wait, nobody does. */
START_TEST(in_a_callback)
{
	creel_loop *loop = creel_loop_create(NULL);
	creel_future *called = creel_future_create();

	count_reports();
	begin(1);
	ck_assert_int_eq(creel_call_soon_threadsafe(loop, callback, called, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(called, NULL), CREEL_OK);
	ck_assert_int_eq(s.status[1], CREEL_EDEADLK);
	ck_assert_int_eq(
		atomic_load(&reported), 1); /* the one that would have had to wait for its place */
	creel_loop_destroy(loop);
	end();
}
END_TEST

static void *
forked_body(void *arg)
{
	atomic_int *begun = arg;

	s.group = creel_group_create(NULL);
	spawn(fail_at_cue, NULL);
	atomic_store(begun, 1);
	s.status[0] = creel_sleep(CREEL_FOREVER);
	s.status[1] = creel_group_join(s.group, CREEL_FOREVER);
	s.requested[0] = creel_cancel_requested();
	creel_group_destroy(s.group);
	return NULL;
}

static void *
forking_task(void *arg)
{
	creel_frame frame;

	creel_fork(&frame, forked_body, arg);
	spin_until(arg, 1); /* another worker has it */
	succeed(s.cue, 0);
	creel_join(&frame);
	s.requested[1] = creel_cancel_requested();
	return NULL;
}

/* A part of a task that was forked, and runs elsewhere, is a body by itself: the rest of the task is not asked. */
START_TEST(a_forked_part)
{
	atomic_int begun = 0;

	begin(2);
	ck_assert_int_eq(creel_pool_run(s.pool, forking_task, &begun, NULL), CREEL_OK);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	ck_assert_int_eq(s.status[1], CREEL_EFAILED);
	ck_assert(!s.requested[0] && !s.requested[1]);
	end();
}
END_TEST

static void *
part_of_the_body(void *arg)
{
	atomic_store((atomic_int *)arg, 1);
	s.status[0] = creel_sleep(CREEL_FOREVER);
	s.requested[0] = creel_cancel_requested();
	atomic_store((atomic_int *)arg, 2);
	while (creel_cancel_requested())
		sched_yield();
	s.status[1] = creel_sleep(0);
	return NULL;
}

static void *
body_with_parts(void *arg)
{
	creel_frame frame;

	s.group = creel_group_create(NULL);
	creel_fork(&frame, part_of_the_body, arg);
	spin_until(arg, 1);
	spawn(fail_at_cue, NULL);
	succeed(s.cue, 0);
	spin_until(arg, 2);
	s.status[2] = creel_group_join(s.group, CREEL_FOREVER);
	creel_group_destroy(s.group);
	creel_join(&frame);
	return NULL;
}

/* What a body has forked before is asked as well, and it is taken back from that, too. */
START_TEST(parts_of_the_body)
{
	atomic_int begun = 0;

	begin(3);
	ck_assert_int_eq(creel_pool_run(s.pool, body_with_parts, &begun, NULL), CREEL_OK);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	ck_assert_int_eq(s.status[1], CREEL_OK);
	ck_assert_int_eq(s.status[2], CREEL_EFAILED);
	end();
}
END_TEST

static void *
join_it(void *arg)
{
	(void)arg;
	s.status[0] = creel_group_join(s.group, CREEL_FOREVER);
	return NULL;
}

/* Another task that joins, and is asked to end, cancels the children, too, and waits for them. */
START_TEST(another_one_joins)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_future *task;

	begin(1);
	options.pool = s.pool;
	s.group = creel_group_create(&options);
	spawn(sleep_for_ever, NULL);
	task = creel_submit(s.pool, join_it, NULL);
	settle(s.pool);
	creel_future_cancel(task);
	creel_take(task, NULL);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	ck_assert_int_eq(creel_group_join(s.group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(s.group);
	end();
}
END_TEST

static void *
poll_in_body(void *arg)
{
	(void)arg;
	s.group = creel_group_create(NULL);
	spawn(await_it, s.cue);
	creel_sleep(CREEL_FOREVER);
	s.status[0] = creel_group_join(s.group, 0);
	s.status[1] = creel_group_join(s.group, CREEL_FOREVER);
	creel_group_destroy(s.group);
	return NULL;
}

/* A body that was asked to end and polls has cancelled the children by that. */
START_TEST(a_poll_of_join)
{
	creel_future *task;

	begin(1);
	task = creel_submit(s.pool, poll_in_body, NULL);
	settle(s.pool);
	creel_future_cancel(task);
	creel_take(task, NULL);
	ck_assert_int_eq(s.status[0], CREEL_ETIMEDOUT);
	ck_assert_int_eq(s.status[1], CREEL_ECANCELLED);
	end();
}
END_TEST

CREEL_SUITE("creel.async.group_body", unbound, a_body_that_returns, a_busy_body,
	destroy_by_the_body, calls_of_a_child, on_a_loop, in_a_callback, a_forked_part,
	parts_of_the_body, another_one_joins, a_poll_of_join)
