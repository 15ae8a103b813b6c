/* SPDX-License-Identifier: MIT */
/* test_tasks.c: tasks on loops: made there and from elsewhere, cancelled, awaited from everywhere. */
#include "loop/loops.h"
#include "support/scale.h"
#include "support/suite.h"

static void *
create_and_note(void *arg)
{
	creel_future *task = creel_create_task(note_task, pointer_of('b'));

	note(pointer_of('a'));
	if (creel_future_done(task))
		note(pointer_of('!'));
	return pointer_of(creel_take(task, NULL) == CREEL_OK && arg == NULL);
}

/* 1.4 "first step": it never runs inside creel_create_task */
START_TEST(it_begins_in_the_next_turn)
{
	creel_loop *loop = loop_without_thread();
	creel_future *task = creel_loop_submit(loop, create_and_note, NULL);

	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "a");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "ab");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(take_number(task), true);
	creel_loop_destroy(loop);
}
END_TEST

static void
create_in_callback(void *arg)
{
	creel_future **task = arg;

	*task = creel_create_task(note_task, pointer_of('t'));
}

START_TEST(a_callback_may_make_tasks)
{
	creel_loop *loop = loop_without_thread();
	creel_future *task = NULL;

	creel_call_soon(loop, create_in_callback, &task, NULL);
	run_out(loop);
	ck_assert_int_eq(take_number(task), 't');
	creel_loop_destroy(loop);
}
END_TEST

static int
refused_with(creel_future *task)
{
	int code;

	ck_assert_ptr_nonnull(task);
	ck_assert_int_eq(creel_future_status(task), CREEL_EFAILED);
	code = creel_future_error(task)->code;
	creel_future_unref(task);
	return code;
}

static void *
create_null(void *arg)
{
	creel_future *task = creel_create_task(NULL, arg);

	return task;
}

/* 3.8 "run_coroutine_threadsafe_task_factory_exception": what cannot be made is a future that has failed */
START_TEST(refused_ones_have_failed)
{
	creel_loop *loop = loop_with_thread();
	void *task = NULL;

	ck_assert_int_eq(refused_with(creel_create_task(same, NULL)), CREEL_EWRONGTHREAD);
	ck_assert_int_eq(refused_with(creel_create_task(NULL, NULL)), CREEL_EWRONGTHREAD);
	ck_assert_int_eq(refused_with(creel_loop_submit(NULL, same, NULL)), CREEL_EINVAL);
	ck_assert_int_eq(refused_with(creel_loop_submit(loop, NULL, NULL)), CREEL_EINVAL);
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, create_null, NULL), &task), CREEL_OK);
	ck_assert_int_eq(refused_with(task), CREEL_EINVAL);
	creel_loop_destroy(loop);
}
END_TEST

/* 1.4 "cancel before the first step": it never runs */
START_TEST(cancelled_before_it_began)
{
	creel_loop *loop = loop_without_thread();
	creel_future *task = creel_loop_submit(loop, note_task, pointer_of('x'));

	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_ALREADY);
	run_out(loop);
	ck_assert_uint_eq(noted_count, 0);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
	creel_loop_destroy(loop);
}
END_TEST

static void *
sleep_then_fail(void *arg)
{
	const creel_status status = creel_sleep(CREEL_FOREVER);

	(void)arg;
	return status == CREEL_ECANCELLED ? creel_fail(CREEL_ECANCELLED, "as asked")
					  : creel_fail((int)status, "not cancelled");
}

static void *
cancel_it(void *arg)
{
	return pointer_of((int)creel_future_cancel(arg));
}

/* 3.8 "run_coroutine_threadsafe_task_cancelled": the request reaches the task itself */
/* 1.14 "run_coroutine_threadsafe": a cancel from a thread, a worker, another loop reaches the task */
START_TEST(cancelled_while_it_waits)
{
	creel_loop *loop = loop_with_thread(), *other = loop_with_thread();
	creel_pool *pool = pool_of(1);

	for (int i = 0; i < 4; i++) {
		creel_future *task = creel_loop_submit(loop, sleep_then_fail, NULL);
		int answer;

		settle_loop(loop);
		answer = i == 0   ? (int)creel_future_cancel(task)
			 : i == 1 ? take_number(creel_submit(pool, cancel_it, task))
			 : i == 2 ? take_number(creel_loop_submit(other, cancel_it, task))
				  : take_number(creel_loop_submit(loop, cancel_it, task));
		ck_assert_int_eq(answer, CREEL_CANCEL_REQUESTED);
		ck_assert_int_eq(creel_await(task, NULL), CREEL_ECANCELLED);
		ck_assert_str_eq(creel_future_error(task)->message, "as asked");
		creel_future_unref(task);
	}
	creel_pool_destroy(pool);
	creel_loop_destroy(other);
	creel_loop_destroy(loop);
}
END_TEST

static void *
fail_with_seven(void *arg)
{
	(void)arg;
	return creel_fail(7, "seven");
}

