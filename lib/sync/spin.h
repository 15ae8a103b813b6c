/* SPDX-License-Identifier: MIT */
/*
 * spin.h: waiting for something that takes another thread a few instructions.
 *
 * A few pauses first; then the processor is given away, since the other thread may have lost its
 * own in the middle of those instructions.
 */
#ifndef CRL_SYNC_SPIN_H
#define CRL_SYNC_SPIN_H

#include "base/atomic.h"
#include "sync/thread.h"

#define CRL_SPIN_PAUSES 64

/* Can it pay to spin for longer, for what another thread may do soon? Not with one processor; and not in
 * the models, for which spinning is nothing but more steps. */
#ifndef CRL_SPINNING_PAYS
#define CRL_SPINNING_PAYS (crl_thread_cpus() > 1)
#endif

/* Call it in the loop with a counter that starts at 0. */
static inline void
crl_spin(unsigned *count)
{
	if (*count < CRL_SPIN_PAUSES) {
		++*count;
		crl_pause();
	} else {
		crl_thread_yield();
	}
}

#endif
