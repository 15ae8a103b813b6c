/* SPDX-License-Identifier: MIT */
/*
 * clock.c: CLOCK_MONOTONIC, or the clock of a test.
 *
 * One word says how it goes, so that to read it costs one load more than the system's: twice the time at which it stands,
 * and 1; or twice what it is ahead of the system's (less than nothing: behind).
 */
#include "base/clock.h"

#include "base/atomic.h"
#include "base/attr.h"

#include <creel/time.h>

#include <time.h>

/* Relaxed: who is to see a change is woken after it. */
static crl_atomic(int64_t) setting;

static inline bool
stands(int64_t how)
{
	return how & 1;
}

static int64_t
real_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
crl_now(void)
{
	const int64_t how = crl_load(&setting, relaxed);

	return crl_likely(!stands(how)) ? real_now() + (how >> 1) : how >> 1;
}

int64_t
crl_deadline(int64_t duration)
{
	int64_t now;

	if (duration == 0)
		return 0;
	if (duration == CRL_NEVER)
		return CRL_NEVER;
	now = crl_now();
	return duration > CRL_NEVER - now ? CRL_NEVER : now + duration;
}

bool
crl_clock_is_paused(void)
{
	return stands(crl_load(&setting, relaxed));
}

bool
crl_clock_pause(void)
{
	if (crl_clock_is_paused())
		return false;
	crl_store(&setting, crl_now() * 2 + 1, relaxed);
	return true;
}

bool
crl_clock_resume(void)
{
	if (!crl_clock_is_paused())
		return false;
	crl_store(&setting, (crl_now() - real_now()) * 2, relaxed);
	return true;
}

void
crl_clock_fake(bool on)
{
	crl_store(&setting, on ? crl_now() * 2 + 1 : 0, relaxed);
}

void
crl_clock_step(int64_t nanoseconds)
{
	crl_fetch_add(&setting, nanoseconds * 2, relaxed);
}

int64_t
crl_clock_by_system(int64_t deadline)
{
	int64_t by_system;

	if (__builtin_sub_overflow(deadline, crl_load(&setting, relaxed) >> 1, &by_system))
		return deadline < 0 ? INT64_MIN : CRL_NEVER;
	return by_system;
}

int64_t
creel_now(void)
{
	return crl_now();
}
