/* SPDX-License-Identifier: MIT */
/* test_completions_python.c: CPython's own cases of as_completed, by their names there. */
#include "async/consumer.h"
#include "support/fake_clock.h"
#include "support/pools.h"
#include "support/suite.h"

enum { SUCCEEDED, FAILED, CANCELLED, PENDING, ALSO_PENDING, STATES };

static creel_future *f[STATES];

/* A future of each state. */
static void
make_states(void)
{
	promises_make(f, STATES);
	creel_future_set_result(f[SUCCEEDED], NULL);
	creel_future_set_error(f[FAILED], 1, "failed");
	creel_future_cancel(f[CANCELLED]);
	ck_assert_ptr_nonnull(creel_future_error(f[FAILED])); /* looked at */
}

static void
take_in_order(creel_completions *queue, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		ck_assert_uint_eq(next_index(queue), i);
}

static void *
complete_both(void *arg)
{
	creel_future_set_result(f[PENDING], arg);
	creel_future_set_result(f[ALSO_PENDING], arg);
	return NULL;
}

/* 3.3 "as_completed no_timeout": all of mixed states are delivered once */
START_TEST(no_timeout)
{
	creel_completions *queue;
	creel_completion out;
	pthread_t completer;

	make_states();
	queue = creel_as_completed(f, STATES);
	take_in_order(queue, 0, PENDING);
	pthread_create(&completer, NULL, complete_both, NULL);
	for (size_t i = PENDING; i < STATES; i++) {
		ck_assert_int_eq(creel_completions_next(queue, CREEL_FOREVER, &out), CREEL_OK);
		ck_assert_uint_eq(out.index, i);
		ck_assert_ptr_eq(out.future, f[i]);
		creel_future_unref(out.future);
	}
	ck_assert_int_eq(creel_completions_next(queue, CREEL_FOREVER, &out), CREEL_EEMPTY);
	pthread_join(completer, NULL);
	creel_completions_destroy(queue);
	creel_futures_unref(f, STATES);
}
END_TEST

/* 3.3 "as_completed future_times_out": timeouts 0 and 0.1: the done ones first, then ETIMEDOUT */
START_TEST(future_times_out)
{
	static const creel_duration timeouts[] = {0, CREEL_SECONDS(0.1)};

	fake_clock_start();
	make_states();
	for (size_t i = 0; i < 2; i++) {
		creel_completions *queue = creel_as_completed(f, STATES);
		consumer c = CONSUMER(queue, timeouts[i]);

		for (size_t j = 0; j < PENDING; j++) {
			ck_assert_int_eq(
				creel_completions_next(queue, timeouts[i], &c.got), CREEL_OK);
			ck_assert_uint_eq(c.got.index, j);
			creel_future_unref(c.got.future);
		}
		consumer_start(&c);
		if (timeouts[i] > 0) {
			fake_clock_await_sleepers(1);
			fake_clock_step(timeouts[i]);
		}
		ck_assert_int_eq(consumer_join(&c), CREEL_ETIMEDOUT);
		creel_completions_destroy(queue);
	}
	ck_assert(!creel_future_done(f[PENDING]));
	creel_futures_unref(f, STATES);
}
END_TEST

/* 3.3 "as_completed duplicate_futures": otherwise: twice given, twice
 * delivered */
START_TEST(duplicate_futures)
{
	creel_future *twice[2];
	creel_completions *queue;

	make_states();
	twice[0] = twice[1] = f[PENDING];
	queue = creel_as_completed(twice, 2);
	creel_future_set_result(f[PENDING], NULL);
	take_in_order(queue, 0, 2);
	ck_assert_uint_eq(next_index(queue), SIZE_MAX);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EEMPTY);
	creel_completions_destroy(queue);
	creel_futures_unref(f, STATES);
}
END_TEST

static void
count_drop(void *arg)
{
	++*(int *)arg;
}

static void *
pass(void *arg)
{
	return arg;
}

