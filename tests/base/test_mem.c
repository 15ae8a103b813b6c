/* SPDX-License-Identifier: MIT */
/* test_mem.c: the allocator and its hooks. Every test is a process of its own, so nothing has been
 * allocated when it begins. */
#include "base/mem.h"

#include "base/attr.h"
#include "base/context.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/memory.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What the hooks were asked for. */
typedef struct record {
	int allocated;
	int freed;
	size_t size; /* of the last block */
	char *last;  /* block given out */
	void *last_freed;
	bool may_suspend;   /* inside the last hook */
	creel_status slept; /* what sleeping inside it answered */
	creel_status yielded;
	bool fails;
	size_t offset; /* the blocks start so far into a line, if not 0 */
} record;

static void
look_around(record *seen)
{
	seen->may_suspend = crl_may_suspend();
	seen->slept = creel_sleep(1);
	seen->yielded = creel_sleep(0);
}

static void *
hook_malloc(size_t size, void *ctx)
{
	record *seen = ctx;

	look_around(seen);
	seen->size = size;
	if (seen->fails)
		return NULL;
	seen->allocated++;
	seen->last = malloc(size);
	return seen->last != NULL ? memset(seen->last, 0xa5, size) : NULL;
}

static void *
hook_realloc(void *memory, size_t size, void *ctx)
{
	look_around(ctx);
	return realloc(memory, size);
}

static void
hook_free(void *memory, void *ctx)
{
	record *seen = ctx;

	look_around(seen);
	seen->freed++;
	seen->last_freed = memory;
	free(memory);
}

static creel_allocator
hooks_of(record *seen)
{
	return (creel_allocator){hook_malloc, hook_realloc, hook_free, seen};
}

static void
set_hooks(record *seen)
{
	creel_allocator hooks = hooks_of(seen);

	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_OK);
	memset(&hooks, 0, sizeof hooks); /* it was copied */
}

START_TEST(plain_memory)
{
	char *memory = crl_alloc(100), *zeroed = crl_zalloc(100);

	ck_assert_ptr_nonnull(memory);
	memset(memory, 1, 100);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(zeroed[i], 0);
	crl_free(memory);
	creel_free(zeroed);
	crl_free(NULL);
	creel_free(NULL);
	crl_free_line(NULL);
}
END_TEST

START_TEST(hooks_are_called)
{
	record seen = {0};
	char *memory;

	set_hooks(&seen);
	memory = crl_alloc(33);
	ck_assert_ptr_eq(memory, seen.last);
	ck_assert_uint_eq(seen.size, 33);
	creel_free(memory);
	ck_assert_ptr_eq(seen.last_freed, memory);
	memory = crl_zalloc(77);
	ck_assert_uint_eq(seen.size, 77);
	for (int i = 0; i < 77; i++)
		ck_assert_int_eq(memory[i], 0);
	crl_free(memory);
	ck_assert_int_eq(seen.allocated, 2);
	ck_assert_int_eq(seen.freed, 2);
}
END_TEST

START_TEST(hooks_never_free_null)
{
	record seen = {0};

	set_hooks(&seen);
	crl_free(NULL);
	creel_free(NULL);
	crl_free_line(NULL);
	ck_assert_int_eq(seen.freed, 0);
}
END_TEST

START_TEST(hooks_may_fail)
{
	record seen = {.fails = true};

	set_hooks(&seen);
	ck_assert_ptr_null(crl_alloc(10));
	ck_assert_ptr_null(crl_zalloc(10));
	ck_assert_ptr_null(crl_zalloc_line(10));
	ck_assert(crl_may_suspend());
	seen.fails = false;
	crl_free(crl_alloc(10));
	ck_assert_int_eq(seen.freed, 1);
}
END_TEST

