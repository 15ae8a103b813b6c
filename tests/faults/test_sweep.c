/* SPDX-License-Identifier: MIT */
/* test_sweep.c: each scene in fresh processes: nothing hangs, crashes or leaks, a retry works. */
#include "faults/scenes.h"
#include "support/suite.h"

#define DEFINE(scene, kind) \
	START_TEST(scene##_##kind) \
	{ \
		sweep_fresh(scene_##scene, kind); \
	} \
	END_TEST

#define NAME(scene, kind) scene##_##kind,

SCENES(DEFINE)

int
main(void)
{
	const TTest *const tests[] = {SCENES(NAME)};

	return creel_suite_run("creel.faults.sweep", tests, (int)(sizeof tests / sizeof *tests));
}
