/* SPDX-License-Identifier: MIT */
/* test_parker.c: the token, waking for nothing, and being cancelled. */
#include "sync/parker.h"

#include "base/clock.h"
#include "support/suite.h"
#include "sync/watch.h"

START_TEST(a_token_comes_before_the_sleep)
{
	crl_parker *parker = watch_get();

	crl_unpark(parker);
	crl_park(parker, CRL_NEVER);
	ck_assert_int_eq(watch_waits(), 0);
	crl_parker_put(parker);
}
END_TEST

START_TEST(an_unpark_wakes_a_sleeper)
{
	crl_parker *parker = watch_get();
	sleeper s;

	for (int i = 1; i <= 3; i++) {
		sleeper_start(&s, parker, CRL_NEVER);
		watch_await_waits(i);
		ck_assert(!crl_load(&s.awake, relaxed));
		crl_unpark(parker);
		pthread_join(s.thread, NULL);
	}
	ck_assert_int_eq(watch_waits(), 3);
	crl_parker_put(parker);
}
END_TEST

START_TEST(tokens_are_merged)
{
	crl_parker *parker = watch_get();

	for (int i = 0; i < 5; i++)
		crl_unpark(parker);
	crl_park(parker, CRL_NEVER);
	ck_assert_int_eq(watch_waits(), 0);
	ck_assert(watch_sleeps(parker));
	crl_unpark(parker);
	crl_park(parker, CRL_NEVER);
	ck_assert(watch_sleeps(parker));
	crl_parker_put(parker);
}
END_TEST

START_TEST(a_woken_sleeper_has_taken_the_token)
{
	crl_parker *parker = watch_get();
	sleeper s;

	sleeper_start(&s, parker, CRL_NEVER);
	watch_await_waits(1);
	crl_unpark(parker);
	pthread_join(s.thread, NULL);
	ck_assert(watch_sleeps(parker));
	crl_parker_put(parker);
}
END_TEST

START_TEST(waking_for_nothing_does_not_end_a_park)
{
	crl_parker *parker = watch_get();
	sleeper s;

	watch_wake_for_nothing(10);
	sleeper_start(&s, parker, CRL_NEVER);
	watch_await_waits(11);
	ck_assert(!crl_load(&s.awake, relaxed));
	crl_unpark(parker);
	pthread_join(s.thread, NULL);
	ck_assert_int_eq(watch_waits(), 11);
	crl_parker_put(parker);
}
END_TEST

/* A thread that the program cancels while it is in a park, and what became of it. */
typedef struct victim {
	crl_parker *parker;
	int state_after; /* of its cancelability */
	int ignored;
	bool came_back;
	bool lived_on;
} victim;

static void *
park_and_be_cancelled(void *arg)
{
	victim *self =
		arg; /* no local whose address is taken: AddressSanitizer would miss its end */

	crl_park(self->parker, CRL_NEVER);
	self->came_back = true;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &self->state_after);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &self->ignored);
	pthread_testcancel();
	self->lived_on = true;
	return NULL;
}

/* Its mutex and what it is linked into must be left as after any other park. */
START_TEST(a_cancelled_thread_leaves_its_park_first)
{
	victim v = {.parker = watch_get()};
	pthread_t thread;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, park_and_be_cancelled, &v), 0);
	watch_await_waits(1);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	crl_unpark(v.parker);
	pthread_join(thread, &result);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert(v.came_back);
	ck_assert_int_eq(v.state_after, PTHREAD_CANCEL_ENABLE);
	ck_assert(!v.lived_on);
	ck_assert(watch_sleeps(v.parker));
	crl_parker_put(v.parker);
}
END_TEST

START_TEST(a_park_keeps_cancelling_disabled)
{
	crl_parker *parker = watch_get();
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	crl_park(parker, 1);
	pthread_setcancelstate(state, &state);
	ck_assert_int_eq(state, PTHREAD_CANCEL_DISABLE);
	crl_parker_put(parker);
}
END_TEST

CREEL_SUITE("creel.sync.parker", a_token_comes_before_the_sleep, an_unpark_wakes_a_sleeper,
	tokens_are_merged, a_woken_sleeper_has_taken_the_token,
	waking_for_nothing_does_not_end_a_park, a_cancelled_thread_leaves_its_park_first,
	a_park_keeps_cancelling_disabled)
