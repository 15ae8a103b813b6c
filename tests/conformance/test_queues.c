/* SPDX-License-Identifier: MIT */
/* test_queues.c: CPython's cases of putting into queues and getting out of them. */
#include "conformance/queues.h"
#include "support/fake_clock.h"
#include "support/suite.h"

/* 3.13 "empty": a queue is, until something is put in and when it is out again */
START_TEST(empty)
{
	creel_queue *queue = creel_queue_create(NULL);

	ck_assert_uint_eq(creel_queue_size(queue), 0);
	put_now(queue, 1);
	ck_assert_uint_eq(creel_queue_size(queue), 1);
	ck_assert_int_eq(get_now(queue), 1);
	ck_assert_uint_eq(creel_queue_size(queue), 0);
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "full": one without a limit never is, one of 1 is with one item */
START_TEST(full)
{
	creel_queue *queue = creel_queue_create(NULL);

	ck_assert_uint_eq(creel_queue_maxsize(queue), 0);
	for (int i = 0; i < 100; i++)
		put_now(queue, i);
	creel_queue_destroy(queue);
	queue = queue_of(1, CREEL_QUEUE_FIFO);
	put_now(queue, 1);
	ck_assert_uint_eq(creel_queue_size(queue), creel_queue_maxsize(queue));
	ck_assert_int_eq(creel_queue_put(queue, NULL, 0), CREEL_ETIMEDOUT);
	creel_queue_destroy(queue);
}
END_TEST

/* Put 1, 3 and 2 in, by their order or by their numbers, and get all out. */
static void
check_order(creel_queue_order order, int first, int second, int third)
{
	creel_queue *queue = queue_of(0, order);

	for (int i = 0; i < 3; i++) {
		static const int numbers[] = {1, 3, 2};

		ck_ok(creel_queue_put_priority(queue, pointer_of(numbers[i]),
			order == CREEL_QUEUE_PRIORITY ? numbers[i] : 0, CREEL_FOREVER));
	}
	ck_assert_int_eq(get_now(queue), first);
	ck_assert_int_eq(get_now(queue), second);
	ck_assert_int_eq(get_now(queue), third);
	creel_queue_destroy(queue);
}

/* 3.13 "order": first in, first out */
START_TEST(order)
{
	check_order(CREEL_QUEUE_FIFO, 1, 3, 2);
}
END_TEST

/* 3.13 "Lifo order": last in, first out */
START_TEST(lifo_order)
{
	check_order(CREEL_QUEUE_LIFO, 2, 3, 1);
}
END_TEST

/* 3.13 "Priority order": the smallest number first */
START_TEST(priority_order)
{
	check_order(CREEL_QUEUE_PRIORITY, 1, 2, 3);
}
END_TEST

static void *
put_three(void *arg)
{
	caller *c = arg;

	for (c->index = 0; c->index < 3; c->index++)
		caller_got(c,
			creel_queue_put(c->object, pointer_of((intptr_t)c->index), CREEL_FOREVER));
	return c;
}

/* 3.13 "maxsize": who puts more waits, and goes on when there is room */
START_TEST(maxsize)
{
	creel_queue *queue = queue_of(2, CREEL_QUEUE_FIFO);
	caller c;

	ck_assert_uint_eq(creel_queue_maxsize(queue), 2);
	callers_begin();
	callers_start(&c, 1, put_three, queue);
	callers_settle();
	ck_assert_str_eq(said, "aa");
	ck_assert_int_eq(get_now(queue), 0);
	callers_settle();
	ck_assert_str_eq(said, "aaa");
	ck_assert_int_eq(get_now(queue), 1);
	ck_assert_int_eq(get_now(queue), 2);
	ck_ok(caller_end(&c));
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "blocking_get": what is there is got without waiting */
START_TEST(blocking_get)
{
	creel_queue *queue = creel_queue_create(NULL);
	void *item = NULL;

	put_now(queue, 1);
	ck_ok(creel_queue_get(queue, CREEL_FOREVER, &item));
	ck_assert_ptr_eq(item, pointer_of(1));
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "get_with_putters": a get lets who waits for room go on, and its item is in */
START_TEST(get_with_putters)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	caller putter;

	put_now(queue, 1);
	callers_begin();
	putter_start(&putter, queue, 2);
	callers_settle();
	ck_assert_int_eq(get_now(queue), 1);
	ck_assert_uint_eq(creel_queue_size(queue), 1);
	ck_ok(caller_end(&putter));
	ck_assert_int_eq(get_now(queue), 2);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "blocking_get_wait": a get waits until something is put */
START_TEST(blocking_get_wait)
{
	creel_queue *queue = creel_queue_create(NULL);
	caller getter;

	callers_begin();
	callers_start(&getter, 1, get_item, queue);
	callers_settle();
	ck_assert(caller_waits(&getter));
	put_now(queue, 1);
	ck_assert_int_eq(getter_end(&getter), 1);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "nonblocking_get": what is there */
/* 3.13 "nonblocking_put": what there is room for */
START_TEST(nonblocking)
{
	creel_queue *queue = creel_queue_create(NULL);
	void *item = NULL;

	ck_ok(creel_queue_try_put(queue, &item));
	ck_ok(creel_queue_try_get(queue, &item));
	ck_assert_ptr_eq(item, &item);
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "nonblocking_get_exception": CREEL_EEMPTY, and nothing is written */
/* 3.13 "nonblocking_put_exception": CREEL_EFULL */
START_TEST(nonblocking_exception)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	void *item = queue;

	ck_assert_int_eq(creel_queue_try_get(queue, &item), CREEL_EEMPTY);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EEMPTY);
	ck_assert_ptr_eq(item, queue);
	put_now(queue, 1);
	ck_assert_int_eq(creel_queue_try_put(queue, NULL), CREEL_EFULL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EFULL);
	ck_assert_uint_eq(creel_queue_size(queue), 1);
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "get_cancelled_race": the item goes to who was not cancelled */
START_TEST(get_cancelled_race)
{
	creel_queue *queue = creel_queue_create(NULL);
	caller c[2];

	callers_begin();
	callers_start(c, 2, get_item, queue);
	callers_settle();
	caller_cancel(&c[0]);
	callers_settle();
	ck_assert_int_eq(caller_end(&c[0]), CREEL_ECANCELLED);
	put_now(queue, 1);
	ck_assert_int_eq(getter_end(&c[1]), 1);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "get_with_waiting_putters": items come in the order of those who put them */
START_TEST(get_with_waiting_putters)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	caller c[2];

	callers_begin();
	putter_start(&c[0], queue, 1);
	putter_start(&c[1], queue, 2);
	callers_settle();
	ck_assert_int_eq(get_now(queue), 1);
	ck_assert_int_eq(get_now(queue), 2);
	for (int i = 0; i < 2; i++)
		ck_ok(caller_end(&c[i]));
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

enum { ITEMS = 5 };

static void *
put_all(void *arg)
{
	caller *c = arg;

	for (int i = 0; i < ITEMS; i++)
		caller_got(c, creel_queue_put(c->object, pointer_of(i), CREEL_FOREVER));
	return c;
}

static void *
get_all(void *arg)
{
	caller *c = arg;

	for (int i = 0; i < ITEMS; i++) {
		get_item(c);
		if (c->status != CREEL_OK || c->item != pointer_of(i))
			c->status = CREEL_ESTATE;
	}
	return c;
}

/* 3.13 "why_are_getters_waiting": a producer and a consumer with room for one item both come to their end */
START_TEST(why_are_getters_waiting)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	caller producer, consumer;

	callers_begin();
	caller_start_named(&producer, 'p', put_all, queue);
	caller_start_named(&consumer, 'g', get_all, queue);
	ck_ok(caller_end(&producer));
	ck_ok(caller_end(&consumer));
	ck_assert_uint_eq(creel_queue_size(queue), 0);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "cancelled_getters_not_being_held_in_self_getters": who has given up waits no more: an item stays */
START_TEST(cancelled_getters_not_being_held_in_self_getters)
{
	creel_queue *queue = queue_of(5, CREEL_QUEUE_FIFO);
	caller getter = {.object = queue, .limit = CREEL_SECONDS(1)};

	fake_clock_start();
	callers_begin();
	caller_start(&getter, get_item);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(caller_end(&getter), CREEL_ETIMEDOUT);
	put_now(queue, 1);
	ck_assert_uint_eq(creel_queue_size(queue), 1);
	ck_assert_int_eq(get_now(queue), 1);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "blocking_put": without a limit it does not wait */
/* 3.13 "put_cancelled": nor does a task, which is not suspended by it */
START_TEST(blocking_put)
{
	creel_queue *queue = creel_queue_create(NULL);
	caller putter;

	ck_ok(creel_queue_put(queue, pointer_of(1), CREEL_FOREVER));
	ck_assert_int_eq(get_now(queue), 1);
	callers_begin();
	putter_start(&putter, queue, 2);
	ck_ok(caller_end(&putter));
	ck_assert_int_eq(get_now(queue), 2);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "blocking_put_wait": a put waits until there is room */
START_TEST(blocking_put_wait)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	caller c[2];

	callers_begin();
	putter_start(&c[0], queue, 1);
	putter_start(&c[1], queue, 2);
	callers_settle();
	ck_assert(!caller_waits(&c[0]) && caller_waits(&c[1]));
	ck_assert_int_eq(get_now(queue), 1);
	for (int i = 0; i < 2; i++)
		ck_ok(caller_end(&c[i]));
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "get_cancel_drop_one_pending_reader": it was given the first item when it is cancelled: it has it */
START_TEST(get_cancel_drop_one_pending_reader)
{
	creel_queue *queue = creel_queue_create(NULL);
	caller getter;

	callers_begin();
	callers_start(&getter, 1, get_item, queue);
	callers_settle();
	callers_hold();
	put_now(queue, 1);
	put_now(queue, 2);
	caller_cancel(&getter);
	callers_let_go();
	ck_assert_int_eq(getter_end(&getter), 1);
	ck_assert(getter.requested);
	ck_assert_int_eq(get_now(queue), 2);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "get_cancel_drop_many_pending_readers": each of two items reaches one of those who are left */
START_TEST(get_cancel_drop_many_pending_readers)
{
	for (int at_once = 0; at_once < 2; at_once++) {
		creel_queue *queue = creel_queue_create(NULL);
		int sum = 0, got = 0;
		caller c[3];

		callers_begin();
		callers_start(c, 3, get_item, queue);
		callers_settle();
		if (at_once)
			callers_hold();
		caller_cancel(&c[0]);
		if (!at_once)
			callers_settle();
		put_now(queue, 1);
		put_now(queue, 2);
		if (at_once) /* the first has the first, and the last waits */
			callers_let_go();
		for (int i = 0; i < 2 + !at_once; i++)
			if (caller_end(&c[i]) == CREEL_OK) {
				sum += (int)(intptr_t)c[i].item;
				got++;
			}
		ck_assert_int_eq(c[0].status, at_once ? CREEL_OK : CREEL_ECANCELLED);
		ck_assert_int_eq(sum, 3);
		ck_assert_int_eq(got, 2);
		if (at_once) {
			ck_assert(caller_waits(&c[2]));
			put_now(queue, 3);
			ck_assert_int_eq(getter_end(&c[2]), 3);
		}
		callers_end();
		creel_queue_destroy(queue);
	}
}
END_TEST

/* 3.13 "put_cancel_drop": it was given room when it is cancelled: its item is in, once */
/* 3.13 "cancelled_put_silence_value_error_exception": CREEL_OK, with the request pending */
START_TEST(put_cancel_drop)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	caller putter;

	put_now(queue, 1);
	callers_begin();
	putter_start(&putter, queue, 2);
	callers_settle();
	callers_hold();
	ck_assert_int_eq(get_now(queue), 1);
	caller_cancel(&putter);
	callers_let_go();
	ck_ok(caller_end(&putter));
	ck_assert(putter.requested);
	ck_assert_int_eq(get_now(queue), 2);
	ck_assert_uint_eq(creel_queue_size(queue), 0);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "put_cancelled_race": the item of who was cancelled is not put, those of the others are */
START_TEST(put_cancelled_race)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	caller c[3];

	callers_begin();
	for (int i = 0; i < 3; i++)
		putter_start(&c[i], queue, i + 1);
	callers_settle();
	ck_assert(!caller_waits(&c[0]) && caller_waits(&c[1]));
	caller_cancel(&c[2]);
	callers_settle();
	ck_assert_int_eq(get_now(queue), 1);
	ck_assert_int_eq(get_now(queue), 2);
	ck_assert_int_eq(get_now(queue), -1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(caller_end(&c[i]), i == 2 ? CREEL_ECANCELLED : CREEL_OK);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "put_with_waiting_getters": the item goes to who waits */
START_TEST(put_with_waiting_getters)
{
	creel_queue *queue = creel_queue_create(NULL);
	caller getter;

	callers_begin();
	callers_start(&getter, 1, get_item, queue);
	callers_settle();
	ck_ok(creel_queue_put(queue, pointer_of(1), CREEL_FOREVER));
	ck_assert_uint_eq(creel_queue_size(queue), 0);
	ck_assert_int_eq(getter_end(&getter), 1);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "why_are_putters_waiting": all of four put, though only what was there is got */
START_TEST(why_are_putters_waiting)
{
	creel_queue *queue = queue_of(2, CREEL_QUEUE_FIFO);
	caller c[4];

	callers_begin();
	for (int i = 0; i < 4; i++)
		putter_start(&c[i], queue, i);
	callers_settle();
	for (size_t n = creel_queue_size(queue); n > 0; n--)
		get_now(queue);
	for (int i = 0; i < 4; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert_uint_eq(creel_queue_size(queue), 2);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

/* 3.13 "cancelled_puts_not_being_held_in_self_putters": who was cancelled waits no more: room stays free */
START_TEST(cancelled_puts_not_being_held_in_self_putters)
{
	creel_queue *queue = queue_of(1, CREEL_QUEUE_FIFO);
	caller putter;

	put_now(queue, 1);
	callers_begin();
	putter_start(&putter, queue, 2);
	callers_settle();
	caller_cancel(&putter);
	ck_assert_int_eq(caller_end(&putter), CREEL_ECANCELLED);
	ck_assert_int_eq(get_now(queue), 1);
	ck_assert_uint_eq(creel_queue_size(queue), 0);
	callers_end();
	creel_queue_destroy(queue);
}
END_TEST

CREEL_SUITE("creel.conformance.queues", empty, full, order, lifo_order, priority_order, maxsize,
	blocking_get, get_with_putters, blocking_get_wait, nonblocking, nonblocking_exception,
	get_cancelled_race, get_with_waiting_putters, why_are_getters_waiting,
	cancelled_getters_not_being_held_in_self_getters, blocking_put, blocking_put_wait,
	get_cancel_drop_one_pending_reader, get_cancel_drop_many_pending_readers, put_cancel_drop,
	put_cancelled_race, put_with_waiting_getters, why_are_putters_waiting,
	cancelled_puts_not_being_held_in_self_putters)