START_TEST(hooks_must_not_suspend)
{
	record seen = {.may_suspend = true};
	void *memory;

	set_hooks(&seen);
	memory = crl_alloc(1);
	ck_assert(!seen.may_suspend);
	ck_assert_int_eq(seen.slept, CREEL_EDEADLK);
	ck_assert_int_eq(seen.yielded, CREEL_EDEADLK);
	ck_assert(crl_may_suspend());
	seen = (record){.may_suspend = true};
	crl_free(memory);
	ck_assert_int_eq(seen.freed, 1);
	ck_assert(!seen.may_suspend);
	ck_assert_int_eq(seen.slept, CREEL_EDEADLK);
	ck_assert_int_eq(seen.yielded, CREEL_EDEADLK);
	ck_assert(crl_may_suspend());
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
}
END_TEST

START_TEST(hooks_keep_what_was_entered)
{
	record seen = {.may_suspend = true};

	set_hooks(&seen);
	creel_no_suspend_enter();
	crl_free(crl_alloc(1));
	ck_assert(!seen.may_suspend);
	ck_assert(!crl_may_suspend());
	creel_no_suspend_leave();
	ck_assert(crl_may_suspend());
}
END_TEST

START_TEST(a_missing_hook_is_refused)
{
	record seen = {0};
	creel_allocator hooks = hooks_of(&seen);

	hooks.malloc = NULL;
	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	hooks = hooks_of(&seen);
	hooks.realloc = NULL;
	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_EINVAL);
	hooks = hooks_of(&seen);
	hooks.free = NULL;
	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_EINVAL);
	crl_free(crl_alloc(1));
	ck_assert_int_eq(seen.allocated, 0);
}
END_TEST

START_TEST(refusing_keeps_the_hooks_before)
{
	record seen = {0};

	set_hooks(&seen);
	ck_assert_int_eq(creel_set_allocator(&(creel_allocator){0}), CREEL_EINVAL);
	crl_free(crl_alloc(1));
	ck_assert_int_eq(seen.allocated, 1);
	ck_assert_int_eq(seen.freed, 1);
}
END_TEST

START_TEST(null_goes_back_to_malloc)
{
	record seen = {0};

	set_hooks(&seen);
	ck_assert_int_eq(creel_set_allocator(NULL), CREEL_OK);
	crl_free(crl_alloc(1));
	ck_assert_int_eq(seen.allocated, 0);
	ck_assert_int_eq(seen.freed, 0);
}
END_TEST

START_TEST(too_late_after_first_use_of_malloc)
{
	record seen = {0};
	creel_allocator hooks = hooks_of(&seen);
	void *memory = crl_alloc(1);

	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	ck_assert_int_eq(creel_set_allocator(NULL), CREEL_ESTATE);
	crl_free(memory);
	ck_assert_int_eq(seen.freed, 0);
	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_ESTATE);
}
END_TEST

START_TEST(too_late_after_first_use_of_hooks)
{
	record seen = {0}, other = {0};
	creel_allocator hooks = hooks_of(&other);
	void *memory;

	set_hooks(&seen);
	memory = crl_alloc(1);
	ck_assert_int_eq(creel_set_allocator(NULL), CREEL_ESTATE);
	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_ESTATE);
	crl_free(memory);
	ck_assert_int_eq(seen.freed, 1);
	ck_assert_int_eq(other.freed, 0);
}
END_TEST

/* Before anything else is looked at, so the answer does not depend on the state. */
START_TEST(bad_hooks_are_bad_at_any_time)
{
	crl_free(crl_alloc(1));
	ck_assert_int_eq(creel_set_allocator(&(creel_allocator){0}), CREEL_EINVAL);
}
END_TEST

START_TEST(lines_are_zeroed_and_aligned)
{
	record seen = {0};

	set_hooks(&seen); /* which give memory that is not zero */
	for (size_t size = 0; size <= 300; size++) {
		char *line = crl_zalloc_line(size);

		ck_assert_ptr_nonnull(line);
		ck_assert_uint_eq((uintptr_t)line % CRL_CACHE_LINE, 0);
		ck_assert(line >= seen.last);
		ck_assert(line + size <= seen.last + seen.size);
		for (size_t i = 0; i < size; i++)
			ck_assert_int_eq(line[i], 0);
		memset(line, 0xff, size);
		crl_free_line(line);
		ck_assert_ptr_eq(seen.last_freed, seen.last);
	}
	ck_assert_int_eq(seen.allocated, seen.freed);
}
END_TEST

