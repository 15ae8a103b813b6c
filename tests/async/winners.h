/* SPDX-License-Identifier: MIT */
/* winners.h: what the tests of first, any and race share. */
#ifndef CREEL_TEST_ASYNC_WINNERS_H
#define CREEL_TEST_ASYNC_WINNERS_H

#include "async/combined.h"

/* The winners of one that has them; lent. */
static inline const creel_winner *
winners_of(creel_future *whole)
{
	void *value = NULL;

	ck_assert_int_eq(creel_future_result(whole, &value), CREEL_OK);
	return value;
}

/* This one won with a number. */
static inline void
expect_winner(const creel_winner *winner, size_t index, intptr_t n)
{
	ck_assert_uint_eq(winner->index, index);
	expect_value(&winner->outcome, n);
}

/* It has failed with these codes, the last failure first. */
static inline void
expect_codes(creel_future *whole, const int codes[], size_t n)
{
	const creel_error *error = creel_future_error(whole);

	ck_assert_int_eq(creel_future_status(whole), CREEL_EFAILED);
	for (size_t i = 0; i < n; i++) {
		ck_assert_ptr_nonnull(error);
		ck_assert_int_eq(error->code, codes[i]);
		error = error->cause;
	}
	ck_assert_ptr_null(error);
}

#endif
