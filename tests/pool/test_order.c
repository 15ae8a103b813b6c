/* SPDX-License-Identifier: MIT */
/* test_order.c: in which order a pool starts what it is given. One worker, so that there is one. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <pthread.h>
#include <stdint.h>

#define MOST 4096

/* Who has started, in order. One worker writes; the test reads when the pool is idle. */
static int started[MOST];
static int starts;

static void *
start(void *arg)
{
	started[starts++] = (int)(intptr_t)arg;
	return NULL;
}

static void *
number(int n)
{
	return (void *)(intptr_t)n;
}

static void
assert_started(const int *expected, int n)
{
	ck_assert_int_eq(starts, n);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(started[i], expected[i]);
}

static creel_pool *
pool_at_gate(gate *g, uint32_t flags)
{
	creel_pool *pool = pool_with(1, flags);

	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(creel_post(pool, gate_task, g), CREEL_OK);
	gate_await_arrivals(g, 1);
	return pool;
}

static void
finish(creel_pool *pool)
{
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(pool);
}

/* 1.15 "submit": what one thread submits starts in that order, by whichever call */
START_TEST(what_one_thread_submits_starts_in_that_order)
{
	static const uint32_t flags[] = {0, CREEL_POOL_FIFO};

	for (size_t f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_at_gate(&g, flags[f]);
		void *many[3];

		starts = 0;
		for (int i = 0; i < 1000; i += 5) {
			ck_assert_int_eq(creel_post(pool, start, number(i)), CREEL_OK);
			creel_future_unref(creel_submit(pool, start, number(i + 1)));
			for (int k = 0; k < 3; k++)
				many[k] = number(i + 2 + k);
			ck_assert_int_eq(creel_submit_many(pool, start, many, 3, NULL), CREEL_OK);
		}
		ck_assert_int_eq(starts, 0);
		gate_open(&g);
		finish(pool);
		ck_assert_int_eq(starts, 1000);
		for (int i = 0; i < starts; i++)
			ck_assert_int_eq(started[i], i);
	}
}
END_TEST

enum { PRODUCERS = 4, EACH = 1000 };

typedef struct producer {
	creel_pool *pool;
	pthread_t thread;
	int number;
} producer;

static void *
produce(void *arg)
{
	const producer *p = arg;

	for (int i = 0; i < EACH; i++)
		if (creel_post(p->pool, start, number(p->number * EACH + i)) != CREEL_OK)
			return NULL;
	return arg;
}

START_TEST(each_producer_has_its_order)
{
	static const uint32_t flags[] = {0, CREEL_POOL_FIFO};

	for (size_t f = 0; f < 2; f++) {
		creel_pool *pool = pool_with(1, flags[f]);
		producer producers[PRODUCERS];
		int next[PRODUCERS] = {0};

		starts = 0;
		for (int i = 0; i < PRODUCERS; i++) {
			producers[i] = (producer){.pool = pool, .number = i};
			pthread_create(&producers[i].thread, NULL, produce, &producers[i]);
		}
		for (int i = 0; i < PRODUCERS; i++) {
			void *result;

			pthread_join(producers[i].thread, &result);
			ck_assert_ptr_eq(result, &producers[i]);
		}
		finish(pool);
		ck_assert_int_eq(starts, PRODUCERS * EACH);
		for (int i = 0; i < starts; i++)
			ck_assert_int_eq(started[i] % EACH, next[started[i] / EACH]++);
	}
}
END_TEST

/* A task that submits two others, stopping before and after. */
typedef struct parent {
	gate before, after;
} parent;

static void *
submit_two(void *arg)
{
	parent *p = arg;

	gate_pass(&p->before);
	creel_post(creel_current_pool(), start, number(10));
	creel_future_unref(creel_submit(creel_current_pool(), start, number(11)));
	gate_pass(&p->after);
	return NULL;
}

