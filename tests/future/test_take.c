/* SPDX-License-Identifier: MIT */
/* test_take.c: taking a value: it moves once, and the reference goes, whatever the answer. */
#include "future/made.h"
#include "future/race.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <pthread.h>
#include <stdlib.h>

static char a_value, another; /* values by address */

static uint32_t
refs(creel_future *f)
{
	return crl_load(&f->refs, relaxed);
}

/* 1.2 "result() many times / from many threads": take moves the value out, once; then ESTATE */
START_TEST(a_second_take_is_estate)
{
	made m;
	creel_future *f = creel_future_ref(creel_future_ref(made_promise(&m)));
	void *out = &another;

	creel_future_set_result(f, &a_value);
	ck_assert_int_eq(creel_take(f, &out), CREEL_OK);
	ck_assert_ptr_eq(out, &a_value);
	out = &another;
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_ESTATE);
	ck_assert_int_eq(creel_await(f, &out), CREEL_ESTATE);
	ck_assert_int_eq(creel_await_for(f, 0, &out), CREEL_ESTATE);
	ck_assert_uint_eq(refs(f), 2);
	ck_assert_int_eq(creel_take(f, &out), CREEL_ESTATE);
	ck_assert_ptr_eq(out, &another);
	ck_assert_uint_eq(refs(f), 1);
	ck_assert(creel_future_done(f));
	ck_assert_int_eq(creel_future_status(f), CREEL_OK);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 0);
}
END_TEST

/* 0.2 "Ownership": take lets the reference go whatever the outcome */
START_TEST(take_always_lets_go)
{
	made list[4];
	creel_future *f;
	void *out = &another;

	f = made_promise(&list[0]);
	creel_future_set_error(f, 3, "x");
	ck_assert_int_eq(creel_take(f, &out), CREEL_EFAILED);
	f = made_promise(&list[1]);
	creel_future_cancel(f);
	ck_assert_int_eq(creel_take(f, &out), CREEL_ECANCELLED);
	f = made_promise(&list[2]);
	creel_no_suspend_enter();
	ck_assert_int_eq(creel_take(f, &out), CREEL_EDEADLK);
	creel_no_suspend_leave();
	ck_assert_ptr_eq(out, &another);
	f = made_promise(&list[3]);
	creel_future_set_result(f, &a_value);
	ck_assert_int_eq(creel_take(f, &out), CREEL_OK);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(list[i].destroyed, 1);
		ck_assert_int_eq(list[i].dropped, 0);
	}
}
END_TEST

/* Where result is NULL nobody takes the value: it stays, and is dropped with the future. */
START_TEST(take_without_a_result)
{
	made m;
	creel_future *f = creel_future_ref(made_promise(&m));
	void *out = NULL;

	creel_future_set_result(f, &a_value);
	ck_assert_int_eq(creel_take(f, NULL), CREEL_OK);
	ck_assert_uint_eq(refs(f), 1);
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_OK);
	ck_assert_ptr_eq(out, &a_value);
	ck_assert_int_eq(creel_take(f, NULL), CREEL_OK);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 1);

	f = creel_future_ref(made_promise(&m));
	creel_future_set_result(f, &a_value);
	ck_assert_int_eq(creel_take(f, &out), CREEL_OK);
	ck_assert_int_eq(creel_take(f, NULL), CREEL_ESTATE); /* another had taken it */
	ck_assert_int_eq(m.dropped, 0);
}
END_TEST

static void *
take_it(void *arg)
{
	void *value = NULL;

	return creel_take(arg, &value) == CREEL_OK ? value : NULL;
}

START_TEST(take_waits)
{
	made m;
	creel_future *f = creel_future_ref(made_promise(&m));
	pthread_t thread;
	void *got;

	pthread_create(&thread, NULL, take_it, f);
	made_await_linked(f, 1);
	creel_future_set_result(f, &a_value);
	pthread_join(thread, &got);
	ck_assert_ptr_eq(got, &a_value);
	ck_assert_uint_eq(refs(f), 1);
	creel_future_unref(f);
	ck_assert_int_eq(m.dropped, 0);
}
END_TEST

/* A value that nobody took is dropped with the future; looking at it is not taking it. */
START_TEST(a_lent_value_is_dropped)
{
	made m;
	creel_future *f = made_promise(&m);

	creel_future_set_result(f, &a_value);
	ck_assert_int_eq(creel_await(f, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_result(f, NULL), CREEL_OK);
	ck_assert_int_eq(m.dropped, 0);
	creel_future_unref(f);
	ck_assert_int_eq(m.dropped, 1);
	ck_assert_ptr_eq(m.dropped_value, &a_value);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

START_TEST(only_values_are_dropped)
{
	made list[3];

	creel_future_unref(made_promise(&list[0]));
	creel_future_set_error(made_promise(&list[1]), 1, "x");
	creel_future_error(&list[1].future);
	creel_future_unref(&list[1].future);
	creel_future_cancel(made_promise(&list[2]));
	creel_future_unref(&list[2].future);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(list[i].destroyed, 1);
		ck_assert_int_eq(list[i].dropped, 0);
	}
}
END_TEST

typedef struct taken {
	made made;
	creel_status status[4];
	void *value[4];
} taken;

static void
take_one(void *item, int who)
{
	taken *t = item;

	t->value[who] = &another;
	t->status[who] = creel_take(&t->made.future, &t->value[who]);
}

/* Four takers, each with a reference: one gets the value, the others ESTATE; nobody drops it. */
START_TEST(one_taker_wins)
{
	enum { TIMES = SCALE_TIMES(100000) };
	taken *items = malloc(TIMES * sizeof *items);

	for (int i = 0; i < TIMES; i++) {
		creel_future *f = made_promise(&items[i].made);

		creel_future_set_result(f, &a_value);
		for (int n = 1; n < 4; n++)
			creel_future_ref(f);
	}
	race(4, take_one, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		int won = 0;

		for (int who = 0; who < 4; who++) {
			bool got = items[i].status[who] == CREEL_OK;

			won += got;
			ck_assert(got || items[i].status[who] == CREEL_ESTATE);
			ck_assert_ptr_eq(items[i].value[who], got ? &a_value : &another);
		}
		ck_assert_int_eq(won, 1);
		ck_assert_int_eq(items[i].made.dropped, 0);
		ck_assert_int_eq(items[i].made.destroyed, 1);
	}
	free(items);
}
END_TEST

CREEL_SUITE("creel.future.take", a_second_take_is_estate, take_always_lets_go,
	take_without_a_result, take_waits, a_lent_value_is_dropped, only_values_are_dropped,
	one_taker_wins)