/* 3.3 "as_completed free_reference_yielded_future": the queue keeps no reference to what it gave */
START_TEST(free_reference_yielded_future)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = creel_pool_create(NULL);
	creel_future *task, *gated = creel_future_create();
	creel_completions *queue = creel_completions_create();
	creel_completion out;
	int dropped = 0;

	options.result_drop = count_drop;
	task = creel_submit_with(pool, &options, pass, &dropped);
	creel_completions_add(queue, task, NULL);
	creel_completions_add(queue, gated, NULL);
	creel_future_unref(task);
	ck_assert_int_eq(creel_completions_next(queue, CREEL_FOREVER, &out), CREEL_OK);
	creel_pool_destroy(pool); /* with the pool's own reference */
	ck_assert_int_eq(dropped, 0);
	creel_future_unref(out.future);
	ck_assert_int_eq(dropped, 1);
	creel_completions_destroy(queue);
	creel_future_unref(gated);
}
END_TEST

/* 3.3 "as_completed correct_timeout_exception_msg": after a timeout the counts are there: 2 of 5 */
START_TEST(correct_timeout_exception_msg)
{
	creel_completions *queue;
	creel_completion out;

	make_states();
	queue = creel_as_completed(f, STATES);
	while (creel_completions_next(queue, 0, &out) == CREEL_OK)
		creel_future_unref(out.future);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
	ck_assert_uint_eq(creel_completions_pending(queue), 2);
	creel_completions_destroy(queue);
	creel_futures_unref(f, STATES);
}
END_TEST

static void *
delay(void *arg)
{
	creel_sleep(CREEL_SECONDS((intptr_t)arg));
	return arg;
}

/* Three tasks on one worker that sleep 2, 3 and 1 seconds, with their timers set. */
static creel_pool *
start_delays(creel_future *tasks[3])
{
	static const intptr_t seconds[] = {2, 3, 1};
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	for (int i = 0; i < 3; i++)
		tasks[i] = creel_submit(pool, delay, (void *)seconds[i]);
	ck_assert_int_eq(creel_pool_run(pool, pass, NULL, NULL), CREEL_OK);
	fake_clock_await_sleepers(1);
	return pool;
}

/* Wait for the next one, of this index. */
static void
await_index(creel_completions *queue, size_t index)
{
	creel_completion out;

	ck_assert_int_eq(creel_completions_next(queue, CREEL_FOREVER, &out), CREEL_OK);
	ck_assert_uint_eq(out.index, index);
	creel_future_unref(out.future);
}

/* 3.7 "as_completed": in the order of completion, each at its time */
START_TEST(as_completed)
{
	creel_future *tasks[3];
	creel_pool *pool = start_delays(tasks);
	creel_completions *queue = creel_as_completed(tasks, 3);
	static const size_t order[] = {2, 0, 1};

	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(next_index(queue), SIZE_MAX);
		fake_clock_step(CREEL_SECONDS(1));
		await_index(queue, order[i]);
	}
	creel_completions_destroy(queue);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.7 "as_completed_same_tasks_in_as_out": the originals are returned */
