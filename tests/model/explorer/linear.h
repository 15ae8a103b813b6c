/* SPDX-License-Identifier: MIT */
/*
 * linear.h: is a history of concurrent operations linearizable? That is: could each of them have
 * happened at one moment between its call and its return, so that one after the other they do what
 * a sequential specification says?
 *
 *     static linear_history history;
 *
 *     linear_begin(&history, &queue);
 *     op = linear_call(&history, me, POP, 0);
 *     ... the operation itself, while others do theirs ...
 *     linear_return(&history, op, item);
 *     ...
 *     assert(linear_check(&history));
 *
 * Real time   The calls and returns of a history have positions in one order. An operation that
 *             returned before another was called comes before it; else either may be first.
 *             Positions may be written into ops by hand: any numbers but an end of 0, and equal
 *             ones are at the same time.
 * Pending     An operation that never returned may have happened, at any moment since its call and
 *             with any result, or not at all; linear_check() tries both.
 * Cost        Without concurrency one step for each operation. The search is exponential in the
 *             worst case, because the problem is NP-complete; what tames it is that no pair of
 *             (what has happened, state) is searched twice. That does not help where each order of
 *             the same operations makes another state: a queue that many push at a time has N!
 *             of them for N pushes whose order shows only much later. Keep such queues short.
 * Memory      All of it is static, 10 megabytes that are only touched as needed. One check at a
 *             time, therefore, and no thread but its caller's.
 * After       J. Wing and C. Gong, "Testing and verifying concurrent objects" (1993), with the memo
 *             of G. Lowe, "Testing for linearizability" (2017).
 */
#ifndef CREEL_TEST_MODEL_LINEAR_H
#define CREEL_TEST_MODEL_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#define LINEAR_MAX 64        /* operations of a history */
#define LINEAR_STATE_MAX 256 /* bytes of a state */

/* One operation of a history: who called what, and when it began and ended. */
typedef struct linear_op {
	int thread; /* for whoever reads the history: the check looks at begin and end alone */
	int kind;
	long arg;
	long result; /* 0 while it is pending, which says nothing */
	unsigned begin,
		end; /* positions in the one order of all events; end 0: it never returned */
} linear_op;

/*
 * A sequential specification. Its state is plain bytes, aligned for any type, which the check
 * copies and compares: what points into the state itself is no good there, and two states that
 * mean the same should be the same in all bytes (else they are searched twice, no worse).
 */
typedef struct linear_spec {
	size_t state_size; /* at most LINEAR_STATE_MAX */

	/* All bytes are 0 before. */
	void (*init)(void *state);

	/* Let op happen. False: it cannot happen in this state, or not with this result; what has
	 * become of the state then does not matter. A pending op has no result to compare, and at
	 * most one way to change a state. See linear_may_return(). */
	bool (*step)(void *state, const linear_op *op);
} linear_spec;

typedef struct linear_history {
	linear_op ops[LINEAR_MAX];
	unsigned count;
	unsigned clock; /* the position of the latest event */
	const linear_spec *spec;
} linear_history;

/* For step(): op has returned this result, or is pending and might. */
static inline bool
linear_may_return(const linear_op *op, long result)
{
	return op->end == 0 || op->result == result;
}

/* An empty history. */
void linear_begin(linear_history *, const linear_spec *);

/* An operation begins. NULL: the history is full, and without this operation would mean nothing. */
linear_op *linear_call(linear_history *, int thread, int kind, long arg);

/* It ends: once. */
void linear_return(linear_history *, linear_op *, long result);

/* Is there an order of the operations that agrees with real time and the specification? */
bool linear_check(const linear_history *);

#endif
