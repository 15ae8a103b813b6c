/* SPDX-License-Identifier: MIT */
/* test_shield.c: a future that stands before another, and can be cancelled alone. */
#include "async/combined.h"
#include "future/made.h"
#include "support/suite.h"

/* 3.7 "shield_result": the other's value
   1.9 "inner completes": so does the shield, with the same */
/* 3.5 "copy_state": of a value */
START_TEST(shield_result)
{
	creel_future *f = creel_future_create(), *shield = creel_shield(f);
	void *value = NULL;
	int calls = 0;

	creel_future_on_done(shield, count_callback, &calls);
	ck_assert_int_eq(creel_future_status(shield), CREEL_EPENDING);
	succeed(f, 42);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(creel_await(shield, &value), CREEL_OK);
	ck_assert_ptr_eq(value, number(42));
	ck_assert_int_eq(creel_future_cancel(shield), CREEL_CANCEL_TOO_LATE);
	creel_future_unref(shield);
	creel_future_unref(f);
}
END_TEST

/* 3.7 "shield_exception": the other's error, the very same */
/* 3.5 "copy_state": of an error */
START_TEST(shield_exception)
{
	creel_future *f = creel_future_create(), *shield = creel_shield(f);

	fail_with(f, 13);
	ck_assert_int_eq(creel_await(shield, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 13);
	ck_assert_ptr_eq(creel_future_error(shield), creel_future_error(f));
	creel_future_unref(f);
	ck_assert_str_eq(creel_future_error(shield)->message, "failed");
	creel_future_unref(shield);
}
END_TEST

/* 3.7 "shield_cancel_inner": the shield is cancelled as well
   1.9 "inner cancelled": so is the shield */
/* 3.5 "copy_state": of a cancellation */
START_TEST(shield_cancel_inner)
{
	creel_future *f = creel_future_create(), *shield = creel_shield(f);

	creel_future_cancel(f);
	ck_assert_int_eq(creel_future_status(shield), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_error(shield)->code, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_cancel(shield), CREEL_CANCEL_ALREADY);
	creel_future_unref(shield);
	creel_future_unref(f);
}
END_TEST

/* 3.7 "shield_cancel_outer": at once; the other goes on
   1.9 "outer cancelled": nothing of it stays behind in the other, however often */
START_TEST(shield_cancel_outer)
{
	made m;
	creel_future *f = made_promise(&m), *shield;

	for (int i = 0; i < 1000; i++) {
		shield = creel_shield(f);
		ck_assert_uint_eq(made_linked(f), 1);
		ck_assert_int_eq(creel_future_cancel(shield), CREEL_CANCEL_NOW);
		ck_assert_uint_eq(made_linked(f), 0);
		ck_assert_int_eq(creel_await(shield, NULL), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_cancel(shield), CREEL_CANCEL_ALREADY);
		creel_future_unref(shield);
	}
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	succeed(f, 1);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

/* 3.7 "shield_shortcut": of a future that is done it is that future
   1.9 "inner already done": another reference to it */
START_TEST(shield_shortcut)
{
	creel_future *f = creel_future_create(), *shield;
	void *value = NULL;

	succeed(f, 42);
	shield = creel_shield(f);
	ck_assert_ptr_eq(shield, f);
	creel_future_unref(f);
	ck_assert_int_eq(creel_take(shield, &value), CREEL_OK);
	ck_assert_ptr_eq(value, number(42));
}
END_TEST

static void *
await_shield(void *arg)
{
	creel_future *shield = creel_shield(arg);
	const creel_status status = creel_wait_for(shield, CREEL_FOREVER, NULL);

	creel_future_unref(shield);
	return number(status);
}

/* 3.7 "shield_effect": who waits for the shield, and passes its own cancel on, does not reach the other
   1.8 "with shield": only the shield is cancelled */
START_TEST(shield_effect)
{
	creel_pool *pool = creel_pool_create(NULL);
	made m;
	creel_future *f = made_promise(&m), *task = creel_submit(pool, await_shield, f);
	void *status = NULL;

	made_await_linked(f, 1);
	creel_future_cancel(task);
	ck_assert_int_eq(creel_take(task, &status), CREEL_OK);
	ck_assert_ptr_eq(status, number(CREEL_ECANCELLED));
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	ck_assert_uint_eq(made_linked(f), 0);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.7 "shield_cancel_outer_result": a value after it reports nothing */
START_TEST(shield_cancel_outer_result)
{
	creel_future *f = creel_future_create(), *shield = creel_shield(f);

	count_reports();
	creel_future_cancel(shield);
	succeed(f, 1);
	creel_future_unref(shield);
	creel_future_unref(f);
	ck_assert_int_eq(atomic_load(&reported), 0);
}
END_TEST

/* 3.7 "shield_cancel_outer_exception": an error after it is reported, unless somebody looks at it
   1.9 "outer cancelled, inner later fails": at the last unref, if it was not looked at by then */
START_TEST(shield_cancel_outer_exception)
{
	for (int look = 0; look < 2; look++) {
		creel_future *f = creel_future_create(), *shield = creel_shield(f);

		count_reports();
		creel_future_cancel(shield);
		ck_assert_int_eq(creel_await(shield, NULL), CREEL_ECANCELLED);
		fail_with(f, 2);
		if (look)
			creel_future_error(f);
		creel_future_unref(shield);
		ck_assert_int_eq(atomic_load(&reported), 0);
		creel_future_unref(f);
		ck_assert_int_eq(atomic_load(&reported), !look);
	}
}
END_TEST

/* 3.7 "shield_duplicate_log_once": two shields, one report */
START_TEST(shield_duplicate_log_once)
{
	creel_future *f = creel_future_create();
	creel_future *shields[2] = {creel_shield(f), creel_shield(f)};

	count_reports();
	creel_future_cancel(shields[0]);
	fail_with(f, 2);
	ck_assert_int_eq(creel_future_status(shields[1]), CREEL_EFAILED);
	creel_futures_unref(shields, 2);
	creel_future_unref(f);
	ck_assert_int_eq(atomic_load(&reported), 1);
}
END_TEST

/* To look at the shield's error is to look at the other's, whichever is let go of last. */
START_TEST(looking_at_the_shield)
{
	for (int first = 0; first < 2; first++) {
		creel_future *f = creel_future_create(), *shield = creel_shield(f);

		count_reports();
		fail_with(f, 2);
		ck_assert_int_eq(creel_await(shield, NULL), CREEL_EFAILED);
		creel_future_unref(first ? shield : f);
		creel_future_unref(first ? f : shield);
		ck_assert_int_eq(atomic_load(&reported), 0);
	}
}
END_TEST

/* Taken from the shield it is taken from the other: nobody drops it, nobody gets it again. */
START_TEST(taken_from_the_shield)
{
	made m;
	creel_future *f = made_promise(&m), *shield = creel_shield(f);
	void *value = NULL;

	succeed(f, 3);
	ck_assert_int_eq(creel_take(creel_future_ref(shield), &value), CREEL_OK);
	ck_assert_ptr_eq(value, number(3));
	ck_assert_int_eq(creel_take(shield, &value), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_result(f, &value), CREEL_ESTATE);
	ck_assert_int_eq(creel_take(f, &value), CREEL_ESTATE);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 0);
}
END_TEST

/* The reverse: taken from the other, the shield has none any more, neither to take nor to lend. */
START_TEST(taken_from_the_other)
{
	creel_future *f = creel_future_create(), *shield = creel_shield(f);
	creel_future *second = creel_shield(shield);
	void *value = NULL;

	succeed(f, 3);
	ck_assert_int_eq(creel_take(f, &value), CREEL_OK);
	ck_assert_int_eq(creel_future_result(second, &value), CREEL_ESTATE);
	ck_assert_int_eq(creel_await(shield, &value), CREEL_ESTATE);
	ck_assert_int_eq(creel_take(second, &value), CREEL_ESTATE);
	ck_assert_int_eq(creel_take(shield, &value), CREEL_ESTATE);
}
END_TEST

/* A value that nobody took is dropped once, when both are gone. */
START_TEST(dropped_with_both)
{
	for (int first = 0; first < 2; first++) {
		made m;
		creel_future *f = made_promise(&m), *shield = creel_shield(f);

		succeed(f, 3);
		ck_assert_int_eq(creel_await(shield, NULL), CREEL_OK);
		creel_future_unref(first ? shield : f);
		ck_assert_int_eq(m.dropped, 0);
		creel_future_unref(first ? f : shield);
		ck_assert_int_eq(m.dropped, 1);
		ck_assert_ptr_eq(m.dropped_value, number(3));
	}
}
END_TEST

/* 1.9 "who keeps inner alive": the shield; and a shield that is let go of lives until the other ends */
START_TEST(dropped_while_pending)
{
	made m;
	creel_future *f = made_promise(&m);

	creel_future_unref(creel_shield(f));
	ck_assert_uint_eq(made_linked(f), 1);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 0);
	succeed(f, 1);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 1);
}
END_TEST

