/* SPDX-License-Identifier: MIT */
/*
 * test_completions_context.c: where next() is called: callbacks, tasks that were asked to end,
 * pools that shut down; and what the functions answer to bad input.
 */
#include "async/consumer.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

static void
consume_in_callback(creel_future *future, void *arg)
{
	(void)future;
	consume(arg);
}

/* Run one call of next() in a done-callback; its status. */
static creel_status
in_callback(creel_completions *queue, creel_duration timeout, creel_completion *out)
{
	creel_future *trigger = creel_future_create();
	consumer c = CONSUMER(queue, timeout);

	c.got = *out;
	creel_future_on_done(trigger, consume_in_callback, &c);
	creel_future_set_result(trigger, NULL);
	creel_future_unref(trigger);
	*out = c.got;
	return c.status;
}

START_TEST(callback_may_not_wait_but_may_take)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_as_completed(&f, 1);
	creel_completion out = untouched();

	ck_assert_int_eq(in_callback(queue, CREEL_FOREVER, &out), CREEL_EDEADLK);
	ck_assert_int_eq(in_callback(queue, 1, &out), CREEL_EDEADLK);
	ck_assert_int_eq(in_callback(queue, 0, &out), CREEL_ETIMEDOUT);
	ck_assert(is_untouched(&out));
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(in_callback(queue, CREEL_FOREVER, &out), CREEL_OK);
	ck_assert_ptr_eq(out.future, f);
	creel_future_unref(out.future);
	out = untouched();
	ck_assert_int_eq(in_callback(queue, CREEL_FOREVER, &out), CREEL_EEMPTY);
	ck_assert(is_untouched(&out));
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

/* Everything that does not wait works in a callback. */
static void
use_all_in_callback(creel_future *future, void *arg)
{
	creel_completions *made = creel_completions_create();
	creel_completions *of_one = creel_as_completed(&future, 1);
	bool *fine = arg;

	*fine = creel_completions_add(made, future, NULL) == CREEL_OK &&
		creel_completions_pending(made) == 1 && next_index(of_one) == 0 &&
		creel_completions_close(made) == CREEL_OK;
	creel_completions_destroy(made);
	creel_completions_destroy(of_one);
}

START_TEST(callback_may_do_the_rest)
{
	creel_future *f = creel_future_create();
	bool fine = false;

	creel_future_on_done(f, use_all_in_callback, &fine);
	creel_future_set_result(f, NULL);
	ck_assert(fine);
	creel_future_unref(f);
}
END_TEST

static void *
consume_without_suspending(void *arg)
{
	creel_no_suspend_enter();
	consume(arg);
	creel_no_suspend_leave();
	return NULL;
}

START_TEST(no_suspend_is_deadlk)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_as_completed(&f, 1);
	creel_pool *pool = pool_of(1);
	consumer c = CONSUMER(queue, CREEL_FOREVER);

	ck_assert_int_eq(creel_pool_run(pool, consume_without_suspending, &c, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_EDEADLK);
	c.status = CREEL_EPENDING;
	consume_without_suspending(&c);
	ck_assert_int_eq(c.status, CREEL_EDEADLK);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_pool_run(pool, consume_without_suspending, &c, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_OK);
	creel_future_unref(f);
	creel_future_unref(f);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
}
END_TEST

/* A task that passes a gate, where it is cancelled, and then calls next() on three queues. */
typedef struct latecomer {
	gate here;
	consumer empty, ready, pending;
	creel_status after; /* of a checkpoint behind them */
} latecomer;

static void *
come_late(void *arg)
{
	latecomer *l = arg;

	gate_pass(&l->here);
	consume(&l->empty);
	consume(&l->ready);
	consume(&l->pending);
	l->after = creel_cancel_requested() ? creel_sleep(0) : CREEL_EINVAL;
	return NULL;
}

static void
check_latecomer(creel_duration timeout)
{
	creel_future *done = creel_future_create(), *open = creel_future_create(), *task;
	creel_completions *queues[] = {creel_as_completed(NULL, 0), creel_as_completed(&done, 1),
		creel_as_completed(&open, 1)};
	latecomer l = {.here = GATE_INIT,
		.empty = CONSUMER(queues[0], timeout),
		.ready = CONSUMER(queues[1], timeout),
		.pending = CONSUMER(queues[2], timeout)};
	creel_pool *pool = pool_of(1);

	creel_future_set_result(done, NULL);
	task = creel_submit(pool, come_late, &l);
	gate_await_arrivals(&l.here, 1);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	gate_open(&l.here);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(l.empty.status, CREEL_EEMPTY);
	ck_assert_int_eq(l.ready.status, CREEL_OK);
	ck_assert_int_eq(l.pending.status, CREEL_ECANCELLED);
	ck_assert_int_eq(l.after, CREEL_OK); /* delivered once */
	ck_assert_uint_eq(creel_completions_pending(queues[2]), 1);
	creel_future_set_result(open, NULL);
	ck_assert_uint_eq(next_index(queues[2]), 0);
	creel_future_unref(l.ready.got.future);
	creel_future_unref(done);
	creel_future_unref(open);
	for (int i = 0; i < 3; i++)
		creel_completions_destroy(queues[i]);
	creel_pool_destroy(pool);
}

