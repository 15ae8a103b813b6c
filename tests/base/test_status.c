/* SPDX-License-Identifier: MIT */
/* test_status.c: the statuses, written out once more: numbers and names are for ever. */
#include "support/suite.h"

#include <creel/status.h>

#include <limits.h>

#define LARGEST_ERRNO 4095 /* of Linux: what a system call can answer */

static const struct {
	creel_status status;
	int number;
	const char *name;
	const char *text;
} statuses[] = {
	{CREEL_OK, 0, "CREEL_OK", "success"},
	{CREEL_EINVAL, 10001, "CREEL_EINVAL", "invalid argument"},
	{CREEL_ENOMEM, 10002, "CREEL_ENOMEM", "out of memory"},
	{CREEL_EPENDING, 10003, "CREEL_EPENDING", "the future is not done yet"},
	{CREEL_ESTATE, 10004, "CREEL_ESTATE", "not possible in the present state"},
	{CREEL_ECANCELLED, 10005, "CREEL_ECANCELLED", "cancelled"},
	{CREEL_EFAILED, 10006, "CREEL_EFAILED", "the task failed; its future holds the error"},
	{CREEL_ETIMEDOUT, 10007, "CREEL_ETIMEDOUT", "timed out"},
	{CREEL_ECLOSED, 10008, "CREEL_ECLOSED", "shut down, closed, or made before a fork"},
	{CREEL_EBROKEN, 10009, "CREEL_EBROKEN", "broken: an initializer failed"},
	{CREEL_EFULL, 10010, "CREEL_EFULL", "full"},
	{CREEL_EEMPTY, 10011, "CREEL_EEMPTY", "empty: nothing will follow"},
	{CREEL_EWRONGTHREAD, 10012, "CREEL_EWRONGTHREAD", "called on the wrong thread"},
	{CREEL_EDEADLK, 10013, "CREEL_EDEADLK", "would wait for itself, or must not suspend here"},
	{CREEL_ERUNNING, 10014, "CREEL_ERUNNING", "already running"},
	{CREEL_ESYS, 10015, "CREEL_ESYS", "a system call failed"},
};

static const int count = (int)(sizeof statuses / sizeof *statuses);

/* 0.1 "Code": OK is 0, every other number is positive, fixed and never used twice */
START_TEST(numbers_are_fixed)
{
	for (int i = 0; i < count; i++)
		ck_assert_int_eq((int)statuses[i].status, statuses[i].number);
	for (int i = 1; i < count; i++)
		ck_assert_int_gt(statuses[i].number, statuses[i - 1].number);
}
END_TEST

START_TEST(numbers_stand_above_errno)
{
	for (int i = 1; i < count; i++)
		ck_assert_int_gt((int)statuses[i].status, LARGEST_ERRNO);
}
END_TEST

START_TEST(every_status_is_in_the_map_and_here)
{
#define ONE(name, number, text) +1
	ck_assert_int_eq(count, 0 CREEL_STATUS_MAP(ONE));
#undef ONE
}
END_TEST

START_TEST(names_are_the_identifiers)
{
	for (int i = 0; i < count; i++)
		ck_assert_str_eq(creel_status_name(statuses[i].status), statuses[i].name);
}
END_TEST

START_TEST(texts_are_words)
{
	for (int i = 0; i < count; i++)
		ck_assert_str_eq(creel_status_text(statuses[i].status), statuses[i].text);
}
END_TEST

START_TEST(other_numbers_are_unknown)
{
	static const int others[] = {1, -1, 2, LARGEST_ERRNO, 10000, 10016, INT_MAX, INT_MIN};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		ck_assert_str_eq(creel_status_name((creel_status)others[i]), "unknown");
		ck_assert_str_eq(creel_status_text((creel_status)others[i]), "unknown status");
	}
}
END_TEST

CREEL_SUITE("creel.base.status", numbers_are_fixed, numbers_stand_above_errno,
	every_status_is_in_the_map_and_here, names_are_the_identifiers, texts_are_words,
	other_numbers_are_unknown)
