/* SPDX-License-Identifier: MIT */
/* test_options.c: options structs of an older and of a newer creel than this one. */
#include "base/options.h"

#include "support/suite.h"

#include <stdint.h>
#include <stdlib.h>

/* The same struct as three versions of creel know it. */
typedef struct older {
	size_t size;
	unsigned workers;
	unsigned flags;
} older;

typedef struct known {
	size_t size;
	unsigned workers;
	unsigned flags;
	size_t stack_size;
	const char *name;
} known;

typedef struct newer {
	size_t size;
	unsigned workers;
	unsigned flags;
	size_t stack_size;
	const char *name;
	uint64_t future_option;
	unsigned char last_byte;
} newer;

static bool
read_options(known *to, const void *from)
{
	memset(to, 0xff, sizeof *to);
	return crl_options_read(to, sizeof *to, from);
}

static void
assert_all_default(const known *options)
{
	ck_assert_uint_eq(options->size, 0);
	ck_assert_uint_eq(options->workers, 0);
	ck_assert_uint_eq(options->flags, 0);
	ck_assert_uint_eq(options->stack_size, 0);
	ck_assert_ptr_null(options->name);
}

START_TEST(none_means_defaults)
{
	known to;

	ck_assert(read_options(&to, NULL));
	assert_all_default(&to);
}
END_TEST

START_TEST(the_same_version_is_copied)
{
	const known from = {sizeof from, 3, 5, 4096, "name"};
	known to;

	ck_assert(read_options(&to, &from));
	ck_assert_uint_eq(to.workers, 3);
	ck_assert_uint_eq(to.flags, 5);
	ck_assert_uint_eq(to.stack_size, 4096);
	ck_assert_ptr_eq(to.name, from.name);
}
END_TEST

/* In memory of exactly its size, so that AddressSanitizer sees a read beyond it. */
/* 5 "D12": a struct of an older version is filled up with defaults */
START_TEST(a_shorter_struct_is_filled_up)
{
	older *from = malloc(sizeof *from);
	known to;

	*from = (older){sizeof *from, 3, 5};
	ck_assert(read_options(&to, from));
	ck_assert_uint_eq(to.workers, 3);
	ck_assert_uint_eq(to.flags, 5);
	ck_assert_uint_eq(to.stack_size, 0);
	ck_assert_ptr_null(to.name);
	free(from);
}
END_TEST

/* Where the older struct ended in the middle of what is a member now. */
START_TEST(every_shorter_size_is_read_so_far)
{
	const known from = {0, 0x01010101, 0x02020202, (size_t)-1, "name"};

	for (size_t size = sizeof size; size < sizeof from; size++) {
		unsigned char *bytes = malloc(size);
		known to, expected = {0};

		memcpy(bytes, &from, size);
		memcpy(bytes, &size, sizeof size);
		memcpy(&expected, bytes, size);
		ck_assert(read_options(&to, bytes));
		ck_assert_mem_eq(&to, &expected, sizeof to);
		free(bytes);
	}
}
END_TEST

START_TEST(a_longer_struct_with_a_zero_tail_is_read)
{
	const newer from = {.size = sizeof from, .workers = 3, .stack_size = 1, .name = "n"};
	known to;

	ck_assert(read_options(&to, &from));
	ck_assert_uint_eq(to.workers, 3);
	ck_assert_uint_eq(to.stack_size, 1);
	ck_assert_ptr_eq(to.name, from.name);
}
END_TEST

/* What is known is copied all the same: it tells, for example, what to do with the argument. */
START_TEST(an_unknown_option_is_refused)
{
	known to;
	newer from = {.size = sizeof from, .workers = 3, .future_option = UINT64_C(1) << 63};

	ck_assert(!read_options(&to, &from));
	ck_assert_uint_eq(to.workers, 3);
	from = (newer){.size = sizeof from, .workers = 4, .future_option = 1};
	ck_assert(!read_options(&to, &from));
	ck_assert_uint_eq(to.workers, 4);
	from = (newer){.size = sizeof from, .workers = 5, .last_byte = 1};
	ck_assert(!read_options(&to, &from));
	ck_assert_uint_eq(to.workers, 5);
	ck_assert_uint_eq(to.stack_size, 0);
	ck_assert_ptr_null(to.name);
}
END_TEST

/* Only the tail that the size covers is looked at. */
START_TEST(what_follows_the_struct_is_not_looked_at)
{
	newer from = {.size = offsetof(newer, last_byte), .workers = 3, .last_byte = 1};
	known to;

	ck_assert(read_options(&to, &from));
	ck_assert_uint_eq(to.workers, 3);
	from.size = offsetof(newer, last_byte) + 1;
	ck_assert(!read_options(&to, &from));
}
END_TEST

START_TEST(a_struct_without_its_size_is_refused)
{
	for (size_t size = 0; size < sizeof size; size++) {
		const known from = {.size = size, .workers = 3};
		known to;

		ck_assert(!read_options(&to, &from));
		assert_all_default(&to);
	}
}
END_TEST

START_TEST(a_size_alone_means_defaults)
{
	const size_t size = sizeof size;
	known to;

	ck_assert(read_options(&to, &size));
	ck_assert_uint_eq(to.workers, 0);
	ck_assert_ptr_null(to.name);
}
END_TEST

/* A size that was never set may be any number: nothing behind the struct is read for it. */
START_TEST(a_size_that_cannot_be_is_refused)
{
	static unsigned char bytes[CRL_OPTIONS_LARGEST]; /* all zero but for its size */
	size_t size = sizeof bytes;
	known to, *from = malloc(sizeof *from);

	memcpy(bytes, &size, sizeof size);
	ck_assert(read_options(&to, bytes));
	*from = (known){.size = sizeof bytes + 1, .workers = 3};
	ck_assert(!read_options(&to, from));
	assert_all_default(&to);
	from->size = SIZE_MAX;
	ck_assert(!read_options(&to, from));
	assert_all_default(&to);
	free(from);
}
END_TEST

CREEL_SUITE("creel.base.options", none_means_defaults, the_same_version_is_copied,
	a_shorter_struct_is_filled_up, every_shorter_size_is_read_so_far,
	a_longer_struct_with_a_zero_tail_is_read, an_unknown_option_is_refused,
	what_follows_the_struct_is_not_looked_at, a_struct_without_its_size_is_refused,
	a_size_alone_means_defaults, a_size_that_cannot_be_is_refused)
