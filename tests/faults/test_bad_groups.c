/* SPDX-License-Identifier: MIT */
/* test_bad_groups.c: the functions of groups, given NULL, wrong numbers, and a group from before a fork. */
#include "faults/table.h"
#include "support/child.h"
#include "support/pools.h"
#include "support/suite.h"

#include <string.h>

static void *
pass(void *arg)
{
	return arg;
}

static void
count_drop(void *arg)
{
	++*(int *)arg;
}

/* Make a group with these options and destroy it: 0, or the reason why it could not be had. */
static int
reason(creel_group_options options)
{
	creel_group *group = creel_group_create(&options);

	if (group == NULL)
		return creel_last_error()->code;
	creel_group_destroy(group);
	return 0;
}

#define OPTIONS(...) reason((creel_group_options){.size = sizeof(creel_group_options), __VA_ARGS__})

START_TEST(group_options)
{
	creel_pool *pool = pool_of(1);
	creel_loop *loop = creel_loop_create(NULL);
	_Alignas(creel_group_options) unsigned char newer[sizeof(creel_group_options) + 8] = {0};
	creel_group *group;
	creel_group_options plain = CREEL_GROUP_OPTIONS_INIT;

	plain.pool = pool;
	plain.size = sizeof newer;
	memcpy(newer, &plain, sizeof plain);
	const row rows[] = {
		ROW(OPTIONS(.pool = pool), 0),
		ROW(OPTIONS(.loop = loop), 0),
		ROW(OPTIONS(.pool = pool, .loop = loop), CREEL_EINVAL),
		ROW(OPTIONS(.limit = SIZE_MAX, .pool = pool), 0),
		ROW(OPTIONS(.flags = 7, .pool = pool), 0),
		ROW(OPTIONS(.flags = 8, .pool = pool), CREEL_EINVAL),
		ROW(OPTIONS(.deadline = INT64_MAX, .pool = pool), 0),
		ROW(OPTIONS(.deadline = -1, .pool = pool), CREEL_EINVAL),
		ROW(OPTIONS(.timeout = CREEL_FOREVER, .pool = pool), 0),
		ROW(OPTIONS(.timeout = -1, .pool = pool), CREEL_EINVAL),
		ROW(OPTIONS(.flags = 0), CREEL_ESTATE),
		ROW(reason((creel_group_options){.size = 0, .pool = pool}), CREEL_EINVAL),
		ROW(LAST_CODE(creel_group_destroy(creel_group_create(NULL))), CREEL_ESTATE),
	};

	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	group = creel_group_create((creel_group_options *)(void *)newer);
	ck_assert_ptr_nonnull(group);
	creel_group_destroy(group);
	newer[sizeof newer - 1] = 1;
	ck_assert_ptr_null(creel_group_create((creel_group_options *)(void *)newer));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
}
END_TEST

static creel_group *
group_on(creel_pool *pool)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;

	options.pool = pool;
	options.flags = CREEL_GROUP_COMPLETIONS;
	return creel_group_create(&options);
}

/* creel_group_submit_with() with an argument that is let go of. */
static int
submit_dropping(creel_group *group, creel_fn *fn, size_t size, int *dropped)
{
	creel_task_options options = {.size = size, .arg_drop = count_drop};

	return code_of(creel_group_submit_with(group, &options, fn, dropped, NULL));
}

/* Bad input is answered, and the group goes on as if it had not been. */
START_TEST(bad_calls)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool);
	creel_completion out;
	int dropped = 0;

	const row rows[] = {
		ROW(code_of(creel_group_submit(NULL, pass, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_group_submit(group, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_group_submit_with(NULL, NULL, pass, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_group_submit_with(group, NULL, NULL, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_group_try_submit(NULL, pass, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_group_try_submit(group, NULL, NULL)), CREEL_EINVAL),
		ROW(submit_dropping(NULL, pass, sizeof(creel_task_options), &dropped),
			CREEL_EINVAL),
		ROW(submit_dropping(group, NULL, sizeof(creel_task_options), &dropped),
			CREEL_EINVAL),
		ROW(creel_group_set_limit(NULL, 1), CREEL_EINVAL),
		ROW(creel_group_next(NULL, 0, &out), CREEL_EINVAL),
		ROW(creel_group_next(group, 0, NULL), CREEL_EINVAL),
		ROW(creel_group_next(group, -1, &out), CREEL_EINVAL),
		ROW(creel_group_join(NULL, 0), CREEL_EINVAL),
		ROW(creel_group_join(group, -1), CREEL_EINVAL),
		ROW(creel_group_cancel(NULL), CREEL_EINVAL),
		ROW(creel_group_fail(NULL, 1, "x"), CREEL_EINVAL),
		ROW((creel_group_fail)(NULL, 1, "x"), CREEL_EINVAL),
		ROW(creel_group_fail_at(NULL, 0, NULL, 1, NULL), CREEL_EINVAL),
		ROW(creel_group_detach(NULL), CREEL_EINVAL),
		ROW(creel_group_errors(NULL, NULL, 1), 0),
		ROW(creel_group_errors(group, NULL, 1), 0),
		ROW(creel_group_pending(NULL), 0),
	};

	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	creel_group_destroy(NULL);
	ck_assert_int_eq(dropped, 2);
	ck_assert_int_eq(code_of(creel_group_submit_with(group, NULL, pass, NULL, NULL)), 0);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);

	group = group_on(pool);
	ck_assert_int_eq((creel_group_fail)(group, 3, NULL), CREEL_OK);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_EFAILED);
	ck_assert_str_eq(creel_last_error()->message, "");
	creel_group_destroy(group);

	group = group_on(pool);
	ck_assert_int_eq(creel_group_fail(group, CREEL_ECANCELLED, "x"), CREEL_OK);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	creel_pool_destroy(pool);
}
END_TEST

static void *
sleep_long(void *arg)
{
	creel_sleep(CREEL_FOREVER);
	return arg;
}

static void
use_inherited(void *arg)
{
	creel_group *group = arg;
	creel_group_error error;
	creel_completion out;
	int dropped = 0;

	const row rows[] = {
		ROW(submit_dropping(group, pass, sizeof(creel_task_options), &dropped),
			CREEL_ECLOSED),
		ROW(code_of(creel_group_try_submit(group, pass, NULL)), CREEL_ECLOSED),
		ROW(creel_group_set_limit(group, 1), CREEL_ECLOSED),
		ROW(creel_group_next(group, CREEL_FOREVER, &out), CREEL_ECLOSED),
		ROW(creel_group_join(group, CREEL_FOREVER), CREEL_ECLOSED),
		ROW(creel_group_cancel(group), CREEL_ECLOSED),
		ROW(creel_group_fail(group, 1, "x"), CREEL_ECLOSED),
		ROW(creel_group_detach(group), CREEL_ECLOSED),
		ROW(creel_group_errors(group, &error, 1), 0),
		ROW(creel_group_pending(group), 0),
	};

	child_expect(strcmp(table_wrong(rows, sizeof rows), "") == 0);
	child_expect(dropped == 1);
	creel_group_destroy(group);
}

/* In the child of a fork a group of the parent is closed, and can be freed. */
START_TEST(after_a_fork)
{
	creel_pool *pool = pool_of(1);
	creel_group *group = group_on(pool);

	creel_future_unref(creel_group_submit(group, sleep_long, NULL));
	ck_assert(child_exited_with(child_run(use_inherited, group), 0));
	ck_assert_uint_eq(creel_group_pending(group), 1);
	creel_group_destroy(group);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.faults.bad_groups", group_options, bad_calls, after_a_fork)