START_TEST(as_completed_same_tasks_in_as_out)
{
	creel_future *tasks[3];
	creel_pool *pool = start_delays(tasks);
	creel_completions *queue = creel_as_completed(tasks, 3);
	bool seen[3] = {false};

	fake_clock_step(CREEL_SECONDS(3));
	for (int i = 0; i < 3; i++) {
		creel_completion out;

		ck_assert_int_eq(creel_completions_next(queue, CREEL_FOREVER, &out), CREEL_OK);
		ck_assert_ptr_eq(out.future, tasks[out.index]);
		ck_assert(!seen[out.index]);
		seen[out.index] = true;
		creel_future_unref(out.future);
	}
	creel_completions_destroy(queue);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.7 "as_completed_with_timeout": some, then ETIMEDOUT, and the rest goes on */
START_TEST(as_completed_with_timeout)
{
	creel_future *tasks[3];
	creel_pool *pool = start_delays(tasks);
	creel_completions *queue = creel_as_completed(tasks, 3);
	consumer c = CONSUMER(queue, CREEL_SECONDS(0.5));

	fake_clock_step(CREEL_SECONDS(1));
	await_index(queue, 2);
	fake_clock_await_sleepers(1); /* the worker, with two timers */
	consumer_start(&c);
	fake_clock_await_sleepers(2);
	fake_clock_step(CREEL_SECONDS(0.5));
	ck_assert_int_eq(consumer_join(&c), CREEL_ETIMEDOUT);
	ck_assert(!creel_future_done(tasks[0]) && !creel_future_done(tasks[1]));
	creel_completions_destroy(queue);
	fake_clock_step(CREEL_SECONDS(2));
	ck_assert_int_eq(creel_await(tasks[0], NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(tasks[1], NULL), CREEL_OK);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* 1.7 "break out early": the rest goes on. 3.7 "as_completed_resume_iterator": stop, continue
 * later */
START_TEST(as_completed_resume_iterator)
{
	creel_future *tasks[3];
	creel_pool *pool = start_delays(tasks);
	creel_completions *queue = creel_as_completed(tasks, 3);

	fake_clock_step(CREEL_SECONDS(2));
	await_index(queue, 2);
	fake_clock_step(CREEL_SECONDS(1));
	creel_pool_wait_idle(pool, CREEL_FOREVER); /* both others end while nobody looks */
	ck_assert_uint_eq(creel_completions_pending(queue), 2);
	take_in_order(queue, 0, 2);
	ck_assert_uint_eq(next_index(queue), SIZE_MAX);
	creel_completions_destroy(queue);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.7 "as_completed_reverse_wait": whoever calls first gets the first completion */
START_TEST(as_completed_reverse_wait)
{
	creel_future *tasks[3];
	creel_pool *pool = start_delays(tasks);
	creel_completions *queue = creel_as_completed(tasks, 3);
	consumer one = CONSUMER(queue, CREEL_FOREVER), two = one;
	creel_future *first, *second = creel_submit(pool, consume, &two);

	creel_pool_run(pool, pass, NULL, NULL); /* it waits */
	first = creel_submit(pool, consume, &one);
	creel_pool_run(pool, pass, NULL, NULL);
	fake_clock_step(CREEL_SECONDS(2));
	ck_assert_int_eq(creel_take(second, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(first, NULL), CREEL_OK);
	ck_assert_uint_eq(two.got.index, 2);
	ck_assert_uint_eq(one.got.index, 0);
	fake_clock_step(CREEL_SECONDS(1));
	await_index(queue, 1);
	creel_future_unref(one.got.future);
	creel_future_unref(two.got.future);
	creel_completions_destroy(queue);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.7 "as_completed_concurrent": two consumers get distinct items */
START_TEST(as_completed_concurrent)
{
	creel_future *tasks[3];
	creel_pool *pool = start_delays(tasks);
	creel_completions *queue = creel_as_completed(tasks, 2);
	consumer one = CONSUMER(queue, CREEL_FOREVER), two = one;

	consumer_start(&one);
	consumer_start(&two);
	fake_clock_step(CREEL_SECONDS(3));
	ck_assert_int_eq(consumer_join(&one), CREEL_OK);
	ck_assert_int_eq(consumer_join(&two), CREEL_OK);
	ck_assert_uint_eq(one.got.index + two.got.index, 1);
	ck_assert_ptr_ne(one.got.future, two.got.future);
	creel_future_unref(one.got.future);
	creel_future_unref(two.got.future);
	creel_completions_destroy(queue);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.7 "as_completed_duplicate_coroutines": otherwise: a task given n times is delivered n times */
START_TEST(as_completed_duplicate_coroutines)
{
	creel_future *tasks[3];
	creel_pool *pool = start_delays(tasks);
	creel_future *const given[] = {tasks[0], tasks[2], tasks[0], tasks[2]};
	creel_completions *queue = creel_as_completed(given, 4);

	fake_clock_step(CREEL_SECONDS(1));
	await_index(queue, 1);
	await_index(queue, 3);
	fake_clock_step(CREEL_SECONDS(2));
	await_index(queue, 0);
	await_index(queue, 2);
	ck_assert_uint_eq(next_index(queue), SIZE_MAX);
	creel_completions_destroy(queue);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.completions_python", no_timeout, future_times_out, duplicate_futures,
	free_reference_yielded_future, correct_timeout_exception_msg, as_completed,
	as_completed_same_tasks_in_as_out, as_completed_with_timeout, as_completed_resume_iterator,
	as_completed_reverse_wait, as_completed_concurrent, as_completed_duplicate_coroutines)
