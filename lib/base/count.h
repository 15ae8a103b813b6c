/* SPDX-License-Identifier: MIT */
/*
 * count.h: how often threads get into each other's way, for a build of its own (-DCREEL_COUNT=ON), which prints
 * the sums when the process ends. Each thread counts for itself, so that counting adds nothing to what is
 * counted. In all other builds there is nothing of it.
 */
#ifndef CRL_BASE_COUNT_H
#define CRL_BASE_COUNT_H

/* What is counted: name, and what it is. */
#define CRL_COUNT_MAP(COUNT) \
	COUNT(RMW, "atomic read-modify-writes") \
	COUNT(FAILED_CAS, "of these, compare and swaps that failed") \
	COUNT(SEQ_CST_STORE, "stores that are sequentially consistent") \
	COUNT(LOCK, "mutexes locked") \
	COUNT(CONTENDED_LOCK, "of these, held by another thread") \
	COUNT(WAKE, "threads woken by the system") \
	COUNT(SLEEP, "sleeps of threads")

typedef enum crl_counted {
#define CRL_COUNT_NAME(name, text) CRL_COUNT_##name,
	CRL_COUNT_MAP(CRL_COUNT_NAME)
#undef CRL_COUNT_NAME
		CRL_COUNT_KINDS
} crl_counted;

#ifdef CREEL_COUNT
void crl_count(crl_counted what);
#define CRL_COUNT(what) crl_count(CRL_COUNT_##what)
#else
#define CRL_COUNT(what) ((void)0)
#endif

#endif
