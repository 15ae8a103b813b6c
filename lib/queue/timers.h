/* SPDX-License-Identifier: MIT */
/*
 * timers.h: what is to happen when. A pairing heap of nodes that live inside whoever waits: adding
 * never allocates and costs O(1), removing O(log n) amortized. Equal deadlines come out in the order
 * in which they were added. One thread's own.
 *
 * Rejected   an array heap: faster to pop, but adding to it can fail for lack of memory.
 * After      Fredman, Sedgewick, Sleator, Tarjan: The pairing heap (1986); two-pass merging.
 */
#ifndef CRL_QUEUE_TIMERS_H
#define CRL_QUEUE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct crl_timer {
	int64_t when;
	uint64_t sequence;                  /* the order of adding, among equals */
	void (*expire)(struct crl_timer *); /* for whoever takes it out when it is due */
	struct crl_timer *child;            /* the first of those that come after this one */
	struct crl_timer *next;             /* the next sibling */
	struct crl_timer
		*prev; /* the previous sibling, or the parent; itself: the root; NULL: not in */
} crl_timer;

typedef struct crl_timers {
	crl_timer *root; /* the earliest */
	uint64_t sequence;
} crl_timers;

/* timer->prev must be NULL: it is in no heap. */
void crl_timers_add(crl_timers *timers, crl_timer *timer, int64_t when);

/* Take it out, if it is in. */
void crl_timers_remove(crl_timers *timers, crl_timer *timer);

/* The earliest one that is due at now, taken out; NULL: none. */
crl_timer *crl_timers_due(crl_timers *timers, int64_t now);

#endif
