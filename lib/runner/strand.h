/* SPDX-License-Identifier: MIT */
/*
 * strand.h: how a runner and its strands hand the thread to each other. For this folder alone, on the
 * runner's thread; sources need policy.h, everybody else runner.h.
 */
#ifndef CRL_RUNNER_STRAND_H
#define CRL_RUNNER_STRAND_H

#include "runner/runner.h"

enum { CRL_ORDER_STOP = 1, CRL_ORDER_INTERRUPT = 2 };

/* Every so many choices, new work goes before ready strands. In the models more often. */
#ifndef CRL_FAIR_CHOICE
#define CRL_FAIR_CHOICE 61
#endif

/* The body of every strand; arg is its runner. */
void crl_runner_loop(void *arg);

/* A strand on this stack that begins in the loop. */
crl_strand *crl_strand_make(crl_runner *runner, crl_stack stack);

/* Leave the running strand and go on in another; returns when somebody switches back. */
void crl_strand_switch(crl_strand *to);

/* Die if a stack that has but a canary has overflowed: memory is corrupt. */
void CRL_COLD crl_strand_overflowed(const crl_strand *strand);

static inline void
crl_strand_check_stack(const crl_strand *strand)
{
	if (crl_unlikely(!crl_stack_intact(&strand->fiber.stack)))
		crl_strand_overflowed(strand);
}

/* The strand that has been ready longest, taken from the list; NULL: none. Pools have no other letters. */
static inline crl_strand *
crl_runner_take_ready(crl_runner *runner)
{
	crl_letter *letter = crl_letters_take(&runner->ready);

	return letter != NULL ? CRL_CONTAINER_OF(letter, crl_strand, letter) : NULL;
}

/* Count a choice: is it time for new work, and the oldest of it, to go first? Stays true until the
 * loop has acted on it. */
static inline bool
crl_runner_fair_choice(crl_runner *runner)
{
	if (crl_unlikely(--runner->until_fair == 0)) {
		runner->until_fair = CRL_FAIR_CHOICE;
		runner->new_first = true;
	}
	return runner->new_first;
}

/* Where the runner's interruptions come to; NULL: the job cannot be asked to end. */
static inline crl_cancel *
crl_strand_root(const crl_strand *strand)
{
	return strand->root != NULL ? strand->root : strand->cancel;
}

/* If the runner has been interrupted, the job's cancellation counts that as a request. */
void crl_runner_check_interrupt(crl_strand *strand);

#endif
