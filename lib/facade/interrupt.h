/* SPDX-License-Identifier: MIT */
/*
 * interrupt.h: SIGINT cancels a task. The first one does, the next one acts as it did before. The handler
 * does nothing but post a semaphore; a thread waits for that and cancels.
 */
#ifndef CRL_FACADE_INTERRUPT_H
#define CRL_FACADE_INTERRUPT_H

#include "sync/signal.h"

#include <creel/future.h>

typedef struct crl_interrupt {
	crl_signal_watch watch;
	creel_future *task;
} crl_interrupt;

/* NULL: SIGINT stays what it is. So it does where it is ignored, no thread can be had, or another run, or a
 * loop, watches it. */
void crl_interrupt_begin(crl_interrupt *interrupt, creel_future *task);
void crl_interrupt_end(crl_interrupt *interrupt);

#endif
