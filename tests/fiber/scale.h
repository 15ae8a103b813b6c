/* SPDX-License-Identifier: MIT */
/* scale.h: fewer of everything under tools that make each dear. */
#ifndef TESTS_FIBER_SCALE_H
#define TESTS_FIBER_SCALE_H

#include "fiber/annotate.h"

#include <stddef.h>

/* Of n, at most `limit` where a sanitizer or valgrind watches. */
static inline size_t
scaled(size_t n, size_t limit)
{
#if defined(CRL_ASAN) || defined(CRL_TSAN)
	const bool watched = true;
#elif defined(CRL_VALGRIND)
	const bool watched = RUNNING_ON_VALGRIND != 0;
#else
	const bool watched = false;
#endif
	return watched && n > limit ? limit : n;
}

#endif