static void *
hook_malloc_at(size_t size, void *ctx)
{
	record *seen = ctx;
	char *block = malloc(size + 2 * CRL_CACHE_LINE), *line;

	seen->size = size;
	line = block + (-(uintptr_t)block % CRL_CACHE_LINE);
	seen->last = line + seen->offset;
	memcpy(&seen->last_freed, &block, sizeof block); /* for the test to free */
	return seen->last;
}

static void
hook_free_nothing(void *memory, void *ctx)
{
	record *seen = ctx;

	seen->freed += memory == seen->last;
}

/* Wherever in a line the block starts. */
START_TEST(lines_fit_into_any_block)
{
	record seen = {0};
	creel_allocator hooks = {hook_malloc_at, hook_realloc, hook_free_nothing, &seen};

	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_OK);
	for (seen.offset = 0; seen.offset < CRL_CACHE_LINE; seen.offset += sizeof(void *)) {
		char *line = crl_zalloc_line(100);

		ck_assert_uint_eq((uintptr_t)line % CRL_CACHE_LINE, 0);
		ck_assert(line >= seen.last + sizeof(void *));
		ck_assert(line + 100 <= seen.last + seen.size);
		crl_free_line(line);
		free(seen.last_freed);
	}
	ck_assert_int_eq(seen.freed, CRL_CACHE_LINE / sizeof(void *));
}
END_TEST

START_TEST(lines_that_do_not_fit_are_refused)
{
	record seen = {.fails = true};
	const size_t extra = CRL_CACHE_LINE + sizeof(void *);

	set_hooks(&seen);
	seen.size = 1;
	for (size_t less = 0; less < extra; less++) {
		ck_assert_ptr_null(crl_zalloc_line(SIZE_MAX - less));
		ck_assert_uint_eq(seen.size, 1); /* not asked for, a wrapped size least of all */
	}
	ck_assert_ptr_null(crl_zalloc_line(SIZE_MAX - extra));
	ck_assert_uint_eq(seen.size, SIZE_MAX);
}
END_TEST

START_TEST(size_of_adds_up)
{
	size_t size = 1;

	ck_assert(crl_size_of(&size, 0, 0, 0));
	ck_assert_uint_eq(size, 0);
	ck_assert(crl_size_of(&size, 16, 10, 24));
	ck_assert_uint_eq(size, 256);
	ck_assert(crl_size_of(&size, SIZE_MAX, 0, SIZE_MAX));
	ck_assert_uint_eq(size, SIZE_MAX);
	ck_assert(crl_size_of(&size, 0, 1, SIZE_MAX));
	ck_assert_uint_eq(size, SIZE_MAX);
	ck_assert(crl_size_of(&size, 1, SIZE_MAX / 2, 2));
	ck_assert_uint_eq(size, SIZE_MAX);
}
END_TEST

START_TEST(size_of_refuses_to_overflow)
{
	size_t size;

	ck_assert(!crl_size_of(&size, 0, SIZE_MAX, 2));
	ck_assert(!crl_size_of(&size, 0, SIZE_MAX / 2 + 1, 2));
	ck_assert(!crl_size_of(&size, 2, SIZE_MAX / 2, 2));
	ck_assert(!crl_size_of(&size, 1, 1, SIZE_MAX));
	ck_assert(!crl_size_of(&size, SIZE_MAX, 1, 1));
}
END_TEST

CREEL_SUITE("creel.base.mem", plain_memory, hooks_are_called, hooks_never_free_null, hooks_may_fail,
	hooks_must_not_suspend, hooks_keep_what_was_entered, a_missing_hook_is_refused,
	refusing_keeps_the_hooks_before, null_goes_back_to_malloc,
	too_late_after_first_use_of_malloc, too_late_after_first_use_of_hooks,
	bad_hooks_are_bad_at_any_time, lines_are_zeroed_and_aligned, lines_fit_into_any_block,
	lines_that_do_not_fit_are_refused, size_of_adds_up, size_of_refuses_to_overflow)