/* 3.8 "run_coroutine_threadsafe": its value, on another thread */
/* 3.8 "run_coroutine_threadsafe_with_exception": its error, on another thread */
START_TEST(its_end_comes_to_a_thread)
{
	creel_loop *loop = loop_with_thread();
	creel_future *task = creel_loop_submit(loop, fail_with_seven, NULL);

	ck_assert_int_eq(creel_await(task, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(task)->code, 7);
	creel_future_unref(task);
	ck_assert_int_eq(take_number(creel_loop_submit(loop, same, pointer_of(42))), 42);
	creel_loop_destroy(loop);
}
END_TEST

/* 3.8 "run_coroutine_threadsafe_with_timeout": the waiter gives up, cancels, and the task ends */
START_TEST(a_waiter_gives_up)
{
	creel_loop *loop = loop_with_thread();
	creel_future *task = creel_loop_submit(loop, sleep_then_fail, NULL);

	ck_assert_int_eq(creel_await_for(task, CREEL_MICROSECONDS(10), NULL), CREEL_ETIMEDOUT);
	creel_future_cancel(task);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
	creel_loop_destroy(loop);
}
END_TEST

/* A chain that goes to and fro: loop, pool, loop, ... */
typedef struct hop {
	creel_loop *loop;
	creel_pool *pool;
	int left;
	int wrong;
} hop;

static void *
go_on(void *arg)
{
	hop *h = arg;
	creel_loop *loop = creel_current_loop();
	creel_pool *pool = creel_current_pool();
	creel_future *next;
	void *value = NULL;

	h->wrong += (loop != NULL) == (pool != NULL);
	if (h->left-- == 0)
		return pointer_of(0);
	next = loop != NULL ? creel_submit(h->pool, go_on, h)
			    : creel_loop_submit(h->loop, go_on, h);
	h->wrong += creel_take(next, &value) != CREEL_OK;
	h->wrong += creel_current_loop() != loop || creel_current_pool() != pool;
	return pointer_of((int)(intptr_t)value + 1);
}

START_TEST(awaits_across_loop_and_pool)
{
	hop h = {.loop = loop_with_thread(), .pool = pool_of(1)};

	h.left = 50;
	ck_assert_int_eq(take_number(creel_loop_submit(h.loop, go_on, &h)), 50);
	h.left = 51;
	ck_assert_int_eq(take_number(creel_submit(h.pool, go_on, &h)), 51);
	ck_assert_int_eq(h.wrong, 0);
	creel_loop_destroy(h.loop);
	creel_pool_destroy(h.pool);
}
END_TEST

static void *
await_many(void *arg)
{
	int sum = 0;

	for (int i = 0; i < 100; i++) {
		void *value = NULL;

		sum += (int)creel_sleep(0) + (int)creel_take(creel_create_task(same, arg), &value);
		sum += (int)(intptr_t)value;
	}
	return pointer_of(sum);
}

static void *
submit_often(void *arg)
{
	int sum = 0;

	for (int i = 0; i < SCALE_TIMES(2000); i++)
		sum += creel_take(creel_loop_submit(arg, same, NULL), NULL) == CREEL_OK;
	return pointer_of(sum);
}

START_TEST(many_submit_and_wait)
{
	creel_loop *loop = loop_with_thread();
	creel_future *busy = creel_loop_submit(loop, await_many, pointer_of(2));
	pthread_t threads[4];
	void *sum;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_often, loop), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &sum), 0);
		ck_assert_int_eq((intptr_t)sum, SCALE_TIMES(2000));
	}
	ck_assert_int_eq(take_number(busy), 200);
	creel_loop_destroy(loop);
}
END_TEST

static void *
yield_and_note(void *arg)
{
	creel_sleep(0);
	note(arg);
	return NULL;
}

/* 1.4 "strong refs": the loop holds the task, whose future may be let go of */
/* 5 "D9": the loop holds it */
START_TEST(nobody_needs_to_hold_it)
{
	creel_loop *loop = loop_without_thread();

	creel_future_unref(creel_loop_submit(loop, yield_and_note, pointer_of('a')));
	run_out(loop);
	ck_assert_str_eq(noted, "a");
	creel_loop_destroy(loop);
}
END_TEST

static int awaited[4];

static void
wait_in_callback(void *arg)
{
	awaited[0] = (int)creel_await(arg, NULL);
	awaited[1] = (int)creel_await_for(arg, CREEL_SECONDS(1), NULL);
	awaited[2] = (int)creel_sleep(1);
	awaited[3] = (int)creel_await_for(arg, 0, NULL);
}

/* 3.16 "23. a waiting call on the loop thread outside any task": EDEADLK while it is pending */
/* 1.14 "calling `.result()` of it on the loop's own thread": in a callback EDEADLK */
START_TEST(a_callback_cannot_wait)
{
	creel_loop *loop = loop_without_thread();
	creel_future *promise = creel_future_create();

	creel_call_soon(loop, wait_in_callback, promise, NULL);
	run_out(loop);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(awaited[i], CREEL_EDEADLK);
	ck_assert_int_ne(awaited[3], CREEL_OK);
	creel_future_set_result(promise, NULL);
	creel_call_soon(loop, wait_in_callback, promise, NULL);
	run_out(loop);
	ck_assert_int_eq(awaited[0], CREEL_OK); /* done: there is nothing to wait for */
	ck_assert_int_eq(awaited[1], CREEL_OK);
	ck_assert_int_eq(awaited[3], CREEL_OK);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.tasks", it_begins_in_the_next_turn, a_callback_may_make_tasks,
	refused_ones_have_failed, cancelled_before_it_began, cancelled_while_it_waits,
	its_end_comes_to_a_thread, a_waiter_gives_up, awaits_across_loop_and_pool,
	many_submit_and_wait, nobody_needs_to_hold_it, a_callback_cannot_wait)
