/* SPDX-License-Identifier: MIT */
/* runner.c: a runner's life and what it is ordered to do. See runner.h. */
#include "runner/poller.h"
#include "runner/strand.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/process.h"
#include "fiber/overflow.h"
#include "sync/blocks.h"
#include "sync/crowd.h"

/* Spare strands keep what their jobs have touched: so much of it at the most, by the size of the stacks, and
 * so many strands at least and at the most. What is beyond goes back to the kernel. */
#define WARM_BYTES ((size_t)64 << 20)
#define FEWEST_WARM 16
#define MOST_WARM 1024

/* All that were ever made; creel-gdb.py looks here too. */
static crl_stable_cache crl_runners;
CRL_HOT_TLS crl_runner *crl_runner_own;

static size_t
warm_spares(size_t stack_size)
{
	const size_t warm = WARM_BYTES / (stack_size > 0 ? stack_size : 1);

	return warm < FEWEST_WARM ? FEWEST_WARM : warm > MOST_WARM ? MOST_WARM : warm;
}

crl_runner *
crl_runner_get(crl_source *source, unsigned index, size_t stack_size, size_t guard_size)
{
	crl_runner *runner = crl_stable_get(&crl_runners, sizeof *runner, NULL);

	if (runner == NULL)
		return NULL;
	crl_blocks_enter();
	if (runner->parker == NULL)
		runner->parker = crl_parker_get();
	runner->source = source;
	runner->frames = NULL;
	runner->counts = &runner->own_counts;
	runner->may_spin = false;
	runner->helped = NULL;
	runner->index = index;
	runner->generation = crl_generation();
	runner->current = NULL;
	runner->ready = (crl_letters){NULL, NULL, 0};
	crl_list_init(&runner->spares);
	runner->spare_count = 0;
	runner->warm_spares = warm_spares(stack_size);
	crl_list_init(&runner->blocked);
	crl_timers_init(&runner->timers);
	runner->until_fair = CRL_FAIR_CHOICE;
	runner->idle_listed = false;
	runner->leaving = false;
	runner->swept = false;
	runner->new_first = false;
	runner->poller = NULL;
	crl_list_init(&runner->idle);
	crl_mailbox_init(&runner->mailbox);
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
	crl_poller_close(runner->poller);
	crl_blocks_leave();
	crl_stacks_fini(&runner->stacks);
	crl_stable_put(&crl_runners, runner);
}

/* The body of every strand. It stays where it is when the thread leaves the runner: whoever comes back
 * goes on in the same strand. */
void
crl_runner_loop(void *arg)
{
	crl_runner *runner = arg;

	for (;;) {
		while (runner->source->choose(runner->source, runner) &&
			crl_likely(crl_runner_self() == runner))
			;
		/* Told to leave, or the child of a fork, which owns nothing here: the thread ends. */
		crl_context_set(NULL);
		crl_fiber_switch(&runner->current->fiber, &runner->root);
	}
}

static const char *
running_job_name(void)
{
	crl_job *job = crl_runner_own != NULL && crl_runner_own->current != NULL
			       ? crl_runner_own->current->job
			       : NULL;

	return job != NULL && job->ops->name != NULL ? job->ops->name(job) : NULL;
}

void
crl_runner_name_overflows(void)
{
	crl_overflow_install();
	crl_overflow_set_name(running_job_name);
}

void
crl_runner_begin(crl_runner *runner)
{
	crl_runner_own = runner;
	runner->current = crl_strand_make(runner, runner->first);
	crl_runner_own = NULL;
}

void
crl_runner_go(crl_runner *runner)
{
	crl_overflow_thread overflow = {0};

	crl_runner_own = runner;
	/* Should it fail: an overflow is as fatal without, but says nothing. */
	crl_overflow_thread_init(&overflow);
	crl_fiber_init_thread(&runner->root);
	crl_context_set(&runner->current->fiber.context);
	if (runner->frames != NULL)
		crl_frames_open(runner->frames);
	crl_crowd_enter();
	crl_fiber_switch(&runner->root, &runner->current->fiber);
	crl_crowd_leave();
	if (crl_runner_self() == runner) {
		if (runner->frames != NULL)
			crl_frames_close(runner->frames);
		crl_overflow_thread_fini(&overflow);
	}
	crl_fiber_fini(&runner->root);
	crl_runner_own = NULL;
}

static void
end_strands(const crl_list *places)
{
	CRL_LIST_EACH (place, places)
		crl_fiber_fini(&CRL_CONTAINER_OF(place, crl_strand, place)->fiber);
}

void
crl_runner_end(crl_runner *runner)
{
	crl_strand *last = runner->current;

	runner->current = NULL;
	if (runner->generation != crl_generation())
		return;
	crl_fiber_fini(&last->fiber);
	end_strands(&runner->spares);
	end_strands(&runner->blocked);
	if (crl_unlikely(runner->leaving))
		crl_list_push_front(&runner->spares, &last->place); /* for rest() */
}

void
crl_runner_run(crl_runner *runner)
{
	crl_runner_begin(runner);
	crl_runner_go(runner);
	crl_runner_end(runner);
}

void
crl_runner_rest(crl_runner *runner)
{
	crl_list *place;

	crl_poller_close(runner->poller);
	runner->poller = NULL;
	while ((place = crl_list_pop_front(&runner->spares)) != NULL)
		crl_stacks_drop(
			&runner->stacks, CRL_CONTAINER_OF(place, crl_strand, place)->fiber.stack);
	runner->spare_count = 0;
	crl_stacks_get(&runner->stacks, &runner->first); /* one that was dropped just now */
	runner->leaving = false;
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
	order(runner, CRL_ORDER_STOP);
}

void
crl_runner_interrupt(crl_runner *runner)
{
	order(runner, CRL_ORDER_INTERRUPT);
}

crl_poller *
crl_runner_poller(crl_runner *runner, int *error)
{
	if (runner->poller == NULL)
		runner->poller = crl_poller_open(error);
	return runner->poller;
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
