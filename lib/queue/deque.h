/* SPDX-License-Identifier: MIT */
/*
 * deque.h: a deque of jobs: its owner works at the bottom, thieves steal at the top.
 *
 * The elements are those with indexes top <= i < bottom; element i is in slot i modulo the size. Only
 * the owner changes the bottom. The top only grows, by compare and swap: a thief's always, the owner's
 * when it pops the last element, which a thief may be taking at the same time. The owner may steal,
 * too: then what it pushed first comes out first.
 *
 * Who        owner: one thread, pushes and pops    thieves: many, steal, the owner among them
 * Progress   push, pop, steal wait-free; a steal may lose against another and says so
 *
 * Exclusion (X = caller must exclude)       push pop steal
 *                                    push    X    X    -
 *                                    pop     X    X    -
 *                                    steal   -    -    -
 * Ordering (release -> acquire, what it publishes)
 *   [DQ1] pop: store of bottom, then load of top | steal: load of bottom, then CAS of top: all seq_cst, so
 *         that owner and thief do not both miss each other
 *   [DQ2] push: store of bottom, seq_cst -> steal: load of bottom    the slot, and all behind it
 *         It is more than release so that what was pushed comes before the pusher looks who sleeps:
 *         see pool/README.md.
 *   [DQ3] steal: CAS of top -> push: load of top, acquire    the slot may be used anew
 *   [DQ4] steal, pop: CAS of top, release -> steal: load of top, acquire    the bottom that went with it
 * Linearizes   push at its store of bottom; pop at its store of bottom, or its CAS; steal at its CAS.
 * Memory       a fixed number of slots: nothing is allocated, nothing is moved. Who finds it full puts
 *              the job elsewhere.
 * ABA          indexes of 64 bits do not come again.
 * After        Chase, Lev: Dynamic circular work-stealing deque (2005). Lê, Pop, Cohen, Zappa Nardelli:
 *              Correct and efficient work-stealing for weak memory models (2013), without the fences.
 */
#ifndef CRL_QUEUE_DEQUE_H
#define CRL_QUEUE_DEQUE_H

#include "base/atomic.h"
#include "base/attr.h"
#include "queue/job.h"

#include <stdbool.h>
#include <stdint.h>

/* How many jobs fit in: a power of two. The models have less. */
#ifndef CRL_DEQUE_SIZE
#define CRL_DEQUE_SIZE 1024
#endif

typedef crl_atomic(crl_job *) crl_deque_slot;

typedef struct crl_deque {
	_Alignas(CRL_CACHE_LINE) crl_atomic(int64_t) top;
	_Alignas(CRL_CACHE_LINE) crl_atomic(int64_t) bottom;
	int64_t full; /* the owner's: up to here there is room, as far as it knows */
	crl_deque_slot slots[CRL_DEQUE_SIZE];
} crl_deque;

/* An empty deque is zeroed memory. */

static inline crl_deque_slot *
crl_deque_slot_of(crl_deque *deque, int64_t index)
{
	return &deque->slots[index & (CRL_DEQUE_SIZE - 1)];
}

/* By the owner. False: it is full. */
static inline bool
crl_deque_push(crl_deque *deque, crl_job *job)
{
	const int64_t bottom = crl_load(&deque->bottom, relaxed);

	if (crl_unlikely(bottom == deque->full)) {
		deque->full = crl_load(&deque->top, acquire) + CRL_DEQUE_SIZE; /* [DQ3] */
		if (bottom == deque->full)
			return false;
	}
	crl_store(crl_deque_slot_of(deque, bottom), job, relaxed);
	crl_store(&deque->bottom, bottom + 1, seq_cst); /* [DQ2] */
	return true;
}

/* By the owner: the newest; NULL: empty. */
static inline crl_job *
crl_deque_pop(crl_deque *deque)
{
	const int64_t bottom = crl_load(&deque->bottom, relaxed) - 1;
	int64_t top = crl_load(&deque->top, relaxed);
	crl_job *job;

	if (top > bottom) /* it only grows: empty for certain */
		return NULL;
	crl_store(&deque->bottom, bottom, seq_cst); /* [DQ1] */
	top = crl_load(&deque->top, seq_cst);
	if (crl_likely(top < bottom))
		return crl_load(crl_deque_slot_of(deque, bottom), relaxed);
	job = NULL;
	if (top == bottom) {
		job = crl_load(crl_deque_slot_of(deque, bottom), relaxed);
		if (!crl_cas(&deque->top, &top, top + 1, release, relaxed)) /* [DQ4] */
			job = NULL;
	}
	crl_store(&deque->bottom, bottom + 1, relaxed);
	return job;
}

/* By anybody: the oldest; NULL: empty, or, if *lost is set, another has taken it. */
static inline crl_job *
crl_deque_steal(crl_deque *deque, bool *lost)
{
	int64_t top = crl_load(&deque->top, acquire);             /* [DQ4] */
	const int64_t bottom = crl_load(&deque->bottom, seq_cst); /* [DQ1] [DQ2] */
	crl_job *job;

	if (top >= bottom)
		return NULL;
	job = crl_load(crl_deque_slot_of(deque, top), relaxed);
	/* [DQ1] [DQ3] [DQ4] */
	if (crl_likely(crl_cas(&deque->top, &top, top + 1, seq_cst, relaxed)))
		return job;
	*lost = true;
	return NULL;
}

/* By anybody: how many there are about now. */
static inline size_t
crl_deque_count(const crl_deque *deque)
{
	const int64_t top = crl_load(&deque->top, relaxed);
	const int64_t bottom = crl_load(&deque->bottom, relaxed);

	return bottom > top ? (size_t)(bottom - top) : 0;
}

/* By anybody: is there anything? What was pushed before is seen. */
static inline bool
crl_deque_has_any(const crl_deque *deque)
{
	/* An old top is a low one: at worst there seems to be something. */
	const int64_t top = crl_load(&deque->top, relaxed);

	return top < crl_load(&deque->bottom, seq_cst); /* [DQ2] */
}

#endif
