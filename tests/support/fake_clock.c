/* SPDX-License-Identifier: MIT */
/* fake_clock.c: the library's own fake clock, by its internal names. */
#include "support/fake_clock.h"

#include "base/clock.h"
#include "sync/parker.h"

#include <sched.h>

void
fake_clock_start(void)
{
	crl_clock_fake(true);
}

void
fake_clock_await_sleepers(int n)
{
	while (crl_parker_sleepers() < n)
		sched_yield();
}

void
fake_clock_step(int64_t nanoseconds)
{
	crl_parker_step(nanoseconds);
}
