/* SPDX-License-Identifier: MIT */
/* test_resize.c: more workers and fewer, under load, with suspended tasks, from within, by several at once. */
#include "pool/resized.h"
#include "support/suite.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

START_TEST(sizes)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool = pool_for(2, 3, 0, NULL), *fixed = pool_of(2);

	resize(pool, 3);
	resize(pool, 3);
	resize(pool, 1);
	for (unsigned workers = 0; workers <= UINT_MAX - 4; workers += UINT_MAX / 4) {
		ck_assert_int_eq(creel_pool_resize(pool, workers), CREEL_EINVAL);
		ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	}
	ck_assert_int_eq(creel_pool_resize(pool, MOST), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_resize(NULL, 1), CREEL_EINVAL);
	ck_assert_uint_eq(creel_pool_size(pool), 1);
	ck_assert_int_eq(creel_pool_resize(fixed, 3), CREEL_EINVAL);
	resize(fixed, 1);
	creel_pool_destroy(pool);
	creel_pool_destroy(fixed);
	options.workers = 2;
	options.max_workers = 1;
	ck_assert_ptr_null(creel_pool_create(&options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	options.max_workers = CREEL_POOL_MAX_WORKERS + 1;
	ck_assert_ptr_null(creel_pool_create(&options));
	options.workers = 0;
	options.max_workers = 1;
	pool = creel_pool_create(&options);
	ck_assert_uint_eq(creel_pool_size(pool), 1);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(as_many_work_as_it_says)
{
	const size_t threads = threads_without_pools();
	creel_pool *pool = pool_for(1, MOST, 0, NULL);

	for (int round = 0; round < 3; round++) {
		resize(pool, MOST);
		expect_at_work(pool, MOST);
		resize(pool, 2);
		expect_at_work(pool, 2);
		proc_await_threads(threads + 2); /* the others have gone */
		resize(pool, 3);
		expect_at_work(pool, 3);
	}
	creel_pool_destroy(pool);
}
END_TEST

typedef struct tree {
	creel_pool *pool;
	atomic_int ran;
} tree;

/* Tasks that submit more, fork and suspend. */
static void *
grow_tree(void *arg)
{
	tree *t = arg;

	if (atomic_fetch_add(&t->ran, 1) % 3 == 0) {
		creel_future *inner = creel_submit(t->pool, same, NULL);

		creel_take(inner, NULL);
		atomic_fetch_add(&t->ran, 3);
		creel_post(t->pool, grow_tree, t);
	}
	return NULL;
}

static void *
go_on_resizing(void *arg)
{
	resizer *r = arg;
	unsigned random = (unsigned)r->turn + 1;
	int count = 0;

	while (atomic_load(&r->stop) == 0 || count < 50) {
		if (count > 50)
			sched_yield();
		random = random * 1103515245u + 12345u;
		if (creel_pool_resize(r->pool, 1 + (random >> 16) % MOST) != CREEL_OK)
			abort();
		count++;
	}
	return NULL;
}

static void *
count_after_a_turn(void *arg)
{
	creel_sleep(0);
	return count_one(arg);
}

/* Every task runs once, whatever becomes of its worker. */
static void
work_while_resized(uint32_t flags, size_t max_started)
{
	enum { ROUNDS = 20, TASKS = 60 };
	static creel_fn *const kinds[] = {count_one, count_after_a_sleep, count_after_a_turn};
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	hooked h = {0};
	atomic_int ran = 0;
	pthread_t threads[2];
	resizer resizers[2];
	creel_pool *pool;

	options.workers = 2;
	options.max_workers = MOST;
	options.flags = flags;
	options.max_started = max_started;
	options.worker_init = count_init;
	options.worker_fini = count_fini;
	options.worker_arg = &h;
	pool = creel_pool_create(&options);
	for (int i = 0; i < 2; i++) {
		resizers[i] = (resizer){.pool = pool, .turn = i};
		pthread_create(&threads[i], NULL, go_on_resizing, &resizers[i]);
	}
	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < TASKS; i++)
			ck_assert_int_eq(creel_post(pool, kinds[i % 3], &ran), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(atomic_load(&ran), round * TASKS);
	}
	for (int i = 0; i < 2; i++) {
		atomic_store(&resizers[i].stop, 1);
		pthread_join(threads[i], NULL);
	}
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&h.wrong), 0);
	ck_assert_int_eq(atomic_load(&h.inits), atomic_load(&h.finis));
}

START_TEST(every_task_runs_once)
{
	work_while_resized(0, 0);
	work_while_resized(CREEL_POOL_FIFO, 0);
	work_while_resized(0, 3);
}
END_TEST

START_TEST(tasks_that_submit_and_wait_while_it_is_resized)
{
	tree t = {.pool = pool_for(2, MOST, 0, NULL)};
	resizer r = {.pool = t.pool};
	pthread_t thread;

	pthread_create(&thread, NULL, go_on_resizing, &r);
	for (int i = 0; i < 60; i++)
		ck_assert_int_eq(creel_post(t.pool, grow_tree, &t), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(t.pool, CREEL_FOREVER), CREEL_OK);
	atomic_store(&r.stop, 1);
	pthread_join(thread, NULL);
	creel_pool_destroy(t.pool);
}
END_TEST

static long
sum_range(long from, long to)
{
	long sum = 0;

	while (from < to)
		sum += from++;
	return sum;
}

static void
add_range(size_t begin, size_t end, void *arg)
{
	atomic_fetch_add((atomic_long *)arg, sum_range((long)begin, (long)end));
}

