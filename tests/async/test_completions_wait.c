/* SPDX-License-Identifier: MIT */
/* test_completions_wait.c: consumers that wait, threads and tasks, and what ends their wait. */
#include "async/consumer.h"
#include "support/fake_clock.h"
#include "support/pools.h"
#include "support/suite.h"

#include "sync/parker.h"

#include <sched.h>

/* So long that only the fake clock can bring it. */
#define LONG CREEL_SECONDS(1000)

static void *
nothing(void *arg)
{
	return arg;
}

/* What was submitted to a pool of one worker before has ended or is suspended. */
static void
await_suspension(creel_pool *pool)
{
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
}

START_TEST(blocked_thread_is_woken)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_as_completed(&f, 1);
	consumer c = CONSUMER(queue, LONG);

	fake_clock_start();
	consumer_start(&c);
	fake_clock_await_sleepers(1);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(consumer_join(&c), CREEL_OK);
	ck_assert_ptr_eq(c.got.future, f);
	ck_assert_uint_eq(creel_completions_pending(queue), 0);
	creel_future_unref(f);
	creel_future_unref(f);
	creel_completions_destroy(queue);
}
END_TEST

/* 1.7 "timeout": of each call; it leaves the queue intact, and the next call gets the item */
START_TEST(timeout_loses_nothing)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_as_completed(&f, 1);

	fake_clock_start();
	for (int i = 0; i < 3; i++) {
		consumer c = CONSUMER(queue, CREEL_SECONDS(5));

		c.got = untouched();
		consumer_start(&c);
		fake_clock_await_sleepers(1);
		/* Were it one deadline for all calls, the second would expire here. */
		fake_clock_step(CREEL_SECONDS(5) - 1);
		fake_clock_await_sleepers(1);
		fake_clock_step(1);
		ck_assert_int_eq(consumer_join(&c), CREEL_ETIMEDOUT);
		ck_assert(is_untouched(&c.got));
		ck_assert_uint_eq(creel_completions_pending(queue), 1);
	}
	creel_future_set_result(f, NULL);
	ck_assert_uint_eq(next_index(queue), 0);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

START_TEST(timeout_in_a_task_loses_nothing)
{
	creel_future *f = creel_future_create(), *task;
	creel_completions *queue = creel_as_completed(&f, 1);
	consumer c = CONSUMER(queue, CREEL_SECONDS(5));
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	task = creel_submit(pool, consume, &c);
	fake_clock_await_sleepers(1); /* the worker, idle, with the task's timer */
	fake_clock_step(CREEL_SECONDS(5));
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_ETIMEDOUT);
	creel_future_set_result(f, NULL);
	ck_assert_uint_eq(next_index(queue), 0);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

/* 3.7 "as_completed_with_unused_timeout": the timer is gone when it got its item */
START_TEST(as_completed_with_unused_timeout)
{
	creel_future *f = creel_future_create(), *task;
	creel_completions *queue = creel_as_completed(&f, 1);
	consumer c = CONSUMER(queue, CREEL_SECONDS(5));
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	task = creel_submit(pool, consume, &c);
	fake_clock_await_sleepers(1);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_OK);
	while (crl_parker_sleepers() != 0) /* the worker sleeps without a deadline again */
		sched_yield();
	fake_clock_step(CREEL_SECONDS(5));
	await_suspension(pool);
	creel_future_unref(c.got.future);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

START_TEST(open_queue_waits_for_an_add)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_completions_create();
	consumer c = CONSUMER(queue, LONG);

	fake_clock_start();
	consumer_start(&c);
	fake_clock_await_sleepers(1);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_completions_add(queue, f, &f), CREEL_OK);
	ck_assert_int_eq(consumer_join(&c), CREEL_OK);
	ck_assert_ptr_eq(c.got.tag, &f);
	creel_future_unref(f);
	creel_future_unref(c.got.future);
	creel_completions_destroy(queue);
}
END_TEST

enum { THREADS = 3, TASKS = 3, ALL = THREADS + TASKS };

