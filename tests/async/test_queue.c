/* SPDX-License-Identifier: MIT */
/* test_queue.c: what a queue does beside handing items on: options, priorities, and the items that nobody got. */
#include "support/pools.h"
#include "support/suite.h"

#include <creel/creel.h>

#include <stdint.h>

static int numbers[10]; /* items are the addresses of these */
static int dropped[10], dropped_count;

static void
note_drop(void *item)
{
	dropped[dropped_count++] = (int)((int *)item - numbers);
}

static creel_queue *
queue_with(size_t maxsize, creel_queue_order order, creel_drop_fn *drop)
{
	creel_queue_options options = CREEL_QUEUE_OPTIONS_INIT;
	creel_queue *queue;

	options.maxsize = maxsize;
	options.order = order;
	options.item_drop = drop;
	queue = creel_queue_create(&options);
	ck_assert_ptr_nonnull(queue);
	return queue;
}

static void
put_numbers(creel_queue *queue, int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(creel_queue_try_put(queue, &numbers[i]), CREEL_OK);
}

static int
get_number(creel_queue *queue)
{
	void *item;

	ck_assert_int_eq(creel_queue_try_get(queue, &item), CREEL_OK);
	return (int)((int *)item - numbers);
}

/* Dropped were all from first to last, or the other way round. */
static void
ck_dropped(int first, int last)
{
	const int step = first <= last ? 1 : -1, n = (last - first) * step + 1;

	ck_assert_int_eq(dropped_count, n);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(dropped[i], first + i * step);
}

START_TEST(what_nobody_got_is_dropped_with_the_queue)
{
	creel_queue *queue = queue_with(0, CREEL_QUEUE_FIFO, note_drop);

	put_numbers(queue, 5);
	ck_assert_int_eq(get_number(queue), 0);
	creel_queue_destroy(queue);
	ck_dropped(1, 4);
}
END_TEST

START_TEST(an_immediate_shutdown_drops_at_once)
{
	creel_queue *queue = queue_with(0, CREEL_QUEUE_LIFO, note_drop);

	put_numbers(queue, 5);
	ck_assert_int_eq(creel_queue_shutdown(queue, CREEL_QUEUE_GRACEFUL), CREEL_OK);
	ck_assert_int_eq(dropped_count, 0);
	ck_assert_int_eq(get_number(queue), 4);
	ck_assert_int_eq(creel_queue_shutdown(queue, CREEL_QUEUE_IMMEDIATE), CREEL_OK);
	ck_dropped(3, 0);
	ck_assert_uint_eq(creel_queue_size(queue), 0);
	creel_queue_destroy(queue);
	ck_assert_int_eq(dropped_count, 4);
}
END_TEST

/* What could not be put is the caller's. */
START_TEST(what_was_refused_is_not_dropped)
{
	creel_queue *queue = queue_with(1, CREEL_QUEUE_FIFO, note_drop);

	put_numbers(queue, 1);
	ck_assert_int_eq(creel_queue_try_put(queue, &numbers[1]), CREEL_EFULL);
	ck_assert_int_eq(creel_queue_put(queue, &numbers[2], 1), CREEL_ETIMEDOUT);
	creel_queue_shutdown(queue, CREEL_QUEUE_GRACEFUL);
	ck_assert_int_eq(creel_queue_put(queue, &numbers[3], 1), CREEL_ECLOSED);
	creel_queue_destroy(queue);
	ck_dropped(0, 0);
}
END_TEST

static creel_queue *in_use;
static creel_status waited, put_again;

static void
use_the_queue(void *item)
{
	void *other;

	waited = creel_sleep(1);
	put_again = creel_queue_try_put(in_use, item);
	creel_queue_try_get(in_use, &other);
	note_drop(item);
}