START_TEST(forked_work_while_it_is_resized)
{
	enum { N = 20000 };
	creel_pool *pool = pool_for(2, MOST, 0, NULL);
	resizer r = {.pool = pool};
	pthread_t thread;

	pthread_create(&thread, NULL, go_on_resizing, &r);
	for (int i = 0; i < 30; i++) {
		atomic_long sum = 0;

		ck_assert_int_eq(creel_parallel_for(pool, 0, N, 16, add_range, &sum), CREEL_OK);
		ck_assert_int_eq(atomic_load(&sum), (long)N * (N - 1) / 2);
	}
	atomic_store(&r.stop, 1);
	pthread_join(thread, NULL);
	creel_pool_destroy(pool);
}
END_TEST

/* A task: waits, and says on which worker it then was. */
static void *
await_then_where(void *arg)
{
	const int before = creel_worker_index();

	ck_assert_int_eq(creel_await(arg, NULL), CREEL_OK);
	ck_assert_int_eq(creel_worker_index(), before);
	return pointer_of(before);
}

typedef struct pinned {
	gate *busy;
	creel_future *promise;
} pinned;

/* All workers are in one of these before any goes on; then each suspends where it is. */
static void *
meet_then_await(void *arg)
{
	const pinned *p = arg;

	gate_pass(p->busy);
	return await_then_where(p->promise);
}

START_TEST(suspended_tasks_go_on_where_they_are)
{
	gate busy = GATE_INIT;
	hooked h = {0};
	creel_pool *pool = pool_for(3, 3, 0, &h);
	pinned p = {&busy, creel_future_create()};
	creel_future *tasks[3];
	int seen = 0;

	for (int i = 0; i < 3; i++)
		tasks[i] = creel_submit(pool, meet_then_await, &p);
	gate_await_arrivals(&busy, 3);
	resize(pool, 1);
	gate_open(&busy);
	settle(pool);
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(atomic_load(&h.finis), 0); /* none can go yet */
	creel_future_set_result(p.promise, NULL);
	for (int i = 0; i < 3; i++)
		seen += 1 << take_number(tasks[i]);
	ck_assert_int_eq(seen, 7);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	spin_until(&h.finis, 2);
	ck_assert_int_eq(take_number(creel_submit(pool, same, pointer_of(5))), 5);
	creel_pool_destroy(pool);
	creel_future_unref(p.promise);
	ck_assert_int_eq(atomic_load(&h.finis), 3);
	ck_assert_int_eq(atomic_load(&h.wrong), 0);
}
END_TEST

START_TEST(who_is_wanted_again_goes_on)
{
	gate busy = GATE_INIT;
	hooked h = {0};
	creel_pool *pool = pool_for(2, 2, 0, &h);
	pinned p = {&busy, creel_future_create()};
	creel_future *tasks[2];

	for (int i = 0; i < 2; i++)
		tasks[i] = creel_submit(pool, meet_then_await, &p);
	gate_await_arrivals(&busy, 2);
	resize(pool, 1);
	gate_open(&busy);
	settle(pool);
	resize(pool, 2);
	expect_at_work(pool, 2);
	ck_assert_int_eq(atomic_load(&h.inits), 2); /* by the same threads */
	creel_future_set_result(p.promise, NULL);
	for (int i = 0; i < 2; i++)
		take_number(tasks[i]);
	creel_pool_destroy(pool);
	creel_future_unref(p.promise);
	ck_assert_int_eq(atomic_load(&h.inits), 2);
	ck_assert_int_eq(atomic_load(&h.finis), 2);
}
END_TEST

/* What stands with a worker that goes is found. */
START_TEST(what_is_queued_there_goes_to_others)
{
	enum { TASKS = 100 };
	gate busy = GATE_INIT;
	creel_pool *pool = pool_for(2, 2, 0, NULL);
	creel_future *holders[2];
	atomic_int ran = 0;

	for (int i = 0; i < 2; i++)
		holders[i] = creel_submit(pool, gate_task, &busy);
	gate_await_arrivals(&busy, 2);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(creel_post(pool, count_one, &ran), CREEL_OK);
	resize(pool, 1);
	gate_open(&busy);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&ran), TASKS);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_take(holders[i], NULL), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

/* A task that changes its own pool, also away from under itself, and goes on. */
static void *
resize_own(void *arg)
{
	creel_pool *pool = creel_current_pool();
	creel_future *inner;

	for (unsigned i = 0; i < 40; i++) {
		if (creel_pool_resize(pool, 1 + i * 7 % MOST) != CREEL_OK)
			return pointer_of(0);
		inner = creel_submit(pool, same, arg);
		if (i % 3 == 0)
			creel_sleep(0);
		if (creel_take(inner, NULL) != CREEL_OK)
			return pointer_of(0);
	}
	return pointer_of(1);
}

START_TEST(by_its_own_tasks)
{
	creel_pool *pool = pool_for(MOST, MOST, 0, NULL);
	creel_future *tasks[MOST];

	for (int i = 0; i < MOST; i++)
		tasks[i] = creel_submit(pool, resize_own, NULL);
	for (int i = 0; i < MOST; i++)
		ck_assert_int_eq(take_number(tasks[i]), 1);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.resize", sizes, as_many_work_as_it_says, every_task_runs_once,
	tasks_that_submit_and_wait_while_it_is_resized, forked_work_while_it_is_resized,
	suspended_tasks_go_on_where_they_are, who_is_wanted_again_goes_on,
	what_is_queued_there_goes_to_others, by_its_own_tasks)
