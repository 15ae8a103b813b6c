/* SPDX-License-Identifier: MIT */
/*
 * tally.h: a number that one thread counts up, or down, and all may read at any time.
 *
 * Who        owner: one thread, adds    others: many, read
 * Ordering (release -> acquire, what it publishes)
 *   [TY1] add: store -> read: load    what the owner has counted before, and of whom it has a job what they have: so
 *         who reads ends before beginnings never sees more of the former
 * Rejected   a read-modify-write: the owner would pay for it each time.
 */
#ifndef CRL_BASE_TALLY_H
#define CRL_BASE_TALLY_H

#include "base/atomic.h"

#include <stdint.h>

typedef crl_atomic(uint64_t) crl_tally;

/* By the owner: so many more; or fewer, where n is the negative of that. */
static inline void
crl_tally_add(crl_tally *tally, uint64_t n)
{
	crl_store(tally, crl_load(tally, relaxed) + n, release); /* [TY1] */
}

/* By the owner: what it has counted. */
static inline uint64_t
crl_tally_own(const crl_tally *tally)
{
	return crl_load(tally, relaxed);
}

static inline uint64_t
crl_tally_read(const crl_tally *tally)
{
	return crl_load(tally, acquire); /* [TY1] */
}

#endif
