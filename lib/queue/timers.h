/* SPDX-License-Identifier: MIT */
/*
 * timers.h: what is to happen when. Nodes live inside whoever waits, so adding never fails. They come
 * out by deadline, equal deadlines in the order in which they were added. One thread's own.
 *
 * Few timers are in a heap. What is added beyond that, and is not near, waits in a wheel: slots of timers of
 * about the same time, unsorted. When its time comes a slot is opened: its timers go to other slots, of
 * less time each, or, sorted, to the heap. So a timer moves eight times at most, and is compared only
 * with those of its own tick.
 *
 * What counts with many is how often the processor waits for memory. A slot holds the deadlines themselves,
 * beside pointers, in chunks of an array, so that timers move from slot to slot without being looked at, and
 * are fetched many at a time when they are near. Removing one leaves a gap; a slot of more gaps than
 * timers is closed up. Where there is no memory for a chunk, the heap takes the timer.
 *
 * The wheel
 *   Time is counted in ticks of 2^18 ns. `tick` is the present. A timer that is to come at tick t is at the
 *   level of the highest digit, in base 64, in which t differs from `tick`, in the slot of t's digit
 *   there: all between are of the same level or lower, so that the lowest slot of the lowest level in use
 *   is the first to be opened. As long as `tick` does not pass the beginning of a slot, going on changes
 *   nobody's place.
 *
 * Invariants
 *   I1  All in a slot are not before its beginning; no slot in use begins before `opens`, or at `tick`.
 *   I2  A slot is in use whose bit is set; others mean nothing. When `far` is 0, none is.
 *   I3  Equal deadlines are in one slot, in the order of adding, but for those that the heap has.
 * Rejected   a heap of all: it waits for memory at each comparison; slots that are linked lists: it waits
 *            at each move; sleeping until the earliest of a slot: a walk through all of them at every
 *            sleep. The beginning of the slot is early by so little that a timer is opened eight times.
 * After      Varghese, Lauck: Hashed and hierarchical timing wheels (1987), scheme 7; Ahuja, Mehlhorn,
 *            Orlin, Tarjan: Faster algorithms for the shortest path problem (1990), for the radix heap.
 */
#ifndef CRL_QUEUE_TIMERS_H
#define CRL_QUEUE_TIMERS_H

#include "queue/heap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CRL_WHEEL_LEVELS = 8, CRL_WHEEL_SLOTS = 64 };

typedef struct crl_alarm {
	int64_t when;
	crl_timer *timer; /* NULL: it was removed */
} crl_alarm;

typedef struct crl_slot {
	struct crl_alarms *first, *last;
	uint32_t count; /* entries, gaps included; saturates */
	uint32_t gaps;  /* entries whose timer was removed; saturates */
} crl_slot;

typedef struct crl_timers {
	crl_timer *top; /* of the heap */
	crl_timer *
		aside; /* of those that are due, but too young for crl_timers_due() as it is called now */
	size_t near;   /* how many are in the heap, or aside */
	size_t far;    /* how many are in slots */
	int64_t opens; /* when the first slot begins */
	uint64_t tick;
	unsigned levels;                 /* those that have a slot in use */
	uint64_t used[CRL_WHEEL_LEVELS]; /* the slots in use of each level */
	uint64_t sequence;
	crl_slot slots[CRL_WHEEL_LEVELS][CRL_WHEEL_SLOTS];
} crl_timers;

void crl_timers_init(crl_timers *timers);

/* timer->prev must be NULL: it is not in. */
void crl_timers_add(crl_timers *timers, crl_timer *timer, int64_t when);

/* Take it out, if it is in. */
void crl_timers_remove(crl_timers *timers, crl_timer *timer);

/* The earliest one that is due at now, and was added before number `until`, counted from 0: taken out. NULL:
 * none. Who does not pass UINT64_MAX goes on, with the same arguments, until it is NULL. */
crl_timer *crl_timers_due(crl_timers *timers, int64_t now, uint64_t until);

/* When to look again; seldom before the earliest is due, never after. CRL_NEVER: there is none. */
int64_t crl_timers_next(const crl_timers *timers);

static inline bool
crl_timers_empty(const crl_timers *timers)
{
	return timers->near + timers->far == 0;
}

#endif
