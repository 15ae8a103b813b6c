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
	interrupt->task = NULL;
	if (task != NULL && crl_signal_watch_begin(&interrupt->watch, SIGINT, cancel, task))
		interrupt->task = task;
}

void
crl_interrupt_end(crl_interrupt *interrupt)
{
	if (interrupt->task != NULL)
		crl_signal_watch_end(&interrupt->watch);
}
