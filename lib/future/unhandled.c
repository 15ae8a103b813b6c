/* SPDX-License-Identifier: MIT */
/*
 * unhandled.c: the hooks for errors that nobody looked at: a thread's own, else the program's.
 *
 * The program's is one pair, changed and read under the global lock; hooks are called without.
 */
#include "future/unhandled.h"

#include "sync/fork.h"

#include <stddef.h>
#include <stdio.h>

static crl_unhandled_hook programs;
static _Thread_local const crl_unhandled_hook *here;

void
crl_unhandled_here(const crl_unhandled_hook *hook)
{
	here = hook;
}

void
creel_set_unhandled(creel_unhandled_fn *fn, void *ctx)
{
	crl_global_lock();
	programs = (crl_unhandled_hook){fn, ctx};
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
	crl_unhandled_hook to;

	if (here != NULL && here->fn != NULL) {
		to = *here;
	} else {
		crl_global_lock();
		to = programs;
		crl_global_unlock();
	}
	if (to.fn != NULL)
		to.fn(future, error, to.ctx);
	else
		write_line(error);
}
