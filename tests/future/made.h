/* SPDX-License-Identifier: MIT */
/*
 * made.h: futures made by hand, which count what becomes of them, and a look at who waits.
 *
 * To lib/future a made task looks as a pool's does: the program cannot complete it, and cancelling
 * is the business of whoever runs it.
 */
#ifndef CREEL_TEST_MADE_H
#define CREEL_TEST_MADE_H

#include "future/future.h"

typedef struct made {
	creel_future future;
	int destroyed; /* how often its storage was released */
	int dropped;   /* how often its value was dropped */
	void *dropped_value;
	bool poison; /* once destroyed, fill the future: see made_untouched() */
} made;

/* With one reference. A task that is cancelled before it runs ends; a running one: REQUESTED. */
creel_future *made_task(made *, crl_phase phase);
creel_future *made_promise(made *);

/* Nothing has written to the future since it was destroyed. */
bool made_untouched(const made *);

/* How many wakers and callbacks are linked now. */
size_t made_linked(creel_future *);

/* Until n are. */
void made_await_linked(creel_future *, size_t n);

#endif
