/* SPDX-License-Identifier: MIT */
/* runs.h: what the tests of creel_run() have in common. */
#ifndef CREEL_TEST_FACADE_RUNS_H
#define CREEL_TEST_FACADE_RUNS_H

#include "loop/loops.h"

/* A task of the loop that it is on: until all that was ready there has had its turn. */
static inline void
let_others_begin(void)
{
	for (int i = 0; i < 3; i++)
		creel_sleep(0);
}

/* The code of a future's error, which is let go of; 0: it has not failed. */
static inline int
code_of_failed(creel_future *future)
{
	const creel_error *error = creel_future_error(future);
	const int code = error != NULL ? error->code : 0;

	creel_future_unref(future);
	return code;
}

#endif
