/* SPDX-License-Identifier: MIT */
/*
 * membarrier.h: a memory barrier in all threads of the process at once, put up by one.
 *
 * For a pair of threads of which one stores and then loads very often, and the other very seldom: the one does
 * without a barrier, which the other puts up for both. It takes microseconds.
 */
#ifndef CRL_SYNC_MEMBARRIER_H
#define CRL_SYNC_MEMBARRIER_H

#include <stdbool.h>

/* False: the system has none. errno is kept. */
bool crl_membarrier(void);

#endif
