/* SPDX-License-Identifier: MIT */
/* choose.c: what a runner does next: the pieces, and how a pool's runners put them together. */
#include "runner/policy.h"
#include "runner/poller.h"
#include "runner/strand.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "sync/crowd.h"

void
crl_runner_collect_timers(crl_runner *runner)
{
	crl_timer *timer;
	int64_t now;

	if (crl_timers_empty(&runner->timers))
		return;
	now = crl_now();
	while ((timer = crl_timers_due(&runner->timers, now, UINT64_MAX)) != NULL)
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
			crl_cancel_sweep(crl_strand_root(strand));
	}
}

void
crl_runner_check_interrupt(crl_strand *strand)
{
	if (crl_load(&strand->home->orders, acquire) & CRL_ORDER_INTERRUPT) /* [R1] */
		crl_cancel_sweep(crl_strand_root(strand));
}

void
crl_runner_run_job(crl_runner *runner, crl_job *job)
{
	crl_strand *strand = runner->current;

	strand->job = job;
	strand->flags = job->letter.flags;
	crl_context_reset(&strand->fiber.context);
	/* Whatever the last job on this fiber has set: this one begins as the thread did. */
	crl_fiber_take_control(&runner->root);
	job->ops->run(job); /* the job may be gone now */
	crl_strand_check_stack(strand);
	strand->job = NULL;
	if (crl_likely(crl_runner_self() == runner))
		runner->source->finished(runner->source, runner, strand->flags);
}

void
crl_runner_heed_interrupt(crl_runner *runner)
{
	if (crl_unlikely(crl_load(&runner->orders, acquire) & CRL_ORDER_INTERRUPT)) /* [R1] */
		sweep(runner);
}

bool
crl_runner_stopping(crl_runner *runner)
{
	return crl_load(&runner->orders, relaxed) & CRL_ORDER_STOP; /* says nothing but that */
}

bool
crl_runner_has_suspended(const crl_runner *runner)
{
	return !crl_list_empty(&runner->blocked);
}

void
crl_runner_sleep(crl_runner *runner, int64_t deadline)
{
	const int64_t next = crl_timers_next(&runner->timers);

	crl_tally_add(&runner->counts->sleeps, 1);
	crl_crowd_leave();
	if (next < deadline)
		deadline = next;
	if (crl_unlikely(crl_poller_in_use(runner->poller)))
		crl_poller_sleep(runner->poller, runner->parker, deadline);
	else
		crl_park(runner->parker, deadline);
	crl_crowd_enter();
}

/* There is a ready strand to go on with. If the source believes that this runner waits for a job, it must
 * know better first, or a job would be left to a runner that does not come for it. */
static void
stop_idling(crl_runner *runner)
{
	if (runner->idle_listed) {
		runner->idle_listed = false;
		runner->source->busy(runner->source, runner);
	}
}

static void
resume_ready(crl_runner *runner, crl_strand *ready)
{
	stop_idling(runner);
	crl_runner_step_aside(runner, ready);
}

bool
crl_runner_choose(crl_source *source, crl_runner *runner)
{
	unsigned orders = crl_load(&runner->orders, acquire); /* [R1] */
	bool fair = crl_runner_fair_choice(runner), has_ready;
	crl_strand *ready;
	crl_job *job;

	if (crl_unlikely(orders & CRL_ORDER_INTERRUPT))
		sweep(runner);
	crl_runner_collect_mail(runner);
	crl_runner_collect_timers(runner);
	if (crl_unlikely(fair))
		crl_runner_collect_fds(runner);
	runner->new_first = false;
	if (!fair && (ready = crl_runner_take_ready(runner)) != NULL) {
		resume_ready(runner, ready);
		return true;
	}
	has_ready = crl_runner_has_ready(runner);
	if (has_ready)
		stop_idling(runner);
	job = source->next(source, runner, fair);
	runner->idle_listed = job == NULL && !has_ready;
	if (job != NULL) {
		crl_runner_run_job(runner, job);
	} else if ((ready = crl_runner_take_ready(runner)) != NULL) {
		resume_ready(runner, ready);
	} else if (orders & CRL_ORDER_STOP || runner->leaving) {
		return false;
	} else {
		crl_runner_sleep(runner, CRL_NEVER);
		crl_runner_collect_fds(runner); /* if the sleep has not */
	}
	return true;
}
