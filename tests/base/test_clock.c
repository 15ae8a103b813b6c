/* SPDX-License-Identifier: MIT */
/* test_clock.c: the monotonic clock, the fake one, durations and when they end. */
#include "base/clock.h"

#include "support/suite.h"

#include <creel/time.h>

#include <stdint.h>
#include <time.h>

static int64_t
clock_now(clockid_t id)
{
	struct timespec ts;

	ck_assert_int_eq(clock_gettime(id, &ts), 0);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* 0.2 "Time": the clock is CLOCK_MONOTONIC, in nanoseconds */
START_TEST(now_is_the_monotonic_clock)
{
	for (int i = 0; i < 1000; i++) {
		int64_t before = clock_now(CLOCK_MONOTONIC);
		int64_t now = creel_now();
		int64_t after = clock_now(CLOCK_MONOTONIC);

		ck_assert_int_le(before, now);
		ck_assert_int_le(now, after);
	}
}
END_TEST

START_TEST(now_never_goes_back)
{
	int64_t first = creel_now(), last = first;

	while (last - first < CREEL_MILLISECONDS(2)) {
		int64_t now = creel_now();

		ck_assert_int_ge(now, last);
		last = now;
	}
	ck_assert_int_gt(last, first);
}
END_TEST

/* Usable where a constant is needed. */
static const creel_duration half_a_second = CREEL_SECONDS(0.5);

START_TEST(durations_are_nanoseconds)
{
	ck_assert_int_eq(half_a_second, 500000000);
	ck_assert_int_eq(CREEL_SECONDS(3), 3000000000);
	ck_assert_int_eq(CREEL_SECONDS(1 + 1), 2000000000);
	ck_assert_int_eq(CREEL_SECONDS(0), 0);
	ck_assert_int_eq(CREEL_SECONDS(-2), -2000000000);
	ck_assert_int_eq(CREEL_MILLISECONDS(5), 5000000);
	ck_assert_int_eq(CREEL_MILLISECONDS(1.5), 1500000);
	ck_assert_int_eq(CREEL_MICROSECONDS(7), 7000);
	ck_assert_int_eq(CREEL_MICROSECONDS(0.25), 250);
	ck_assert_int_eq(CREEL_NANOSECONDS(9), 9);
	ck_assert_int_eq(CREEL_FOREVER, INT64_MAX);
}
END_TEST

/* A million seconds does not fit into an int's worth of nanoseconds. */
START_TEST(long_durations_fit)
{
	ck_assert_int_eq(CREEL_SECONDS(1000000), INT64_C(1000000000000000));
	ck_assert_int_eq(CREEL_SECONDS(9223372036), INT64_C(9223372036000000000));
	ck_assert_int_eq(CREEL_MILLISECONDS(86400000), CREEL_SECONDS(86400));
	ck_assert_int_eq(CREEL_MICROSECONDS(86400000000), CREEL_SECONDS(86400));
}
END_TEST

START_TEST(a_deadline_is_now_and_the_duration)
{
	int64_t before = crl_now(), deadline = crl_deadline(CREEL_SECONDS(5)), after = crl_now();

	ck_assert_int_ge(deadline, before + CREEL_SECONDS(5));
	ck_assert_int_le(deadline, after + CREEL_SECONDS(5));
}
END_TEST

/* 0.2 "Time": zero polls, and there is one number for "for ever" */
START_TEST(a_poll_and_for_ever_need_no_clock)
{
	ck_assert_int_eq(crl_deadline(0), 0);
	ck_assert_int_eq(crl_deadline(CREEL_FOREVER), CRL_NEVER);
	crl_clock_fake(true);
	ck_assert_int_eq(crl_deadline(0), 0);
	ck_assert_int_eq(crl_deadline(CREEL_FOREVER), CRL_NEVER);
}
END_TEST

/* 1.10 "NaN": a sum that would overflow means for ever */
START_TEST(a_deadline_saturates)
{
	int64_t now;

	crl_clock_fake(true);
	now = crl_now();
	ck_assert_int_eq(crl_deadline(1), now + 1);
	ck_assert_int_eq(crl_deadline(CRL_NEVER - now - 1), CRL_NEVER - 1);
	ck_assert_int_eq(crl_deadline(CRL_NEVER - now), CRL_NEVER);
	ck_assert_int_eq(crl_deadline(CRL_NEVER - now + 1), CRL_NEVER);
	ck_assert_int_eq(crl_deadline(CRL_NEVER - 1), CRL_NEVER);
}
END_TEST

START_TEST(the_fake_clock_stands_still)
{
	int64_t before = clock_now(CLOCK_MONOTONIC), now;

	ck_assert(!crl_clock_is_paused());
	crl_clock_fake(true);
	ck_assert(crl_clock_is_paused());
	now = creel_now();
	ck_assert_int_ge(now, before);
	ck_assert_int_le(now, clock_now(CLOCK_MONOTONIC));
	while (clock_now(CLOCK_MONOTONIC) < now + CREEL_MILLISECONDS(2))
		ck_assert_int_eq(creel_now(), now);
	ck_assert_int_eq(crl_now(), now);
}
END_TEST

START_TEST(the_fake_clock_goes_by_steps)
{
	int64_t now;

	crl_clock_fake(true);
	now = creel_now();
	crl_clock_step(1);
	ck_assert_int_eq(creel_now(), now + 1);
	crl_clock_step(CREEL_SECONDS(3600));
	ck_assert_int_eq(creel_now(), now + 1 + CREEL_SECONDS(3600));
	ck_assert_int_eq(crl_deadline(CREEL_SECONDS(1)), now + 1 + CREEL_SECONDS(3601));
}
END_TEST

START_TEST(the_real_clock_comes_back)
{
	int64_t after;

	crl_clock_fake(true);
	crl_clock_step(CREEL_SECONDS(3600));
	crl_clock_fake(false);
	ck_assert(!crl_clock_is_paused());
	after = creel_now();
	ck_assert_int_le(after, clock_now(CLOCK_MONOTONIC));
}
END_TEST

/* Behind the system's, and ahead of it. */
START_TEST(deadlines_by_the_system_saturate)
{
	int64_t begin;

	ck_assert(crl_clock_pause());
	begin = clock_now(CLOCK_MONOTONIC);
	while (clock_now(CLOCK_MONOTONIC) == begin)
		;
	ck_assert(crl_clock_resume());
	ck_assert_int_gt(crl_clock_by_system(0), 0);
	ck_assert_int_eq(crl_clock_by_system(CRL_NEVER - 1), CRL_NEVER);
	ck_assert(crl_clock_pause());
	crl_clock_step(CREEL_SECONDS(3600));
	ck_assert(crl_clock_resume());
	ck_assert_int_lt(crl_clock_by_system(0), 0);
	ck_assert_int_eq(crl_clock_by_system(INT64_MIN + 1), INT64_MIN);
}
END_TEST

CREEL_SUITE("creel.base.clock", deadlines_by_the_system_saturate, now_is_the_monotonic_clock,
	now_never_goes_back, durations_are_nanoseconds, long_durations_fit,
	a_deadline_is_now_and_the_duration, a_poll_and_for_ever_need_no_clock, a_deadline_saturates,
	the_fake_clock_stands_still, the_fake_clock_goes_by_steps, the_real_clock_comes_back)
