/* SPDX-License-Identifier: MIT */
/*
 * values.h: the values that tasks carry (creel/context.h): tables that never change, and the place where the present one
 * stands.
 *
 * Who sets a value makes a table; who is made afterwards refers to that. Tables share the values in them: a value is
 * dropped with the last table that has it. The place is in the context of whoever runs (base/context.h). What its
 * owner has forked may begin on other workers at any time, and takes a reference from there.
 *
 * Who        owner: whoever runs in the context    others: those who begin what it has forked, many
 * Progress   at wait-free | replace, share blocking: LOCK is held for a few instructions
 * Place      the address of the table, 0: none. LOCK: somebody takes a reference to it
 *
 * Exclusion (X = caller must exclude)    at  replace  share
 *                             at          X   X        -
 *                             replace     X   X        -
 *                             share       -   -        -
 * Invariants
 *   I1  Tables, and the values in them, do not change, but for their counts.
 *   I2  The place has a reference to its table. Only the owner puts another table there, while LOCK is not set; it lets
 *       go of the old one then. So whoever has set LOCK may count one more.
 *   I3  What was forked has its reference before it has ended, and is joined before the owner ends.
 * Ordering (release -> acquire, what it publishes)
 *   [CV1] unref: fetch_sub, acq_rel -> the last unref: the same           all uses are over; of tables, of values
 *   [CV2] replace: CAS of the place, release -> share: CAS that locks, acquire    the table
 *   [CV3] share: store that unlocks, release -> replace: CAS, acquire     it has been counted
 * Linearizes   share at its CAS; replace at its CAS.
 * Last access  by who shares: to the place, the store that unlocks [CV3]; it is there until the part is joined.
 * Rejected     the table of the time of the fork: each fork would have to write it down, for what hardly anybody sets.
 *              To keep replaced tables until all is joined: who sets in a loop would keep them all.
 */
#ifndef CRL_TASK_VALUES_H
#define CRL_TASK_VALUES_H

#include "base/atomic.h"
#include "base/attr.h"
#include "base/context.h"

#include <creel/context.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct crl_values crl_values;

/* Keys are told apart by number: another one may be made where one was destroyed. */
struct creel_context_key {
	uint64_t number;
	creel_drop_fn *drop; /* NULL: none */
};

/* NULL, no values, is fine for all of these. */
crl_values *crl_values_ref(crl_values *values);
void crl_values_unref(crl_values *values);
void *crl_values_find(const crl_values *values, const creel_context_key *key);

/* A table like `values`, but for this value of this key; NULL: without any. False: no memory. */
bool crl_values_with(
	const crl_values *values, const creel_context_key *key, void *value, crl_values **made);

#define CRL_VALUES_LOCK ((uintptr_t)1)

/* By the owner: the present table, borrowed. */
static inline crl_values *
crl_values_at(const crl_context *context)
{
	return (crl_values *)(crl_load(&context->values, relaxed) & ~CRL_VALUES_LOCK); /* its own */
}

/* By the owner: another one; its reference is the place's then. Runs drops. */
void crl_values_replace(crl_context *context, crl_values *values);

/* By others: a reference to the present one. */
crl_values *crl_values_share(crl_context *context);

/* Has any key been made? Whoever has one sees that: it came with the key. So relaxed. */
extern crl_atomic(bool) crl_values_in_use;

/* The caller's, with a key in use: none in a callback. Borrowed. */
crl_values *crl_values_of_caller(void);

/* What a task that is made now begins with; borrowed. */
static inline crl_values *
crl_values_self(void)
{
	return crl_likely(!crl_load(&crl_values_in_use, relaxed)) ? NULL : crl_values_of_caller();
}

/* By the owner, which ends, or begins something else: this is the present table again, borrowed. */
static inline void
crl_values_return_to(crl_context *context, crl_values *values)
{
	if (crl_unlikely(crl_values_at(context) != values))
		crl_values_replace(context, crl_values_ref(values));
}

#endif
