/* SPDX-License-Identifier: MIT */
/* test_queue_order.c: which item comes out next, also when callers wait for room. */
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <creel/creel.h>

#include <stdlib.h>

static creel_queue *
queue_of(size_t maxsize, creel_queue_order order)
{
	creel_queue_options options = CREEL_QUEUE_OPTIONS_INIT;

	options.maxsize = maxsize;
	options.order = order;
	return creel_queue_create(&options);
}

static intptr_t
get_number(creel_queue *queue)
{
	void *item = NULL;

	ck_assert_int_eq(creel_queue_try_get(queue, &item), CREEL_OK);
	return (intptr_t)item;
}

/* 1.16 "Queue": by priority, negative ones too; of equal ones, the oldest first */
START_TEST(equal_priorities_in_the_order_of_putting)
{
	static const int64_t priorities[] = {5, INT64_MAX, -1, 5, INT64_MIN, 0, -1, 5};
	static const intptr_t expected[] = {4, 2, 6, 5, 0, 3, 7, 1};
	enum { N = sizeof priorities / sizeof *priorities };
	creel_queue *queue = queue_of(0, CREEL_QUEUE_PRIORITY);

	for (int i = 0; i < N; i++)
		ck_assert_int_eq(creel_queue_try_put_priority(queue, pointer_of(i), priorities[i]),
			CREEL_OK);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(get_number(queue), expected[i]);
	creel_queue_destroy(queue);
}
END_TEST

START_TEST(a_priority_of_zero_is_no_priority)
{
	creel_queue *fifo = queue_of(0, CREEL_QUEUE_FIFO), *lifo = queue_of(0, CREEL_QUEUE_LIFO);
	creel_queue *by_priority = queue_of(0, CREEL_QUEUE_PRIORITY);

	ck_assert_int_eq(creel_queue_put_priority(fifo, NULL, 0, 0), CREEL_OK);
	ck_assert_int_eq(creel_queue_put_priority(fifo, NULL, 1, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_queue_try_put_priority(lifo, NULL, -1), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_uint_eq(creel_queue_size(fifo), 1);
	ck_assert_uint_eq(creel_queue_size(lifo), 0);
	creel_queue_put_priority(by_priority, pointer_of(1), 1, 0);
	creel_queue_put(by_priority, pointer_of(0), 0);
	ck_assert_int_eq(get_number(by_priority), 0);
	creel_queue_destroy(fifo);
	creel_queue_destroy(lifo);
	creel_queue_destroy(by_priority);
}
END_TEST

#define MANY SCALE_TIMES(2000)

static int
compare(const void *a, const void *b)
{
	const intptr_t x = *(const intptr_t *)a, y = *(const intptr_t *)b;

	return x < y ? -1 : x > y;
}

/* Many in, some out in between: each get has the smallest that is in. */
START_TEST(many_priorities)
{
	creel_queue *queue = queue_of(0, CREEL_QUEUE_PRIORITY);
	static intptr_t in[MANY];
	uint32_t random = 1;
	size_t n = 0;

	for (int i = 0; i < MANY; i++) {
		random = random * 1664525 + 1013904223;
		in[n++] = (intptr_t)(random >> 16);
		creel_queue_try_put_priority(queue, pointer_of(in[n - 1]), (int64_t)in[n - 1]);
		if (i % 3 == 2) {
			qsort(in, n, sizeof *in, compare);
			ck_assert_int_eq(get_number(queue), in[0]);
			in[0] = in[--n];
		}
	}
	qsort(in, n, sizeof *in, compare);
	ck_assert_uint_eq(creel_queue_size(queue), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(get_number(queue), in[i]);
	creel_queue_destroy(queue);
}
END_TEST

/* A task that waits for room with an item of that number, which is its priority too. */
typedef struct putter {
	creel_queue *queue;
	intptr_t number;
	creel_queue_order order;
} putter;

static void *
put_number(void *arg)
{
	const putter *p = arg;

	return pointer_of(creel_queue_put_priority(p->queue, pointer_of(p->number),
		p->order == CREEL_QUEUE_PRIORITY ? (int64_t)p->number : 0, CREEL_FOREVER));
}

/* Three are in, and three wait: which come out? Callers are let in by their turn, not by their items. */
static void
check_waiting(creel_queue_order order, const intptr_t expected[6])
{
	static const intptr_t given[6] = {3, 1, 2, 0, 9, -1};
	creel_queue *queue = queue_of(3, order);
	creel_pool *pool = pool_of(1);
	creel_future *tasks[6];
	putter p[6];

	for (int i = 0; i < 6; i++) {
		p[i] = (putter){queue, given[i], order};
		tasks[i] = creel_submit(pool, put_number, &p[i]);
	}
	settle(pool);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(get_number(queue), expected[i]);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(take_number(tasks[i]), CREEL_OK);
	creel_pool_destroy(pool);
	creel_queue_destroy(queue);
}

START_TEST(who_waits_for_room_is_let_in_by_turn)
{
	static const intptr_t fifo[] = {3, 1, 2, 0, 9, -1}, lifo[] = {2, 0, 9, -1, 1, 3};
	static const intptr_t priority[] = {1, 0, 2, -1, 3, 9};

	check_waiting(CREEL_QUEUE_FIFO, fifo);
	check_waiting(CREEL_QUEUE_LIFO, lifo);
	check_waiting(CREEL_QUEUE_PRIORITY, priority);
}
END_TEST

CREEL_SUITE("creel.async.queue_order", equal_priorities_in_the_order_of_putting,
	a_priority_of_zero_is_no_priority, many_priorities, who_waits_for_room_is_let_in_by_turn)
