/* SPDX-License-Identifier: MIT */
/* test_parker_clock.c: parks with a deadline, of the real clock and of the fake one. */
#include "sync/parker.h"

#include "base/clock.h"
#include "support/fake_clock.h"
#include "support/suite.h"
#include "sync/watch.h"

#include <creel/time.h>

#include <stdint.h>

START_TEST(an_unpark_wakes_before_the_deadline)
{
	crl_parker *parker = watch_get();
	int64_t deadline = crl_deadline(CREEL_SECONDS(3600));
	sleeper s;

	sleeper_start(&s, parker, deadline);
	watch_await_waits(1);
	crl_unpark(parker);
	pthread_join(s.thread, NULL);
	ck_assert_int_lt(s.woke_at, deadline);
	crl_parker_put(parker);
}
END_TEST

/* 1.10 "precision": never early
 * 3.16 "28. clock jump": no effect; as one of CLOCK_REALTIME this deadline would be decades ago */
START_TEST(a_deadline_is_never_early)
{
	crl_parker *parker = watch_get();

	for (int64_t us = 1; us <= 4096; us *= 2) {
		int64_t deadline = crl_deadline(CREEL_MICROSECONDS(us));

		crl_park(parker, deadline);
		ck_assert_int_ge(crl_now(), deadline);
	}
	crl_parker_put(parker);
}
END_TEST

/* And leaves nothing behind. */
START_TEST(a_deadline_in_the_past_does_not_sleep)
{
	crl_parker *parker = watch_get();
	const int64_t past[] = {0, 1, crl_now() - 1, crl_now()};

	for (size_t i = 0; i < sizeof past / sizeof *past; i++)
		crl_park(parker, past[i]);
	ck_assert(watch_sleeps(parker));
	crl_parker_put(parker);
}
END_TEST

/* No duration ends there, but a point in time may be computed. */
START_TEST(a_deadline_before_the_clock_began_does_not_sleep)
{
	crl_parker *parker = watch_get();

	crl_park(parker, -1);
	crl_park(parker, -CREEL_SECONDS(5));
	crl_park(parker, INT64_MIN);
	ck_assert(watch_sleeps(parker));
	crl_parker_put(parker);
}
END_TEST

START_TEST(a_token_is_taken_after_the_deadline_too)
{
	crl_parker *parker = watch_get();

	crl_unpark(parker);
	crl_park(parker, 1);
	ck_assert_int_eq(watch_waits(), 0);
	ck_assert(watch_sleeps(parker));
	crl_parker_put(parker);
}
END_TEST

START_TEST(the_last_deadline_fits)
{
	crl_parker *parker = watch_get();
	sleeper s;

	sleeper_start(&s, parker, CRL_NEVER - 1);
	watch_await_waits(1);
	crl_unpark(parker);
	pthread_join(s.thread, NULL);
	ck_assert_int_eq(watch_deadline().tv_sec, INT64_C(9223372036));
	ck_assert_int_eq(watch_deadline().tv_nsec, 854775806);
	crl_parker_put(parker);
}
END_TEST

/* 0.2 "Time": waking for nothing neither ends nor extends a timed wait */
START_TEST(waking_for_nothing_does_not_move_a_deadline)
{
	crl_parker *parker = watch_get();
	int64_t deadline;

	watch_wake_for_nothing(10);
	deadline = crl_deadline(CREEL_MILLISECONDS(3));
	crl_park(parker, deadline);
	ck_assert_int_ge(crl_now(), deadline);
	ck_assert_int_ge(watch_waits(), 11);
	ck_assert_int_eq(watch_deadline().tv_sec, deadline / 1000000000);
	ck_assert_int_eq(watch_deadline().tv_nsec, deadline % 1000000000);
	crl_parker_put(parker);
}
END_TEST

START_TEST(the_fake_clock_ends_a_park)
{
	crl_parker *parker;
	int64_t deadline;
	sleeper s;

	fake_clock_start();
	parker = watch_get();
	ck_assert_int_eq(crl_parker_sleepers(), 0);
	deadline = crl_deadline(CREEL_SECONDS(5));
	sleeper_start(&s, parker, deadline);
	fake_clock_await_sleepers(1);
	ck_assert(!crl_load(&s.awake, relaxed));
	fake_clock_step(CREEL_SECONDS(5));
	pthread_join(s.thread, NULL);
	ck_assert_int_eq(s.woke_at, deadline);
	ck_assert_int_eq(crl_parker_sleepers(), 0);
	crl_parker_put(parker);
}
END_TEST

