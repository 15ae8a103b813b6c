/* SPDX-License-Identifier: MIT */
/* test_blocks.c: free lists of blocks: what is put back is got again, goes round between threads, and is not kept for ever. */
#include "support/counting.h"
#include "support/suite.h"

#include "sync/blocks.h"

#include <creel/await.h>
#include <creel/pool.h>
#include <creel/task.h>

#include <pthread.h>
#include <string.h>

enum { MANY = 10 * CRL_MAGAZINE };

static void *blocks[MANY];

/* Blocks are kept though they are counted. */
static void
count_and_keep(void)
{
	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
	ck_assert_int_eq(creel_set_reuse(true), CREEL_OK);
}

static size_t
allocations(void)
{
	return atomic_load(&counting_allocations);
}

static void
get_all(void)
{
	for (size_t i = 0; i < MANY; i++) {
		blocks[i] = crl_block_get();
		ck_assert_ptr_nonnull(blocks[i]);
		memset(blocks[i], (int)i, CRL_BLOCK);
	}
}

static void
put_all(void)
{
	for (size_t i = 0; i < MANY; i++)
		crl_block_put(blocks[i]);
}

static void *
put_all_there(void *arg)
{
	put_all();
	return arg;
}

START_TEST(the_last_is_the_next)
{
	void *first, *second;

	count_and_keep();
	first = crl_block_get();
	second = crl_block_get();
	crl_block_put(first);
	crl_block_put(second);
	ck_assert_ptr_eq(crl_block_get(), second);
	ck_assert_ptr_eq(crl_block_get(), first);
	ck_assert_uint_eq(allocations(), 2);
	crl_block_put(first);
	crl_block_put(second);
	creel_trim();
	ck_assert_int_eq(counting_blocks(), 0);
}
END_TEST

static bool
has_twice(void)
{
	for (size_t i = 0; i < MANY; i++)
		for (size_t j = 0; j < i; j++)
			if (blocks[i] == blocks[j])
				return true;
	return false;
}

/* The same blocks again, as long as there is a user; each to one. */
START_TEST(many_are_kept_while_there_is_a_user)
{
	count_and_keep();
	crl_blocks_enter();
	get_all();
	put_all();
	get_all();
	ck_assert(!has_twice());
	ck_assert_uint_eq(allocations(), MANY);
	put_all();
	crl_blocks_leave();
	ck_assert_int_gt(counting_blocks(), 0);
	ck_assert_int_le(counting_blocks(), 2 * CRL_MAGAZINE);
	creel_trim();
	ck_assert_int_eq(counting_blocks(), 0);
}
END_TEST

START_TEST(without_a_user_a_thread_keeps_two_magazines)
{
	count_and_keep();
	get_all();
	put_all();
	ck_assert_int_gt(counting_blocks(), 0);
	ck_assert_int_le(counting_blocks(), 2 * CRL_MAGAZINE);
	creel_trim();
	ck_assert_int_eq(counting_blocks(), 0);
}
END_TEST

/* What another thread has put back comes round; what it has kept, it gives back when it ends. */
START_TEST(blocks_go_round)
{
	pthread_t thread;
	size_t before;

	count_and_keep();
	crl_blocks_enter();
	get_all();
	ck_assert_int_eq(pthread_create(&thread, NULL, put_all_there, NULL), 0);
	pthread_join(thread, NULL);
	before = allocations();
	get_all();
	ck_assert(!has_twice());
	ck_assert_uint_gt(before + MANY, allocations());
	ck_assert_uint_le(allocations(), before + 2 * CRL_MAGAZINE);
	put_all();
	creel_trim();
	ck_assert_int_eq(counting_blocks(), 0);
	crl_blocks_leave();
}
END_TEST

START_TEST(nothing_is_kept_on_request)
{
	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
	ck_assert_int_eq(creel_set_reuse(false), CREEL_OK);
	crl_blocks_enter();
	get_all();
	put_all();
	ck_assert_int_eq(counting_blocks(), 0);
	crl_blocks_leave();
}
END_TEST

/* A program's own allocator sees each block, unless it has asked for reuse. */
START_TEST(nothing_is_kept_of_an_allocator)
{
	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
	get_all();
	put_all();
	ck_assert_int_eq(counting_blocks(), 0);
}
END_TEST

START_TEST(it_is_too_late_after_the_first)
{
	crl_block_put(crl_block_get());
	ck_assert_int_eq(creel_set_reuse(false), CREEL_ESTATE);
}
END_TEST

static void *
nothing(void *arg)
{
	return arg;
}

static void
run_many(creel_pool *pool)
{
	creel_future *tasks[MANY];

	ck_assert_int_eq(creel_submit_many(pool, nothing, NULL, MANY, tasks), CREEL_OK);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
}

/* Tasks are made of what tasks were before; with the pool all goes but what the caller keeps. */
START_TEST(tasks_are_made_of_blocks)
{
	creel_pool *pool;
	size_t before;

	count_and_keep();
	pool = creel_pool_create(NULL);
	run_many(pool);
	before = allocations();
	run_many(pool);
	ck_assert_uint_lt(allocations() - before, MANY / 2);
	creel_pool_destroy(pool);
	creel_trim();
	before = (size_t)counting_blocks();
	pool = creel_pool_create(NULL);
	run_many(pool);
	creel_pool_destroy(pool);
	creel_trim();
	ck_assert_int_eq(counting_blocks(), (int)before);
}
END_TEST

CREEL_SUITE("creel.sync.blocks", the_last_is_the_next, many_are_kept_while_there_is_a_user,
	without_a_user_a_thread_keeps_two_magazines, blocks_go_round, nothing_is_kept_on_request,
	nothing_is_kept_of_an_allocator, it_is_too_late_after_the_first, tasks_are_made_of_blocks)
