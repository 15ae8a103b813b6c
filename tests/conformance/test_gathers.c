/* SPDX-License-Identifier: MIT */
/* test_gathers.c: gathers that nobody keeps, and gathers of one future many times, while others complete them. */
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

enum { CHILDREN = 8, SAME = 1000 };

static atomic_int made, dropped;

static void *
make_value(void *arg)
{
	(void)arg;
	atomic_fetch_add(&made, 1);
	return &made;
}

static void
drop_value(void *value)
{
	if (value == &made)
		atomic_fetch_add(&dropped, 1);
}

static void
gather_and_drop(creel_pool *pool, unsigned flags)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_future *children[CHILDREN], *all;

	options.result_drop = drop_value;
	for (int i = 0; i < CHILDREN; i++)
		children[i] = creel_submit_with(pool, &options, make_value, NULL);
	all = creel_gather(children, CHILDREN, flags);
	creel_futures_unref(children, CHILDREN);
	creel_future_unref(all);
}

/* 3.16 "7. gather dropped at once": its children end on four threads meanwhile; each value is dropped, once */
START_TEST(dropped_at_once)
{
	const int times = SCALE_TIMES(12500);
	creel_pool *pool = pool_of(4);

	for (int i = 0; i < times; i++)
		gather_and_drop(pool, i % 2 == 0 ? 0 : CREEL_RETURN_EXCEPTIONS);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(pool); /* no worker holds a future any more */
	ck_assert_int_eq(atomic_load(&made), times * CHILDREN);
	ck_assert_int_eq(atomic_load(&dropped), times * CHILDREN);
}
END_TEST

static void *
complete(void *arg)
{
	creel_future_set_result(arg, arg);
	return NULL;
}

/* 3.16 "8. gather of the same future 1000 times": completed by another thread meanwhile: each place has its value */
START_TEST(of_the_same)
{
	creel_pool *pool = pool_of(1);
	static creel_future *same_one[SAME];

	for (int times = SCALE_TIMES(1000); times > 0; times--) {
		creel_future *one = creel_future_create(), *all;
		void *result = NULL;
		creel_outcome *outcomes;
		int good = 0;

		for (int i = 0; i < SAME; i++)
			same_one[i] = one;
		creel_post(pool, complete, one);
		all = creel_gather(same_one, SAME, 0);
		ck_assert_int_eq(creel_take(all, &result), CREEL_OK);
		outcomes = result;
		for (int i = 0; i < SAME; i++)
			good += outcomes[i].status == CREEL_OK && outcomes[i].value == one;
		ck_assert_int_eq(good, SAME);
		creel_free(outcomes);
		settle(pool); /* its post is over: the future may go */
		creel_future_unref(one);
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.conformance.gathers", dropped_at_once, of_the_same)