/* Consumers that all wait: threads, then tasks. */
static void
start_all(creel_completions *queue, creel_pool *pool, consumer c[ALL], creel_future *tasks[TASKS])
{
	for (int i = 0; i < ALL; i++) {
		c[i] = (consumer)CONSUMER(queue, i < THREADS ? LONG : CREEL_FOREVER);
		c[i].got = untouched();
	}
	for (int i = 0; i < THREADS; i++)
		consumer_start(&c[i]);
	for (int i = 0; i < TASKS; i++)
		tasks[i] = creel_submit(pool, consume, &c[THREADS + i]);
	await_suspension(pool);
	fake_clock_await_sleepers(THREADS);
}

static void
end_all(consumer c[ALL], creel_future *tasks[TASKS])
{
	for (int i = 0; i < THREADS; i++)
		consumer_join(&c[i]);
	for (int i = 0; i < TASKS; i++)
		creel_take(tasks[i], NULL);
}

static int
count(const consumer c[ALL], creel_status status)
{
	int n = 0;

	for (int i = 0; i < ALL; i++)
		n += c[i].status == status;
	return n;
}

START_TEST(close_tells_all_who_wait)
{
	creel_completions *queue = creel_completions_create();
	creel_future *tasks[TASKS];
	consumer c[ALL];
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	start_all(queue, pool, c, tasks);
	creel_completions_close(queue);
	end_all(c, tasks);
	ck_assert_int_eq(count(c, CREEL_EEMPTY), ALL);
	for (int i = 0; i < ALL; i++)
		ck_assert(is_untouched(&c[i].got));
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
}
END_TEST

/* 1.2 "cancel() and blocked wait()/as_completed()": whoever waits, thread or task, gets what is
 * cancelled */
START_TEST(a_cancel_is_handed_out_to_all_who_wait)
{
	creel_completions *queue = creel_completions_create();
	creel_future *tasks[TASKS], *f[ALL];
	consumer c[ALL];
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	promises_make(f, ALL);
	for (int i = 0; i < ALL; i++)
		ck_assert_int_eq(creel_completions_add(queue, f[i], &f[i]), CREEL_OK);
	start_all(queue, pool, c, tasks);
	for (int i = 0; i < ALL; i++)
		ck_assert_int_eq(creel_future_cancel(f[i]), CREEL_CANCEL_NOW);
	end_all(c, tasks);
	ck_assert_int_eq(count(c, CREEL_OK), ALL);
	for (int i = 0; i < ALL; i++) {
		ck_assert(!c[i].requested);
		ck_assert_ptr_eq(*(creel_future **)c[i].got.tag, c[i].got.future);
		ck_assert_int_eq(creel_take(c[i].got.future, NULL), CREEL_ECANCELLED);
	}
	ck_assert_uint_eq(creel_completions_pending(queue), 0);
	creel_futures_unref(f, ALL);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
}
END_TEST

/* A closed queue with something pending: who waits goes on; the last item's hand-out ends it for
 * all. */
START_TEST(close_with_pending)
{
	creel_completions *queue = creel_completions_create();
	creel_future *f[2], *tasks[TASKS];
	consumer c[ALL];
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	promises_make(f, 2);
	creel_completions_add(queue, f[0], NULL);
	creel_completions_add(queue, f[1], NULL);
	start_all(queue, pool, c, tasks);
	creel_completions_close(queue);
	ck_assert_uint_eq(creel_completions_pending(queue), 2);
	creel_future_set_result(f[0], NULL);
	ck_assert_uint_eq(creel_completions_pending(queue), 1);
	creel_future_set_result(f[1], NULL);
	end_all(c, tasks);
	ck_assert_int_eq(count(c, CREEL_OK), 2);
	ck_assert_int_eq(count(c, CREEL_EEMPTY), ALL - 2);
	creel_futures_unref(f, 2);
	creel_futures_unref(f, 2);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
}
END_TEST

