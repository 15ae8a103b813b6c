/* SPDX-License-Identifier: MIT */
/* runner.c: a runner's life, its loop and what it is ordered to do. See runner.h. */
#include "runner/strand.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/process.h"
#include "fiber/overflow.h"

enum { STOP = 1, INTERRUPT = 2 };

static crl_stable_cache cache;
static CRL_HOT_TLS crl_runner *own;

crl_runner *
crl_runner_self(void)
{
	/* In the child of a fork the thread that forked runs nothing any more. */
	return own != NULL && crl_likely(own->generation == crl_generation()) ? own : NULL;
}

crl_runner *
crl_runner_get(crl_source *source, unsigned index, size_t stack_size, size_t guard_size)
{
	crl_runner *runner = crl_stable_get(&cache, sizeof *runner, NULL);

	if (runner == NULL)
		return NULL;
	if (runner->parker == NULL)
		runner->parker = crl_parker_get();
	runner->source = source;
	runner->index = index;
	runner->generation = crl_generation();
	runner->current = NULL;
	runner->made = NULL;
	runner->ready = (crl_fifo){NULL, NULL};
	crl_list_init(&runner->spares);
	runner->spare_count = 0;
	crl_list_init(&runner->blocked);
	runner->timers = (crl_timers){NULL, 0};
	runner->chilled = NULL;
	runner->choices = 0;
	runner->idle_listed = false;
	runner->swept = false;
	runner->new_first = false;
	crl_list_init(&runner->idle);
	crl_store(&runner->orders, 0, relaxed); /* its thread has not started */
	crl_stacks_init(&runner->stacks, stack_size, guard_size);
	if (runner->parker == NULL || !crl_stacks_get(&runner->stacks, &runner->first)) {
		crl_runner_put(runner);
		return NULL;
	}
	return runner;
}

void
crl_runner_put(crl_runner *runner)
{
	crl_stacks_fini(&runner->stacks);
	crl_stable_put(&cache, runner);
}

void
crl_runner_collect_timers(crl_runner *runner)
{
	crl_timer *timer;
	int64_t now;

	if (runner->timers.root == NULL)
		return;
	now = crl_now();
	while ((timer = crl_timers_due(&runner->timers, now)) != NULL)
		timer->expire(timer);
}

/* Once: ask all suspended jobs to end. The running ones see the order when they next ask. */
static void
sweep(crl_runner *runner)
{
	if (runner->swept)
		return;
	runner->swept = true;
	CRL_LIST_EACH (place, &runner->blocked) {
		crl_strand *strand = CRL_CONTAINER_OF(place, crl_strand, place);

		if (strand->cancel != NULL)
			crl_cancel_sweep(strand->cancel);
	}
}

void
crl_runner_check_interrupt(crl_strand *strand)
{
	if (crl_load(&strand->home->orders, acquire) & INTERRUPT) /* [R1] */
		crl_cancel_sweep(strand->cancel);
}

static void
run_job(crl_runner *runner, crl_job *job)
{
	crl_strand *strand = runner->current;
	uint32_t flags = job->flags;

	strand->job = job;
	crl_context_reset(&strand->fiber.context);
	/* Whatever the last job on this fiber has set: this one begins as the thread did. */
	crl_fiber_take_control(&runner->root);
	job->ops->run(job); /* the job may be gone now */
	crl_strand_check_stack(strand);
	strand->job = NULL;
	if (crl_likely(crl_runner_self() == runner))
		runner->source->finished(runner->source, runner, flags);
}

/* Go on with a ready strand. If the source believes that this runner waits for a job, it must know
 * better first, or a job would be left to a runner that does not come for it. */
static void
resume_ready(crl_runner *runner, crl_strand *ready)
{
	if (runner->idle_listed) {
		runner->idle_listed = false;
		runner->source->busy(runner->source, runner);
	}
	crl_runner_step_aside(runner, ready);
}

/* One choice: a ready strand, a job, or sleep. False: it is time to leave. */
static bool
choose(crl_runner *runner)
{
	unsigned orders = crl_load(&runner->orders, acquire); /* [R1] */
	bool fair = crl_runner_fair_choice(runner);
	crl_strand *ready;
	crl_job *job;

	if (crl_unlikely(orders & INTERRUPT))
		sweep(runner);
	crl_runner_collect_mail(runner);
	crl_runner_collect_timers(runner);
	runner->new_first = false;
	if (!fair && (ready = crl_runner_take_ready(runner)) != NULL) {
		resume_ready(runner, ready);
		return true;
	}
	job = runner->source->next(runner->source, runner, fair);
	runner->idle_listed = job == NULL;
	if (job != NULL)
		run_job(runner, job);
	else if ((ready = crl_runner_take_ready(runner)) != NULL)
		resume_ready(runner, ready);
	else if (orders & STOP)
		return false;
	else
		crl_park(runner->parker,
			runner->timers.root != NULL ? runner->timers.root->when : CRL_NEVER);
	return true;
}

/* The body of every strand. */
void
crl_runner_loop(void *arg)
{
	crl_runner *runner = arg;

	crl_strand_arrive(runner);
	while (choose(runner) && crl_likely(crl_runner_self() == runner))
		;
	/* Told to stop, or the child of a fork, which owns nothing here: the thread ends. */
	crl_context_set(NULL);
	crl_fiber_switch(&runner->current->fiber, &runner->root);
}

static const char *
running_job_name(void)
{
	crl_job *job = own != NULL && own->current != NULL ? own->current->job : NULL;

	return job != NULL && job->ops->name != NULL ? job->ops->name(job) : NULL;
}

void
crl_runner_name_overflows(void)
{
	crl_overflow_install();
	crl_overflow_set_name(running_job_name);
}

void
crl_runner_run(crl_runner *runner)
{
	crl_overflow_thread overflow = {0};

	own = runner;
	/* Should it fail: an overflow is as fatal without, but says nothing. */
	crl_overflow_thread_init(&overflow);
	crl_fiber_init_thread(&runner->root);
	runner->current = crl_strand_make(runner, runner->first);
	crl_context_set(&runner->current->fiber.context);
	crl_fiber_switch(&runner->root, &runner->current->fiber);

	runner->current = NULL;
	if (crl_runner_self() == runner) {
		for (crl_strand *strand = runner->made; strand != NULL; strand = strand->next_made)
			crl_fiber_fini(&strand->fiber);
		crl_overflow_thread_fini(&overflow);
	}
	crl_fiber_fini(&runner->root);
	own = NULL;
}

static void
order(crl_runner *runner, unsigned bit)
{
	crl_parker *parker = runner->parker;

	crl_fetch_or(&runner->orders, bit, release); /* [R1] */
	crl_unpark(parker);
}

void
crl_runner_stop(crl_runner *runner)
{
	order(runner, STOP);
}

void
crl_runner_interrupt(crl_runner *runner)
{
	order(runner, INTERRUPT);
}

void
crl_runner_set_timer(
	crl_runner *runner, crl_timer *timer, int64_t deadline, void (*expire)(crl_timer *))
{
	timer->expire = expire;
	if (deadline != CRL_NEVER)
		crl_timers_add(&runner->timers, timer, deadline);
}

void
crl_runner_clear_timer(crl_runner *runner, crl_timer *timer)
{
	crl_timers_remove(&runner->timers, timer);
}
