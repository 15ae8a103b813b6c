/* SPDX-License-Identifier: MIT */
/*
 * desk.h: a runner on the test's own thread, and a source of jobs for it that writes down all that
 * happens. One thread, so every order is exact.
 *
 *     desk_open(&d);
 *     desk_add(&d, fn, 'a');      fn(step) will run as a job, on a fiber, when its turn comes
 *     desk_run(&d);               until all have ended
 *     ck_assert_str_eq(d.log, "...");
 *     desk_close(&d);
 */
#ifndef CREEL_TEST_RUNNER_DESK_H
#define CREEL_TEST_RUNNER_DESK_H

#include "base/attr.h"
#include "queue/job.h"
#include "runner/policy.h"
#include "runner/runner.h"

#include <stdlib.h>
#include <string.h>

enum { DESK_STEPS = 2048, DESK_LOG = 4096 };

typedef struct desk desk;

typedef struct step {
	crl_job job;
	void (*fn)(struct step *);
	desk *desk;
	char name;
	crl_strand *strand; /* once it runs */
	crl_cancel cancel;
	int count; /* for fn */
} step;

struct desk {
	crl_source source;
	crl_runner *runner;
	crl_letters jobs;
	step steps[DESK_STEPS];
	int added, ended;
	int asked, asked_fairly; /* how often next() was called, and with fair */
	int busy;
	uint32_t ended_flags;
	char log[DESK_LOG];
	size_t length;
};

static inline void
desk_log(desk *d, char what)
{
	if (d->length < DESK_LOG - 1)
		d->log[d->length++] = what;
	d->log[d->length] = '\0';
}

static inline void
desk_run_job(crl_job *job)
{
	step *s = CRL_CONTAINER_OF(job, step, job);

	s->strand = crl_strand_self();
	s->strand->cancel = &s->cancel;
	s->fn(s);
	s->strand->cancel = NULL;
}

static inline bool
desk_drop_job(crl_job *job, const creel_error *why)
{
	(void)job;
	(void)why;
	return true;
}

static inline crl_job *
desk_next(crl_source *source, crl_runner *runner, bool fair)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);
	crl_letter *letter = crl_letters_take(&d->jobs);
	crl_job *job = letter != NULL ? crl_job_of_letter(letter) : NULL;

	d->asked++;
	d->asked_fairly += fair;
	if (job == NULL && d->ended == d->added)
		crl_runner_stop(runner);
	return job;
}

static inline void
desk_finished(crl_source *source, crl_runner *runner, uint32_t flags)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);

	(void)runner;
	d->ended++;
	d->ended_flags = flags;
}

static inline void
desk_busy(crl_source *source, crl_runner *runner)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);

	(void)runner;
	d->busy++;
}

/* Add a job, at any time, on the runner's thread or before it runs. */
static inline step *
desk_add(desk *d, void (*fn)(step *), char name)
{
	static const crl_job_ops ops = {.run = desk_run_job, .drop = desk_drop_job};
	step *s = &d->steps[d->added++];

	if (d->added > DESK_STEPS)
		abort();
	*s = (step){.job.ops = &ops, .fn = fn, .desk = d, .name = name};
	crl_cancel_init(&s->cancel);
	crl_letters_push(&d->jobs, &s->job.letter);
	return s;
}

static inline bool
desk_open(desk *d)
{
	memset(d, 0, sizeof *d);
	d->source = (crl_source){.choose = crl_runner_choose,
		.next = desk_next,
		.finished = desk_finished,
		.busy = desk_busy};
	d->runner = crl_runner_get(&d->source, 7, 64 << 10, 16 << 10);
	return d->runner != NULL;
}

static inline void
desk_run(desk *d)
{
	crl_runner_run(d->runner);
}

static inline void
desk_close(desk *d)
{
	crl_runner_put(d->runner);
}

/* How many fibers the runner has: spares, those that are suspended, and the one that runs, or ran last. */
static inline int
desk_strands(const desk *d)
{
	int n = (int)d->runner->spare_count + 1;

	CRL_LIST_EACH (place, &d->runner->blocked)
		n++;
	return n;
}

/* In a job: leave it until it is resumed. */
static inline void
desk_suspend(step *s)
{
	crl_runner_reserve(s->desk->runner);
	crl_runner_suspend(s->strand);
}

#endif
