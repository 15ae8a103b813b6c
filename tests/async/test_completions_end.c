/* SPDX-License-Identifier: MIT */
/* test_completions_end.c: what destroy lets go of, whom it tells, and what goes on without it. */
#include "async/consumer.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#define N 4

static void
count_drop(void *arg)
{
	++*(int *)arg;
}

/* A pool of one worker, which is busy at a gate until the gate is opened. */
typedef struct busy {
	creel_pool *pool;
	creel_future *task;
	gate here;
} busy;

static void
busy_start(busy *b)
{
	*b = (busy){.pool = pool_of(1), .here = GATE_INIT};
	b->task = creel_submit(b->pool, gate_task, &b->here);
	gate_await_arrivals(&b->here, 1);
}

static void
busy_end(busy *b)
{
	gate_open(&b->here);
	creel_pool_destroy(b->pool);
	creel_future_unref(b->task);
}

static void *
pass(void *arg)
{
	return arg;
}

/* A task whose value is a counter of how often it was dropped. */
static creel_future *
submit_counted(creel_pool *pool, int *dropped)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.result_drop = count_drop;
	return creel_submit_with(pool, &options, pass, dropped);
}

/* 1.7 "break out early": the queue's references are let go of, and the futures go on */
START_TEST(destroy_with_pending)
{
	busy b;
	int dropped = 0, kept = 0;
	creel_completions *queue = creel_completions_create();
	creel_future *mine;
	void *value;

	busy_start(&b);
	for (int i = 0; i < N; i++) {
		creel_future *task = submit_counted(b.pool, &dropped);

		creel_completions_add(queue, task, NULL);
		creel_future_unref(task);
	}
	mine = submit_counted(b.pool, &kept);
	creel_completions_add(queue, mine, NULL);
	creel_completions_destroy(queue);
	ck_assert_int_eq(dropped, 0);
	ck_assert(!creel_future_done(mine));
	busy_end(&b);
	ck_assert_int_eq(dropped, N); /* they ran, and nobody referred to them any more */
	ck_assert_int_eq(kept, 0);
	ck_assert_int_eq(creel_take(mine, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &kept);
}
END_TEST

START_TEST(destroy_with_what_was_not_handed_out)
{
	busy b;
	int dropped[2] = {0, 0};
	creel_completions *queues[2];

	busy_start(&b);
	for (int i = 0; i < 2; i++) {
		creel_future *tasks[N];

		for (int j = 0; j < N; j++)
			tasks[j] = submit_counted(b.pool, &dropped[i]);
		if (i == 0) {
			queues[i] = creel_as_completed(tasks, N);
		} else {
			queues[i] = creel_completions_create();
			for (int j = 0; j < N; j++)
				creel_completions_add(queues[i], tasks[j], NULL);
		}
		creel_futures_unref(tasks, N);
	}
	busy_end(&b);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(next_index(queues[i]), 0);
		ck_assert_int_eq(dropped[i], 1);
		creel_completions_destroy(queues[i]);
		ck_assert_int_eq(dropped[i], N);
	}
}
END_TEST

/* A future that is watched, forgotten, and completed afterwards touches nothing of the queue. */
START_TEST(completed_after_destroy)
{
	creel_future *f[N];
	creel_completions *queue;

	promises_make(f, N);
	queue = creel_as_completed(f, N);
	creel_future_set_result(f[1], NULL);
	creel_completions_destroy(queue);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(
			creel_future_set_result(f[i], NULL), i == 1 ? CREEL_ESTATE : CREEL_OK);
		creel_future_unref(f[i]);
	}
}
END_TEST

START_TEST(destroy_tells_who_waits)
{
	creel_future *f = creel_future_create(), *task;
	creel_completions *queue = creel_completions_create();
	consumer threads[2], of_task = CONSUMER(queue, CREEL_FOREVER);
	creel_pool *pool;

	fake_clock_start();
	pool = creel_pool_create(NULL);
	creel_completions_add(queue, f, NULL);
	for (int i = 0; i < 2; i++) {
		threads[i] = (consumer)CONSUMER(queue, CREEL_SECONDS(1000));
		threads[i].got = untouched();
		consumer_start(&threads[i]);
	}
	of_task.timeout = CREEL_SECONDS(1000);
	task = creel_submit(pool, consume, &of_task);
	fake_clock_await_sleepers(3);
	creel_completions_destroy(queue);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(consumer_join(&threads[i]), CREEL_ECLOSED);
		ck_assert(is_untouched(&threads[i].got));
	}
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(of_task.status, CREEL_ECLOSED);
	creel_pool_destroy(pool);
	creel_future_unref(f);
}
END_TEST

