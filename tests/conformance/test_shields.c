/* SPDX-License-Identifier: MIT */
/* test_shields.c: CPython's cases of wait_for with a shield, by their names there: what is behind it goes on. */
#include "support/suite.h"
#include "task/turns.h"

static creel_pool *pool;
static creel_future *cue, *task, *shield;

static void *
done_at_cue(void *arg)
{
	return creel_await(cue, NULL) == CREEL_OK ? arg : creel_fail(CREEL_ECANCELLED, "cancelled");
}

/* A task that waits for the cue, and its shield. */
static void
begin(void)
{
	pool = pool_of(1);
	cue = creel_future_create();
	task = creel_submit(pool, done_at_cue, pointer_of('d'));
	shield = creel_shield(task);
	settle(pool);
}

/* The shield is cancelled, the task is not; given its cue it ends as if nothing had been. */
static void
end_unharmed(void)
{
	ck_assert_int_eq(creel_future_status(shield), CREEL_ECANCELLED);
	settle(pool); /* nothing is on its way to the task */
	ck_assert_int_eq(creel_future_status(task), CREEL_EPENDING);
	creel_future_set_result(cue, NULL);
	ck_assert_int_eq(take_number(task), 'd');
}

static void
end(void)
{
	creel_future_unref(shield);
	creel_future_unref(cue);
	creel_pool_destroy(pool);
}

/* 3.12 "Shield: zero_timeout": the time is up at once: the shield is cancelled alone */
START_TEST(zero_timeout)
{
	begin();
	ck_assert_int_eq(creel_wait_for(shield, 0, NULL), CREEL_ETIMEDOUT);
	end_unharmed();
	end();
}
END_TEST

/* 3.12 "Shield: shielded_timeout": the time is up later: likewise */
START_TEST(shielded_timeout)
{
	begin();
	ck_assert_int_eq(creel_wait_for(shield, CREEL_MILLISECONDS(1), NULL), CREEL_ETIMEDOUT);
	end_unharmed();
	end();
}
END_TEST

static void *
wait_for_shield(void *arg)
{
	void *value = NULL;
	const creel_status status = creel_wait_for(arg, CREEL_FOREVER, &value);

	return status == CREEL_OK ? value : creel_fail((int)status, "no value");
}

/* 3.12 "Shield: none_timeout": without a timeout it is waited for until it is done */
START_TEST(none_timeout)
{
	creel_future *waiter;

	begin();
	waiter = creel_submit(pool, wait_for_shield, shield);
	settle(pool);
	ck_assert(!creel_future_done(waiter));
	creel_future_set_result(cue, NULL);
	ck_assert_int_eq(take_number(waiter), 'd');
	ck_assert(creel_future_done(task));
	ck_assert_int_eq(take_number(task), 'd');
	end();
}
END_TEST

CREEL_SUITE("creel.conformance.shields", zero_timeout, shielded_timeout, none_timeout)
