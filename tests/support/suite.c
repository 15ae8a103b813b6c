/* SPDX-License-Identifier: MIT */
/* suite.c: one Check suite, one case, 60 seconds a test (times CK_TIMEOUT_MULTIPLIER). */
#include "support/suite.h"

#include <stdlib.h>

int
creel_suite_run(const char *name, const TTest *const tests[], int n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	for (int i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
