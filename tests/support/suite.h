/* SPDX-License-Identifier: MIT */
/*
 * suite.h: a test program in one piece.
 *
 *     START_TEST(first_thing) { ... } END_TEST
 *     START_TEST(second_thing) { ... } END_TEST
 *
 *     CREEL_SUITE("creel.future.future", first_thing, second_thing)
 *
 * Check runs every test in a child process. Threads do not survive a fork, so pools are made inside
 * the test. Assertions are made by the test's own thread alone; others leave what they found in
 * variables. A test does not sleep to get an order: see gate.h and fake_clock.h.
 */
#ifndef CREEL_TEST_SUITE_H
#define CREEL_TEST_SUITE_H

#include <check.h>

/* Run the n tests under that name; the exit status of main(). */
int creel_suite_run(const char *name, const TTest *const tests[], int n);

#define CREEL_SUITE(name, ...) \
	int main(void) \
	{ \
		const TTest *const tests[] = {__VA_ARGS__}; \
		return creel_suite_run(name, tests, (int)(sizeof tests / sizeof *tests)); \
	}

#endif
