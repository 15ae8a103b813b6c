/* SPDX-License-Identifier: MIT */
/* test_stream_end.c: a stream is cancelled, destroyed, or its pool shut down; and who waits for it then. */
#include "facade/streams.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"

static atomic_int began, asked, at_work;

/* Lasts until it is asked to end, and then a while. */
static void *
last(void *arg)
{
	atomic_fetch_add(&at_work, 1);
	atomic_fetch_add(&began, 1);
	if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
		atomic_fetch_add(&asked, 1);
	creel_sleep(CREEL_MILLISECONDS(1));
	atomic_fetch_sub(&at_work, 1);
	return arg;
}

/* A consumer in a task, and what it got. */
typedef struct waiting {
	creel_stream *stream;
	creel_duration timeout;
	creel_status status;
	creel_stream_item item;
} waiting;

static void *
wait_for_next(void *arg)
{
	waiting *w = arg;

	w->status = creel_stream_next(w->stream, w->timeout, &w->item);
	return NULL;
}

/* It is over at once for the consumers, whoever waits; the tasks are waited for by destroy. */
START_TEST(cancel_wakes_consumers)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, last, 3, 0);
	waiting consumers[2];
	creel_future *tasks[2];

	spin_until(&began, 3);
	for (int i = 0; i < 2; i++) {
		consumers[i] = (waiting){.stream = stream, .timeout = CREEL_FOREVER};
		tasks[i] = creel_submit(pool, wait_for_next, &consumers[i]);
	}
	settle(pool);
	ck_assert_int_eq(creel_stream_cancel(stream), CREEL_OK);
	ck_assert_int_eq(creel_stream_cancel(stream), CREEL_OK); /* twice is fine */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(consumers[i].status, CREEL_ECANCELLED);
	}
	expect_no_item(stream, 0, CREEL_ECANCELLED);
	creel_stream_destroy(stream);
	ck_assert_int_eq(atomic_load(&asked), 3);
	ck_assert_int_eq(atomic_load(&at_work), 0);
	creel_pool_destroy(pool);
}
END_TEST

/* What has come to its end stays as it is. */
START_TEST(cancel_after_the_end)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 2};
	creel_stream *stream = map_numbers(pool, &source, twice, 0, 0);

	expect_doubles(stream, 0, 2);
	expect_end(stream);
	ck_assert_int_eq(creel_stream_cancel(stream), CREEL_OK);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* A consumer of another thread waits: it is told. */
START_TEST(destroy_wakes_consumers)
{
	creel_pool *pool = pool_of(1), *consumers = pool_of(1);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, last, 1, 0);
	waiting w = {.stream = stream, .timeout = CREEL_FOREVER};
	creel_future *task = creel_submit(consumers, wait_for_next, &w);

	settle(consumers);
	creel_stream_destroy(stream);
	ck_assert_int_eq(atomic_load(&at_work), 0);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_ECLOSED);
	creel_pool_destroy(consumers);
	creel_pool_destroy(pool);
}
END_TEST

static void *
destroy_it(void *arg)
{
	creel_stream_destroy(arg);
	return pointer_of(atomic_load(&at_work));
}

/* A task suspends until it is over: also on the only worker. */
START_TEST(destroy_in_a_task)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, last, 3, 0);
	void *left = pool;

	spin_until(&began, 3);
	ck_assert_int_eq(creel_pool_run(pool, destroy_it, stream, &left), CREEL_OK);
	ck_assert_ptr_null(left);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int dropped;

static void
count_drop(void *what)
{
	(void)what;
	atomic_fetch_add(&dropped, 1);
}

static void *
destroy_inhibited(void *arg)
{
	creel_no_suspend_enter();
	creel_stream_destroy(arg);
	creel_no_suspend_leave();
	return NULL;
}

/* Where it may not wait, the last task does the rest. */
START_TEST(destroy_where_it_may_not_wait)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = ENDLESS};
	creel_stream_options options = stream_options(3, 0);
	creel_stream *stream;

	options.result_drop = count_drop;
	stream = creel_stream_map(pool, next_number, &source, last, &options);
	spin_until(&began, 3);
	ck_assert_int_eq(creel_pool_run(pool, destroy_inhibited, stream, NULL), CREEL_OK);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&dropped), 3);
	creel_pool_destroy(pool);
}
END_TEST

/* A stream that one of its own functions uses. */
static creel_stream *own;
static gate known = GATE_INIT;
static creel_status own_next, own_poll;

static void *
use_own(void *arg)
{
	creel_stream_item item;

	gate_pass(&known);
	own_poll = creel_stream_next(own, 0, &item);
	own_next = creel_stream_next(own, CREEL_FOREVER, &item);
	creel_stream_destroy(own);
	return arg;
}

/* A task of its own cannot wait for it, but may destroy it. */
START_TEST(a_task_of_its_own)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 1};

	own = map_numbers(pool, &source, use_own, 0, 0);
	gate_open(&known);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(own_poll, CREEL_ETIMEDOUT);
	ck_assert_int_eq(own_next, CREEL_EDEADLK);
	creel_pool_destroy(pool);
}
END_TEST