static void *
note_and_park(void *arg)
{
	sleeper *self = arg;

	self->woke_at = 7; /* what the test reads while it sleeps */
	crl_park(self->parker, self->deadline);
	return NULL;
}

/* For ThreadSanitizer: who sees it asleep sees what it did before. */
START_TEST(who_sees_a_sleeper_sees_what_it_did)
{
	sleeper s = {0};

	fake_clock_start();
	s.parker = crl_parker_get();
	s.deadline = crl_deadline(CREEL_SECONDS(1));
	ck_assert_int_eq(pthread_create(&s.thread, NULL, note_and_park, &s), 0);
	fake_clock_await_sleepers(1);
	ck_assert_int_eq(s.woke_at, 7);
	fake_clock_step(CREEL_SECONDS(1));
	pthread_join(s.thread, NULL);
	crl_parker_put(s.parker);
}
END_TEST

static void *
park_until(void *arg)
{
	sleeper *self = arg;

	while (crl_now() < self->deadline)
		crl_park(self->parker, self->deadline);
	self->woke_at = crl_now();
	crl_store(&self->awake, true, relaxed);
	return NULL;
}

START_TEST(the_fake_clock_wakes_everybody_to_look)
{
	sleeper s[2];

	fake_clock_start();
	for (int i = 0; i < 2; i++) {
		s[i] = (sleeper){.parker = crl_parker_get()};
		s[i].deadline = crl_deadline(CREEL_SECONDS(i + 1));
		ck_assert_int_eq(pthread_create(&s[i].thread, NULL, park_until, &s[i]), 0);
	}
	fake_clock_await_sleepers(2);
	fake_clock_step(CREEL_SECONDS(1));
	pthread_join(s[0].thread, NULL);
	ck_assert_int_eq(s[0].woke_at, s[0].deadline);
	ck_assert(!crl_load(&s[1].awake, relaxed));
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1) - 1);
	fake_clock_await_sleepers(1);
	ck_assert(!crl_load(&s[1].awake, relaxed));
	fake_clock_step(1);
	pthread_join(s[1].thread, NULL);
	ck_assert_int_eq(s[1].woke_at, s[1].deadline);
	crl_parker_put(s[0].parker);
	crl_parker_put(s[1].parker);
}
END_TEST

START_TEST(a_park_after_its_fake_deadline_does_not_sleep)
{
	crl_parker *parker;

	fake_clock_start();
	parker = watch_get();
	crl_park(parker, crl_now());
	crl_park(parker, crl_now() - 1);
	crl_park(parker, 0);
	ck_assert_int_eq(watch_waits(), 0);
	ck_assert_int_eq(crl_parker_sleepers(), 0);
	crl_parker_put(parker);
}
END_TEST

START_TEST(the_fake_clock_does_not_stop_an_unpark)
{
	crl_parker *parker;
	sleeper s;

	fake_clock_start();
	parker = watch_get();
	sleeper_start(&s, parker, crl_deadline(CREEL_SECONDS(5)));
	fake_clock_await_sleepers(1);
	crl_unpark(parker);
	pthread_join(s.thread, NULL);
	ck_assert_int_lt(s.woke_at, s.deadline);
	sleeper_start(&s, parker, CRL_NEVER); /* which is no deadline, and counts no sleeper */
	watch_await_waits(2);
	ck_assert_int_eq(crl_parker_sleepers(), 0);
	crl_unpark(parker);
	pthread_join(s.thread, NULL);
	crl_parker_put(parker);
}
END_TEST

CREEL_SUITE("creel.sync.parker_clock", an_unpark_wakes_before_the_deadline,
	a_deadline_is_never_early, a_deadline_in_the_past_does_not_sleep,
	a_deadline_before_the_clock_began_does_not_sleep, a_token_is_taken_after_the_deadline_too,
	the_last_deadline_fits, waking_for_nothing_does_not_move_a_deadline,
	the_fake_clock_ends_a_park, who_sees_a_sleeper_sees_what_it_did,
	the_fake_clock_wakes_everybody_to_look, a_park_after_its_fake_deadline_does_not_sleep,
	the_fake_clock_does_not_stop_an_unpark)
