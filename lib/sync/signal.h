/* SPDX-License-Identifier: MIT */
/*
 * signal.h: hear of a signal, once, on a thread where everything may be done.
 *
 * The handler may do next to nothing, so it posts a semaphore, and puts back what stood there before
 * it: the next signal acts as if nobody had ever watched. A thread of the watch's own waits for the
 * semaphore. One watch at a time in a process.
 */
#ifndef CRL_SYNC_SIGNAL_H
#define CRL_SYNC_SIGNAL_H

#include "sync/thread.h"

#include <stdbool.h>

typedef struct crl_signal_watch {
	int number;
	void (*fn)(void *arg);
	void *arg;
	crl_thread thread;
} crl_signal_watch;

/* Call fn(arg) when the signal first comes. False: there is a watch already, no
 * thread, or the signal is ignored. */
bool crl_signal_watch_begin(crl_signal_watch *watch, int number, void (*fn)(void *arg), void *arg);

/* fn is not called any more, and has returned. */
void crl_signal_watch_end(crl_signal_watch *watch);

#endif
