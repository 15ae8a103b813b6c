/* SPDX-License-Identifier: MIT */
/* test_strand.c: jobs that are suspended and resumed, in which order, and on whose stacks. */
#include "runner/desk.h"
#include "support/scale.h"
#include "support/suite.h"

#include "base/context.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static void
say_name(step *s)
{
	desk_log(s->desk, s->name);
}

/* Says its name before and, in capitals, after. */
static void
suspend_once(step *s)
{
	desk_log(s->desk, s->name);
	desk_suspend(s);
	desk_log(s->desk, (char)(s->name - 'a' + 'A'));
}

static void
resume(desk *d, char name)
{
	for (int i = 0; i < d->added; i++)
		if (d->steps[i].name == name)
			crl_runner_resume(d->steps[i].strand);
}

static void
resume_a(step *s)
{
	desk_log(s->desk, s->name);
	resume(s->desk, 'a');
}

START_TEST(a_suspended_job_goes_on_when_it_is_resumed)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, suspend_once, 'a');
	desk_add(&d, say_name, 'b');
	desk_add(&d, resume_a, 'c');
	desk_add(&d, say_name, 'd');
	desk_run(&d);
	ck_assert_str_eq(d.log, "abcAd"); /* who is ready goes before who is new */
	ck_assert_int_eq(desk_strands(&d), 2);
	ck_assert_uint_eq(d.runner->spare_count, 1);
	desk_close(&d);
}
END_TEST

static void
resume_cab(step *s)
{
	resume(s->desk, 'c');
	resume(s->desk, 'a');
	resume(s->desk, 'b');
}

START_TEST(who_was_resumed_first_goes_on_first)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, suspend_once, 'a');
	desk_add(&d, suspend_once, 'b');
	desk_add(&d, suspend_once, 'c');
	desk_add(&d, resume_cab, 'd');
	desk_run(&d);
	ck_assert_str_eq(d.log, "abcCAB");
	desk_close(&d);
}
END_TEST

/* Resumed before it has left: it has published itself, and cannot be overtaken. */
static void
resume_itself_then_suspend(step *s)
{
	crl_runner_reserve(s->desk->runner);
	crl_runner_resume(s->strand);
	desk_log(s->desk, s->name);
	crl_runner_suspend(s->strand);
	desk_log(s->desk, (char)(s->name - 'a' + 'A'));
}

START_TEST(it_may_be_resumed_before_it_is_suspended)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, resume_itself_then_suspend, 'a');
	desk_add(&d, say_name, 'b');
	desk_run(&d);
	ck_assert_str_eq(d.log, "aAb");
	desk_close(&d);
}
END_TEST

/* Suspends itself again and again; a job of its own making resumes it each time. */
static void
resume_first(step *s)
{
	crl_runner_resume(s->desk->steps[0].strand);
}

static void
suspend_many_times(step *s)
{
	for (int i = 0; i < 1000; i++) {
		desk_add(s->desk, resume_first, 'r');
		desk_suspend(s);
	}
	desk_log(s->desk, s->name);
}

START_TEST(spare_strands_are_used_again)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, suspend_many_times, 'a');
	desk_run(&d);
	ck_assert_str_eq(d.log, "a");
	ck_assert_int_eq(desk_strands(&d), 2);
	desk_close(&d);
}
END_TEST

/* Resumes all that are suspended. */
static void
resume_all(step *s)
{
	desk *d = s->desk;

	for (int i = 0; i < d->added; i++)
		if (d->steps[i].name == 'w')
			crl_runner_resume(d->steps[i].strand);
}

static void
suspend_with_large_frame(step *s)
{
	volatile char bytes[40 << 10];

	for (size_t i = 0; i < sizeof bytes; i += 1024)
		bytes[i] = 1;
	desk_suspend(s);
	s->count = bytes[0];
}

/* How many pages of a stack are in memory. */
static int
resident_pages(const crl_stack *stack)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char in_memory[64];
	int count = 0;

	if (mincore(stack->base, stack->full, in_memory) != 0)
		abort();
	for (size_t i = 0; i < stack->full / page; i++)
		count += in_memory[i] & 1;
	return count;
}

START_TEST(spare_strands_end_but_for_the_warm_ones)
{
	enum { SUSPENDED = 100, WARM = 16 };
	desk d;
	int warm = 0;

	ck_assert(desk_open(&d));
	ck_assert_uint_eq(d.runner->warm_spares, 1024); /* 64 MiB */
	d.runner->warm_spares = WARM;
	for (int i = 0; i < SUSPENDED; i++)
		desk_add(&d, suspend_with_large_frame, 'w');
	desk_add(&d, resume_all, 'r');
	desk_run(&d);
	ck_assert_uint_eq(d.runner->spare_count, WARM);
	ck_assert_uint_eq(d.runner->stacks.cold, SUSPENDED - WARM);
	CRL_LIST_EACH (place, &d.runner->spares) {
		const crl_strand *strand = CRL_CONTAINER_OF(place, crl_strand, place);
		const int pages = resident_pages(&strand->fiber.stack);

		ck_assert_int_ge(pages, 1); /* the strand itself is there */
		warm += pages > 3;
	}
	ck_assert_int_eq(warm, WARM);
	for (int i = 0; i < SUSPENDED; i++)
		ck_assert_int_eq(d.steps[i].count, 1);
	desk_close(&d);
}
END_TEST

