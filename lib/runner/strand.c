/* SPDX-License-Identifier: MIT */
/* strand.c: the fibers of a runner: making, suspending, resuming, sparing. See runner.h. */
#include "runner/policy.h"
#include "runner/strand.h"

#include "base/attr.h"
#include "base/context.h"
#include "base/fatal.h"
#include "base/process.h"

crl_strand *
crl_strand_make(crl_runner *runner, crl_stack stack)
{
	crl_strand *strand = crl_stack_carve(&stack, sizeof *strand);

	*strand = (crl_strand){.home = runner, .letter.kind = CRL_LETTER_STRAND};
	crl_list_init(&strand->place);
	crl_fiber_init(&strand->fiber, stack, crl_runner_loop, runner);
	return strand;
}

crl_cancel *
crl_strand_cancel(crl_strand *strand)
{
	if (strand->cancel != NULL &&
		crl_unlikely(crl_load(&strand->home->orders, acquire))) /* [R1] */
		crl_runner_check_interrupt(strand);
	return strand->cancel;
}

void
crl_strand_overflowed(const crl_strand *strand)
{
	crl_fatal("a task overflowed its stack of %zu KiB", strand->fiber.stack.full >> 10);
}

void
crl_strand_switch(crl_strand *to)
{
	crl_runner *runner = to->home;
	crl_strand *from = runner->current;

	crl_strand_check_stack(from);
	runner->current = to;
	crl_context_set(&to->fiber.context);
	crl_fiber_switch(&from->fiber, &to->fiber);
}

/* The spare that has not been used for longest ends, and its memory goes back to the kernel. */
static CRL_COLD void
drop_coldest(crl_runner *runner)
{
	crl_strand *strand = CRL_CONTAINER_OF(runner->spares.prev, crl_strand, place);
	const crl_stack stack = strand->fiber.stack;

	crl_list_unlink(&strand->place);
	runner->spare_count--;
	crl_fiber_fini(&strand->fiber);
	crl_stacks_drop(&runner->stacks, stack);
}

static void
push_spare(crl_runner *runner, crl_strand *strand)
{
	crl_list_push_front(&runner->spares, &strand->place);
	/* With more than one, the last is none that runs. */
	if (crl_unlikely(++runner->spare_count > runner->warm_spares))
		drop_coldest(runner);
}

static crl_strand *
pop_spare(crl_runner *runner)
{
	crl_list *place = crl_list_pop_front(&runner->spares);

	if (place == NULL)
		return NULL;
	runner->spare_count--;
	return CRL_CONTAINER_OF(place, crl_strand, place);
}

bool
crl_runner_reserve(crl_runner *runner)
{
	crl_stack stack;

	if (crl_likely(runner->spare_count > 0))
		return true;
	if (!crl_stacks_get(&runner->stacks, &stack))
		return false;
	crl_list_push_front(&runner->spares, &crl_strand_make(runner, stack)->place);
	runner->spare_count++;
	return true;
}

void
crl_runner_collect_mail(crl_runner *runner)
{
	crl_mailbox_collect(&runner->mailbox, &runner->ready); /* [MB1] */
}

void
crl_runner_step_aside(crl_runner *runner, crl_strand *ready)
{
	push_spare(runner, runner->current);
	crl_strand_switch(ready);
}

/* What the job has forked is anybody's now, also this runner's. */
static void
set_aside_frames(crl_strand *strand)
{
	crl_runner *runner = strand->home;

	crl_frames_set_aside(runner->frames, strand->owner);
	runner->source->shared(runner->source);
}

void
crl_runner_suspend(crl_strand *strand)
{
	crl_runner *runner = strand->home;
	const uint64_t one = strand->flags & CRL_JOB_FORKED ? 0 : 1;
	crl_strand *next = NULL;

	if (crl_unlikely(crl_frames_any_private()))
		set_aside_frames(strand);
	crl_list_push_back(&runner->blocked, &strand->place);
	crl_tally_add(&runner->counts->suspended, one);
	/* Straight to a ready strand, unless the loop has to look at other work first. Who has a choice
	 * of its own has to make it. */
	if (runner->source->choose == crl_runner_choose && !crl_runner_fair_choice(runner))
		next = crl_runner_take_ready(runner);
	crl_strand_switch(next != NULL ? next : pop_spare(runner));
	crl_list_unlink(&strand->place);
	crl_tally_add(&runner->counts->suspended, -one);
}

bool
crl_runner_deliver(crl_runner *runner, crl_letter *letter)
{
	crl_parker *parker = runner->parker;

	if (runner == crl_runner_self()) {
		crl_letters_push(&runner->ready, letter);
		return true;
	}
	switch (crl_mailbox_push(&runner->mailbox, letter)) { /* [MB1] */
	case CRL_PUSH_CLOSED:
		return false;
	case CRL_PUSH_FIRST:
		/* What it was may have gone on, and the runner ended: the parker is a parker still. */
		crl_unpark(parker);
		break;
	case CRL_PUSH_MORE:
		break;
	}
	return true;
}

void
crl_runner_resume(crl_strand *strand)
{
	/* A runner that has suspended strands does not close its mailbox. */
	crl_runner_deliver(strand->home, &strand->letter);
}

void
crl_runner_yield(crl_strand *strand)
{
	/* Behind all that are ready by now, also those that the loop has not seen yet; on a loop that
	 * has turns, in the next one. */
	if (strand->home->source->choose == crl_runner_choose) {
		crl_runner_collect_mail(strand->home);
		crl_runner_collect_timers(strand->home);
		strand->home->new_first = true;
	}
	crl_letters_push(&strand->home->ready, &strand->letter);
	crl_runner_suspend(strand);
}
