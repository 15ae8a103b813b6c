/* SPDX-License-Identifier: MIT */
/*
 * scale.h: how much of something a test does. The full number in a plain build, less where a tool
 * makes everything slower or has limits of its own; never nothing.
 */
#ifndef CREEL_TEST_SCALE_H
#define CREEL_TEST_SCALE_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SCALE_TSAN 1
#elif __has_feature(address_sanitizer)
#define SCALE_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SCALE_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define SCALE_ASAN 1
#endif

/* Repetitions. */
#if defined(SCALE_TSAN)
#define SCALE_TIMES(n) ((n) / 20 > 0 ? (n) / 20 : 1)
#elif defined(SCALE_ASAN)
#define SCALE_TIMES(n) ((n) / 10 > 0 ? (n) / 10 : 1)
#else
#define SCALE_TIMES(n) (n)
#endif

/* Suspended tasks, each of which holds a stack. ThreadSanitizer of gcc 12 dies beyond 8,000 fibers, and
 * takes most of a megabyte for each; unless it is not told of them, as in the preset tsan-scale. */
#if defined(SCALE_TSAN) && !defined(CRL_TSAN_SCALE)
#define SCALE_SUSPENDED(n) ((n) < 400 ? (n) : 400)
#elif defined(SCALE_ASAN)
#define SCALE_SUSPENDED(n) ((n) < 20000 ? (n) : 20000)
#else
#define SCALE_SUSPENDED(n) (n)
#endif

#endif
