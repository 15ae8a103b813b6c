/* SPDX-License-Identifier: MIT */
/* test_completions_race.c: two or three threads and one queue, 100,000 times. */
#include "async/consumer.h"
#include "fiber/watched.h"
#include "future/race.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <stdlib.h>

#define RACES (on_valgrind() ? (size_t)2000 : (size_t)SCALE_TIMES(100000))

/* One race: a queue, two futures, and what the contenders got. */
typedef struct item {
	creel_completions *queue;
	creel_future *f[2];
	creel_status status[3];
	creel_completion got[3];
	creel_future *task;
	consumer waiting;
} item;

static item *items;

/* n items, each with a queue over `watched` of its two promises; closed or not. */
static void
make_items(size_t n, size_t watched, bool closed)
{
	items = calloc(n, sizeof *items);
	for (size_t i = 0; i < n; i++) {
		promises_make(items[i].f, 2);
		items[i].queue = creel_completions_create();
		for (size_t j = 0; j < watched; j++)
			creel_completions_add(items[i].queue, items[i].f[j], &items[i]);
		if (closed)
			creel_completions_close(items[i].queue);
	}
}

static void
free_items(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		creel_completions_destroy(items[i].queue);
		creel_futures_unref(items[i].f, 2);
	}
	free(items);
}

static void
next_of(item *it, int who, creel_duration timeout)
{
	it->status[who] = creel_completions_next(it->queue, timeout, &it->got[who]);
	if (it->status[who] == CREEL_OK)
		creel_future_unref(it->got[who].future);
}

static void
end_queue(item *it)
{
	creel_completions_destroy(it->queue);
	it->queue = NULL;
}

static void
complete_or_add_and_destroy(void *arg, int who)
{
	item *it = arg;

	if (who == 1) {
		creel_future_set_result(it->f[0], NULL);
	} else {
		it->status[0] = creel_completions_add(it->queue, it->f[0], it);
		end_queue(it);
	}
}

/* 3.16 "6. wait-set add vs completion vs destroy": whichever comes first, the future gets its
 * end */
START_TEST(add_and_destroy_against_completion)
{
	make_items(RACES, 0, false);
	race(2, complete_or_add_and_destroy, items, sizeof *items, RACES);
	for (size_t i = 0; i < RACES; i++) {
		ck_assert_int_eq(items[i].status[0], CREEL_OK);
		ck_assert_int_eq(creel_future_status(items[i].f[0]), CREEL_OK);
	}
	free_items(RACES);
}
END_TEST

static void
complete_or_destroy(void *arg, int who)
{
	item *it = arg;

	if (who == 0)
		end_queue(it);
	else
		creel_future_set_result(it->f[who - 1], NULL);
}

/* 3.16 "6. wait-set add vs completion vs destroy": destroy waits for those who have begun to
 * tell it */
START_TEST(destroy_against_two_completers)
{
	make_items(RACES, 2, false);
	race(3, complete_or_destroy, items, sizeof *items, RACES);
	for (size_t i = 0; i < RACES; i++) {
		ck_assert_int_eq(creel_future_status(items[i].f[0]), CREEL_OK);
		ck_assert_int_eq(creel_future_status(items[i].f[1]), CREEL_OK);
	}
	free_items(RACES);
}
END_TEST

static void
add_or_complete(void *arg, int who)
{
	item *it = arg;

	if (who < 2)
		it->status[who] = creel_completions_add(it->queue, it->f[0], &it->got[who]);
	else
		creel_future_set_result(it->f[0], NULL);
}

/* 3.16 "6. wait-set add vs completion vs destroy": it comes out once for each add, done before
 * or after */
START_TEST(two_adds_against_completion)
{
	make_items(RACES, 0, false);
	race(3, add_or_complete, items, sizeof *items, RACES);
	for (size_t i = 0; i < RACES; i++) {
		creel_completion out[2];

		ck_assert_int_eq(items[i].status[0], CREEL_OK);
		ck_assert_int_eq(items[i].status[1], CREEL_OK);
		for (size_t j = 0; j < 2; j++) {
			ck_assert_int_eq(
				creel_completions_next(items[i].queue, 0, &out[j]), CREEL_OK);
			creel_future_unref(out[j].future);
		}
		ck_assert_uint_eq(out[0].index + out[1].index, 1);
		ck_assert_ptr_ne(out[0].tag, out[1].tag);
		ck_assert_uint_eq(creel_completions_pending(items[i].queue), 0);
	}
	free_items(RACES);
}
END_TEST

static void
wait_or_close(void *arg, int who)
{
	item *it = arg;

	if (who < 2)
		next_of(it, who, CREEL_FOREVER);
	else
		creel_completions_close(it->queue);
}

