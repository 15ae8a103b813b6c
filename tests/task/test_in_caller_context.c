/* SPDX-License-Identifier: MIT */
/* test_in_caller_context.c: values of tasks that run in the caller, since the pool was full: as if they ran elsewhere. */
#include "support/suite.h"
#include "task/own_full.h"

static creel_context_key *key;
static int callers, tasks, dropped;

static void
count_drop(void *value)
{
	(void)value;
	dropped++;
}

static void
set_up(void)
{
	dropped = 0;
	make_full();
	key = creel_context_key_create(count_drop);
	ck_assert_ptr_nonnull(key);
}

static void
tear_down(void)
{
	end_full();
	creel_context_key_destroy(key);
}

/* Returns what it began with. */
static void *
set_another(void *arg)
{
	void *had = creel_context_get(key);

	(void)arg;
	ck_assert_int_eq(creel_context_set(key, &tasks), CREEL_OK);
	ck_assert_ptr_eq(creel_context_get(key), &tasks);
	return had;
}

/* The task has the caller's value, and the caller has it again when that has set its own. */
static void
submit_and_look(void)
{
	void *began_with = NULL;
	creel_future *future;

	ck_assert_int_eq(creel_context_set(key, &callers), CREEL_OK);
	future = creel_submit(full, set_another, NULL);
	ck_assert(creel_future_done(future));
	ck_assert_int_eq(dropped, 1);
	ck_assert_ptr_eq(creel_context_get(key), &callers);
	ck_assert_int_eq(creel_take(future, &began_with), CREEL_OK);
	ck_assert_ptr_eq(began_with, &callers);
	ck_assert_int_eq(creel_context_set(key, NULL), CREEL_OK);
	ck_assert_int_eq(dropped, 2);
}

START_TEST(of_a_plain_thread)
{
	set_up();
	submit_and_look();
	tear_down();
}
END_TEST

static void *
as_a_task(void *arg)
{
	submit_and_look();
	return arg;
}

START_TEST(of_a_task)
{
	creel_pool *other = creel_pool_create(NULL);
	creel_future *future;

	set_up();
	ck_assert_ptr_nonnull(other);
	future = creel_submit(other, as_a_task, NULL);
	ck_assert_int_eq(creel_take(future, NULL), CREEL_OK);
	creel_pool_destroy(other);
	tear_down();
}
END_TEST

/* A caller without values has none afterwards. */
START_TEST(of_one_that_has_none)
{
	void *began_with = &tasks;

	set_up();
	ck_assert_int_eq(creel_take(creel_submit(full, set_another, NULL), &began_with), CREEL_OK);
	ck_assert_ptr_null(began_with);
	ck_assert_ptr_null(creel_context_get(key));
	ck_assert_int_eq(dropped, 1);
	tear_down();
}
END_TEST

/* A callback has no values, so neither has what it runs; and what that sets goes nowhere. */
static void *began_with_in_callback;
static creel_status set_in_callback;

static void *
try_to_set(void *arg)
{
	began_with_in_callback = creel_context_get(key);
	set_in_callback = creel_context_set(key, arg);
	return arg;
}

static void
submit_in_callback(creel_future *future, void *arg)
{
	(void)future;
	creel_future_unref(creel_submit(full, try_to_set, arg));
}

START_TEST(of_a_callback)
{
	creel_future *promise = creel_future_create();

	set_up();
	began_with_in_callback = &tasks;
	ck_assert_int_eq(creel_context_set(key, &callers), CREEL_OK);
	ck_assert_int_eq(creel_future_on_done(promise, submit_in_callback, &tasks), CREEL_OK);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
	ck_assert_ptr_null(began_with_in_callback);
	ck_assert_int_eq(set_in_callback, CREEL_ESTATE);
	ck_assert_ptr_eq(creel_context_get(key), &callers);
	ck_assert_int_eq(creel_context_set(key, NULL), CREEL_OK);
	creel_future_unref(promise);
	tear_down();
}
END_TEST

CREEL_SUITE("creel.task.in_caller_context", of_a_plain_thread, of_a_task, of_one_that_has_none,
	of_a_callback)
