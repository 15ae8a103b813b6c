/* SPDX-License-Identifier: MIT */
/* test_bad_sizes.c: counts, sizes and options that are out of range, and durations near the end. */
#include "faults/table.h"
#include "support/pools.h"
#include "support/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

static void *
pass(void *arg)
{
	return arg;
}

/* Make a pool with these options and destroy it: 0, or the reason why it could not be had. */
static int
reason(creel_pool_options options)
{
	creel_pool *pool = creel_pool_create(&options);

	if (pool == NULL)
		return creel_last_error()->code;
	creel_pool_destroy(pool);
	return 0;
}

#define ALL sizeof(creel_pool_options)
#define OPTIONS(...) reason((creel_pool_options){.size = ALL, .workers = 1, __VA_ARGS__})

START_TEST(pool_options)
{
	const row rows[] = {
		ROW(OPTIONS(.flags = CREEL_POOL_FIFO), 0),
		ROW(OPTIONS(.flags = ~UINT32_C(0)), CREEL_EINVAL),
		ROW(OPTIONS(.flags = UINT32_C(1) << 31), CREEL_EINVAL),
		ROW(reason((creel_pool_options){
			    .size = ALL, .workers = CREEL_POOL_MAX_WORKERS + 1}),
			CREEL_EINVAL),
		ROW(reason((creel_pool_options){.size = ALL, .workers = UINT32_MAX}), CREEL_EINVAL),
		ROW(OPTIONS(.stack_size = 1), CREEL_EINVAL),
		ROW(OPTIONS(.stack_size = CREEL_STACK_MIN - 1), CREEL_EINVAL),
		ROW(OPTIONS(.stack_size = CREEL_STACK_MIN), 0),
		ROW(OPTIONS(.stack_size = CREEL_STACK_MIN + 1), 0),
		ROW(OPTIONS(.stack_size = CREEL_STACK_MAX + 1), CREEL_EINVAL),
		ROW(OPTIONS(.stack_size = SIZE_MAX), CREEL_EINVAL),
		ROW(OPTIONS(.guard_size = 1), 0),
		ROW(OPTIONS(.guard_size = SIZE_MAX), CREEL_EINVAL),
		ROW(OPTIONS(.guard_size = SIZE_MAX - 4096), CREEL_EINVAL),
		ROW(OPTIONS(.max_started = SIZE_MAX), 0),
		ROW(OPTIONS(.name = ""), 0),
		ROW(OPTIONS(.name = "a name that is longer than any thread's name can be"), 0),
		ROW(reason((creel_pool_options){.size = 0}), CREEL_EINVAL),
		ROW(reason((creel_pool_options){.size = sizeof(size_t) - 1}), CREEL_EINVAL),
		ROW(reason((creel_pool_options){.size = sizeof(size_t), .flags = 2}), 0),
	};

	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
}
END_TEST

