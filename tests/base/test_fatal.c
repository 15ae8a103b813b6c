/* SPDX-License-Identifier: MIT */
/* test_fatal.c: the end says why. */
#include "base/fatal.h"

#include "support/child.h"
#include "support/suite.h"

#include <signal.h>
#include <sys/wait.h>

static void
end_fatally(void *arg)
{
	crl_fatal("%s is number %d", (const char *)arg, 7);
}

START_TEST(says_why_and_aborts)
{
	char said[100];
	int end = child_run_reading_stderr(end_fatally, (char[]){"it"}, said, sizeof said);

	ck_assert(WIFSIGNALED(end));
	ck_assert_int_eq(WTERMSIG(end), SIGABRT);
	ck_assert_str_eq(said, "creel: fatal: it is number 7\n");
}
END_TEST

CREEL_SUITE("creel.base.fatal", says_why_and_aborts)
