/* SPDX-License-Identifier: MIT */
/* test_runner.c: a runner's loop: jobs in their order, fair choices, timers, orders, the end. */
#include "runner/desk.h"
#include "support/fake_clock.h"
#include "support/suite.h"

#include "base/clock.h"
#include "base/context.h"

static void
say_name(step *s)
{
	desk_log(s->desk, s->name);
}

START_TEST(jobs_run_in_the_order_of_the_source)
{
	desk d;

	ck_assert(desk_open(&d));
	for (char c = 'a'; c <= 'z'; c++)
		desk_add(&d, say_name, c);
	desk_run(&d);
	ck_assert_str_eq(d.log, "abcdefghijklmnopqrstuvwxyz");
	ck_assert_int_eq(d.ended, 26);
	desk_close(&d);
}
END_TEST

START_TEST(a_job_that_does_not_block_costs_no_stack)
{
	desk d;

	ck_assert(desk_open(&d));
	for (int i = 0; i < 50; i++)
		desk_add(&d, say_name, 'x');
	desk_run(&d);
	ck_assert_int_eq(desk_strands(&d), 1);
	desk_close(&d);
}
END_TEST

static void
look_round(step *s)
{
	const bool right = crl_runner_self() == s->desk->runner &&
			   crl_strand_self() == s->desk->runner->current &&
			   crl_strand_self()->job == &s->job &&
			   crl_strand_self()->home == s->desk->runner &&
			   crl_context_self() == &crl_strand_self()->fiber.context &&
			   s->desk->runner->index == 7;

	desk_log(s->desk, right ? 'y' : 'n');
}

START_TEST(a_job_knows_its_runner_and_its_strand)
{
	desk d;
	crl_context *context = crl_context_self();

	ck_assert_ptr_null(crl_runner_self());
	ck_assert_ptr_null(crl_strand_self());
	ck_assert(desk_open(&d));
	desk_add(&d, look_round, 'a');
	desk_run(&d);
	ck_assert_str_eq(d.log, "y");
	ck_assert_ptr_null(crl_runner_self());
	ck_assert_ptr_null(crl_strand_self());
	ck_assert_ptr_eq(crl_context_self(), context);
	desk_close(&d);
}
END_TEST

/* Between two jobs the loop is no job's. */
static crl_job *
next_looking_round(crl_source *source, crl_runner *runner, bool fair)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);

	desk_log(d, crl_strand_self() == NULL && crl_runner_self() == runner ? 'y' : 'n');
	return desk_next(source, runner, fair);
}

static void
finished_looking_round(crl_source *source, crl_runner *runner, uint32_t flags)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);

	desk_log(d, crl_strand_self() == NULL && crl_runner_self() == runner ? 'y' : 'n');
	desk_finished(source, runner, flags);
}

START_TEST(the_source_is_asked_outside_of_jobs)
{
	desk d;

	ck_assert(desk_open(&d));
	d.source.next = next_looking_round;
	d.source.finished = finished_looking_round;
	desk_add(&d, say_name, 'a')->job.flags = CRL_JOB_OUTSIDE | CRL_JOB_POSTED;
	desk_run(&d);
	ck_assert_str_eq(d.log, "yayyy"); /* once more when it has been told to stop */
	ck_assert_uint_eq(d.ended_flags, CRL_JOB_OUTSIDE | CRL_JOB_POSTED);
	desk_close(&d);
}
END_TEST

/* The job may be freed, or used again, by the time that it has ended. */
static void
forget_flags(step *s)
{
	s->job.flags = 0;
}

START_TEST(an_ended_job_is_not_looked_at)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, forget_flags, 'a')->job.flags = CRL_JOB_OUTSIDE;
	desk_run(&d);
	ck_assert_uint_eq(d.ended_flags, CRL_JOB_OUTSIDE);
	desk_close(&d);
}
END_TEST

static void
add_another(step *s)
{
	if (s->desk->added < 610)
		desk_add(s->desk, add_another, 'x');
}

START_TEST(every_61st_choice_is_fair)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, add_another, 'x');
	desk_run(&d);
	ck_assert_int_eq(d.ended, 610);
	ck_assert_int_eq(d.asked_fairly, 10);
	desk_close(&d);
}
END_TEST

static void
report_and_inhibit(step *s)
{
	const crl_context *context = crl_context_self();

	desk_log(s->desk,
		context->last_error.code == CREEL_OK && context->no_suspend == 0 ? 'y' : 'n');
	crl_report(CREEL_ESTATE, "left behind");
	crl_context_self()->no_suspend++;
}

START_TEST(each_job_begins_with_a_clean_context)
{
	desk d;

	ck_assert(desk_open(&d));
	for (int i = 0; i < 3; i++)
		desk_add(&d, report_and_inhibit, 'a');
	desk_run(&d);
	ck_assert_str_eq(d.log, "yyy");
	ck_assert_int_eq(creel_last_error()->code, CREEL_OK);
	desk_close(&d);
}
END_TEST

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

START_TEST(a_runner_can_be_used_again)
{
	desk d;
	crl_runner *first;

	ck_assert(desk_open(&d));
	first = d.runner;
	desk_add(&d, say_name, 'a');
	desk_run(&d);
	desk_close(&d);
	for (int i = 0; i < 3; i++) {
		ck_assert(desk_open(&d));
		ck_assert_ptr_eq(d.runner, first); /* they are recycled, not freed */
		desk_add(&d, say_name, 'b');
		desk_run(&d);
		ck_assert_str_eq(d.log, "b");
		desk_close(&d);
	}
	ck_assert(desk_open(&d)); /* and one that never ran can be put back */
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
	desk_log(s->desk, runner->timers.root == NULL ? 'y' : 'n');
	crl_runner_clear_timer(runner, &never);
	crl_runner_set_timer(runner, &early, crl_now() + 1, ring);
	desk_log(s->desk, runner->timers.root == &early ? 'y' : 'n');
	crl_runner_clear_timer(runner, &early);
	desk_log(s->desk, runner->timers.root == NULL ? 'y' : 'n');
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

CREEL_SUITE("creel.runner.runner", jobs_run_in_the_order_of_the_source,
	a_job_that_does_not_block_costs_no_stack, a_job_knows_its_runner_and_its_strand,
	the_source_is_asked_outside_of_jobs, an_ended_job_is_not_looked_at,
	every_61st_choice_is_fair, each_job_begins_with_a_clean_context,
	it_stops_when_nothing_is_left, a_runner_can_be_used_again, timers_expire_in_their_order,
	a_timer_that_is_cleared_does_not_expire, an_interruption_reaches_each_suspended_job_once)
