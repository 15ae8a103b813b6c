/* SPDX-License-Identifier: MIT */
/* test_leaks.c: pools that come and go leave nothing: no memory, thread, descriptor or mapping. */
#include "support/counting.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"
#include "support/threads.h"

#include <creel/await.h>
#include <creel/memory.h>
#include <creel/task.h>

#include <malloc.h>
#include <stdlib.h>

static void
count_blocks(void)
{
	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
}

/* What a process has. */
typedef struct holdings {
	int blocks;
	size_t threads, fds, mappings, resident;
} holdings;

static holdings
take_stock(size_t threads)
{
	holdings h;

	proc_await_threads(threads);
	h.threads = proc_threads();
	h.blocks = counting_blocks();
	h.fds = proc_fds();
	h.mappings = proc_mappings();
	h.resident = proc_resident();
	return h;
}

static void *
nothing(void *arg)
{
	return arg;
}

static void *
await_future(void *arg)
{
	volatile char bytes[16 << 10];

	bytes[0] = bytes[sizeof bytes - 1] = 1;
	creel_await(arg, NULL);
	return bytes[0] == bytes[sizeof bytes - 1] ? arg : NULL;
}

/* A whole life: tasks that run, wait, time out, fail, are cancelled and are refused. */
static void
live(creel_shutdown_mode mode)
{
	enum { SUSPENDED = 30 };
	creel_future *promise = creel_future_create(), *tasks[SUSPENDED];
	creel_pool *pool = pool_of(3);

	for (int i = 0; i < SUSPENDED; i++)
		tasks[i] = creel_submit(pool, await_future, promise);
	creel_futures_unref(tasks, SUSPENDED);
	creel_pool_run(pool, nothing, NULL, NULL);
	creel_pool_wait_idle(pool, CREEL_MICROSECONDS(1));
	if (mode != CREEL_SHUTDOWN_DRAIN)
		creel_pool_shutdown(pool, mode, 0);
	creel_future_set_result(promise, NULL);
	creel_pool_shutdown(pool, mode, CREEL_FOREVER);
	creel_take(creel_submit(pool, nothing, NULL), NULL);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}

static void *
destroy_own(void *arg)
{
	creel_pool_destroy(creel_current_pool());
	return arg;
}

/* A life that one of the pool's own workers ends. */
static void
live_and_abandon(creel_shutdown_mode mode)
{
	creel_pool *pool = pool_of(3);

	(void)mode;
	ck_assert_int_eq(creel_post(pool, destroy_own, NULL), CREEL_OK);
}

/* One heap for all threads: else the C library makes another when threads meet in it, each with mappings of its own. */
__attribute__((constructor)) static void
share_one_heap(void)
{
	mallopt(M_ARENA_MAX, 1);
}

static void
assert_unchanged(const holdings *before, const holdings *after, size_t lives)
{
	ck_assert_int_eq(after->blocks, before->blocks);
	ck_assert_uint_eq(after->fds, before->fds);
	ck_assert_uint_eq(after->threads, before->threads);
#if !defined(SCALE_ASAN) && !defined(SCALE_TSAN) /* which map more and more for themselves */
	/* The C library's heaps may need some; what is less than one a life is no leak. */
	ck_assert_uint_lt(after->mappings, before->mappings + lives);
	ck_assert_uint_lt(after->resident, before->resident + lives * (16 << 10));
#else
	(void)lives;
#endif
}

/* What the first lives cache is for the later ones to use. */
static void
assert_leaves_nothing(void (*life)(creel_shutdown_mode))
{
	enum { FIRST = 10 };
	const int lives = SCALE_TIMES(300) + 15;
	const size_t threads = threads_without_pools();
	holdings before, after;

	for (int i = 0; i < FIRST; i++) {
		life((creel_shutdown_mode)(i % 3));
		proc_await_threads(threads);
	}
	before = take_stock(threads);
	for (int i = 0; i < lives; i++) {
		life((creel_shutdown_mode)(i % 3));
		proc_await_threads(threads);
	}
	after = take_stock(threads);
	assert_unchanged(&before, &after, (size_t)lives);
}

START_TEST(create_and_destroy)
{
	count_blocks();
	assert_leaves_nothing(live);
}
END_TEST

START_TEST(create_and_abandon)
{
	count_blocks();
	assert_leaves_nothing(live_and_abandon);
}
END_TEST

/* Many at a time: what is cached then is used again. */
START_TEST(many_pools_at_once)
{
	enum { POOLS = 20 };
	const size_t threads = threads_without_pools();
	creel_pool *pools[POOLS];
	holdings before = {.blocks = 0}, after;

	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < POOLS; i++) {
			pools[i] = pool_of(2);
			ck_assert_ptr_nonnull(pools[i]);
			ck_assert_int_eq(creel_pool_run(pools[i], nothing, NULL, NULL), CREEL_OK);
		}
		for (int i = 0; i < POOLS; i++)
			creel_pool_destroy(pools[(i * 7 + round) % POOLS]);
		if (round == 0)
			before = take_stock(threads);
	}
	after = take_stock(threads);
	assert_unchanged(&before, &after, POOLS);
}
END_TEST

CREEL_SUITE("creel.pool.leaks", create_and_destroy, create_and_abandon, many_pools_at_once)
