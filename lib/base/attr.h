/* SPDX-License-Identifier: MIT */
/* attr.h: small conveniences of the compiler, under creel's names. */
#ifndef CRL_BASE_ATTR_H
#define CRL_BASE_ATTR_H

#include <stddef.h>

#define crl_likely(x) __builtin_expect(!!(x), 1)
#define crl_unlikely(x) __builtin_expect(!!(x), 0)

/* It will be written soon. */
#define crl_prefetch(p) __builtin_prefetch((p), 1)

/* The struct of TYPE whose MEMBER pointer points to. */
#define CRL_CONTAINER_OF(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define CRL_COLD __attribute__((cold, noinline))
#define CRL_NORETURN __attribute__((noreturn))
#define CRL_UNUSED __attribute__((unused))
#define CRL_PRINTF(FORMAT, FIRST) __attribute__((format(printf, FORMAT, FIRST)))

/* In place of `inline`: for what must not have a frame of its own, in no build. */
#define CRL_ALWAYS_INLINE inline __attribute__((always_inline))

/*
 * A thread-local pointer that is read on every call: resolved without a call even in the shared
 * library. Use it for pointers alone, since such space is scarce when a library is dlopen()ed.
 */
#define CRL_HOT_TLS _Thread_local __attribute__((tls_model("initial-exec")))

/* What one thread writes often is kept this far from what another does. */
#define CRL_CACHE_LINE 64

#endif
