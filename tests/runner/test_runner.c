/* SPDX-License-Identifier: MIT */
/* test_runner.c: a runner's loop: jobs in their order, and what they find. */
#include "runner/desk.h"
#include "support/suite.h"

#include "base/context.h"

#include <creel/pool.h>

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
			   creel_current_pool() == NULL && creel_worker_index() == -1 &&
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
	desk_add(&d, say_name, 'a')->job.letter.flags = CRL_JOB_OUTSIDE | CRL_JOB_POSTED;
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
	s->job.letter.flags = 0;
}

START_TEST(an_ended_job_is_not_looked_at)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, forget_flags, 'a')->job.letter.flags = CRL_JOB_OUTSIDE;
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

CREEL_SUITE("creel.runner.runner", jobs_run_in_the_order_of_the_source,
	a_job_that_does_not_block_costs_no_stack, a_job_knows_its_runner_and_its_strand,
	the_source_is_asked_outside_of_jobs, an_ended_job_is_not_looked_at,
	every_61st_choice_is_fair, each_job_begins_with_a_clean_context, a_runner_can_be_used_again)
