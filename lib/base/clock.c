/* SPDX-License-Identifier: MIT */
/* clock.c: CLOCK_MONOTONIC, or the clock of a test. */
#include "base/clock.h"

#include "base/atomic.h"
#include "base/attr.h"

#include <creel/time.h>

#include <time.h>

/* 0: the real clock; else the present of the fake one. Relaxed: a test orders its own steps. */
static crl_atomic(int64_t) fake_now;

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
	int64_t now = crl_load(&fake_now, relaxed);

	return crl_likely(now == 0) ? real_now() : now;
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

void
crl_clock_fake(bool on)
{
	crl_store(&fake_now, on ? real_now() : 0, relaxed);
}

bool
crl_clock_is_fake(void)
{
	return crl_load(&fake_now, relaxed) != 0;
}

void
crl_clock_step(int64_t nanoseconds)
{
	crl_fetch_add(&fake_now, nanoseconds, relaxed);
}

int64_t
creel_now(void)
{
	return crl_now();
}