/* What is there beats a request for cancellation, which stays pending for the next wait, or
 * poll. */
START_TEST(item_beats_a_request)
{
	check_latecomer(CREEL_FOREVER);
	check_latecomer(CREEL_SECONDS(1000));
	check_latecomer(0);
}
END_TEST

/* 3.16 "14. shutdown(CANCEL_QUEUED)": what it cancels is handed out to those who wait in
 * as_completed */
START_TEST(shutdown_wakes_consumers)
{
	enum { N = 5 };
	creel_pool *busy = pool_of(1), *other = pool_of(1);
	gate g = GATE_INIT;
	creel_future *f[N + 1], *task;
	creel_completions *queue;
	consumer first;

	f[N] = creel_submit(busy, gate_task, &g);
	gate_await_arrivals(&g, 1);
	for (size_t i = 0; i < N; i++)
		f[i] = creel_submit(busy, gate_task, &g);
	queue = creel_as_completed(f, N + 1);
	first = (consumer)CONSUMER(queue, CREEL_FOREVER);
	task = creel_submit(other, consume, &first);
	ck_assert_int_eq(
		creel_pool_shutdown(busy, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(first.status, CREEL_OK);
	ck_assert_int_eq(creel_take(first.got.future, NULL), CREEL_ECANCELLED);
	for (size_t i = 1; i < N; i++)
		ck_assert_uint_eq(next_index(queue), i);
	ck_assert_uint_eq(next_index(queue), SIZE_MAX);
	gate_open(&g);
	creel_pool_destroy(busy);
	ck_assert_uint_eq(next_index(queue), N);
	ck_assert_int_eq(creel_future_status(f[N]), CREEL_OK);
	creel_pool_destroy(other);
	creel_completions_destroy(queue);
	creel_futures_unref(f, N + 1);
}
END_TEST

/* CREEL_SHUTDOWN_CANCEL_ALL ends the wait of a consumer of that pool. */
START_TEST(cancel_all_ends_the_wait)
{
	creel_pool *pool = pool_of(1);
	creel_completions *queue = creel_completions_create();
	consumer c = CONSUMER(queue, CREEL_FOREVER);
	creel_future *task = creel_submit(pool, consume, &c);

	ck_assert_int_eq(creel_pool_run(pool, consume_without_suspending,
				 &(consumer)CONSUMER(queue, 0), NULL),
		CREEL_OK); /* now c waits */
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_ECANCELLED);
	creel_future_unref(task);
	creel_pool_destroy(pool);
	creel_completions_destroy(queue);
}
END_TEST

/* 3.7 "as_completed_invalid_args": no queue, no array, no future, a negative timeout: refused */
START_TEST(bad_input)
{
	creel_future *f = creel_future_create();
	creel_future *const with_null[] = {f, NULL};
	creel_completions *queue = creel_completions_create();
	creel_completion out = untouched();

	ck_assert_int_eq(creel_completions_add(NULL, f, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_completions_add(queue, NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_completions_close(NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_completions_next(NULL, 0, &out), CREEL_EINVAL);
	ck_assert_int_eq(creel_completions_next(queue, 0, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_completions_next(queue, -1, &out), CREEL_EINVAL);
	ck_assert_int_eq(creel_completions_next(queue, INT64_MIN, &out), CREEL_EINVAL);
	ck_assert(is_untouched(&out));
	ck_assert_uint_eq(creel_completions_pending(NULL), 0);
	ck_assert_uint_eq(creel_completions_pending(queue), 0);
	creel_completions_destroy(NULL);

	/* A negative timeout is refused also when something is there, and takes nothing. */
	creel_future_set_result(f, NULL);
	creel_completions_add(queue, f, NULL);
	ck_assert_int_eq(creel_completions_next(queue, -1, &out), CREEL_EINVAL);
	ck_assert_uint_eq(next_index(queue), 0);

	ck_assert_ptr_null(creel_as_completed(NULL, 1));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_fail(0, NULL);
	ck_assert_ptr_null(creel_as_completed(with_null, 2));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

CREEL_SUITE("creel.async.completions_context", callback_may_not_wait_but_may_take,
	callback_may_do_the_rest, no_suspend_is_deadlk, item_beats_a_request,
	shutdown_wakes_consumers, cancel_all_ends_the_wait, bad_input)
