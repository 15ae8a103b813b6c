/* SPDX-License-Identifier: MIT */
/*
 * policy.h: what a source that chooses for its runners has to choose from. On the runner's thread, in
 * the loop of the running strand.
 */
#ifndef CRL_RUNNER_POLICY_H
#define CRL_RUNNER_POLICY_H

#include "base/attr.h"
#include "runner/poller.h"
#include "runner/runner.h"

/* A pool's policy: ready strands, then new jobs, then sleep; every so often new jobs first. */
bool crl_runner_choose(crl_source *source, crl_runner *runner);

/* Move what the mailbox holds, and whose timers are due, behind what is ready. */
void crl_runner_collect_mail(crl_runner *runner);
void crl_runner_collect_timers(crl_runner *runner);

/* Move what waits for descriptors that are ready behind what is ready. A system call, if any are watched. */
static inline void
crl_runner_collect_fds(crl_runner *runner)
{
	if (crl_unlikely(runner->poller != NULL))
		crl_poller_collect(runner->poller);
}

/* Ask all suspended jobs to end, once, if the runner has been interrupted. */
void crl_runner_heed_interrupt(crl_runner *runner);

/* Has it been told to stop? */
bool crl_runner_stopping(crl_runner *runner);

/* Run a job on the running strand. */
void crl_runner_run_job(crl_runner *runner, crl_job *job);

/* Let a strand that is ready go on; returns when the running one is taken as the spare. */
void crl_runner_step_aside(crl_runner *runner, crl_strand *ready);

/* Is any job suspended? */
bool crl_runner_has_suspended(const crl_runner *runner);

/* Sleep until a letter, an order or the next timer comes, but not beyond the deadline. */
void crl_runner_sleep(crl_runner *runner, int64_t deadline);

#endif
