/* SPDX-License-Identifier: MIT */
/* crowd.c: see crowd.h. */
#include "sync/crowd.h"

#include "base/atomic.h"
#include "base/attr.h"
#include "sync/thread.h"

static _Alignas(CRL_CACHE_LINE) crl_atomic(int) at_work;

/* How many processors there are, looked up once; 0: not yet. */
static crl_atomic(int) processors;

void
crl_crowd_enter(void)
{
	crl_fetch_add(&at_work, 1, relaxed);
}

void
crl_crowd_leave(void)
{
	crl_fetch_sub(&at_work, 1, relaxed);
}

bool
crl_crowd_has_room(void)
{
	int n = crl_load(&processors, relaxed);

	if (crl_unlikely(n == 0)) {
		n = (int)crl_thread_cpus();
		crl_store(&processors, n, relaxed);
	}
	return crl_load(&at_work, relaxed) < n;
}
