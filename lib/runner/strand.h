/* SPDX-License-Identifier: MIT */
/*
 * strand.h: how a runner and its strands hand the thread to each other. For this folder alone, on the
 * runner's thread; sources need policy.h, everybody else runner.h.
 */
#ifndef CRL_RUNNER_STRAND_H
#define CRL_RUNNER_STRAND_H

#include "runner/runner.h"

enum { CRL_ORDER_STOP = 1, CRL_ORDER_INTERRUPT = 2 };

/* The body of every strand; arg is its runner. */
void crl_runner_loop(void *arg);

/* A strand on this stack that begins in the loop. */
crl_strand *crl_strand_make(crl_runner *runner, crl_stack stack);

/* Leave the running strand and go on in another; returns when somebody switches back. */
void crl_strand_switch(crl_strand *to);

/* Die if a stack that has but a canary has overflowed: memory is corrupt. */
void crl_strand_check_stack(const crl_strand *strand);

/* The strand that has been ready longest, taken from the list; NULL: none. Pools have no other letters. */
crl_strand *crl_runner_take_ready(crl_runner *runner);

/* Count a choice: is it time for new work, and the oldest of it, to go first? Stays true until the
 * loop has acted on it. */
bool crl_runner_fair_choice(crl_runner *runner);

/* If the runner has been interrupted, the job's cancellation counts that as a request. */
void crl_runner_check_interrupt(crl_strand *strand);

#endif
