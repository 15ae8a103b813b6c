/* SPDX-License-Identifier: MIT */
/* test_bounded.c: a bounded queue that is full, and what is built on submissions: groups, streams, continuations,
 * scopes. */
#include "loop/loops.h"
#include "pool/bounded.h"
#include "support/pools.h"
#include "support/suite.h"
#include "task/full.h"

bounded_order bounded_started;

/* One worker at the gate, and the queue full. */
static creel_pool *
full_at_gate(gate *g, creel_when_full when_full)
{
	creel_pool *pool = bounded_at_gate(g, 0, 1, when_full);

	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_OK);
	ck_assert_int_eq(bounded_code(creel_try_submit(pool, bounded_nothing, NULL)), CREEL_EFULL);
	return pool;
}

static void
open_and_destroy(gate *g, creel_pool *pool)
{
	gate_open(g);
	creel_pool_destroy(pool);
}

static void *
pass_on(const creel_outcome *outcome, void *arg)
{
	return outcome->value == arg ? arg : creel_fail(CREEL_EINVAL, "another value");
}

/* Whoever completes the future cannot wait, and nobody could be told. */
START_TEST(a_continuation_has_room)
{
	gate g = GATE_INIT;
	creel_pool *pool = full_at_gate(&g, CREEL_FULL_FAIL);
	creel_future *f = creel_future_create(), *next = creel_then(pool, f, pass_on, &g);

	ck_assert_int_eq(creel_future_set_result(f, &g), CREEL_OK);
	ck_assert_int_eq(creel_future_status(next), CREEL_EPENDING);
	gate_open(&g);
	ck_assert_int_eq(creel_take(next, NULL), CREEL_OK);
	creel_future_unref(f);
	/* It was not counted, in nor out. */
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_uint_eq(pool->queued, 0);
	creel_pool_destroy(pool);
}
END_TEST

static creel_status
give_three(void *source, creel_stream_input *out)
{
	int *given = source;

	out->arg = given;
	return (*given)++ < 3 ? CREEL_OK : CREEL_EEMPTY;
}

START_TEST(a_stream_has_room)
{
	gate g = GATE_INIT;
	creel_pool *pool = full_at_gate(&g, CREEL_FULL_FAIL);
	int given = 0, got = 0;
	creel_stream *stream = creel_stream_map(pool, give_three, &given, bounded_nothing, NULL);
	creel_stream_item item;

	ck_assert_ptr_nonnull(stream);
	gate_open(&g);
	while (creel_stream_next(stream, CREEL_FOREVER, &item) == CREEL_OK)
		got++;
	ck_assert_int_eq(got, 3);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static creel_group *
group_on(creel_pool *pool, creel_duration timeout)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_group *group;

	options.pool = pool;
	options.timeout = timeout;
	group = creel_group_create(&options);
	ck_assert_ptr_nonnull(group);
	return group;
}

START_TEST(the_watch_over_a_group_has_room)
{
	gate g = GATE_INIT;
	creel_pool *pool = full_at_gate(&g, CREEL_FULL_FAIL);
	creel_group *group = group_on(pool, CREEL_SECONDS(1000));

	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	open_and_destroy(&g, pool);
}
END_TEST

/* A child that only tries is none where there is no room; another one has failed. */
START_TEST(a_child_is_refused)
{
	gate g = GATE_INIT;
	creel_pool *pool = full_at_gate(&g, CREEL_FULL_FAIL);
	creel_group *group = group_on(pool, 0);

	ck_assert_int_eq(
		bounded_code(creel_group_try_submit(group, bounded_nothing, NULL)), CREEL_EFULL);
	ck_assert_int_eq(creel_group_join(group, 0), CREEL_OK);
	creel_group_destroy(group);
	group = group_on(pool, 0);
	ck_assert_int_eq(
		bounded_code(creel_group_submit(group, bounded_nothing, NULL)), CREEL_EFULL);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_EFAILED);
	creel_group_destroy(group);
	open_and_destroy(&g, pool);
}
END_TEST

