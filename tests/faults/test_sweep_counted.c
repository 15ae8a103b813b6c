/* SPDX-License-Identifier: MIT */
/* test_sweep_counted.c: the same scenes with an allocator that counts: no block is lost. */
#include "faults/scenes.h"
#include "support/suite.h"

#define DEFINE(scene, kind) \
	START_TEST(scene##_##kind) \
	{ \
		sweep_counted(scene_##scene, kind); \
	} \
	END_TEST

#define NAME(scene, kind) scene##_##kind,

SCENES(DEFINE)

int
main(void)
{
	const TTest *const tests[] = {SCENES(NAME)};

	return creel_suite_run(
		"creel.faults.sweep_counted", tests, (int)(sizeof tests / sizeof *tests));
}
