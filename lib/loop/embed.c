/* SPDX-License-Identifier: MIT */
/* embed.c: see embed.h. */
#include "loop/embed.h"

#include "base/context.h"
#include "loop/loop.h"
#include "runner/policy.h"
#include "runner/poller.h"

#include <creel/io.h>

#include <errno.h>
#include <string.h>

static bool
is_offered(const creel_loop *loop)
{
	return crl_unlikely(loop->runner->poller != NULL) && loop->runner->poller->offered;
}

void
crl_loop_enter(creel_loop *loop)
{
	if (is_offered(loop))
		crl_poller_enter(loop->runner->poller, loop->runner->parker);
}

void
crl_loop_leave(creel_loop *loop)
{
	crl_runner *runner = loop->runner;

	/* The child of a task that forked has the parent's descriptors: it leaves them alone. */
	if (!is_offered(loop) || crl_loop_inherited(loop))
		return;
	if (loop->closed) {
		crl_poller_ring(runner->poller);
		return;
	}
	/* What closes is to be run until it has closed, unless it waits for its tasks. */
	crl_poller_leave(runner->poller, runner->parker, crl_timers_next(&runner->timers),
		crl_runner_has_ready(runner) ||
			(crl_runner_stopping(runner) && !crl_runner_has_suspended(runner)));
}

void
crl_loop_timer_added(creel_loop *loop)
{
	if (is_offered(loop) && !crl_loop_runs_here(loop))
		crl_poller_alarm(loop->runner->poller, crl_timers_next(&loop->runner->timers));
}

static creel_status
check(creel_loop *loop)
{
	if (loop == NULL)
		return crl_report(CREEL_EINVAL, "the loop is NULL");
	if (crl_loop_inherited(loop))
		return crl_report(CREEL_ECLOSED, "the loop was made before a fork");
	if (loop->has_thread)
		return crl_report(CREEL_ESTATE, "the loop has a thread of its own");
	if (!crl_loop_is_own(loop))
		return crl_report(CREEL_EWRONGTHREAD, "the loop belongs to another thread");
	if (loop->closed)
		return crl_report(CREEL_ECLOSED, "the loop is closed");
	return CREEL_OK;
}

int
creel_loop_fd(creel_loop *loop)
{
	crl_poller *poller;
	bool again;
	int error, fd = -1;

	if (check(loop) != CREEL_OK)
		return -1;
	again = is_offered(loop);
	if ((poller = crl_runner_poller(loop->runner, &error)) != NULL)
		fd = crl_poller_offer(poller, &error);
	if (fd < 0 && error == ENOMEM)
		crl_report(CREEL_ENOMEM, "no memory for a poller");
	else if (fd < 0)
		crl_reportf(CREEL_ESYS, "there is no descriptor for the loop: %s", strerror(error));
	else if (!again && !crl_loop_runs_here(loop))
		crl_loop_leave(loop);
	return fd;
}
