/* SPDX-License-Identifier: MIT */
/*
 * heap.h: a pairing heap of timers, the earliest on top; equal deadlines in the order in which they were
 * added. Its nodes live inside whoever waits: adding never allocates and costs O(1), removing O(log n)
 * amortized. One thread's own.
 *
 * A sorted chain, in which each is the one child of the one before, is a heap whose top comes off in O(1).
 *
 * Rejected   an array heap: faster to pop where there are many, but adding to it can fail for lack of
 *            memory; where there are many, most of them wait in the wheel (timers.h).
 * After      Fredman, Sedgewick, Sleator, Tarjan: The pairing heap (1986); two-pass merging.
 */
#ifndef CRL_QUEUE_HEAP_H
#define CRL_QUEUE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct crl_timer {
	int64_t when;
	uint64_t sequence;                  /* the order of adding, among equals */
	void (*expire)(struct crl_timer *); /* for whoever takes it out when it is due */
	struct crl_timer
		*child; /* the first of those that come after this one; itself: in a slot */
	union {
		struct crl_timer *next;  /* the next sibling */
		struct crl_alarm *entry; /* in a slot of the wheel */
	};
	struct crl_timer
		*prev; /* the previous sibling, or the parent; itself: the top, or in a slot;
				   NULL: neither in a heap nor in a slot */
} crl_timer;

static inline bool
crl_timer_before(const crl_timer *a, const crl_timer *b)
{
	return a->when != b->when ? a->when < b->when : a->sequence < b->sequence;
}

/* Chains that are being merged; begins as zeroes. */
typedef struct crl_sorting {
	crl_timer *chains
		[48]; /* the i-th: NULL, or of 2^i runs at least: more than there can be timers */
	unsigned used;
	crl_timer *first, *last; /* the run that grows; NULL: none yet */
} crl_sorting;

/* Sort one more timer, which is in no heap. */
void crl_sort(crl_sorting *sorting, crl_timer *timer);

/* All that were sorted, one at least, as a heap: a sorted chain. */
crl_timer *crl_sort_end(crl_sorting *sorting);

/* Add all of a heap, which can be one timer without child and next. */
void crl_heap_add(crl_timer **top, crl_timer *heap);

/* Take out a timer that is in. */
void crl_heap_remove(crl_timer **top, crl_timer *timer);

#endif