/* Options of a newer creel: what is not known must be zero. */
START_TEST(longer_options)
{
	struct {
		creel_pool_options known;
		unsigned char more[16];
	} longer = {.known = {.size = sizeof longer, .workers = 1}};
	struct {
		creel_task_options known;
		unsigned char more[16];
	} longer_task = {.known = {.size = sizeof longer_task}};
	creel_pool *pool = creel_pool_create(&longer.known);

	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(code_of(creel_submit_with(pool, &longer_task.known, pass, NULL)), 0);
	longer.more[15] = 1;
	longer_task.more[15] = 1;
	ck_assert_ptr_null(creel_pool_create(&longer.known));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(
		code_of(creel_submit_with(pool, &longer_task.known, pass, NULL)), CREEL_EINVAL);
	longer_task.known.size = 0;
	ck_assert_int_eq(
		code_of(creel_submit_with(pool, &longer_task.known, pass, NULL)), CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* A size that no options of any creel will ever have, as in a struct that was not initialized, is
 * refused without looking for the rest of the struct. */
START_TEST(nonsensical_option_sizes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	creel_pool *pool = pool_of(1);
	creel_pool_options *options;
	creel_task_options *task_options;

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	options = (void *)(pages + page - sizeof *options);
	options->size = SIZE_MAX;
	ck_assert_ptr_null(creel_pool_create(options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	memset(options, 0, sizeof *options);
	task_options = (void *)(pages + page - sizeof *task_options);
	task_options->size = SIZE_MAX;
	ck_assert_int_eq(code_of(creel_submit_with(pool, task_options, pass, NULL)), CREEL_EINVAL);
	munmap(pages, 2 * page);
	creel_pool_destroy(pool);
}
END_TEST

/* An array so long that there cannot be one. */
START_TEST(sizes_that_overflow)
{
	creel_future *f = creel_future_create();
	creel_future *const one[] = {f};
	static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / sizeof(void *) + 1};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		creel_fail(0, NULL);
		ck_assert_ptr_null(creel_as_completed(one, sizes[i]));
		ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
	}
	creel_future_unref(f);
}
END_TEST

static atomic_int blocks_left, ran;

static void *
limited_malloc(size_t size, void *ctx)
{
	(void)ctx;
	return atomic_fetch_sub(&blocks_left, 1) > 0 ? malloc(size) : NULL;
}

static void *
limited_realloc(void *memory, size_t size, void *ctx)
{
	(void)ctx;
	return realloc(memory, size);
}

static void
limited_free(void *memory, void *ctx)
{
	(void)ctx;
	free(memory);
}

static void *
count(void *arg)
{
	atomic_fetch_add(&ran, 1);
	return arg;
}

/* More tasks than there can be memory for: the first so many run, and the answer is
 * CREEL_ENOMEM. */
START_TEST(more_tasks_than_memory)
{
	static const creel_allocator limited = {
		limited_malloc, limited_realloc, limited_free, NULL};
	creel_pool *pool;

	atomic_store(&blocks_left, 1000);
	ck_assert_int_eq(creel_set_allocator(&limited), CREEL_OK);
	pool = pool_of(1);
	atomic_store(&blocks_left, 100);
	ck_assert_int_eq(creel_submit_many(pool, count, NULL, SIZE_MAX, NULL), CREEL_ENOMEM);
	atomic_store(&blocks_left, 1000);
	creel_pool_destroy(pool);
	ck_assert_int_le(atomic_load(&ran), 100);
}
END_TEST

static void *
await_nearly_for_ever(void *arg)
{
	return (void *)(uintptr_t)creel_await_for(arg, CREEL_FOREVER - 1, NULL);
}

/* A deadline that would overflow means for ever, not the past. */
START_TEST(durations_that_overflow)
{
	creel_future *f = creel_future_create(), *task;
	creel_pool *pool = pool_of(2);
	creel_completions *queue = creel_as_completed(&f, 1);
	creel_completion out;
	pthread_t thread;
	void *status = f;

	pthread_create(&thread, NULL, await_nearly_for_ever, f);
	task = creel_submit(pool, await_nearly_for_ever, f);
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
	creel_future_set_result(f, NULL);
	pthread_join(thread, &status);
	ck_assert_int_eq((intptr_t)status, CREEL_OK);
	ck_assert_int_eq(creel_take(task, &status), CREEL_OK);
	ck_assert_int_eq((intptr_t)status, CREEL_OK);
	ck_assert_int_eq(creel_completions_next(queue, CREEL_FOREVER - 1, &out), CREEL_OK);
	creel_future_unref(out.future);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER - 1), CREEL_OK);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER - 1), CREEL_OK);
	creel_completions_destroy(queue);
	creel_pool_destroy(pool);
	creel_future_unref(f);
}
END_TEST

/* A message that cannot be formatted, and one that is very long. */
START_TEST(strange_messages)
{
	static const wchar_t invalid[] = {(wchar_t)0xd800, 0};
	creel_future *f = creel_future_create();
	creel_future *g = creel_future_create();

	ck_assert_int_eq(creel_future_set_error(f, 5, "%ls", invalid), CREEL_OK);
	ck_assert_int_eq(creel_future_error(f)->code, 5);
	ck_assert_ptr_nonnull(creel_future_error(f)->message);
	ck_assert_int_eq(creel_future_set_error(g, 6, "%100000d", 1), CREEL_OK);
	ck_assert_uint_eq(strlen(creel_future_error(g)->message), 100000);
	ck_assert_int_eq(creel_await(g, NULL), CREEL_EFAILED);
	ck_assert_uint_le(strlen(creel_last_error()->message), 200);
	creel_future_unref(f);
	creel_future_unref(g);
}
END_TEST

CREEL_SUITE("creel.faults.bad_sizes", pool_options, longer_options, nonsensical_option_sizes,
	sizes_that_overflow, more_tasks_than_memory, durations_that_overflow, strange_messages)