/* 3.7 "shield_gather": cancelling the shield leaves the gather and its members alone */
START_TEST(shield_gather)
{
	creel_future *f[2], *whole, *shield;
	void *value = NULL;

	promises_make(f, 2);
	whole = creel_gather(f, 2, 0);
	shield = creel_shield(whole);
	ck_assert_int_eq(creel_future_cancel(shield), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	succeed(f[0], 1);
	succeed(f[1], 2);
	ck_assert_int_eq(creel_await(whole, &value), CREEL_OK);
	expect_value((creel_outcome *)value + 1, 2);
	creel_future_unref(shield);
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
}
END_TEST

/* 3.7 "gather_shield": cancelling a gather of shields stops at the shields */
START_TEST(gather_shield)
{
	creel_future *f[2], *shields[2], *whole;

	promises_make(f, 2);
	for (int i = 0; i < 2; i++)
		shields[i] = creel_shield(f[i]);
	whole = creel_gather(shields, 2, 0);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_ECANCELLED);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(creel_future_status(shields[i]), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_status(f[i]), CREEL_EPENDING);
	}
	creel_future_unref(whole);
	creel_futures_unref(shields, 2);
	creel_futures_unref(f, 2);
}
END_TEST

/* The array of a gather behind a shield is freed by whoever took it, else with the gather. */
START_TEST(outcomes_through_a_shield)
{
	for (int take = 0; take < 2; take++) {
		creel_future *f = creel_future_create(), *whole = creel_gather(&f, 1, 0);
		creel_future *shield = creel_shield(whole);
		void *value = NULL;

		creel_future_unref(whole);
		succeed(f, 1);
		ck_assert_int_eq(creel_await(shield, &value), CREEL_OK);
		if (take)
			ck_assert_int_eq(creel_take(creel_future_ref(shield), &value), CREEL_OK);
		expect_value(value, 1);
		creel_future_unref(shield);
		if (take)
			creel_free(value);
		creel_future_unref(f);
	}
}
END_TEST

START_TEST(of_nothing)
{
	expect_refused(creel_shield(NULL), CREEL_EINVAL);
}
END_TEST

CREEL_SUITE("creel.async.shield", shield_result, shield_exception, shield_cancel_inner,
	shield_cancel_outer, shield_shortcut, shield_effect, shield_cancel_outer_result,
	shield_cancel_outer_exception, shield_duplicate_log_once, looking_at_the_shield,
	taken_from_the_shield, taken_from_the_other, dropped_with_both, dropped_while_pending,
	shield_gather, gather_shield, outcomes_through_a_shield, of_nothing)
