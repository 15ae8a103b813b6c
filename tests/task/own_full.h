/* SPDX-License-Identifier: MIT */
/* own_full.h: the full pool that a suite's tests share: each makes it, and ends it. */
#ifndef CREEL_TEST_TASK_OWN_FULL_H
#define CREEL_TEST_TASK_OWN_FULL_H

#include "task/full.h"

#include <check.h>

static creel_pool *full;
static gate hold;

static inline void
make_full(void)
{
	hold = (gate)GATE_INIT;
	full = full_pool(&hold);
	ck_assert_ptr_nonnull(full);
}

static inline void
end_full(void)
{
	gate_open(&hold);
	creel_pool_destroy(full);
}

#endif
