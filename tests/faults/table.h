/* SPDX-License-Identifier: MIT */
/*
 * table.h: calls and what they are expected to answer, one row each.
 *
 *     const row rows[] = {
 *             ROW(creel_await(NULL, NULL), CREEL_EINVAL),
 *             ...
 *     };
 *     ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
 *
 * The calls are made where the table is initialized, in no particular order.
 */
#ifndef CREEL_TEST_FAULTS_TABLE_H
#define CREEL_TEST_FAULTS_TABLE_H

#include <creel/creel.h>

#include <stdio.h>

typedef struct row {
	const char *call;
	long long got, expected;
} row;

#define ROW(call, expected) \
	{ \
#call, (long long)(call), (long long)(expected) \
	}

/* The rows that are not as expected, one a line; "" if all are. */
static inline const char *
table_wrong(const row rows[], size_t size)
{
	static char text[4096];
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < size / sizeof *rows && length < sizeof text; i++)
		if (rows[i].got != rows[i].expected)
			length += (size_t)snprintf(text + length, sizeof text - length,
				"%s is %lld, not %lld\n", rows[i].call, rows[i].got,
				rows[i].expected);
	return text;
}

/* The code of creel_last_error() after the call, whose own answer is lost. */
#define LAST_CODE(call) (creel_fail(0, "nothing yet"), (void)(call), creel_last_error()->code)

/* Lets go of a future that has failed: its code. 0: it has not failed; -1: there is none. */
static inline int
code_of(creel_future *future)
{
	const creel_error *error = creel_future_error(future);
	int code = future == NULL ? -1 : error == NULL ? 0 : error->code;

	creel_future_unref(future);
	return code;
}

#endif
