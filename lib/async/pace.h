/* SPDX-License-Identifier: MIT */
/*
 * pace.h: how fast results come to a consumer that is a thread, and whether it had better sleep a little than be woken
 * by the next one. So it is where they come faster than threads can be woken, by threads that have all processors: each
 * wake-up would take the time of several tasks. And there must be so many more to come that nobody runs dry
 * meanwhile: a consumer may be who submits the next ones.
 *
 * Guarded by who guards what is consumed.
 */
#ifndef CRL_ASYNC_PACE_H
#define CRL_ASYNC_PACE_H

#include "base/clock.h"
#include "sync/crowd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In nanoseconds: how long a consumer naps; results that come more often than this are frequent. */
#define CRL_PACE_NAP 50000
#define CRL_PACE_FREQUENT 10000

typedef struct crl_pace {
	size_t given;      /* results, since then: */
	int64_t last_wait; /* when a consumer last found nothing */
} crl_pace;

/* Nothing is there: should a thread nap before it waits? `left` are under way, and to last for `enough` ns. */
static inline bool
crl_pace_should_nap(crl_pace *pace, size_t left, size_t enough)
{
	const int64_t now = crl_now(), since = now - pace->last_wait;
	const size_t given = pace->given;

	pace->last_wait = now;
	pace->given = 0;
	return given > 0 && since / (int64_t)given < CRL_PACE_FREQUENT &&
	       (size_t)since / given * left > enough && !crl_crowd_has_room();
}

#endif
