/* SPDX-License-Identifier: MIT */
/* test_resize_end.c: pools that are resized while they end, or cannot be; what that leaves behind. */
#include "pool/resized.h"
#include "support/faults.h"
#include "support/suite.h"

#include <pthread.h>
#include <stdlib.h>

START_TEST(not_in_a_shutdown)
{
	for (int mode = CREEL_SHUTDOWN_DRAIN; mode <= CREEL_SHUTDOWN_CANCEL_ALL; mode++) {
		gate busy = GATE_INIT;
		creel_pool *pool = pool_for(2, MOST, 0, NULL);
		creel_future *holders[2];

		for (int i = 0; i < 2; i++)
			holders[i] = creel_submit(pool, gate_task, &busy);
		gate_await_arrivals(&busy, 2);
		resize(pool, 1); /* on the way when the shutdown comes */
		ck_assert_int_eq(
			creel_pool_shutdown(pool, (creel_shutdown_mode)mode, 0), CREEL_ETIMEDOUT);
		for (unsigned workers = 1; workers <= MOST; workers++) {
			ck_assert_int_eq(creel_pool_resize(pool, workers), CREEL_ECLOSED);
			ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
		}
		gate_open(&busy);
		ck_assert_int_eq(
			creel_pool_shutdown(pool, (creel_shutdown_mode)mode, CREEL_FOREVER),
			CREEL_OK);
		ck_assert_int_eq(creel_pool_resize(pool, 1), CREEL_ECLOSED);
		creel_pool_destroy(pool);
		for (int i = 0; i < 2; i++)
			creel_take(holders[i], NULL);
	}
}
END_TEST

static void *
try_to_resize(void *arg)
{
	resizer *r = arg;
	unsigned random = 1;

	for (;;) {
		random = random * 1103515245u + 12345u;
		if (creel_pool_resize(r->pool, 1 + (random >> 16) % MOST) == CREEL_OK)
			atomic_fetch_add(&r->done, 1);
		else
			return pointer_of(creel_last_error()->code);
	}
}

START_TEST(against_a_shutdown)
{
	for (int i = 0; i < 40; i++) {
		hooked h = {0};
		creel_pool *pool = pool_for(2, MOST, 0, i % 2 == 0 ? &h : NULL);
		resizer r = {.pool = pool};
		creel_future *task = creel_submit(pool, count_after_a_sleep, &r.stop);
		pthread_t thread;
		void *code;

		pthread_create(&thread, NULL, try_to_resize, &r);
		if (i % 4 > 1)
			spin_until(&r.done, i % 7);
		ck_assert_int_eq(
			creel_pool_shutdown(pool, (creel_shutdown_mode)(i % 3), CREEL_FOREVER),
			CREEL_OK);
		pthread_join(thread, &code);
		ck_assert_int_eq((intptr_t)code, CREEL_ECLOSED);
		creel_pool_destroy(pool);
		ck_assert(creel_future_done(task));
		creel_future_unref(task);
		ck_assert_int_eq(atomic_load(&h.inits), atomic_load(&h.finis));
		ck_assert_int_eq(atomic_load(&h.wrong), 0);
	}
}
END_TEST

static void *
shrink_and_destroy_own(void *arg)
{
	creel_pool *pool = creel_current_pool();

	if (creel_pool_resize(pool, (unsigned)(intptr_t)arg) != CREEL_OK)
		abort();
	creel_pool_destroy(pool);
	return NULL;
}

START_TEST(a_worker_that_resizes_and_destroys_its_pool)
{
	for (int size = 1; size <= MOST; size++) {
		hooked h = {0};
		creel_pool *pool = pool_for(3, MOST, 0, &h);
		creel_future *task;

		spin_until(&h.inits, 3);
		task = creel_submit(pool, shrink_and_destroy_own, pointer_of(size));
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		spin_until(&h.finis, size > 3 ? size : 3);
		ck_assert_int_eq(atomic_load(&h.wrong), 0);
	}
}
END_TEST

START_TEST(a_thread_cannot_be_started)
{
	const size_t threads = threads_without_pools();
	hooked h = {0};
	creel_pool *pool = pool_for(1, MOST, 0, &h);

	for (int n = 1; n < MOST; n++) {
		fault_arm(FAULT_THREAD, n, true);
		ck_assert_int_eq(creel_pool_resize(pool, MOST), CREEL_ESYS);
		ck_assert(fault_disarm());
		ck_assert_int_eq(creel_last_error()->code, CREEL_ESYS);
		ck_assert_uint_eq(creel_pool_size(pool), (size_t)n);
		expect_at_work(pool, n);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		resize(pool, 1);
		proc_await_threads(threads + 1);
	}
	resize(pool, MOST);
	expect_at_work(pool, MOST);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&h.inits), atomic_load(&h.finis));
	ck_assert_int_eq(atomic_load(&h.wrong), 0);
}
END_TEST

/* Threads, and what they have mapped, go with them; what a place keeps is used again. Malloc may have mapped more heaps
 * meanwhile, but not one a round. */
START_TEST(to_come_and_go_leaves_nothing_behind)
{
	const size_t threads = threads_without_pools();
	creel_pool *pool = pool_for(1, MOST, 0, NULL);
	size_t mappings = 0;

	for (int round = 0; round < 100; round++) {
		resize(pool, MOST);
		expect_at_work(pool, MOST);
		resize(pool, 1);
		proc_await_threads(threads + 1);
		if (round == 10)
			mappings = proc_mappings();
	}
	ck_assert_uint_lt(proc_mappings(), mappings + 50);
	creel_pool_destroy(pool);
}
END_TEST

static int
fail_but_the_first(unsigned index, void **local, void *arg)
{
	(void)local;
	(void)arg;
	return index > 0;
}

START_TEST(a_new_worker_breaks_the_pool)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = 1;
	options.max_workers = 2;
	options.worker_init = fail_but_the_first;
	pool = creel_pool_create(&options);
	resize(pool, 2);
	while (creel_post(pool, same, NULL) == CREEL_OK)
		sched_yield();
	ck_assert_int_eq(creel_last_error()->code, CREEL_EBROKEN);
	ck_assert_int_eq(creel_pool_resize(pool, 1), CREEL_EBROKEN);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EBROKEN);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.resize_end", not_in_a_shutdown, against_a_shutdown,
	a_worker_that_resizes_and_destroys_its_pool, a_thread_cannot_be_started,
	to_come_and_go_leaves_nothing_behind, a_new_worker_breaks_the_pool)
