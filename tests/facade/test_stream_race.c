/* SPDX-License-Identifier: MIT */
/* test_stream_race.c: streams with several consumers, which are cancelled and destroyed at any moment. */
#include "facade/streams.h"
#include "support/scale.h"
#include "support/suite.h"

#include <pthread.h>

static atomic_int inputs_dropped, results_dropped, called;

static void
drop_input(void *arg)
{
	(void)arg;
	atomic_fetch_add(&inputs_dropped, 1);
}

static void
drop_result(void *value)
{
	(void)value;
	atomic_fetch_add(&results_dropped, 1);
}

/* Some await, some fail. */
static void *
vary(void *arg)
{
	const intptr_t i = (intptr_t)arg;

	atomic_fetch_add(&called, 1);
	if (i % 3 == 0)
		creel_sleep(0);
	return i % 7 == 6 ? creel_fail(7, "some fail") : arg;
}

/* Takes until there is nothing more, and counts. */
typedef struct consumer {
	creel_stream *stream;
	creel_duration timeout;
	int values, failures, times_out;
	creel_status end;
} consumer;

static void *
consume(void *arg)
{
	consumer *c = arg;
	creel_stream_item item;

	for (;;) {
		c->end = creel_stream_next(c->stream, c->timeout, &item);
		if (c->end == CREEL_OK)
			c->values++;
		else if (c->end == CREEL_EFAILED)
			c->failures++;
		else if (c->end == CREEL_ETIMEDOUT)
			c->times_out++;
		else
			return NULL;
	}
}

enum { THREADS = 2, TASKS = 2, CONSUMERS = THREADS + TASKS };

/* Two threads and two tasks consume; after so many items, cancel. */
static void
consume_all(creel_pool *pool, uint32_t flags, uint64_t cancel_after, int n)
{
	numbers source = {.end = n};
	creel_stream_options options = stream_options(5, flags | CREEL_STREAM_GO_ON);
	consumer consumers[CONSUMERS];
	pthread_t threads[THREADS];
	creel_future *tasks[TASKS];
	creel_stream *stream;
	creel_stream_count count;
	int values = 0, failures = 0;

	atomic_store(&inputs_dropped, 0);
	atomic_store(&results_dropped, 0);
	atomic_store(&called, 0);
	options.input_drop = drop_input;
	options.result_drop = drop_result;
	stream = creel_stream_map(pool, next_number, &source, vary, &options);
	for (int i = 0; i < CONSUMERS; i++)
		consumers[i] =
			(consumer){.stream = stream, .timeout = i % 2 == 0 ? CREEL_FOREVER : 1000};
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, consume, &consumers[i]);
	for (int i = 0; i < TASKS; i++)
		tasks[i] = creel_submit(pool, consume, &consumers[THREADS + i]);
	while (counts_of(stream).handed_out < cancel_after)
		sched_yield();
	if (cancel_after < (uint64_t)n)
		creel_stream_cancel(stream);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < TASKS; i++)
		creel_take(tasks[i], NULL);
	count = counts_of(stream);
	creel_stream_destroy(stream);
	for (int i = 0; i < CONSUMERS; i++) {
		ck_assert((consumers[i].end == CREEL_EEMPTY && count.handed_out == (uint64_t)n) ||
			  (consumers[i].end == CREEL_ECANCELLED && cancel_after < (uint64_t)n));
		values += consumers[i].values;
		failures += consumers[i].failures;
	}
	ck_assert_int_eq(values + failures, (int)count.handed_out);
	/* Every input was called with, or dropped; every value consumed, or dropped. */
	ck_assert_int_eq(
		atomic_load(&called) + atomic_load(&inputs_dropped), atomic_load(&source.given));
	ck_assert_int_le(values + atomic_load(&results_dropped), atomic_load(&called));
	ck_assert_int_eq(atomic_load(&source.together), 0);
}

START_TEST(consumers)
{
	creel_pool *pool = pool_of(2);

	for (int i = 0; i < SCALE_TIMES(100); i++)
		consume_all(pool, i % 2 == 0 ? 0 : CREEL_STREAM_AS_COMPLETED, 200, 200);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(cancelled_at_any_moment)
{
	creel_pool *pool = pool_of(2);

	for (int i = 0; i < SCALE_TIMES(300); i++)
		consume_all(
			pool, i % 2 == 0 ? 0 : CREEL_STREAM_AS_COMPLETED, (uint64_t)i % 200, 200);
	creel_pool_destroy(pool);
}
END_TEST

/* Pipelines that are destroyed when some items have come out, and the pool with them. */
START_TEST(destroyed_at_any_moment)
{
	for (int i = 0; i < SCALE_TIMES(300); i++) {
		creel_pool *pool = pool_of(1 + (unsigned)i % 3);
		numbers source = {.end = ENDLESS};
		const creel_stream_options options = stream_options(3, 0);
		creel_stream *stream = map_numbers(pool, &source, same, 4, 0);

		stream = creel_stream_then(stream, NULL, same, &options);
		for (int j = 0; j < i % 50; j++)
			next_item(stream);
		creel_stream_destroy(stream);
		creel_pool_destroy(pool);
	}
}
END_TEST

typedef struct shutter {
	creel_pool *pool;
	atomic_int go;
} shutter;

static void *
shut_down(void *arg)
{
	shutter *s = arg;

	spin_until(&s->go, 1);
	creel_pool_shutdown(s->pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0);
	return NULL;
}

/* Another thread shuts the pool down meanwhile: hands that never come are noticed. */
START_TEST(shut_down_at_any_moment)
{
	for (int i = 0; i < SCALE_TIMES(300); i++) {
		creel_pool *pool = pool_of(2);
		shutter s = {.pool = pool};
		numbers source = {.end = ENDLESS};
		creel_stream *stream = map_numbers(pool, &source, vary, 3, CREEL_STREAM_GO_ON);
		consumer c = {.stream = stream, .timeout = CREEL_FOREVER};
		pthread_t other;

		pthread_create(&other, NULL, shut_down, &s);
		for (int j = 0; j < i % 50; j++) {
			creel_stream_item item;

			creel_stream_next(stream, CREEL_FOREVER, &item);
		}
		atomic_store(&s.go, 1);
		consume(&c);
		ck_assert_int_eq(c.end, CREEL_ECLOSED);
		pthread_join(other, NULL);
		creel_stream_destroy(stream);
		creel_pool_destroy(pool);
	}
}
END_TEST

CREEL_SUITE("creel.facade.stream_race", consumers, cancelled_at_any_moment, destroyed_at_any_moment,
	shut_down_at_any_moment)
