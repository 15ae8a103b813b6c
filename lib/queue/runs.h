/* SPDX-License-Identifier: MIT */
/*
 * runs.h: a chain of letters, the oldest first, that is cut into runs: one can take many at once without walking along
 * it, which is a cache miss for each.
 *
 * It is made when a mailbox is turned round, which has to walk anyway, from the newest letter to the oldest. The
 * runs therefore are a stack: the oldest was pushed last. When the stack is full, each two of its runs become one:
 * the more letters there are, the longer the runs.
 *
 * Who        whoever holds the lock that guards it
 */
#ifndef CRL_QUEUE_RUNS_H
#define CRL_QUEUE_RUNS_H

#include "base/attr.h"
#include "queue/letter.h"

#include <stddef.h>
#include <stdint.h>

/* How many runs there can be, an even number, and how many letters are in one, at first. */
#define CRL_RUNS 256
#define CRL_RUN_LENGTH 32

typedef struct crl_run {
	crl_letter *first; /* the oldest */
	size_t count;
} crl_run;

typedef struct crl_runs {
	size_t count; /* of letters */
	size_t depth; /* of the stack */
	crl_run stack[CRL_RUNS];
} crl_runs;

/* Empty runs are zeroed memory. */

/* Make room in the stack: newer and older runs that follow each other become one. */
static inline void
crl_runs_merge(crl_runs *runs)
{
	runs->depth /= 2;
	for (size_t i = 0; i < runs->depth; i++) {
		const crl_run newer = runs->stack[2 * i], older = runs->stack[2 * i + 1];

		runs->stack[i] = (crl_run){older.first, newer.count + older.count};
	}
}

/* A walk has come from one letter to the next. What was made one after the other mostly lies at equal distances, so have
 * the processor fetch what would come two steps on. If it is something else, or nothing, no harm is done. */
static inline void
crl_runs_guess(const crl_letter *from, const crl_letter *to)
{
	const uintptr_t step = (uintptr_t)to - (uintptr_t)from;

	crl_prefetch((const void *)((uintptr_t)to + 2 * step));
}

/* Turn a chain of letters round, whose newest comes first, into runs that are empty. */
static inline void
crl_runs_turn(crl_runs *runs, crl_letter *newest)
{
	size_t length = CRL_RUN_LENGTH, count = 0;
	crl_letter *newer = NULL, *older;

	for (crl_letter *letter = newest; letter != NULL; letter = older) {
		older = letter->next;
		crl_runs_guess(letter, older);
		letter->next = newer;
		newer = letter;
		if (++count < length && older != NULL)
			continue;
		if (runs->depth == CRL_RUNS) {
			crl_runs_merge(runs);
			length *= 2;
		}
		runs->stack[runs->depth++] = (crl_run){letter, count};
		runs->count += count;
		count = 0;
	}
}

/* Take out the oldest letters: some, at most so many, of which there is at least one. */
static inline crl_run
crl_runs_take(crl_runs *runs, size_t most)
{
	crl_run *oldest = &runs->stack[runs->depth - 1], taken = *oldest;

	if (taken.count <= most) {
		runs->depth--;
	} else {
		taken.count = most;
		for (size_t i = 0; i < most; i++)
			oldest->first = oldest->first->next;
		oldest->count -= most;
	}
	runs->count -= taken.count;
	return taken;
}

#endif