START_TEST(a_child_runs_in_the_body)
{
	gate g = GATE_INIT;
	creel_pool *pool = full_pool(&g);
	creel_group *group = group_on(pool, 0);
	creel_future *child = creel_group_submit(group, bounded_nothing, &g);

	ck_assert_int_eq(creel_future_status(child), CREEL_OK);
	creel_future_unref(child);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	open_and_destroy(&g, pool);
}
END_TEST

/* A loop is first in, first out. */
START_TEST(a_priority_is_not_for_loops)
{
	creel_loop *loop = loop_without_thread();
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_task_options of_task = CREEL_TASK_OPTIONS_INIT;
	creel_group *group;

	options.loop = loop;
	of_task.priority = CREEL_PRIORITY_HIGH;
	group = creel_group_create(&options);
	ck_assert_int_eq(
		bounded_code(creel_group_submit_with(group, &of_task, bounded_nothing, NULL, NULL)),
		CREEL_EINVAL);
	creel_group_destroy(group);
	creel_loop_destroy(loop);
}
END_TEST

/* To wait for room in a scope that has ended. */
static void
submit_in_scopes(creel_pool *pool)
{
	creel_scope late = CREEL_SCOPE_INIT, cut = CREEL_SCOPE_INIT;
	creel_future *future;

	ck_assert_int_eq(creel_scope_enter(&late, 0), CREEL_OK);
	future = creel_submit(pool, bounded_nothing, NULL);
	ck_assert_int_eq(creel_future_status(future), CREEL_ECANCELLED);
	creel_future_unref(future);
	ck_assert_int_eq(creel_scope_leave(&late), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_scope_enter(&cut, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_scope_cancel(&cut, "enough"), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_scope_leave(&cut), CREEL_ECANCELLED);
	ck_assert_int_eq(bounded_waiting(pool), 0);
}

static void *
run_submit_in_scopes(void *pool)
{
	submit_in_scopes(pool);
	return pool;
}

START_TEST(a_scope_ends_the_wait_for_room)
{
	gate g = GATE_INIT;
	creel_pool *pool = full_at_gate(&g, CREEL_FULL_WAIT), *other = pool_of(1);

	submit_in_scopes(pool);
	ck_assert_int_eq(creel_pool_run(other, run_submit_in_scopes, pool, NULL), CREEL_OK);
	creel_pool_destroy(other);
	open_and_destroy(&g, pool);
}
END_TEST

static void *
await_for_ever(void *arg)
{
	creel_future *promise = creel_future_create();
	const creel_status status = creel_await(promise, NULL);

	creel_future_unref(promise);
	return status == CREEL_ECANCELLED ? arg : creel_fail(CREEL_ESTATE, "it was not told");
}

/* What runs within the caller waits in its scope. */
static void *
run_in_a_scope(void *pool)
{
	creel_scope scope = CREEL_SCOPE_INIT;
	creel_future *future;

	ck_assert_int_eq(creel_scope_enter(&scope, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_scope_cancel(&scope, NULL), CREEL_OK);
	future = creel_submit(pool, await_for_ever, NULL);
	ck_assert_int_eq(creel_future_status(future), CREEL_OK);
	creel_future_unref(future);
	ck_assert_int_eq(creel_scope_leave(&scope), CREEL_ECANCELLED);
	return pool;
}

START_TEST(a_scope_holds_in_what_runs_in_the_caller)
{
	gate g = GATE_INIT;
	creel_pool *pool = full_pool(&g), *other = pool_of(1);

	run_in_a_scope(pool);
	ck_assert_int_eq(creel_pool_run(other, run_in_a_scope, pool, NULL), CREEL_OK);
	creel_pool_destroy(other);
	open_and_destroy(&g, pool);
}
END_TEST

CREEL_SUITE("creel.async.bounded", a_continuation_has_room, a_stream_has_room,
	the_watch_over_a_group_has_room, a_child_is_refused, a_child_runs_in_the_body,
	a_priority_is_not_for_loops, a_scope_ends_the_wait_for_room,
	a_scope_holds_in_what_runs_in_the_caller)
