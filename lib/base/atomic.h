/* SPDX-License-Identifier: MIT */
/*
 * atomic.h: the one way to shared words. The order is a bare word and an argument of every access,
 *
 *     crl_store(&x, 1, release);     crl_load(&x, acquire)
 *
 * so that none is ever implied. Each release names the acquire that it pairs with by a label in
 * brackets; docs/memory-model.md lists the labels. There are no stand-alone fences: where a store
 * must come before a later load, both are seq_cst. That keeps the library within what
 * ThreadSanitizer understands, and lets a model checker take these names over.
 */
#ifndef CRL_BASE_ATOMIC_H
#define CRL_BASE_ATOMIC_H

#include "base/count.h"

#include <stdatomic.h>
#include <stdbool.h>

#define crl_atomic(type) _Atomic(type)

#define crl_load(p, order) atomic_load_explicit((p), memory_order_##order)

/* The rest may get into another thread's way, which a build of its own counts (base/count.h). */
#define CRL_COUNTED(what, access) (CRL_COUNT(what), access)
#define CRL_COUNTED_STORE_relaxed(access) access
#define CRL_COUNTED_STORE_release(access) access
#define CRL_COUNTED_STORE_seq_cst(access) CRL_COUNTED(SEQ_CST_STORE, access)
#define CRL_COUNTED_RMW(name, p, v, order) \
	CRL_COUNTED(RMW, atomic_##name##_explicit((p), (v), memory_order_##order))
#define CRL_COUNTED_CAS(access) (CRL_COUNT(RMW), (access) || (CRL_COUNT(FAILED_CAS), false))

#define crl_store(p, v, order) \
	CRL_COUNTED_STORE_##order(atomic_store_explicit((p), (v), memory_order_##order))
#define crl_exchange(p, v, order) CRL_COUNTED_RMW(exchange, p, v, order)
#define crl_fetch_add(p, v, order) CRL_COUNTED_RMW(fetch_add, p, v, order)
#define crl_fetch_sub(p, v, order) CRL_COUNTED_RMW(fetch_sub, p, v, order)
#define crl_fetch_or(p, v, order) CRL_COUNTED_RMW(fetch_or, p, v, order)
#define crl_fetch_and(p, v, order) CRL_COUNTED_RMW(fetch_and, p, v, order)

/* Compare and swap, the weak kind, which may fail without reason: for loops. *expected is updated. */
#define crl_cas_weak(p, expected, desired, success, failure) \
	CRL_COUNTED_CAS(atomic_compare_exchange_weak_explicit( \
		(p), (expected), (desired), memory_order_##success, memory_order_##failure))

/* Compare and swap, the strong kind, for one try. */
#define crl_cas(p, expected, desired, success, failure) \
	CRL_COUNTED_CAS(atomic_compare_exchange_strong_explicit( \
		(p), (expected), (desired), memory_order_##success, memory_order_##failure))

/* Tell the processor that this is a spinning loop. */
static inline void
crl_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield");
#endif
}

#endif
