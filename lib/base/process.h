/* SPDX-License-Identifier: MIT */
/*
 * process.h: which process this is, counted in forks.
 *
 * The child of a fork has only the thread that forked. What the others held then, a mutex or a lock
 * bit, is held for ever, and what they were to do never happens. So everything that waits carries
 * the generation in which it was made, and in a later one answers CREEL_ECLOSED without touching
 * anything shared.
 */
#ifndef CRL_BASE_PROCESS_H
#define CRL_BASE_PROCESS_H

#include "base/atomic.h"

#include <stdbool.h>

/* Only a fork handler writes it, in a child that has one thread: relaxed is enough. */
extern crl_atomic(unsigned) crl_process_generation;

static inline unsigned
crl_generation(void)
{
	return crl_load(&crl_process_generation, relaxed);
}

#endif