/* A timeout ends a wait, and nothing else. */
START_TEST(timeouts)
{
	creel_pool *pool, *consumers;
	numbers source = {.end = 1};
	creel_stream *stream;
	waiting w = {.timeout = CREEL_SECONDS(5)};
	creel_future *task;

	fake_clock_start();
	pool = pool_of(1);
	consumers = pool_of(1);
	w.stream = stream = map_numbers(pool, &source, last, 1, 0);
	spin_until(&began, 1);
	task = creel_submit(consumers, wait_for_next, &w);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(5));
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_ETIMEDOUT);
	expect_no_item(stream, 0, CREEL_ETIMEDOUT);
	ck_assert_int_eq(atomic_load(&asked), 0);
	creel_stream_cancel(stream);
	fake_clock_await_sleepers(1); /* the function's own delay */
	fake_clock_step(CREEL_SECONDS(1));
	creel_stream_destroy(stream);
	creel_pool_destroy(consumers);
	creel_pool_destroy(pool);
}
END_TEST

static gate may_end = GATE_INIT;

static void *
pass_gate(void *arg)
{
	gate_pass(&may_end);
	return arg;
}

/* A consumer that is cancelled loses nothing: the item goes to the next. */
START_TEST(a_consumer_is_cancelled)
{
	creel_pool *pool = pool_of(1), *consumers = pool_of(1);
	numbers source = {.end = 1};
	creel_stream *stream = map_numbers(pool, &source, pass_gate, 0, 0);
	waiting w = {.stream = stream, .timeout = CREEL_FOREVER};
	creel_future *task = creel_submit(consumers, wait_for_next, &w);

	settle(consumers);
	creel_future_cancel(task);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_ECANCELLED);
	gate_open(&may_end);
	next_item(stream);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(consumers);
	creel_pool_destroy(pool);
}
END_TEST

/* What waits to begin is not done; what is done is handed out; then it says so. */
START_TEST(cancel_queued)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *task = creel_submit(pool, gate_task, &hold);
	numbers source = {.end = ENDLESS};
	creel_stream *stream;

	gate_await_arrivals(&hold, 1);
	stream = map_numbers(pool, &source, twice, 0, 0);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0);
	expect_no_item(stream, CREEL_FOREVER, CREEL_ECLOSED);
	expect_no_item(stream, 0, CREEL_ECLOSED);
	ck_assert_int_eq(atomic_load(&source.given), 0);
	gate_open(&hold);
	creel_stream_destroy(stream);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

/* What runs is asked to end, as tasks are, and nothing begins any more. */
START_TEST(cancel_all)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, last, 4, CREEL_STREAM_GO_ON);
	creel_status status;
	creel_stream_item item;
	int items = 0;

	spin_until(&began, 4);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER);
	while ((status = creel_stream_next(stream, CREEL_FOREVER, &item)) == CREEL_OK)
		items++;
	ck_assert(status == CREEL_ECLOSED || status == CREEL_ECANCELLED);
	ck_assert_int_le(items, 4);
	ck_assert_int_eq(atomic_load(&began), 4);
	ck_assert_int_eq(atomic_load(&asked), 4);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* A pool that does not take it does not begin it. */
START_TEST(after_shutdown)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 1};

	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_ptr_null(creel_stream_map(pool, next_number, &source, twice, NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_int_eq(atomic_load(&source.given), 0);
	creel_pool_destroy(pool);
}
END_TEST

static gate may_fail = GATE_INIT;

static int
fail_to_begin(unsigned worker, void **local, void *arg)
{
	(void)worker;
	(void)local;
	(void)arg;
	gate_pass(&may_fail);
	return 1;
}

static void
count_report(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	(void)error;
	++*(int *)ctx;
}

/* A hand that was on its way to a pool that breaks never comes: that is noticed, and told. */
START_TEST(a_broken_pool)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	numbers source = {.end = 1};
	creel_stream *stream;
	creel_pool *pool;
	int reported = 0;

	creel_set_unhandled(count_report, &reported);
	options.workers = 1;
	options.worker_init = fail_to_begin;
	pool = creel_pool_create(&options);
	stream = map_numbers(pool, &source, twice, 0, 0);
	gate_open(&may_fail);
	expect_no_item(stream, CREEL_FOREVER, CREEL_EBROKEN);
	ck_assert_int_eq(creel_stream_run(stream, NULL, NULL), CREEL_EBROKEN);
	creel_stream_destroy(stream);
	ck_assert_ptr_null(creel_stream_map(pool, next_number, &source, twice, NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EBROKEN);
	creel_pool_destroy(pool);
	ck_assert_int_eq(reported, 0);
}
END_TEST

static void *
take_a_while(void *arg)
{
	const int64_t until = creel_now() + 10000;

	while (creel_now() < until)
		continue;
	return arg;
}

/* A stream that has much to do lets others have their turn, on one worker too. */
START_TEST(others_have_their_turn)
{
	enum { N = 20000 };
	creel_pool *pool = pool_of(1);
	numbers source = {.end = N};
	creel_stream *stream = map_numbers(pool, &source, take_a_while, N, 0);

	next_item(stream);
	ck_assert_int_eq(creel_pool_run(pool, same, NULL, NULL), CREEL_OK);
	ck_assert_uint_lt(counts_of(stream).ended, N);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.facade.stream_end", cancel_wakes_consumers, cancel_after_the_end,
	destroy_wakes_consumers, destroy_in_a_task, destroy_where_it_may_not_wait,
	a_task_of_its_own, timeouts, a_consumer_is_cancelled, cancel_queued, cancel_all,
	after_shutdown, a_broken_pool, others_have_their_turn)