START_TEST(close_against_consumers)
{
	make_items(RACES / 5, 0, false);
	race(3, wait_or_close, items, sizeof *items, RACES / 5);
	for (size_t i = 0; i < RACES / 5; i++) {
		ck_assert_int_eq(items[i].status[0], CREEL_EEMPTY);
		ck_assert_int_eq(items[i].status[1], CREEL_EEMPTY);
	}
	free_items(RACES / 5);
}
END_TEST

static void
wait_or_complete(void *arg, int who)
{
	item *it = arg;

	if (who < 2)
		next_of(it, who, CREEL_FOREVER);
	else
		creel_future_set_result(it->f[0], NULL);
}

/* Of two consumers of the only item one gets it, and the other the end. */
START_TEST(one_item_for_two_consumers)
{
	make_items(RACES / 5, 1, true);
	race(3, wait_or_complete, items, sizeof *items, RACES / 5);
	for (size_t i = 0; i < RACES / 5; i++) {
		const creel_status *s = items[i].status;

		ck_assert((s[0] == CREEL_OK && s[1] == CREEL_EEMPTY) ||
			  (s[0] == CREEL_EEMPTY && s[1] == CREEL_OK));
	}
	free_items(RACES / 5);
}
END_TEST

static void
time_out_or_complete(void *arg, int who)
{
	item *it = arg;

	if (who == 0)
		next_of(it, who, CREEL_MICROSECONDS(1 + (uintptr_t)it / sizeof *it % 60));
	else
		creel_future_set_result(it->f[0], NULL);
}

/* 1.7 "after timeout, completions": an item that comes when the time is up is still there */
START_TEST(timeout_against_completion)
{
	const size_t n = RACES / 5;

	make_items(n, 1, true);
	race(2, time_out_or_complete, items, sizeof *items, n);
	for (size_t i = 0; i < n; i++) {
		bool in_time = items[i].status[0] == CREEL_OK;

		if (!in_time)
			ck_assert_int_eq(items[i].status[0], CREEL_ETIMEDOUT);
		ck_assert_uint_eq(creel_completions_pending(items[i].queue), !in_time);
		ck_assert_uint_eq(next_index(items[i].queue), in_time ? SIZE_MAX : 0);
	}
	free_items(n);
}
END_TEST

enum { AT_ONCE = 100 };

static void *
pass(void *arg)
{
	return arg;
}

/* In batches: a task waits at each of AT_ONCE queues; then the race; then what the tasks got. */
static void
race_with_tasks(race_fn *fn, size_t batches, void (*check)(item *))
{
	creel_pool *pool = pool_of(1);

	for (size_t b = 0; b < batches; b++) {
		make_items(AT_ONCE, 1, false);
		for (size_t i = 0; i < AT_ONCE; i++) {
			items[i].waiting = (consumer)CONSUMER(items[i].queue, CREEL_FOREVER);
			items[i].task = creel_submit(pool, consume, &items[i].waiting);
		}
		creel_pool_run(pool, pass, NULL, NULL); /* now they wait */
		race(2, fn, items, sizeof *items, AT_ONCE);
		for (size_t i = 0; i < AT_ONCE; i++) {
			ck_assert_int_eq(creel_take(items[i].task, NULL), CREEL_OK);
			check(&items[i]);
		}
		free_items(AT_ONCE);
	}
	creel_pool_destroy(pool);
}

static void
cancel_or_complete(void *arg, int who)
{
	item *it = arg;

	if (who == 0)
		creel_future_cancel(it->task);
	else
		creel_future_set_result(it->f[0], NULL);
}

static void
check_nothing_lost(item *it)
{
	bool got = it->waiting.status == CREEL_OK;

	if (!got)
		ck_assert_int_eq(it->waiting.status, CREEL_ECANCELLED);
	ck_assert_uint_eq(next_index(it->queue), got ? SIZE_MAX : 0);
	if (got)
		creel_future_unref(it->waiting.got.future);
}

/* 1.7 "consumer cancelled in next": the item is handed out, or is still there */
START_TEST(cancel_against_completion)
{
	race_with_tasks(cancel_or_complete, RACES / 20 / AT_ONCE, check_nothing_lost);
}
END_TEST

static void
check_told(item *it)
{
	ck_assert_int_eq(creel_future_status(it->f[0]), CREEL_OK);
	if (it->waiting.status == CREEL_OK)
		creel_future_unref(it->waiting.got.future);
	else
		ck_assert_int_eq(it->waiting.status, CREEL_ECLOSED);
}

/* 3.16 "6. wait-set add vs completion vs destroy": who waits gets the item, or is told of the
 * end */
START_TEST(destroy_against_completion_for_a_consumer)
{
	race_with_tasks(complete_or_destroy, RACES / 20 / AT_ONCE, check_told);
}
END_TEST

CREEL_SUITE("creel.async.completions_race", add_and_destroy_against_completion,
	destroy_against_two_completers, two_adds_against_completion, close_against_consumers,
	one_item_for_two_consumers, timeout_against_completion, cancel_against_completion,
	destroy_against_completion_for_a_consumer)
