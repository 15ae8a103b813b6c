/* SPDX-License-Identifier: MIT */
/*
 * deque.h: a deque whose owner works at its bottom, while thieves steal at its top; right, and wrong in
 * the ways that were published. It is here for the explorer's sake, which has to tell them apart.
 *
 * The elements are those with indexes top <= i < bottom; element i is in slot i modulo size. Only the
 * owner changes the bottom. The top only grows, by compare and swap: a thief's always, the owner's
 * when it pops the last element, which a thief might take at the same time. For all others it is enough
 * that owner and thief do not miss each other: the owner lowers the bottom, then reads the top; a thief
 * reads the top, then the bottom; all that is seq_cst [D1]. That a thief finds in the slot, and behind
 * it, what was pushed is due to the bottom [D2]; in the slot of a new buffer, due to its address [D3].
 * That a slot is used anew only when its thief is done is due to the top [D4].
 *
 * A full buffer is replaced by one of twice the size. Thieves may still read the old one, which
 * therefore stays until the end.
 *
 * After       Chase, Lev: Dynamic circular work-stealing deque (2005). Lê, Pop, Cohen, Zappa Nardelli:
 *             Correct and efficient work-stealing for weak memory models (2013), but without fences.
 */
#ifndef MODEL_MODELS_DEQUE_H
#define MODEL_MODELS_DEQUE_H

#include "base/atomic.h"

#include <stdint.h>

/* What is wrong with it. */
typedef enum deque_variant {
	DEQUE_RIGHT,
	DEQUE_STRICT, /* right, and who finds it empty can rely on that: push is seq_cst, too */

	/* The owner may read the top, a thief the bottom, too early; or a thief's compare and swap
	 * does not count. An element is taken twice. */
	DEQUE_NO_ORDER_IN_POP,
	DEQUE_NO_ORDER_IN_STEAL,
	DEQUE_NO_ORDER_IN_CAS,

	DEQUE_RELAXED_PUSH, /* the element comes before what is behind it */
	DEQUE_NO_CAS_IN_POP,
	DEQUE_READ_AFTER_CAS, /* a thief reads the slot when it may be in use again */

	/* Of the new buffer its address is known before its content; or a thief looks for a new element
	 * in an old buffer; or there is none. */
	DEQUE_BUFFER_STORED_RELAXED,
	DEQUE_BUFFER_LOADED_RELAXED,
	DEQUE_BUFFER_LOADED_EARLY,
	DEQUE_BUFFER_FREED,

	/* With a bottom of -1 the deque seems huge. */
	DEQUE_UNSIGNED_POP,
	DEQUE_UNSIGNED_STEAL,

	DEQUE_SMALL_INDEXES, /* of two bits: after four elements they look the same */
	DEQUE_BATCH /* two elements with one compare and swap; the owner does not know of the second */
} deque_variant;

typedef crl_atomic(long) deque_slot;

typedef struct deque_buffer {
	struct deque_buffer *older;
	int64_t size; /* a power of two */
	deque_slot slots[];
} deque_buffer;

typedef struct deque {
	crl_atomic(int64_t) top, bottom;
	crl_atomic(deque_buffer *) buffer;
	deque_variant variant;
} deque;

/* Not elements, which are greater. */
#define DEQUE_EMPTY 0L /* there was nothing */
#define DEQUE_LOST -1L /* there was something, but another thread took it */
#define DEQUE_JUNK -2L /* no one must see that */

/* An empty deque, whose first element will have the index `start`. */
void deque_init(deque *, deque_variant, int64_t size, int64_t start);
void deque_fini(deque *);

/* The owner's. pop() takes the newest element; EMPTY is certain. */
void deque_push(deque *, long element);
long deque_pop(deque *);

/* Everybody's: take the oldest. EMPTY is certain of DEQUE_STRICT only, and LOST no reason to try again. */
long deque_steal(deque *);

/* DEQUE_BATCH: take the two oldest, or the only one, which makes the second LOST. */
void deque_steal_two(deque *, long elements[2]);

#endif