/* 1.7 "several consumers": one item wakes one of those who wait, in the order in which they came */
START_TEST(consumers_are_served_in_order)
{
	enum { N = 3 };
	creel_completions *queue = creel_completions_create();
	creel_pool *pool = pool_of(1);
	creel_future *f[N], *tasks[N];
	consumer c[N];

	promises_make(f, N);
	for (size_t i = 0; i < N; i++) {
		c[i] = (consumer)CONSUMER(queue, CREEL_FOREVER);
		tasks[i] = creel_submit(pool, consume, &c[i]);
		creel_completions_add(queue, f[i], NULL);
	}
	await_suspension(pool);
	for (size_t i = 0; i < N; i++) {
		creel_future_set_result(f[N - 1 - i], NULL);
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_uint_eq(c[i].got.index, N - 1 - i);
		for (size_t later = i + 1; later < N; later++)
			ck_assert(!creel_future_done(tasks[later]));
	}
	creel_futures_unref(f, N);
	creel_futures_unref(f, N);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
}
END_TEST

/* A consumer on the only worker of the pool whose tasks it waits for. */
static void *
consume_own_children(void *arg)
{
	creel_pool *pool = creel_current_pool();
	creel_completions *queue = creel_completions_create();
	intptr_t sum = 0;

	for (intptr_t i = 1; i <= 10; i++) {
		creel_future *child = creel_submit(pool, nothing, (void *)i);
		creel_completion out;
		void *value = NULL;

		creel_completions_add(queue, child, arg);
		creel_future_unref(child);
		if (creel_completions_next(queue, CREEL_FOREVER, &out) != CREEL_OK)
			return NULL;
		creel_take(out.future, &value);
		sum += (intptr_t)value;
	}
	creel_completions_destroy(queue);
	return (void *)sum;
}

START_TEST(one_worker_is_enough)
{
	creel_pool *pool = pool_of(1);
	void *sum = NULL;

	ck_assert_int_eq(creel_pool_run(pool, consume_own_children, NULL, &sum), CREEL_OK);
	ck_assert_int_eq((intptr_t)sum, 55);
	creel_pool_destroy(pool);
}
END_TEST

/* 1.7 "consumer cancelled in next": the item is not lost, and goes to whoever still waits */
START_TEST(cancelled_consumer_loses_nothing)
{
	creel_future *f[2], *tasks[2];
	creel_completions *queue;
	creel_pool *pool = pool_of(1);
	consumer c[2];

	promises_make(f, 2);
	queue = creel_as_completed(f, 2);
	for (int i = 0; i < 2; i++) {
		c[i] = (consumer)CONSUMER(queue, CREEL_FOREVER);
		tasks[i] = creel_submit(pool, consume, &c[i]);
	}
	await_suspension(pool);
	ck_assert_int_eq(creel_future_cancel(tasks[0]), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(tasks[0], NULL), CREEL_OK);
	ck_assert_int_eq(c[0].status, CREEL_ECANCELLED);
	ck_assert(c[0].requested);
	ck_assert_uint_eq(creel_completions_pending(queue), 2);
	ck_assert(!creel_future_done(tasks[1]));

	creel_future_set_result(f[1], NULL);
	ck_assert_int_eq(creel_take(tasks[1], NULL), CREEL_OK);
	ck_assert_int_eq(c[1].status, CREEL_OK);
	ck_assert_uint_eq(c[1].got.index, 1);
	creel_future_set_result(f[0], NULL);
	ck_assert_uint_eq(next_index(queue), 0);
	creel_future_unref(f[1]);
	creel_futures_unref(f, 2);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
}
END_TEST

CREEL_SUITE("creel.async.completions_wait", blocked_thread_is_woken, timeout_loses_nothing,
	timeout_in_a_task_loses_nothing, as_completed_with_unused_timeout,
	open_queue_waits_for_an_add, close_tells_all_who_wait,
	a_cancel_is_handed_out_to_all_who_wait, close_with_pending, consumers_are_served_in_order,
	one_worker_is_enough, cancelled_consumer_loses_nothing)
