/* SPDX-License-Identifier: MIT */
/* strand.c: the fibers of a runner: making, suspending, resuming, sparing. See runner.h. */
#include "runner/policy.h"
#include "runner/strand.h"

#include "base/attr.h"
#include "base/context.h"
#include "base/fatal.h"
#include "base/process.h"

/* So many spare strands keep their pages; what is beyond gives them back. */
#define WARM_SPARES 16

/* Every so many choices, new work goes before ready strands. */
#define FAIR_CHOICE 61

crl_strand *
crl_strand_make(crl_runner *runner, crl_stack stack)
{
	crl_strand *strand = crl_stack_carve(&stack, sizeof *strand);

	*strand = (crl_strand){
		.home = runner, .letter.kind = CRL_LETTER_STRAND, .next_made = runner->made};
	runner->made = strand;
	crl_list_init(&strand->place);
	crl_fiber_init(&strand->fiber, stack, crl_runner_loop, runner);
	return strand;
}

crl_strand *
crl_strand_self(void)
{
	crl_runner *runner = crl_runner_self();

	if (runner == NULL || runner->current == NULL || runner->current->job == NULL)
		return NULL;
	return runner->current;
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
crl_strand_arrive(crl_runner *runner)
{
	crl_strand *left = runner->chilled;

	if (crl_likely(left == NULL))
		return;
	runner->chilled = NULL;
	crl_fiber_trim(&left->fiber);
}

void
crl_strand_check_stack(const crl_strand *strand)
{
	if (crl_unlikely(!crl_stack_intact(&strand->fiber.stack)))
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
	crl_strand_arrive(runner);
}

static void
push_spare(crl_runner *runner, crl_strand *strand)
{
	crl_list_push_front(&runner->spares, &strand->place);
	if (++runner->spare_count > WARM_SPARES)
		runner->chilled = strand;
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
	/* It has touched no page but its own: nothing to chill. */
	crl_list_push_front(&runner->spares, &crl_strand_make(runner, stack)->place);
	runner->spare_count++;
	return true;
}

crl_strand *
crl_runner_take_ready(crl_runner *runner)
{
	crl_letter *letter = crl_letters_take(&runner->ready);

	return letter != NULL ? CRL_CONTAINER_OF(letter, crl_strand, letter) : NULL;
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

bool
crl_runner_fair_choice(crl_runner *runner)
{
	if (++runner->choices % FAIR_CHOICE == 0)
		runner->new_first = true;
	return runner->new_first;
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
	crl_strand *next = NULL;

	if (crl_unlikely(crl_frames_any_private()))
		set_aside_frames(strand);
	crl_list_push_back(&runner->blocked, &strand->place);
	/* Straight to a ready strand, unless the loop has to look at other work first. Who has a choice
	 * of its own has to make it. */
	if (runner->source->choose == crl_runner_choose && !crl_runner_fair_choice(runner))
		next = crl_runner_take_ready(runner);
	crl_strand_switch(next != NULL ? next : pop_spare(runner));
	crl_list_unlink(&strand->place);
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