/* A yield: all that are ready, and one that is new, have a turn before. */
static void
yield_once(step *s)
{
	resume(s->desk, 'a');
	desk_log(s->desk, s->name);
	crl_runner_reserve(s->desk->runner);
	crl_runner_yield(s->strand);
	desk_log(s->desk, (char)(s->name - 'a' + 'A'));
}

START_TEST(who_yields_goes_behind_who_is_ready_and_one_that_is_new)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, suspend_once, 'a');
	desk_add(&d, yield_once, 'b');
	desk_add(&d, say_name, 'c');
	desk_add(&d, say_name, 'd');
	desk_run(&d);
	ck_assert_str_eq(d.log, "abcABd");
	desk_close(&d);
}
END_TEST

START_TEST(who_yields_alone_goes_on)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, yield_once, 'b');
	desk_run(&d);
	ck_assert_str_eq(d.log, "bB");
	desk_close(&d);
}
END_TEST

/* Two jobs that resume each other, until another one has run. */
static void
play(step *s)
{
	desk *d = s->desk;
	step *other = &d->steps[s == &d->steps[0]];

	while (d->length == 0 && s->count++ < 1000) {
		if (other->strand != NULL)
			crl_runner_resume(other->strand);
		desk_suspend(s);
	}
	s->name = '!'; /* it is over, which the other one is told */
	if (other->name != '!')
		crl_runner_resume(other->strand);
}

START_TEST(new_jobs_have_a_turn_among_ready_ones)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, play, 'a');
	desk_add(&d, play, 'b');
	desk_add(&d, say_name, 'c');
	desk_run(&d);
	ck_assert_str_eq(d.log, "c");
	ck_assert_int_le(d.steps[0].count, 61);
	ck_assert_int_eq(d.ended, 3);
	desk_close(&d);
}
END_TEST

static crl_job *
next_or_resume(crl_source *source, crl_runner *runner, bool fair)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);
	crl_job *job = desk_next(source, runner, fair);

	/* As another thread would, after the source has answered that there is nothing. */
	if (job == NULL && d->steps[0].count == 0 && d->ended < d->added) {
		d->steps[0].count = 1;
		crl_runner_resume(d->steps[0].strand);
	}
	return job;
}

START_TEST(the_source_is_told_when_it_does_not_come_for_a_job)
{
	desk d;

	ck_assert(desk_open(&d));
	d.source.next = next_or_resume;
	desk_add(&d, suspend_once, 'a');
	desk_run(&d);
	ck_assert_str_eq(d.log, "aA");
	ck_assert_int_eq(d.busy, 1);
	desk_close(&d);
}
END_TEST

/* Another thread that resumes, as soon as it can, whoever publishes itself. */
typedef struct resumer {
	_Atomic(crl_strand *) published;
	atomic_int rounds;
	int wanted;
} resumer;

static void *
resume_published(void *arg)
{
	resumer *r = arg;

	while (atomic_load(&r->rounds) < r->wanted) {
		crl_strand *strand = atomic_exchange(&r->published, NULL);

		if (strand == NULL) {
			sched_yield();
			continue;
		}
		atomic_fetch_add(&r->rounds, 1);
		crl_runner_resume(strand);
	}
	return NULL;
}

static resumer others;

static void
publish_then_suspend(step *s)
{
	while (atomic_load(&others.rounds) < others.wanted) {
		crl_runner_reserve(s->desk->runner);
		atomic_store(&others.published, s->strand);
		crl_runner_suspend(s->strand);
	}
	desk_log(s->desk, s->name);
}

START_TEST(another_thread_may_resume_it_while_it_leaves)
{
	desk d;
	pthread_t thread;

	others.wanted = SCALE_TIMES(20000);
	ck_assert(desk_open(&d));
	desk_add(&d, publish_then_suspend, 'a');
	pthread_create(&thread, NULL, resume_published, &others);
	desk_run(&d);
	pthread_join(thread, NULL);
	ck_assert_str_eq(d.log, "a");
	ck_assert_int_eq(desk_strands(&d), 2);
	desk_close(&d);
}
END_TEST

/* What a suspended job was told is still what it was told, and its errno is its own. */
static void
fail_then_suspend(step *s)
{
	errno = s->name;
	crl_reportf(CREEL_ESTATE, "for %c", s->name);
	desk_suspend(s);
	desk_log(s->desk, creel_last_error()->message[4]);
	desk_log(s->desk, errno == s->name ? 'y' : 'n');
}

START_TEST(each_has_its_own_last_error_and_errno)
{
	desk d;

	ck_assert(desk_open(&d));
	desk_add(&d, fail_then_suspend, 'w')->count = 1;
	desk_add(&d, fail_then_suspend, 'w');
	d.steps[0].name = 'a';
	desk_add(&d, resume_all, 'r');
	desk_add(&d, resume_a, 'c');
	desk_run(&d);
	ck_assert_str_eq(d.log, "wycay");
	desk_close(&d);
}
END_TEST

CREEL_SUITE("creel.runner.strand", a_suspended_job_goes_on_when_it_is_resumed,
	who_was_resumed_first_goes_on_first, it_may_be_resumed_before_it_is_suspended,
	spare_strands_are_used_again, spare_strands_end_but_for_the_warm_ones,
	who_yields_goes_behind_who_is_ready_and_one_that_is_new, who_yields_alone_goes_on,
	new_jobs_have_a_turn_among_ready_ones, the_source_is_told_when_it_does_not_come_for_a_job,
	another_thread_may_resume_it_while_it_leaves, each_has_its_own_last_error_and_errno)
