/* SPDX-License-Identifier: MIT */
/*
 * unhandled.c: the hook for errors that nobody looked at.
 *
 * Hook and context are one pair, changed and read under the global lock; the hook is called without.
 */
#include "future/unhandled.h"

#include "sync/fork.h"

#include <stddef.h>
#include <stdio.h>

typedef struct hook {
	creel_unhandled_fn *fn;
	void *ctx;
} hook;

static hook current;

void
creel_set_unhandled(creel_unhandled_fn *fn, void *ctx)
{
	crl_global_lock();
	current = (hook){fn, ctx};
	crl_global_unlock();
}

static void
write_line(const creel_error *error)
{
	fprintf(stderr, "creel: an error that nobody looked at: %s (code %d", error->message,
		error->code);
	if (error->file != NULL)
		fprintf(stderr, ", %s:%d", error->file, error->line);
	fputs(")\n", stderr);
}

void
crl_unhandled_report(creel_future *future, const creel_error *error)
{
	hook to;

	crl_global_lock();
	to = current;
	crl_global_unlock();
	if (to.fn != NULL)
		to.fn(future, error, to.ctx);
	else
		write_line(error);
}
