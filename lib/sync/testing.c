/* SPDX-License-Identifier: MIT */
/*
 * testing.c: the clock that a program's tests stop and move.
 *
 * It is base/clock.h's. All that sleeps until a time does so in a parker, so that whoever changes the clock has all
 * parkers look at it (parker.h). The global lock keeps those who change it apart.
 */
#include "base/clock.h"
#include "base/context.h"
#include "sync/fork.h"
#include "sync/parker.h"

#include <creel/testing.h>

static creel_status
change(bool (*how)(void), const char *refused)
{
	bool changed;

	crl_global_lock();
	changed = how();
	crl_global_unlock();
	if (!changed)
		return crl_report(CREEL_ESTATE, refused);
	crl_parkers_look();
	return CREEL_OK;
}

creel_status
creel_clock_pause(void)
{
	return change(crl_clock_pause, "the clock is paused already");
}

creel_status
creel_clock_resume(void)
{
	return change(crl_clock_resume, "the clock is not paused");
}

/* With the lock held. */
static creel_status
advance(creel_duration duration)
{
	if (!crl_clock_is_paused())
		return CREEL_ESTATE;
	if (duration > CRL_CLOCK_LAST - crl_now())
		return CREEL_EINVAL;
	crl_clock_step(duration);
	return CREEL_OK;
}

creel_status
creel_clock_advance(creel_duration duration)
{
	creel_status status = CREEL_EINVAL;

	if (duration >= 0) {
		crl_global_lock();
		status = advance(duration);
		crl_global_unlock();
	}
	if (status == CREEL_ESTATE)
		return crl_report(status, "the clock is not paused");
	if (status != CREEL_OK)
		return crl_report(status, "the clock cannot be moved back, or so far");
	crl_parkers_look();
	return CREEL_OK;
}

bool
creel_clock_is_paused(void)
{
	return crl_clock_is_paused();
}

size_t
creel_clock_sleepers(void)
{
	return (size_t)crl_parker_sleepers();
}