/* Who waits learns of the destruction, and not of an end, even of a queue that was closed
 * before. */
START_TEST(destroy_of_a_closed_queue_tells_who_waits)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_as_completed(&f, 1);
	consumer c = CONSUMER(queue, CREEL_SECONDS(1000));

	fake_clock_start();
	consumer_start(&c);
	fake_clock_await_sleepers(1);
	creel_completions_destroy(queue);
	ck_assert_int_eq(consumer_join(&c), CREEL_ECLOSED);
	creel_future_unref(f);
}
END_TEST

static void
destroy_in_callback(creel_future *future, void *queue)
{
	(void)future;
	creel_completions_destroy(queue);
}

static void *
destroy_in_task(void *queue)
{
	creel_completions_destroy(queue);
	return NULL;
}

/* From a callback of a future that the queue watches, and from a task. */
START_TEST(destroy_anywhere)
{
	creel_pool *pool = creel_pool_create(NULL);
	creel_future *f[N];

	promises_make(f, N);
	creel_future_on_done(f[0], destroy_in_callback, creel_as_completed(f, N));
	creel_future_set_result(f[0], NULL);
	ck_assert_int_eq(
		creel_pool_run(pool, destroy_in_task, creel_as_completed(f, N), NULL), CREEL_OK);
	creel_futures_unref(f, N); /* the last references: nothing is linked to them any more */
	creel_pool_destroy(pool);
}
END_TEST

static int reports;

static void
count_report(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	ck_assert_ptr_eq(ctx, &reports);
	ck_assert_int_eq(error->code, 5);
	reports++;
}

/* Whose error nobody looked at is reported once, at the last unref; destroy's may be that. */
START_TEST(unhandled_errors_are_reported)
{
	creel_future *f[N];
	creel_completions *queue;
	creel_completion out;

	creel_set_unhandled(count_report, &reports);
	promises_make(f, N);
	queue = creel_as_completed(f, N);
	creel_future_set_error(f[0], 5, "handed out and looked at");
	creel_future_set_error(f[1], 5, "handed out only");
	creel_future_set_error(f[2], 5, "not handed out");
	creel_futures_unref(f, 3);
	ck_assert_int_eq(reports, 0);
	ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
	ck_assert_int_eq(creel_take(out.future, NULL), CREEL_EFAILED);
	ck_assert_int_eq(reports, 0);
	ck_assert_uint_eq(next_index(queue), 1);
	ck_assert_int_eq(reports, 1);
	creel_completions_destroy(queue);
	ck_assert_int_eq(reports, 2);
	creel_future_set_error(f[3], 5, "failed after the queue's end");
	ck_assert_int_eq(reports, 2);
	creel_future_unref(f[3]);
	ck_assert_int_eq(reports, 3);
	creel_set_unhandled(NULL, NULL);
}
END_TEST

static void
use_the_library(creel_future *future, const creel_error *error, void *ctx)
{
	creel_completions *queue = creel_completions_create();
	creel_status *status = ctx;

	(void)error;
	*status = creel_completions_add(queue, future, NULL);
	creel_completions_destroy(queue);
}

/* destroy calls the program's code with no lock held. */
START_TEST(destroy_calls_hooks_without_locks)
{
	creel_status status = CREEL_EPENDING;
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_as_completed(&f, 1);

	creel_set_unhandled(use_the_library, &status);
	creel_future_set_error(f, 5, "not handed out");
	creel_future_unref(f);
	creel_completions_destroy(queue);
	ck_assert_int_eq(status, CREEL_OK);
	creel_set_unhandled(NULL, NULL);
}
END_TEST

CREEL_SUITE("creel.async.completions_end", destroy_with_pending,
	destroy_with_what_was_not_handed_out, completed_after_destroy, destroy_tells_who_waits,
	destroy_of_a_closed_queue_tells_who_waits, destroy_anywhere, unhandled_errors_are_reported,
	destroy_calls_hooks_without_locks)
