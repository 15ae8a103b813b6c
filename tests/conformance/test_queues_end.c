/* SPDX-License-Identifier: MIT */
/* test_queues_end.c: CPython's cases of joining and shutting down queues, for each order. */
#include "conformance/queues.h"
#include "support/suite.h"

#define EACH_ORDER(order) \
	for (creel_queue_order order = CREEL_QUEUE_FIFO; order <= CREEL_QUEUE_PRIORITY; \
		order = (creel_queue_order)(order + 1))

/* 3.13 "task_done_underflow": CREEL_ESTATE */
START_TEST(task_done_underflow)
{
	EACH_ORDER(order)
	{
		creel_queue *queue = queue_of(0, order);

		ck_assert_int_eq(creel_queue_task_done(queue), CREEL_ESTATE);
		ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
		creel_queue_destroy(queue);
	}
}
END_TEST

/* Adds what it gets to its index, until the queue ends. */
static void *
work(void *arg)
{
	caller *c = arg;

	for (;;) {
		c->status = creel_queue_get(c->object, CREEL_FOREVER, &c->item);
		if (c->status != CREEL_OK)
			return c;
		c->index += (size_t)(intptr_t)c->item;
		creel_sleep(0);
		creel_queue_task_done(c->object);
	}
}

/* 3.13 "task_done": join returns when it has been called for every item */
START_TEST(task_done)
{
	EACH_ORDER(order)
	{
		creel_queue *queue = queue_of(0, order);
		caller c[2];

		for (int i = 0; i < 100; i++)
			put_now(queue, i);
		callers_begin();
		callers_start(c, 2, work, queue);
		ck_ok(creel_queue_join(queue, CREEL_FOREVER));
		ck_ok(creel_queue_shutdown(queue, CREEL_QUEUE_GRACEFUL));
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(caller_end(&c[i]), CREEL_ECLOSED);
		ck_assert_uint_eq(c[0].index + c[1].index, 99 * 100 / 2);
		callers_end();
		creel_queue_destroy(queue);
	}
}
END_TEST

/* 3.13 "join_empty_queue": at once, and again */
START_TEST(join_empty_queue)
{
	EACH_ORDER(order)
	{
		creel_queue *queue = queue_of(0, order);

		ck_ok(creel_queue_join(queue, CREEL_FOREVER));
		ck_ok(creel_queue_join(queue, 0));
		creel_queue_destroy(queue);
	}
}
END_TEST

/* Nothing can be put in or got out any more. */
static void
check_shut_down(creel_queue *queue)
{
	void *item = queue;

	ck_assert_int_eq(creel_queue_put(queue, NULL, CREEL_FOREVER), CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_int_eq(creel_queue_try_put(queue, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(creel_queue_get(queue, CREEL_FOREVER, &item), CREEL_ECLOSED);
	ck_assert_int_eq(creel_queue_try_get(queue, &item), CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_ptr_eq(item, queue);
}

/* 3.13 "shutdown_empty": who waits to get, and who comes, gets CREEL_ECLOSED; join returns */
START_TEST(shutdown_empty)
{
	EACH_ORDER(order)
	{
		creel_queue *queue = queue_of(0, order);
		caller getter;

		callers_begin();
		callers_start(&getter, 1, get_item, queue);
		callers_settle();
		ck_ok(creel_queue_shutdown(queue, CREEL_QUEUE_GRACEFUL));
		ck_assert_uint_eq(creel_queue_size(queue), 0);
		ck_ok(creel_queue_join(queue, CREEL_FOREVER));
		ck_assert_int_eq(caller_end(&getter), CREEL_ECLOSED);
		check_shut_down(queue);
		callers_end();
		creel_queue_destroy(queue);
	}
}
END_TEST

/* 3.13 "shutdown_nonempty": who waits to put gets CREEL_ECLOSED; what is in can be got, and then is unfinished
 * until it is done */
START_TEST(shutdown_nonempty)
{
	EACH_ORDER(order)
	{
		creel_queue *queue = queue_of(1, order);
		caller joiner, putter;

		put_now(queue, 1);
		callers_begin();
		callers_start(&joiner, 1, join_queue, queue);
		putter_start(&putter, queue, 2);
		callers_settle();
		ck_assert(caller_waits(&putter));
		ck_ok(creel_queue_shutdown(queue, CREEL_QUEUE_GRACEFUL));
		ck_assert_uint_eq(creel_queue_size(queue), 1);
		ck_assert_int_eq(caller_end(&putter), CREEL_ECLOSED);
		ck_assert_int_eq(get_now(queue), 1);
		callers_settle();
		ck_assert(caller_waits(&joiner));
		check_shut_down(queue);
		ck_ok(creel_queue_task_done(queue));
		ck_ok(caller_end(&joiner));
		ck_assert_int_eq(creel_queue_task_done(queue), CREEL_ESTATE);
		callers_end();
		creel_queue_destroy(queue);
	}
}
END_TEST

/* 3.13 "shutdown_immediate": what is in it is gone, and nothing is unfinished */
START_TEST(shutdown_immediate)
{
	EACH_ORDER(order)
	{
		creel_queue *queue = queue_of(0, order);
		caller joiner;

		put_now(queue, 1);
		callers_begin();
		callers_start(&joiner, 1, join_queue, queue);
		callers_settle();
		ck_ok(creel_queue_shutdown(queue, CREEL_QUEUE_IMMEDIATE));
		ck_assert_uint_eq(creel_queue_size(queue), 0);
		ck_ok(caller_end(&joiner));
		check_shut_down(queue);
		ck_assert_int_eq(creel_queue_task_done(queue), CREEL_ESTATE);
		callers_end();
		creel_queue_destroy(queue);
	}
}
END_TEST

/* 3.13 "shutdown_immediate_with_unfinished": what was got before is unfinished until it is done */
START_TEST(shutdown_immediate_with_unfinished)
{
	EACH_ORDER(order)
	{
		creel_queue *queue = queue_of(0, order);
		caller joiner;

		put_now(queue, 1);
		put_now(queue, 1);
		callers_begin();
		callers_start(&joiner, 1, join_queue, queue);
		callers_settle();
		ck_assert_int_eq(get_now(queue), 1);
		ck_ok(creel_queue_shutdown(queue, CREEL_QUEUE_IMMEDIATE));
		ck_assert_uint_eq(creel_queue_size(queue), 0);
		callers_settle();
		ck_assert(caller_waits(&joiner));
		check_shut_down(queue);
		ck_ok(creel_queue_task_done(queue));
		ck_assert_int_eq(creel_queue_task_done(queue), CREEL_ESTATE);
		ck_ok(caller_end(&joiner));
		callers_end();
		creel_queue_destroy(queue);
	}
}
END_TEST

CREEL_SUITE("creel.conformance.queues_end", task_done_underflow, task_done, join_empty_queue,
	shutdown_empty, shutdown_nonempty, shutdown_immediate, shutdown_immediate_with_unfinished)
