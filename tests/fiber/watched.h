/* SPDX-License-Identifier: MIT */
/* watched.h: what tests must know of the tools that watch them. */
#ifndef TESTS_FIBER_WATCHED_H
#define TESTS_FIBER_WATCHED_H

#include "fiber/annotate.h"
#include "support/coverage.h"

#include <stddef.h>

static inline bool
on_valgrind(void)
{
#if defined(CRL_VALGRIND)
	return RUNNING_ON_VALGRIND != 0;
#else
	return false;
#endif
}

/* Of n, at most `limit` where a sanitizer or valgrind makes each dear. */
static inline size_t
scaled(size_t n, size_t limit)
{
#if defined(CRL_ASAN) || defined(CRL_TSAN)
	const bool watched = true;
#else
	const bool watched = on_valgrind();
#endif
	return watched && n > limit ? limit : n;
}

#endif
