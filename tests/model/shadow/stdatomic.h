/* SPDX-License-Identifier: MIT */
/*
 * stdatomic.h: found before the compiler's own when code is built for the explorer. An atomic type
 * is the plain type, and each access a call of the explorer with its place and its order.
 */
#ifndef MODEL_SHADOW_STDATOMIC_H
#define MODEL_SHADOW_STDATOMIC_H

#include_next <stdatomic.h>

#include "explorer/hooks.h"

#undef _Atomic
#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_compare_exchange_strong_explicit

#define _Atomic(type) __typeof__(type)

#define MODEL_SITE(text, success, fail) \
	({ \
		static model_site model_here __attribute__((section("model_sites"), used)) = { \
			__FILE__, text, __LINE__, success, fail}; \
		(const model_site *)&model_here; \
	})
#define MODEL_TYPE(p) __typeof__((void)0, *(p))

#define atomic_load_explicit(p, order) \
	((MODEL_TYPE(p))model_load((p), sizeof *(p), MODEL_SITE("load " #p, order, order)))
#define atomic_store_explicit(p, v, order) \
	model_store((p), sizeof *(p), (uint64_t)(v), MODEL_SITE("store " #p, order, order))
#define MODEL_RMW(p, what, name, v, order) \
	({ \
		MODEL_TYPE(p) \
		model_old = (MODEL_TYPE(p))model_rmw( \
			(p), sizeof *(p), what, (uint64_t)(v), MODEL_SITE(name, order, order)); \
		model_old; \
	})
#define atomic_exchange_explicit(p, v, order) MODEL_RMW(p, MODEL_XCHG, "exchange " #p, v, order)
#define atomic_fetch_add_explicit(p, v, order) MODEL_RMW(p, MODEL_ADD, "add " #p, v, order)
#define atomic_fetch_sub_explicit(p, v, order) MODEL_RMW(p, MODEL_SUB, "sub " #p, v, order)
#define atomic_fetch_or_explicit(p, v, order) MODEL_RMW(p, MODEL_OR, "or " #p, v, order)
#define atomic_fetch_and_explicit(p, v, order) MODEL_RMW(p, MODEL_AND, "and " #p, v, order)
#define MODEL_CAS(p, expected, v, weak, success, failure) \
	model_cas((p), sizeof *(p), (expected), (uint64_t)(v), weak, \
		MODEL_SITE("cas " #p, success, failure))
#define atomic_compare_exchange_weak_explicit(p, e, v, s, f) MODEL_CAS(p, e, v, true, s, f)
#define atomic_compare_exchange_strong_explicit(p, e, v, s, f) MODEL_CAS(p, e, v, false, s, f)

/* creel/fork.h has no other atomics than the compiler's own. A fence for the compiler alone is none here. */
#define __atomic_load_n(p, order) atomic_load_explicit(p, order)
#define __atomic_store_n(p, v, order) atomic_store_explicit(p, v, order)
#define __atomic_exchange_n(p, v, order) atomic_exchange_explicit(p, v, order)
#define __atomic_compare_exchange_n(p, e, v, weak, s, f) MODEL_CAS(p, e, v, weak, s, f)
#define __atomic_signal_fence(order) ((void)0)

/* Nor its own thread-locals, to which a thread can have no pointer here: models/fork.c. */
struct creel_fork_stack;
struct creel_fork_stack *model_fork_stack(void);
#define CREEL_FORK_STACK_ model_fork_stack()

/* base/atomic.h says with it that a loop spins. */
#define __builtin_ia32_pause() model_spin()

#endif
