/* SPDX-License-Identifier: MIT */
/* watch.c: see watch.h. */
#include "runner/watch.h"

#include "base/clock.h"
#include "sync/fork.h"
#include "sync/thread.h"

#include <creel/debug.h>
#include <stdlib.h>

crl_atomic(unsigned) crl_watch_word;

/* In the child of a fork, what the others waited on may be freed: there the list begins anew. */
static crl_list waits = {&waits, &waits};
static unsigned waits_generation;

crl_list *
crl_watched_waits(void)
{
	if (waits_generation != crl_generation()) {
		waits_generation = crl_generation();
		crl_list_init(&waits);
	}
	return &waits;
}

bool
creel_debug(bool on)
{
	const unsigned before =
		on ? crl_fetch_or(&crl_watch_word, CRL_WATCH_ALL, relaxed)
		   : crl_fetch_and(&crl_watch_word, ~(unsigned)CRL_WATCH_ALL, relaxed);

	return before & CRL_WATCH_ALL;
}

void
crl_watch_times(void)
{
	crl_fetch_or(&crl_watch_word, CRL_WATCH_TIMES, relaxed);
}

/* At load time, before there can be a task. */
__attribute__((constructor)) static void
ask_the_environment(void)
{
	const char *value = secure_getenv("CREEL_DEBUG");

	if (value != NULL && value[0] == '1' && value[1] == '\0')
		creel_debug(true);
}

void
crl_watch_enter(crl_watched_wait *wait, const crl_subject *subject, const crl_strand *strand)
{
	*wait = (crl_watched_wait){.subject = subject,
		.strand = strand,
		.thread = crl_thread_number(),
		.since = crl_now()};
	crl_global_lock();
	crl_list_push_back(crl_watched_waits(), &wait->place);
	crl_global_unlock();
}

void
crl_watch_leave(crl_watched_wait *wait)
{
	crl_global_lock();
	crl_list_unlink(&wait->place);
	crl_global_unlock();
}
