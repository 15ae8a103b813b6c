/* SPDX-License-Identifier: MIT */
/*
 * signal.h: hear of signals on a thread where everything may be done.
 *
 * The handler may do next to nothing, so it says that the signal has come, and posts a semaphore. A thread of
 * the watch's own waits for that, and calls. A watch of the first signal only puts back what stood there
 * before it: the next one acts as if nobody had ever watched. One watch at a time for each signal of a
 * process. In the child of a fork there is no such thread: the handler puts back what was there, and has
 * the signal come again.
 */
#ifndef CRL_SYNC_SIGNAL_H
#define CRL_SYNC_SIGNAL_H

#include "sync/thread.h"

#include <signal.h>
#include <stdbool.h>

typedef struct crl_signal_watch {
	int number;
	bool first_only;
	void (*fn)(void *arg);
	void *arg;
	crl_thread thread;
} crl_signal_watch;

/* Call watch->fn(watch->arg) when the signal comes; the other fields but the thread are set, too. What comes
 * again before it has been called is told once. 0; EINVAL: no such signal, it cannot be caught, or a fault
 * raises it; EBUSY: there is a watch already; or why there is no thread. */
int crl_signal_watch_begin(crl_signal_watch *watch);

/* fn is not called any more, and has returned. */
void crl_signal_watch_end(crl_signal_watch *watch);

/* The signals that a fault raises in the thread that made it. */
void crl_signals_of_faults(sigset_t *faults);

#endif
