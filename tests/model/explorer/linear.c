/* SPDX-License-Identifier: MIT */
/*
 * linear.c: the search, depth first, for an order in which the operations can have happened.
 *
 * The operations are numbered in the order of their ends, the pending ones last. Real time then
 * asks of an operation only that the first so and so many have happened (need): those that ended
 * before it began. And a history is explained as soon as all that returned have happened.
 *
 * What has happened is a set of 64 bits. The memo holds pairs of (set, state) from which the search
 * has failed, whole, not only their hashes: a pair that is found there cannot succeed. It is a
 * table in which a pair lies in one of WAYS slots from its home on. When these are taken it
 * replaces the one at home: what is forgotten is searched again, and costs time alone. Slots are
 * valid for one check, whose number they bear, so that there is nothing to clear.
 */
#include "linear.h" /* by either root: tests/ of its test, tests/model/ of the explorer */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef MEMO_SLOTS                   /* a test defines few, which are soon full */
#define MEMO_SLOTS ((size_t)1 << 17) /* 2 megabytes; a power of two */
#endif
#define MEMO_STATES ((size_t)8 << 20) /* bytes for their states: large ones have fewer slots */
#define WAYS 4

typedef struct memo_slot {
	uint64_t happened;
	uint64_t check; /* 0: never used */
} memo_slot;

static struct {
	memo_slot slots[MEMO_SLOTS];
	unsigned char states[MEMO_STATES];
	uint64_t check; /* the number of this one */
	size_t mask;    /* number of slots - 1 */
	bool empty;
} memo;

static struct {
	const linear_spec *spec;
	const linear_op *ops[LINEAR_MAX];
	unsigned need[LINEAR_MAX];
	unsigned count, returned;
	size_t size; /* of a state, in whole words: the bytes after its end are 0 */
	_Alignas(max_align_t) unsigned char states[LINEAR_MAX + 1][LINEAR_STATE_MAX]; /* by depth */
} search;

void
linear_begin(linear_history *history, const linear_spec *spec)
{
	if (spec->state_size > LINEAR_STATE_MAX)
		abort();
	history->count = 0;
	history->clock = 0;
	history->spec = spec;
}

linear_op *
linear_call(linear_history *history, int thread, int kind, long arg)
{
	linear_op *op;

	if (history->count == LINEAR_MAX)
		return NULL;
	op = &history->ops[history->count++];
	*op = (linear_op){.thread = thread, .kind = kind, .arg = arg, .begin = ++history->clock};
	return op;
}

void
linear_return(linear_history *history, linear_op *op, long result)
{
	if (op->end != 0)
		abort();
	op->result = result;
	op->end = ++history->clock;
}

static void
memo_begin(void)
{
	size_t slots = MEMO_SLOTS;

	while (slots * search.size > MEMO_STATES)
		slots /= 2;
	memo.mask = slots - 1;
	memo.check++;
	memo.empty = true;
}

static size_t
memo_home(uint64_t happened, const unsigned char *state)
{
	uint64_t hash = happened, word;

	for (size_t i = 0; i < search.size; i += sizeof word) {
		hash = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15; /* 2^64 by the golden ratio */
		memcpy(&word, state + i, sizeof word);
		hash ^= word;
	}
	hash = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15;
	return (size_t)(hash >> 32);
}

static bool
memo_has(uint64_t happened, const unsigned char *state)
{
	size_t home;

	if (memo.empty) /* mostly: the first order that is tried is the right one */
		return false;
	home = memo_home(happened, state);
	for (size_t i = 0; i < WAYS; i++) {
		size_t at = (home + i) & memo.mask;
		const memo_slot *slot = &memo.slots[at];

		if (slot->check != memo.check)
			return false;
		if (slot->happened == happened &&
			memcmp(memo.states + at * search.size, state, search.size) == 0)
			return true;
	}
	return false;
}

static void
memo_add(uint64_t happened, const unsigned char *state)
{
	const size_t home = memo_home(happened, state);
	size_t at = home & memo.mask;

	for (size_t i = 0; i < WAYS; i++)
		if (memo.slots[(home + i) & memo.mask].check != memo.check) {
			at = (home + i) & memo.mask;
			break;
		}
	memo.slots[at] = (memo_slot){happened, memo.check};
	memcpy(memo.states + at * search.size, state, search.size);
	memo.empty = false;
}

/* Let operation i happen after the state at this depth. False if it cannot; and if it is pending
 * and changes nothing, which is as if it had not happened. */
static bool
happen(unsigned i, unsigned depth)
{
	unsigned char *state = search.states[depth], *next = search.states[depth + 1];

	memcpy(next, state, search.size);
	if (!search.spec->step(next, search.ops[i]))
		return false;
	return i < search.returned || memcmp(next, state, search.size) != 0;
}

/* Can what has not happened, of which `first` is the first, be put in order? */
static bool
explain(uint64_t happened, unsigned first, unsigned depth)
{
	while (first < search.returned && (happened >> first & 1) != 0)
		first++;
	if (first == search.returned)
		return true;
	if (memo_has(happened, search.states[depth]))
		return false;
	for (unsigned i = first; i < search.count; i++)
		if ((happened >> i & 1) == 0 && search.need[i] <= first && happen(i, depth) &&
			explain(happened | (uint64_t)1 << i, first, depth + 1))
			return true;
	memo_add(happened, search.states[depth]);
	return false;
}

/* The operations in the order of their ends. Mostly they are nearly so already. */
static void
sort(const linear_history *history)
{
	search.returned = 0;
	for (unsigned n = 0; n < history->count; n++) {
		const linear_op *op = &history->ops[n];
		unsigned i = n;

		for (; i > 0 && search.ops[i - 1]->end - 1 > op->end - 1; i--) /* 0 - 1: the last */
			search.ops[i] = search.ops[i - 1];
		search.ops[i] = op;
		search.returned += op->end != 0;
	}
	search.count = history->count;
}

static unsigned
ended_before(unsigned begin)
{
	unsigned n = 0;

	while (n < search.returned && search.ops[n]->end < begin)
		n++;
	return n;
}

bool
linear_check(const linear_history *history)
{
	search.spec = history->spec;
	search.size = (history->spec->state_size + 7) / 8 * 8;
	sort(history);
	for (unsigned i = 0; i < search.count; i++)
		search.need[i] = ended_before(search.ops[i]->begin);
	memo_begin();
	memset(search.states[0], 0, sizeof search.states[0]);
	search.spec->init(search.states[0]);
	return explain(0, 0, 0);
}
