/* SPDX-License-Identifier: MIT */
/* interrupt.c: see interrupt.h. */
#include "facade/interrupt.h"

#include <signal.h>
#include <stddef.h>

static void
cancel(void *arg)
{
	creel_future_cancel(arg);
}

void
crl_interrupt_begin(crl_interrupt *interrupt, creel_future *task)
{
	struct sigaction now;

	interrupt->task = NULL;
	if (task == NULL || (sigaction(SIGINT, NULL, &now), now.sa_handler == SIG_IGN))
		return;
	interrupt->watch =
		(crl_signal_watch){.number = SIGINT, .first_only = true, .fn = cancel, .arg = task};
	if (crl_signal_watch_begin(&interrupt->watch) == 0)
		interrupt->task = task;
}

void
crl_interrupt_end(crl_interrupt *interrupt)
{
	if (interrupt->task != NULL)
		crl_signal_watch_end(&interrupt->watch);
}
