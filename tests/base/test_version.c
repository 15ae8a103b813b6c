/* SPDX-License-Identifier: MIT */
/* test_version.c: the library tells the version of the headers that it was built with. */
#include "support/suite.h"

#include <creel/version.h>

START_TEST(the_library_is_the_headers_version)
{
	ck_assert_int_eq(creel_version(), CREEL_VERSION_NUM);
}
END_TEST

START_TEST(versions_compare_as_integers)
{
	ck_assert_int_eq(creel_version() / 10000, CREEL_VERSION_MAJOR);
	ck_assert_int_eq(creel_version() / 100 % 100, CREEL_VERSION_MINOR);
	ck_assert_int_eq(creel_version() % 100, CREEL_VERSION_PATCH);
}
END_TEST

CREEL_SUITE("creel.base.version", the_library_is_the_headers_version, versions_compare_as_integers)
