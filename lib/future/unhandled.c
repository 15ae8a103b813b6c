/* SPDX-License-Identifier: MIT */
/*
 * unhandled.c: the hook for errors that nobody looked at.
 *
 * Hook and context are one pair, changed and read under a mutex; the hook is called without it.
 */
#include "future/unhandled.h"

#include "sync/mutex.h"

#include <stddef.h>
#include <stdio.h>

typedef struct hook {
	creel_unhandled_fn *fn;
	void *ctx;
} hook;

static crl_mutex lock = CRL_MUTEX_INIT(CRL_RANK_LEAF);
static hook current;

void
creel_set_unhandled(creel_unhandled_fn *fn, void *ctx)
{
	crl_mutex_lock(&lock);
	current = (hook){fn, ctx};
	crl_mutex_unlock(&lock);
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

	crl_mutex_lock(&lock);
	to = current;
	crl_mutex_unlock(&lock);
	if (to.fn != NULL)
		to.fn(future, error, to.ctx);
	else
		write_line(error);
}
