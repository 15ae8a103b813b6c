/* SPDX-License-Identifier: MIT */
/*
 * coverage.h: ends that do not forget what has been covered. In a build for coverage a process writes
 * that down when it exits; one that ends by _exit() or by a signal must do it before.
 */
#ifndef CREEL_TEST_COVERAGE_H
#define CREEL_TEST_COVERAGE_H

#include <unistd.h>

/* There in such a build. */
void __gcov_dump(void) __attribute__((weak));

static inline void
dump_coverage(void)
{
	if (__gcov_dump != NULL)
		__gcov_dump();
}

/* End this process at once, as _exit() does, but with what it has covered counted. */
__attribute__((noreturn)) static inline void
leave(int code)
{
	dump_coverage();
	_exit(code);
}

#endif
