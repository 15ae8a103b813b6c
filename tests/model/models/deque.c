/* SPDX-License-Identifier: MIT */
/* deque.c: the deque, with a branch wherever a variant differs, since orders must be constants. */
#include "models/deque.h"

#include <stdbool.h>
#include <stdlib.h>

static deque_buffer *
make_buffer(int64_t size, deque_buffer *older)
{
	deque_buffer *buffer = malloc(sizeof *buffer + (size_t)size * sizeof buffer->slots[0]);

	buffer->older = older;
	buffer->size = size;
	for (int64_t i = 0; i < size; i++)
		crl_store(&buffer->slots[i], DEQUE_JUNK, relaxed); /* [D3] */
	return buffer;
}

void
deque_init(deque *d, deque_variant variant, int64_t size, int64_t start)
{
	d->variant = variant;
	crl_store(&d->top, start, relaxed);
	crl_store(&d->bottom, start, relaxed);
	crl_store(&d->buffer, make_buffer(size, NULL), relaxed);
}

void
deque_fini(deque *d)
{
	deque_buffer *buffer = crl_load(&d->buffer, relaxed), *older;

	for (; buffer != NULL; buffer = older) {
		older = buffer->older;
		free(buffer);
	}
}

/* Where the element of index i is. */
static deque_slot *
slot_of(deque_buffer *buffer, int64_t i)
{
	return &buffer->slots[i & (buffer->size - 1)];
}

static int64_t
index_after(const deque *d, int64_t i, int64_t n)
{
	return d->variant == DEQUE_SMALL_INDEXES ? (i + n) & 3 : i + n;
}

/* How many elements: -1 while pop() looks whether there is one. */
static int64_t
count_of(const deque *d, int64_t top, int64_t bottom)
{
	return d->variant == DEQUE_SMALL_INDEXES ? ((bottom - top + 1) & 3) - 1 : bottom - top;
}

static deque_buffer *
grow(deque *d, int64_t top, int64_t bottom)
{
	deque_buffer *old = crl_load(&d->buffer, relaxed); /* by the owner */
	deque_buffer *new =
		make_buffer(2 * old->size, d->variant == DEQUE_BUFFER_FREED ? NULL : old);

	for (int64_t i = top; i < bottom; i++)
		crl_store(slot_of(new, i), crl_load(slot_of(old, i), relaxed), relaxed); /* [D3] */
	if (d->variant == DEQUE_BUFFER_STORED_RELAXED)
		crl_store(&d->buffer, new, relaxed);
	else
		crl_store(&d->buffer, new, release); /* [D3] */
	if (d->variant == DEQUE_BUFFER_FREED)
		free(old);
	return new;
}

void
deque_push(deque *d, long element)
{
	const int64_t bottom = crl_load(&d->bottom, relaxed); /* by the owner */
	const int64_t top = crl_load(&d->top, acquire);       /* [D4] */
	const int64_t after = index_after(d, bottom, 1);
	deque_buffer *buffer = crl_load(&d->buffer, relaxed); /* by the owner */

	if (count_of(d, top, bottom) == buffer->size)
		buffer = grow(d, top, bottom);
	crl_store(slot_of(buffer, bottom), element, relaxed); /* [D2] */
	if (d->variant == DEQUE_RELAXED_PUSH)
		crl_store(&d->bottom, after, relaxed);
	else if (d->variant == DEQUE_STRICT)
		crl_store(&d->bottom, after, seq_cst); /* [D2] */
	else
		crl_store(&d->bottom, after, release); /* [D2] */
}

/* Claim what is at the bottom and above, then look for thieves. [D1] */
static int64_t
claim(deque *d, int64_t bottom)
{
	if (d->variant == DEQUE_NO_ORDER_IN_POP) {
		crl_store(&d->bottom, bottom, release);
		return crl_load(&d->top, acquire);
	}
	crl_store(&d->bottom, bottom, seq_cst);
	return crl_load(&d->top, seq_cst);
}

/* Take n elements at the top, if no one else has. [D1] [D4] */
static bool
advance(deque *d, int64_t top, int64_t n)
{
	const int64_t after = index_after(d, top, n);

	if (d->variant == DEQUE_NO_ORDER_IN_CAS)
		return crl_cas(&d->top, &top, after, acq_rel, relaxed);
	return crl_cas(&d->top, &top, after, seq_cst, relaxed);
}

long
deque_pop(deque *d)
{
	const int64_t before = crl_load(&d->bottom, relaxed); /* by the owner */
	const int64_t bottom = index_after(d, before, -1);
	deque_buffer *buffer = crl_load(&d->buffer, relaxed); /* by the owner */
	const int64_t top = claim(d, bottom), left = count_of(d, top, bottom);
	const bool empty =
		d->variant == DEQUE_UNSIGNED_POP ? (uint64_t)top > (uint64_t)bottom : left < 0;
	long element = DEQUE_EMPTY;

	if (!empty)
		element = crl_load(slot_of(buffer, bottom), relaxed); /* by the owner */
	if (!empty && (left != 0 || d->variant == DEQUE_NO_CAS_IN_POP))
		return element;
	if (!empty && !advance(d, top, 1))
		element = DEQUE_EMPTY;
	crl_store(&d->bottom, before, relaxed); /* it is empty: a thief finds nothing behind that */
	return element;
}

/* Where are the ends? [D1] [D2] */
static void
look(deque *d, int64_t *top, int64_t *bottom)
{
	if (d->variant == DEQUE_NO_ORDER_IN_STEAL) {
		*top = crl_load(&d->top, acquire);
		*bottom = crl_load(&d->bottom, acquire);
	} else {
		*top = crl_load(&d->top, seq_cst);
		*bottom = crl_load(&d->bottom, seq_cst);
	}
}

static deque_buffer *
load_buffer(deque *d)
{
	if (d->variant == DEQUE_BUFFER_LOADED_RELAXED)
		return crl_load(&d->buffer, relaxed);
	return crl_load(&d->buffer, acquire); /* [D3] */
}

long
deque_steal(deque *d)
{
	deque_buffer *buffer = d->variant == DEQUE_BUFFER_LOADED_EARLY ? load_buffer(d) : NULL;
	int64_t top, bottom;
	long element;

	look(d, &top, &bottom);
	if (d->variant == DEQUE_UNSIGNED_STEAL ? (uint64_t)top >= (uint64_t)bottom
					       : count_of(d, top, bottom) <= 0)
		return DEQUE_EMPTY;
	if (buffer == NULL)
		buffer = load_buffer(d);
	element = crl_load(slot_of(buffer, top), relaxed);
	if (!advance(d, top, 1))
		return DEQUE_LOST;
	if (d->variant == DEQUE_READ_AFTER_CAS)
		element = crl_load(slot_of(buffer, top), relaxed);
	return element;
}

void
deque_steal_two(deque *d, long elements[2])
{
	deque_buffer *buffer;
	int64_t top, bottom, n;

	look(d, &top, &bottom);
	n = count_of(d, top, bottom) < 2 ? count_of(d, top, bottom) : 2;
	elements[0] = n > 0 ? DEQUE_LOST : DEQUE_EMPTY;
	elements[1] = DEQUE_LOST;
	if (n <= 0)
		return;
	buffer = load_buffer(d);
	for (int64_t i = 0; i < n; i++)
		elements[i] = crl_load(slot_of(buffer, top + i), relaxed);
	if (!advance(d, top, n))
		elements[0] = elements[1] = DEQUE_LOST;
}
