/* SPDX-License-Identifier: MIT */
/* scope.c: see scope.h. */
#include "runner/scope.h"

int64_t
crl_scope_limit(const crl_scope *scope)
{
	int64_t limit = CRL_NEVER;

	for (; scope != NULL; scope = scope->above) {
		int64_t deadline = crl_load(&scope->deadline, relaxed);

		if (deadline < limit)
			limit = deadline;
	}
	return limit;
}

static bool
is_cancelled(const crl_scope *scope)
{
	return crl_load(&scope->marks, acquire) & CRL_SCOPE_CANCELLED; /* [SC1] */
}

static bool
has_expired(const crl_scope *scope, int64_t now)
{
	return crl_load(&scope->deadline, relaxed) <= now;
}

/* The outermost of the scopes that have ended; NULL: none has. */
static const crl_scope *
find_cause(const crl_scope *scope, int64_t now)
{
	const crl_scope *cause = NULL;

	for (; scope != NULL; scope = scope->above)
		if (is_cancelled(scope) || has_expired(scope, now))
			cause = scope;
	return cause;
}

bool
crl_scope_is_cut(const crl_scope *scope)
{
	return find_cause(scope, crl_now()) != NULL;
}

/* The scopes from this one out to the last have been told, or asked; NULL: all that reach inside. */
static void
mark(crl_scope *scope, const crl_scope *last, unsigned how, int64_t now)
{
	for (; scope != NULL; scope = scope != last ? scope->above : NULL)
		crl_fetch_or(&scope->marks,
			how | (has_expired(scope, now) ? CRL_SCOPE_EXPIRED : 0u), relaxed);
}

/* Mark those that are told; returns why. */
static const crl_scope *
note(crl_scope *scope)
{
	const int64_t now = crl_now();
	const crl_scope *cause = find_cause(scope, now);

	if (cause == NULL) /* its deadline has been moved meanwhile */
		cause = scope;
	mark(scope, cause, CRL_SCOPE_TOLD, now);
	return cause;
}

void
crl_scope_note(crl_scope *scope)
{
	note(scope);
}

creel_status
crl_scope_tell(crl_scope *scope, creel_status expired)
{
	const crl_scope *cause = note(scope);

	if (is_cancelled(cause))
		return crl_reportf(CREEL_ECANCELLED, "%s", cause->reason);
	return crl_report(expired, "the deadline of a scope has passed");
}

void
crl_scope_tell_request(crl_scope *scope)
{
	mark(scope, NULL, CRL_SCOPE_ASKED, crl_now());
}
