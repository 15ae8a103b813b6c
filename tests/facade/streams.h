/* SPDX-License-Identifier: MIT */
/* streams.h: what the tests of streams have in common: a source of numbers, and streams over it. */
#ifndef CREEL_TEST_FACADE_STREAMS_H
#define CREEL_TEST_FACADE_STREAMS_H

#include "task/turns.h"

/* The numbers from 0 to end - 1, which are their own tags. */
typedef struct numbers {
	intptr_t end;
	atomic_int given;    /* so many */
	atomic_int inside;   /* calls that have not returned */
	atomic_int together; /* calls while another had not returned */
} numbers;

/* For ever. */
#define ENDLESS INTPTR_MAX

static inline creel_status
next_number(void *source, creel_stream_input *out)
{
	numbers *n = source;
	const int given = atomic_load(&n->given);
	creel_status status = CREEL_EEMPTY;

	if (atomic_fetch_add(&n->inside, 1) > 0)
		atomic_fetch_add(&n->together, 1);
	if (given < n->end) {
		out->arg = pointer_of(given);
		out->tag = pointer_of(given);
		atomic_store(&n->given, given + 1);
		status = CREEL_OK;
	}
	atomic_fetch_sub(&n->inside, 1);
	return status;
}

/* A function of a stream. */
static inline void *
twice(void *arg)
{
	return pointer_of(2 * (intptr_t)arg);
}

static inline creel_stream_options
stream_options(size_t window, uint32_t flags)
{
	creel_stream_options options = CREEL_STREAM_OPTIONS_INIT;

	options.window = window;
	options.flags = flags;
	return options;
}

static inline creel_stream *
map_numbers(creel_pool *pool, numbers *source, creel_fn *fn, size_t window, uint32_t flags)
{
	const creel_stream_options options = stream_options(window, flags);
	creel_stream *stream = creel_stream_map(pool, next_number, source, fn, &options);

	ck_assert_ptr_nonnull(stream);
	return stream;
}

/* The next item, which has a value. */
static inline creel_stream_item
next_item(creel_stream *stream)
{
	creel_stream_item item;

	ck_assert_int_eq(creel_stream_next(stream, CREEL_FOREVER, &item), CREEL_OK);
	return item;
}

/* The next items are the doubles of those from `from` to `to` - 1, in order. */
static inline void
expect_doubles(creel_stream *stream, intptr_t from, intptr_t to)
{
	for (intptr_t i = from; i < to; i++) {
		const creel_stream_item item = next_item(stream);

		ck_assert_ptr_eq(item.value, pointer_of(2 * i));
		ck_assert_ptr_eq(item.tag, pointer_of(i));
		ck_assert_uint_eq(item.index, (size_t)i);
	}
}

/* What next answers when it has no item to give. */
static inline void
expect_no_item(creel_stream *stream, creel_duration timeout, creel_status expected)
{
	creel_stream_item item = {.index = 4711};

	ck_assert_int_eq(creel_stream_next(stream, timeout, &item), expected);
	ck_assert_int_eq(creel_last_error()->code, expected);
	ck_assert_uint_eq(item.index, 4711); /* untouched */
}

static inline void
expect_end(creel_stream *stream)
{
	expect_no_item(stream, CREEL_FOREVER, CREEL_EEMPTY);
	expect_no_item(stream, 0, CREEL_EEMPTY);
}

static inline creel_stream_count
counts_of(creel_stream *stream)
{
	creel_stream_count count;

	ck_assert_int_eq(creel_stream_counts(stream, &count), CREEL_OK);
	return count;
}

#endif