/* 0.2 "Callbacks: locks": none is held while items are dropped: the queue can be used, but not waited at */
START_TEST(no_lock_is_held_while_items_are_dropped)
{
	in_use = queue_with(0, CREEL_QUEUE_FIFO, use_the_queue);
	put_numbers(in_use, 2);
	ck_assert_int_eq(creel_queue_shutdown(in_use, CREEL_QUEUE_IMMEDIATE), CREEL_OK);
	ck_dropped(0, 1);
	ck_assert_int_eq(waited, CREEL_EDEADLK);
	ck_assert_int_eq(put_again, CREEL_ECLOSED);
	creel_queue_destroy(in_use);
}
END_TEST

static void *
join(void *arg)
{
	return (void *)(uintptr_t)creel_queue_join(arg, CREEL_FOREVER);
}

/* More is said to be done than was got: an immediate shutdown does not count below nothing. */
START_TEST(done_before_it_was_got)
{
	creel_queue *queue = queue_with(0, CREEL_QUEUE_FIFO, note_drop);
	creel_pool *pool = pool_of(1);
	creel_future *joiner;
	void *status = pool;

	put_numbers(queue, 3);
	joiner = creel_submit(pool, join, queue);
	ck_assert_int_eq(creel_queue_task_done(queue), CREEL_OK);
	ck_assert_int_eq(creel_queue_task_done(queue), CREEL_OK);
	ck_assert_int_eq(creel_queue_shutdown(queue, CREEL_QUEUE_IMMEDIATE), CREEL_OK);
	ck_assert_int_eq(creel_take(joiner, &status), CREEL_OK);
	ck_assert_ptr_null(status);
	ck_assert_int_eq(creel_queue_task_done(queue), CREEL_ESTATE);
	creel_queue_destroy(queue);
	creel_pool_destroy(pool);
}
END_TEST

/* Each put is unfinished until it is done, got or not. */
START_TEST(join_waits_for_what_was_not_got_too)
{
	creel_queue *queue = queue_with(0, CREEL_QUEUE_FIFO, NULL);

	put_numbers(queue, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(creel_queue_join(queue, 0), CREEL_ETIMEDOUT);
		ck_assert_int_eq(get_number(queue), i);
		ck_assert_int_eq(creel_queue_join(queue, 0), CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_queue_task_done(queue), CREEL_OK);
	}
	ck_assert_int_eq(creel_queue_join(queue, 0), CREEL_OK);
	creel_queue_destroy(queue);
}
END_TEST

static int
reason(creel_queue_options options)
{
	creel_queue *queue = creel_queue_create(&options);

	if (queue == NULL)
		return creel_last_error()->code;
	creel_queue_destroy(queue);
	return 0;
}

START_TEST(queue_options)
{
	struct {
		creel_queue_options known;
		unsigned char more[16];
	} longer = {.known = {.size = sizeof longer}};
	const size_t all = sizeof(creel_queue_options);
	creel_queue *queue;

	ck_assert_int_eq(reason((creel_queue_options){.size = all, .maxsize = SIZE_MAX}), 0);
	ck_assert_int_eq(reason((creel_queue_options){.size = all, .order = (creel_queue_order)3}),
		CREEL_EINVAL);
	ck_assert_int_eq(reason((creel_queue_options){.size = all, .order = (creel_queue_order)-1}),
		CREEL_EINVAL);
	ck_assert_int_eq(reason((creel_queue_options){.size = 0}), CREEL_EINVAL);
	queue = creel_queue_create(&longer.known);
	ck_assert_ptr_nonnull(queue);
	creel_queue_destroy(queue);
	longer.more[15] = 1;
	ck_assert_ptr_null(creel_queue_create(&longer.known));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
}
END_TEST

CREEL_SUITE("creel.async.queue", what_nobody_got_is_dropped_with_the_queue,
	an_immediate_shutdown_drops_at_once, what_was_refused_is_not_dropped,
	no_lock_is_held_while_items_are_dropped, done_before_it_was_got,
	join_waits_for_what_was_not_got_too, queue_options)