/* 1 and 2 come from outside before the task submits 10 and 11, and 3 comes after. */
static void
mix_inner_and_outer(uint32_t flags)
{
	parent p = {GATE_INIT, GATE_INIT};
	creel_pool *pool = pool_with(1, flags);

	starts = 0;
	ck_assert_int_eq(creel_post(pool, submit_two, &p), CREEL_OK);
	gate_await_arrivals(&p.before, 1);
	ck_assert_int_eq(creel_post(pool, start, number(1)), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, start, number(2)), CREEL_OK);
	gate_open(&p.before);
	gate_await_arrivals(&p.after, 1);
	ck_assert_int_eq(creel_post(pool, start, number(3)), CREEL_OK);
	gate_open(&p.after);
	finish(pool);
}

START_TEST(what_tasks_submit_goes_first)
{
	mix_inner_and_outer(0);
	assert_started((const int[]){11, 10, 1, 2, 3}, 5); /* depth first */
}
END_TEST

START_TEST(with_fifo_what_tasks_submit_keeps_its_place)
{
	mix_inner_and_outer(CREEL_POOL_FIFO);
	assert_started((const int[]){1, 2, 10, 11, 3}, 5);
}
END_TEST

/* A task of another pool is outside, whatever it is at home. */
static void *
post_to_other(void *arg)
{
	creel_post(arg, start, number(2));
	return NULL;
}

START_TEST(a_task_of_another_pool_is_outside)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g, 0), *other = pool_of(1);

	starts = 0;
	ck_assert_int_eq(creel_post(pool, start, number(1)), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(other, post_to_other, pool, NULL), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, start, number(3)), CREEL_OK);
	gate_open(&g);
	finish(pool);
	assert_started((const int[]){1, 2, 3}, 3);
	creel_pool_destroy(other);
}
END_TEST

typedef struct sleeper {
	creel_future *promise;
	int number;
	atomic_int waits;
} sleeper;

static void *
await_and_start(void *arg)
{
	sleeper *s = arg;

	atomic_store(&s->waits, 1);
	creel_await(s->promise, NULL);
	return start(number(s->number));
}

START_TEST(what_is_ready_goes_before_what_is_new)
{
	static const uint32_t flags[] = {0, CREEL_POOL_FIFO};

	for (size_t f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_with(1, flags[f]);
		sleeper sleepers[2] = {{.promise = creel_future_create(), .number = 1},
			{.promise = creel_future_create(), .number = 2}};

		starts = 0;
		ck_assert_int_eq(creel_post(pool, await_and_start, &sleepers[0]), CREEL_OK);
		ck_assert_int_eq(creel_post(pool, await_and_start, &sleepers[1]), CREEL_OK);
		ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		ck_assert_int_eq(creel_post(pool, start, number(3)), CREEL_OK);
		/* Ready in this order, which is not that of their starts. */
		creel_future_set_result(sleepers[1].promise, NULL);
		creel_future_set_result(sleepers[0].promise, NULL);
		gate_open(&g);
		finish(pool);
		assert_started((const int[]){2, 1, 3}, 3);
		creel_future_unref(sleepers[0].promise);
		creel_future_unref(sleepers[1].promise);
	}
}
END_TEST

/* 1.15 "work-item popped but future cancelled": it is skipped, and the order of the rest stays */
START_TEST(a_cancelled_one_is_skipped)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g, 0);
	creel_future *futures[4];

	starts = 0;
	for (int i = 0; i < 4; i++)
		futures[i] = creel_submit(pool, start, number(i));
	ck_assert_int_eq(creel_future_cancel(futures[0]), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_cancel(futures[2]), CREEL_CANCEL_NOW);
	gate_open(&g);
	finish(pool);
	assert_started((const int[]){1, 3}, 2);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			creel_future_status(futures[i]), i % 2 == 0 ? CREEL_ECANCELLED : CREEL_OK);
	creel_futures_unref(futures, 4);
}
END_TEST

CREEL_SUITE("creel.pool.order", what_one_thread_submits_starts_in_that_order,
	each_producer_has_its_order, what_tasks_submit_goes_first,
	with_fifo_what_tasks_submit_keeps_its_place, a_task_of_another_pool_is_outside,
	what_is_ready_goes_before_what_is_new, a_cancelled_one_is_skipped)
