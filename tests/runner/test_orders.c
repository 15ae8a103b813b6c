/* SPDX-License-Identifier: MIT */
/* test_orders.c: what comes to a runner from elsewhere: timers that expire, and orders. */
#include "runner/desk.h"
#include "support/fake_clock.h"
#include "support/suite.h"

#include "base/clock.h"

static void
say_name(step *s)
{
	desk_log(s->desk, s->name);
}

/* Told to stop, it first does all that there is. */
static void
stop_then_add(step *s)
{
	crl_runner_stop(s->desk->runner);
	desk_log(s->desk, s->name);
	if (s->name < 'e')
		desk_add(s->desk, stop_then_add, (char)(s->name + 1));
}

START_TEST(it_stops_when_nothing_is_left)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, stop_then_add, 'a');
	desk_run(&d);
	ck_assert_str_eq(d.log, "abcde");
	desk_close(&d);
}
END_TEST

/* Timers: a job that waits for one, as lib/runner/waiter.c does. */
typedef struct alarm_clock {
	crl_timer timer;
	step *s;
} alarm_clock;

static void
ring(crl_timer *timer)
{
	crl_runner_resume(CRL_CONTAINER_OF(timer, alarm_clock, timer)->s->strand);
}

/* The step's count is how long it sleeps. */
static void
sleep_then_say(step *s)
{
	crl_runner *runner = s->desk->runner;
	alarm_clock a = {.s = s};

	crl_runner_set_timer(runner, &a.timer, crl_now() + s->count, ring);
	desk_suspend(s);
	crl_runner_clear_timer(runner, &a.timer);
	desk_log(s->desk, s->name);
}

static void
step_clock(step *s)
{
	desk_log(s->desk, s->name);
	crl_clock_step(s->count);
}

START_TEST(timers_expire_in_their_order)
{
	desk d;

	fake_clock_start();
	ck_assert(desk_open(&d));
	desk_add(&d, sleep_then_say, 'a')->count = 30;
	desk_add(&d, sleep_then_say, 'b')->count = 10;
	desk_add(&d, sleep_then_say, 'c')->count = 20;
	desk_add(&d, sleep_then_say, 'd')->count = 10;
	desk_add(&d, sleep_then_say, 'e')->count = 10;
	desk_add(&d, step_clock, '1')->count = 9;
	desk_add(&d, step_clock, '2')->count = 1;
	desk_add(&d, step_clock, '3')->count = 9;
	desk_add(&d, step_clock, '4')->count = 11;
	desk_run(&d);
	/* Those of one deadline in the order of their setting. */
	ck_assert_str_eq(d.log, "12bde34ca");
	desk_close(&d);
}
END_TEST

static void
set_and_clear(step *s)
{
	crl_runner *runner = s->desk->runner;
	crl_timer never = {.prev = NULL}, early = {.prev = NULL};

	crl_runner_set_timer(runner, &never, CRL_NEVER, ring);
	desk_log(s->desk, crl_timers_empty(&runner->timers) ? 'y' : 'n');
	crl_runner_clear_timer(runner, &never);
	crl_runner_set_timer(runner, &early, crl_now() + 1, ring);
	desk_log(s->desk, runner->timers.top == &early ? 'y' : 'n');
	crl_runner_clear_timer(runner, &early);
	desk_log(s->desk, crl_timers_empty(&runner->timers) ? 'y' : 'n');
	crl_clock_step(2); /* it would expire now */
}

START_TEST(a_timer_that_is_cleared_does_not_expire)
{
	desk d;

	fake_clock_start();
	ck_assert(desk_open(&d));
	desk_add(&d, set_and_clear, 'a');
	desk_add(&d, say_name, 'b');
	desk_run(&d);
	ck_assert_str_eq(d.log, "yyyb");
	desk_close(&d);
}
END_TEST

/* An interruption: all jobs that are suspended, and can be asked to end, are asked, once. */
static void
suspend_until_asked(step *s)
{
	desk_suspend(s);
	desk_log(s->desk, s->name);
}

static void
suspend_unasked(step *s)
{
	s->strand->cancel = NULL;
	desk_suspend(s);
	desk_log(s->desk, s->name);
}

static void
interrupt(step *s)
{
	crl_runner_interrupt(s->desk->runner);
	desk_log(s->desk, crl_strand_cancel(s->strand) == &s->cancel ? 'y' : 'n');
	desk_log(s->desk, crl_cancel_requested(&s->cancel) ? 'r' : '-');
}

static void
look_and_release_first(step *s)
{
	desk_log(s->desk, crl_cancel_requested(&s->desk->steps[0].cancel) ? 'r' : '-');
	crl_runner_resume(s->desk->steps[0].strand);
}

/* What each of the first three jobs has been told; then they may go on. */
static void
look_and_release(step *s)
{
	desk *d = s->desk;

	for (int i = 0; i < 3; i++) {
		desk_log(d, crl_cancel_requested(&d->steps[i].cancel) ? 'r' : '-');
		desk_log(d, crl_cancel_pending(&d->steps[i].cancel) ? 'p' : '-');
		if (crl_cancel_pending(&d->steps[i].cancel))
			crl_cancel_deliver(&d->steps[i].cancel);
	}
	if (s->name == '2')
		for (int i = 0; i < 3; i++)
			crl_runner_resume(d->steps[i].strand);
}

static void
stop_and_ask(step *s)
{
	crl_runner_stop(s->desk->runner);
	desk_log(s->desk, crl_strand_cancel(s->strand) == &s->cancel ? 'y' : 'n');
	desk_log(s->desk, crl_cancel_requested(&s->cancel) ? 'r' : '-');
}

START_TEST(an_order_to_stop_is_no_request_to_jobs)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, suspend_until_asked, 'a');
	desk_add(&d, stop_and_ask, 's');
	desk_add(&d, look_and_release_first, 'l');
	desk_run(&d);
	ck_assert_str_eq(d.log, "y--a");
	desk_close(&d);
}
END_TEST

START_TEST(an_interruption_reaches_each_suspended_job_once)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, suspend_until_asked, 'a');
	desk_add(&d, suspend_unasked, 'b');
	desk_add(&d, suspend_until_asked, 'c');
	desk_add(&d, interrupt, 'i');
	desk_add(&d, look_and_release, '1');
	desk_add(&d, interrupt, 'i'); /* no news to those who know */
	desk_add(&d, look_and_release, '2');
	desk_run(&d);
	ck_assert_str_eq(d.log, "yrrp--rpyrr---r-abc");
	desk_close(&d);
}
END_TEST

CREEL_SUITE("creel.runner.orders", it_stops_when_nothing_is_left, timers_expire_in_their_order,
	a_timer_that_is_cleared_does_not_expire, an_order_to_stop_is_no_request_to_jobs,
	an_interruption_reaches_each_suspended_job_once)
