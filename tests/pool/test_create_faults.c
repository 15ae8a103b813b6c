/* SPDX-License-Identifier: MIT */
/*
 * test_create_faults.c: creel_pool_create() when the system refuses something, at every point.
 *
 * Runners and parkers are cached and never freed, so a second attempt needs less than the first. Where
 * every point is to be tried, each attempt is made in a child process, which has made none before.
 */
#include "support/child.h"
#include "support/counting.h"
#include "support/faults.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/suite.h"
#include "support/threads.h"

#include <creel/await.h>
#include <creel/memory.h>
#include <creel/task.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 3 };

static void *
self(void *arg)
{
	return arg;
}

static bool
works(creel_pool *pool)
{
	int token;
	void *result = NULL;

	return creel_pool_run(pool, self, &token, &result) == CREEL_OK && result == &token;
}

/* 1.15 "thread creation failure": at every position NULL and ESYS, no thread left, a retry works */
START_TEST(a_thread_cannot_be_started)
{
	const size_t threads = threads_without_pools();
	creel_pool *pool;

	for (int n = 1; n <= WORKERS; n++) {
		fault_arm(FAULT_THREAD, n, n % 2 == 0);
		pool = pool_of(WORKERS);
		ck_assert(fault_disarm());
		ck_assert_ptr_null(pool);
		ck_assert_int_eq(creel_last_error()->code, CREEL_ESYS);
		ck_assert_ptr_nonnull(strstr(creel_last_error()->message, strerror(EAGAIN)));
		proc_await_threads(threads);
	}
	fault_arm(FAULT_THREAD, WORKERS + 1, true);
	pool = pool_of(WORKERS);
	ck_assert(!fault_disarm());
	ck_assert_ptr_nonnull(pool);
	ck_assert(works(pool));
	creel_pool_destroy(pool);
}
END_TEST

/* That so many are not refused is seen by what stops them. */
START_TEST(the_most_workers_are_accepted)
{
	fault_arm(FAULT_THREAD, 1, true);
	ck_assert_ptr_null(pool_of(CREEL_POOL_MAX_WORKERS));
	ck_assert(fault_disarm());
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESYS);
}
END_TEST

/* What is tried in a child: the n-th call fails. */
typedef struct attempt {
	fault_kind kind;
	int n;
	bool all;
} attempt;

enum { REFUSED = 10, CREATED, CREATED_AT_ONCE };

/* Ends the child with one of the above. */
static void
try_once(void *arg)
{
	const attempt *a = arg;
	creel_pool *pool;
	bool failed;

	fault_arm(a->kind, a->n, a->all);
	pool = pool_of(WORKERS);
	failed = fault_disarm();
	if (pool != NULL) {
		child_expect(works(pool));
		creel_pool_destroy(pool);
		_Exit(failed ? CREATED : CREATED_AT_ONCE);
	}
	child_expect(failed);
	child_expect(creel_last_error()->code == CREEL_ENOMEM);
	child_expect(strcmp(creel_last_error()->message, "") != 0);
	pool = pool_of(WORKERS);
	child_expect(pool != NULL);
	child_expect(works(pool));
	creel_pool_destroy(pool);
	_Exit(REFUSED);
}

/* How the attempt ended. */
static int
outcome(fault_kind kind, int n, bool all)
{
	attempt a = {kind, n, all};
	int status = child_run(try_once, &a);

	for (int end = REFUSED; end <= CREATED_AT_ONCE; end++)
		if (child_exited_with(status, end))
			return end;
	ck_abort_msg("the child ended with wait status %d", status);
	return 0;
}

/* 3.16 "26. allocation-failure injection": NULL and ENOMEM for each malloc that fails, and a retry
 * works */
START_TEST(there_is_no_memory)
{
	int n = 1;

	while (outcome(FAULT_MALLOC, n, true) == REFUSED) {
		ck_assert_int_eq(outcome(FAULT_MALLOC, n, false), REFUSED);
		n++;
	}
	ck_assert_int_eq(outcome(FAULT_MALLOC, n, true), CREATED_AT_ONCE);
	ck_assert_int_eq(
		n - 1, 2 + 2 * WORKERS); /* the pool, its workers; a runner and a parker each */
}
END_TEST

/* 3.16 "26. allocation-failure injection": NULL and ENOMEM for each stack that cannot be had; one that
 * is scarce suffices */
START_TEST(there_is_no_address_space)
{
	for (int n = 1; n <= WORKERS; n++) {
		ck_assert_int_eq(outcome(FAULT_MMAP, n, true), REFUSED);
		ck_assert_int_eq(outcome(FAULT_MMAP, n, false), CREATED); /* by a smaller slab */
	}
	/* Further ones are for the workers' signal stacks, which they do without. */
	ck_assert_int_ne(outcome(FAULT_MMAP, WORKERS + 1, true), REFUSED);
}
END_TEST

/* For LeakSanitizer, which looks at this process when it ends. */
START_TEST(nothing_is_leaked_by_failures)
{
	size_t mappings = 0;
	int n = 1;

	for (int kind = FAULT_MALLOC; kind <= FAULT_MMAP; kind++, n = 1)
		for (bool failed = true; failed; n++) {
			creel_pool *pool;

			fault_arm((fault_kind)kind, n, true);
			pool = pool_of(WORKERS);
			failed = fault_disarm() || pool == NULL;
			creel_pool_destroy(pool);
		}

	/* The same failure again and again: what the first attempts have cached is enough. */
	for (int i = 0; i < 100; i++) {
		fault_arm(FAULT_MMAP, WORKERS, true);
		ck_assert_ptr_null(pool_of(WORKERS));
		ck_assert(fault_disarm());
		if (i == 0)
			mappings = proc_mappings();
	}
	ck_assert_uint_le(proc_mappings(), mappings + 10);
}
END_TEST

START_TEST(failures_leave_no_block_behind)
{
	int before;

	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
	creel_pool_destroy(pool_of(WORKERS)); /* fills the caches */
	before = counting_blocks();
	for (int n = 1; n <= WORKERS; n++) {
		fault_arm(FAULT_THREAD, n, true);
		ck_assert_ptr_null(pool_of(WORKERS));
		ck_assert(fault_disarm());
		ck_assert_int_eq(counting_blocks(), before);
		fault_arm(FAULT_MMAP, n, true);
		ck_assert_ptr_null(pool_of(WORKERS));
		ck_assert(fault_disarm());
		ck_assert_int_eq(counting_blocks(), before);
	}
}
END_TEST

CREEL_SUITE("creel.pool.create_faults", a_thread_cannot_be_started, the_most_workers_are_accepted,
	there_is_no_memory, there_is_no_address_space, nothing_is_leaked_by_failures,
	failures_leave_no_block_behind)
