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

#include <stdatomic.h>

#define crl_atomic(type) _Atomic(type)

#define crl_load(p, order) atomic_load_explicit((p), memory_order_##order)
#define crl_store(p, v, order) atomic_store_explicit((p), (v), memory_order_##order)
#define crl_exchange(p, v, order) atomic_exchange_explicit((p), (v), memory_order_##order)
#define crl_fetch_add(p, v, order) atomic_fetch_add_explicit((p), (v), memory_order_##order)
#define crl_fetch_sub(p, v, order) atomic_fetch_sub_explicit((p), (v), memory_order_##order)
#define crl_fetch_or(p, v, order) atomic_fetch_or_explicit((p), (v), memory_order_##order)
#define crl_fetch_and(p, v, order) atomic_fetch_and_explicit((p), (v), memory_order_##order)

/* Compare and swap, the weak kind, which may fail without reason: for loops. *expected is updated. */
#define crl_cas_weak(p, expected, desired, success, failure) \
	atomic_compare_exchange_weak_explicit( \
		(p), (expected), (desired), memory_order_##success, memory_order_##failure)

/* Compare and swap, the strong kind, for one try. */
#define crl_cas(p, expected, desired, success, failure) \
	atomic_compare_exchange_strong_explicit( \
		(p), (expected), (desired), memory_order_##success, memory_order_##failure)

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
