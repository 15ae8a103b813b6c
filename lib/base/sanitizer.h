/* SPDX-License-Identifier: MIT */
/*
 * sanitizer.h: which tool watches this build: CRL_ASAN, CRL_TSAN, or CRL_VALGRIND, if it can be asked at run time.
 */
#ifndef CRL_BASE_SANITIZER_H
#define CRL_BASE_SANITIZER_H

#include <stdbool.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CRL_ASAN 1
#elif __has_feature(thread_sanitizer)
#define CRL_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define CRL_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define CRL_TSAN 1
#endif
#if !defined(CRL_ASAN) && !defined(CRL_TSAN) && defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define CRL_VALGRIND 1
#endif
#endif

/* Does one watch this process? */
static inline bool
crl_is_watched(void)
{
#if defined(CRL_ASAN) || defined(CRL_TSAN)
	return true;
#elif defined(CRL_VALGRIND)
	return RUNNING_ON_VALGRIND;
#else
	return false;
#endif
}

#endif
