/* SPDX-License-Identifier: MIT */
/* test_completions_many.c: 100,000 items, added, completed and consumed by threads and tasks at
 * once. */
#include "async/consumer.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CONSUMERS = 5, CONSUMER_TASKS = 3, PRODUCERS = 4, PRODUCER_TASKS = 2 };

#define N ((size_t)SCALE_TIMES(100000))
#define SHARE (N / PRODUCERS)

static creel_completions *queue;
static creel_pool *pool;
static creel_future **promises;
static atomic_int *seen; /* how often each item was handed out, by its tag or index */

/* A consumer of all it can get. */
typedef struct eater {
	size_t eaten;
	size_t strange; /* items that are not what they should be */
	creel_status end;
	pthread_t thread;
	creel_future *task;
} eater;

static eater eaters[CONSUMERS];
static bool tagged;

static void *
eat(void *arg)
{
	eater *me = arg;
	creel_completion out;

	while ((me->end = creel_completions_next(queue, CREEL_FOREVER, &out)) == CREEL_OK) {
		size_t which = tagged ? (uintptr_t)out.tag : out.index;
		void *value = NULL;

		if (which >= N || creel_take(out.future, &value) != CREEL_OK ||
			(uintptr_t)value != which)
			me->strange++;
		else
			atomic_fetch_add(&seen[which], 1);
		me->eaten++;
	}
	return NULL;
}

static void
start(bool with_tags)
{
	tagged = with_tags;
	pool = pool_of(2);
	seen = calloc(N, sizeof *seen);
	promises = calloc(N, sizeof *promises);
	memset(eaters, 0, sizeof eaters);
}

static void
start_eaters(void)
{
	for (int i = 0; i < CONSUMERS; i++) {
		if (i < CONSUMER_TASKS)
			eaters[i].task = creel_submit(pool, eat, &eaters[i]);
		else
			pthread_create(&eaters[i].thread, NULL, eat, &eaters[i]);
	}
}

/* All have come to the end of the queue, and each item was eaten once. */
static void
end(void)
{
	size_t eaten = 0;

	for (int i = 0; i < CONSUMERS; i++) {
		if (i < CONSUMER_TASKS)
			ck_assert_int_eq(creel_take(eaters[i].task, NULL), CREEL_OK);
		else
			pthread_join(eaters[i].thread, NULL);
		ck_assert_int_eq(eaters[i].end, CREEL_EEMPTY);
		ck_assert_uint_eq(eaters[i].strange, 0);
		eaten += eaters[i].eaten;
	}
	ck_assert_uint_eq(eaten, SHARE * PRODUCERS);
	for (size_t i = 0; i < SHARE * PRODUCERS; i++)
		ck_assert_int_eq(atomic_load(&seen[i]), 1);
	ck_assert_uint_eq(creel_completions_pending(queue), 0);
	creel_completions_destroy(queue);
	creel_pool_destroy(pool);
	free(seen);
	free(promises);
}

/* Run a producer for each share: some as tasks, some as threads; until all have ended. */
static void
produce(void *(*producer)(void *))
{
	creel_future *tasks[PRODUCER_TASKS];
	pthread_t threads[PRODUCERS];

	for (uintptr_t i = 0; i < PRODUCERS; i++) {
		if (i < PRODUCER_TASKS)
			tasks[i] = creel_submit(pool, producer, (void *)i);
		else
			pthread_create(&threads[i], NULL, producer, (void *)i);
	}
	for (int i = 0; i < PRODUCERS; i++) {
		if (i < PRODUCER_TASKS)
			creel_take(tasks[i], NULL);
		else
			pthread_join(threads[i], NULL);
	}
}

static void *
complete_share(void *arg)
{
	const size_t first = (uintptr_t)arg * SHARE;

	for (size_t i = first; i < first + SHARE; i++) {
		creel_future_set_result(promises[i], (void *)i);
		creel_future_unref(promises[i]);
	}
	return NULL;
}

/* 1.7 "several consumers": each item goes to exactly one of them */
START_TEST(batch_with_several_consumers)
{
	start(false);
	promises_make(promises, SHARE * PRODUCERS);
	queue = creel_as_completed(promises, SHARE * PRODUCERS);
	start_eaters();
	produce(complete_share);
	end();
}
END_TEST

static void *
pass(void *arg)
{
	return arg;
}

/* A share of promises, which are completed a little after they are added, or before; and tasks. */
static void *
add_share(void *arg)
{
	const size_t first = (uintptr_t)arg * SHARE;
	creel_future *last = NULL;

	for (size_t i = first; i < first + SHARE; i++) {
		void *value = (void *)i;
		creel_future *f;

		if (i % 16 == 0) {
			f = creel_submit(pool, pass, value);
		} else {
			f = creel_future_create();
			if (i % 3 == 0)
				creel_future_set_result(f, value);
		}
		creel_completions_add(queue, f, value);
		if (last != NULL)
			creel_future_set_result(last, (void *)(i - 1));
		creel_future_unref(last);
		last = f;
	}
	creel_future_set_result(last, (void *)(first + SHARE - 1));
	creel_future_unref(last);
	return NULL;
}

/* 1.7 "add futures while iterating": from several threads and tasks, while others consume */
START_TEST(adds_from_everywhere)
{
	start(true);
	queue = creel_completions_create();
	start_eaters();
	produce(add_share);
	creel_completions_close(queue);
	end();
}
END_TEST

/* What arrives while all consumers are busy is kept; consumers that poll get it too. */
static void *
eat_by_polling(void *arg)
{
	eater *me = arg;
	creel_completion out;

	while (me->end != CREEL_EEMPTY) {
		me->end = creel_completions_next(queue, 0, &out);
		if (me->end == CREEL_OK) {
			atomic_fetch_add(&seen[(uintptr_t)out.tag], 1);
			creel_future_unref(out.future);
			me->eaten++;
		} else if (creel_sleep(0) != CREEL_OK) {
			me->strange++;
		}
	}
	return NULL;
}

START_TEST(pollers_and_waiters)
{
	start(true);
	queue = creel_completions_create();
	for (int i = 0; i < CONSUMERS; i++) {
		if (i < CONSUMER_TASKS)
			eaters[i].task =
				creel_submit(pool, i == 0 ? eat : eat_by_polling, &eaters[i]);
		else
			pthread_create(&eaters[i].thread, NULL,
				i == CONSUMER_TASKS ? eat : eat_by_polling, &eaters[i]);
	}
	produce(add_share);
	creel_completions_close(queue);
	end();
}
END_TEST

CREEL_SUITE("creel.async.completions_many", batch_with_several_consumers, adds_from_everywhere,
	pollers_and_waiters)
