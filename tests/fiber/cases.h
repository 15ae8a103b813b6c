/* SPDX-License-Identifier: MIT */
/* cases.h: the main() of a test program whose cases need more than support/suite.h offers: loops, signals. */
#ifndef TESTS_FIBER_CASES_H
#define TESTS_FIBER_CASES_H

#include <check.h>

/* Run what add_tests() adds to the one case; the exit status of main(). */
static inline int
run_cases(const char *name, void (*add_tests)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#endif
