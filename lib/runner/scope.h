/* SPDX-License-Identifier: MIT */
/*
 * scope.h: a piece of a task, or of what a plain thread does, that has a deadline or can be cancelled: what waits
 * and checkpoints ask of it. task/scope.c enters and leaves them.
 *
 * Scopes nest. The innermost one stands in the context of whoever runs (base/context.h), so that a wait pays one
 * load where there is none. Two things reach those who wait in a scope. A *cut*, when the scope is cancelled,
 * goes down the tree of crl_cancel. A *deadline* needs no event: each waits no longer than the earliest of
 * the scopes that it is in, by its own timer. Both are levels: all that would wait in such a scope later does not.
 *
 * What was forked in a scope runs elsewhere with the same innermost scope, and a crl_cancel of its own.
 *
 * Who        owner: who has entered it    others: those of its task's parts that are in it, who read and mark it;
 *            whoever cancels it, or moves its deadline
 * Marks      CLAIMED    somebody cancels it; the first writes the reason
 *            CANCELLED  the reason is there
 *            TOLD       a wait or a checkpoint in it was told to end, by reason of this scope or of something outside
 *            ASKED      or of a request to the task
 *            EXPIRED    and its deadline had passed then
 *            ENTERED, LEFT    by the owner
 *
 * Invariants
 *   I1  A scope outlives what was forked in it, and scopes that were entered in it.
 *   I2  CANCELLED is set before the cut.
 * Ordering (release -> acquire)
 *   [SC1] cancel: fetch_or of CANCELLED -> due: load of the marks    the reason
 *   [SC2] enter: fetch_or of ENTERED -> who has not entered it: load of the marks    when that was
 *   The deadline and the other marks stand for themselves, relaxed; who waits looks at the deadline after it has
 *   been told to [CA1].
 */
#ifndef CRL_RUNNER_SCOPE_H
#define CRL_RUNNER_SCOPE_H

#include "base/atomic.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/process.h"
#include "runner/cancel.h"

#include <creel/status.h>
#include <stdbool.h>
#include <stdint.h>

#define CRL_SCOPE_REASON 64

enum {
	CRL_SCOPE_CLAIMED = 1,
	CRL_SCOPE_CANCELLED = 2,
	CRL_SCOPE_TOLD = 4,
	CRL_SCOPE_EXPIRED = 8,
	CRL_SCOPE_ENTERED = 16,
	CRL_SCOPE_LEFT = 32,
	CRL_SCOPE_ASKED = 64
};

/* Zeroed memory is one that has not been entered, but for the deadline. */
typedef struct crl_scope {
	crl_cancel cancel;       /* what its inside hears of */
	crl_relay relay;         /* how that is joined to the outside's */
	struct crl_scope *outer; /* the one before it in the context; NULL: none */
	struct crl_scope *above; /* the same, if that reaches its inside: not if it is shielded */
	crl_atomic(int64_t) deadline;
	crl_atomic(unsigned) marks;
	unsigned generation;
	char reason[CRL_SCOPE_REASON];
} crl_scope;

/* What a wait answers inside the library that was ended by a scope, until it is reported. */
#define CRL_CUT ((creel_status)1)

/* The innermost scope of whose context this is; NULL: none, or one of before a fork: in the child somebody may
 * hold its lock for ever. */
static inline crl_scope *
crl_scope_of(const crl_context *context)
{
	crl_scope *scope = context->scope;

	return crl_likely(scope == NULL) || scope->generation == crl_generation() ? scope : NULL;
}

/* The caller's. */
static inline crl_scope *
crl_scope_self(void)
{
	return crl_scope_of(crl_context_self());
}

/* When the earliest deadline is that holds inside. */
int64_t crl_scope_limit(const crl_scope *scope);

/* Is whoever is inside to end, by reason of this scope or one outside? */
bool crl_scope_is_cut(const crl_scope *scope);

/* It is, and somebody inside is told so. */
void crl_scope_note(crl_scope *scope);

/* The same, reported: as CREEL_ECANCELLED, or, where it is a deadline that has passed, as `expired`. */
creel_status crl_scope_tell(crl_scope *scope, creel_status expired);

/* Somebody inside is told of a request to the task. */
void crl_scope_tell_request(crl_scope *scope);

#endif
