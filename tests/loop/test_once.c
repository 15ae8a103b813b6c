/* SPDX-License-Identifier: MIT */
/* test_once.c: creel_loop_run_once(): one turn, by the owner alone, waiting no longer than asked. */
#include "loop/loops.h"
#include "support/fake_clock.h"
#include "support/suite.h"

/* The owner of a loop, on a thread of its own, so that the test can move the clock. */
typedef struct owner {
	creel_loop *loop;
	creel_duration timeout;
	gate ready;
	bool timer;
	creel_status status;
	int64_t took;
	pthread_t thread;
} owner;

static void *
own_and_run(void *arg)
{
	owner *o = arg;
	int64_t begin;

	o->loop = loop_without_thread();
	gate_pass(&o->ready);
	if (o->timer)
		creel_call_later(o->loop, CREEL_SECONDS(1), note, pointer_of('t'), NULL);
	begin = creel_now();
	o->status = creel_loop_run_once(o->loop, o->timeout);
	o->took = creel_now() - begin;
	creel_loop_destroy(o->loop);
	return NULL;
}

static void
start(owner *o)
{
	pthread_create(&o->thread, NULL, own_and_run, o);
	gate_await_arrivals(&o->ready, 1);
	gate_open(&o->ready);
	fake_clock_await_sleepers(1);
}

START_TEST(it_waits_so_long)
{
	owner o = {.timeout = CREEL_SECONDS(2), .ready = GATE_INIT};

	fake_clock_start();
	start(&o);
	fake_clock_step(CREEL_SECONDS(2) - 1);
	fake_clock_await_sleepers(1);
	fake_clock_step(1);
	pthread_join(o.thread, NULL);
	ck_assert_int_eq(o.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(o.took, CREEL_SECONDS(2));
}
END_TEST

START_TEST(a_post_ends_the_wait)
{
	owner o = {.timeout = CREEL_SECONDS(2), .ready = GATE_INIT};

	fake_clock_start();
	start(&o);
	creel_call_soon_threadsafe(o.loop, note, pointer_of('p'), NULL);
	pthread_join(o.thread, NULL);
	ck_assert_int_eq(o.status, CREEL_OK);
	ck_assert_int_eq(o.took, 0);
	ck_assert_str_eq(noted, "p");
}
END_TEST

START_TEST(a_timer_ends_the_wait)
{
	owner o = {.timeout = CREEL_FOREVER, .ready = GATE_INIT, .timer = true};

	fake_clock_start();
	start(&o);
	fake_clock_step(CREEL_SECONDS(1));
	pthread_join(o.thread, NULL);
	ck_assert_int_eq(o.status, CREEL_OK);
	ck_assert_int_eq(o.took, CREEL_SECONDS(1));
	ck_assert_str_eq(noted, "t");
}
END_TEST

/* 3.15 "custom_run_forever_integration": a loop inside somebody else's: each call is one turn */
START_TEST(one_call_is_one_turn)
{
	creel_loop *loop = loop_without_thread();

	creel_future_unref(creel_loop_submit(loop, sleep_for_ever, NULL));
	ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	for (int i = 'a'; i <= 'e'; i++) {
		creel_call_soon(loop, note, pointer_of(i), NULL);
		ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
		ck_assert_uint_eq(noted_count, (size_t)(i - 'a' + 1));
		ck_assert_ptr_null(creel_current_loop());
	}
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(bad_arguments)
{
	creel_loop *loop = loop_without_thread(), *threaded = loop_with_thread();

	ck_assert_int_eq(creel_loop_run_once(NULL, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_run_once(loop, -1), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_run_once(threaded, 0), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	ck_assert_int_eq(creel_loop_close(NULL, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_close(loop, -1), CREEL_EINVAL);
	creel_loop_destroy(threaded);
	creel_loop_destroy(loop);
}
END_TEST

static creel_loop *nested;
static creel_status answers[2];

static void
run_own_and_nested(void *arg)
{
	answers[0] = creel_loop_run_once(arg, 0);
	answers[1] = creel_loop_run_once(nested, 0);
}

static void *
run_it(void *arg)
{
	return pointer_of(creel_loop_run_once(arg, 0));
}

/* 1.12 "nested run in the same thread": ERUNNING, for the same loop and another */
/* 3.15 "running_loop_within_a_loop": the second is refused */
START_TEST(not_inside_another)
{
	creel_loop *loop = loop_without_thread();
	creel_pool *pool = pool_of(1);
	pthread_t thread;
	void *status;

	nested = loop_without_thread();
	creel_call_soon(loop, run_own_and_nested, loop, NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(answers[0], CREEL_ERUNNING);
	ck_assert_int_eq(answers[1], CREEL_ERUNNING);
	ck_assert_int_eq(take_number(creel_submit(pool, run_it, loop)), CREEL_ERUNNING);
	pthread_create(&thread, NULL, run_it, loop);
	pthread_join(thread, &status);
	ck_assert_int_eq((intptr_t)status, CREEL_EWRONGTHREAD);
	creel_pool_destroy(pool);
	creel_loop_destroy(nested);
	creel_loop_destroy(loop);
}
END_TEST

static void
run_in_destructor(void *arg)
{
	answers[1] = creel_loop_run_once(arg, 0);
}

static void
run_when_done(creel_future *future, void *arg)
{
	(void)future;
	answers[0] = creel_loop_run_once(arg, 0);
}

/* A thread that runs nothing may be inside a callback, too, or a destructor. */
START_TEST(not_in_a_callback)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_loop *loop = loop_without_thread();
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create(), *task;

	options.result_drop = run_in_destructor;
	task = creel_submit_with(pool, &options, same, loop);
	creel_pool_destroy(pool);
	creel_call_soon(loop, note, pointer_of('a'), NULL);
	creel_future_on_done(promise, run_when_done, loop);
	creel_future_set_result(promise, NULL);
	creel_future_unref(task);
	ck_assert_int_eq(answers[0], CREEL_ERUNNING);
	ck_assert_int_eq(answers[1], CREEL_ERUNNING);
	ck_assert_uint_eq(noted_count, 0);
	creel_no_suspend_enter(); /* whatever it runs suspends, not the caller */
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	creel_no_suspend_leave();
	ck_assert_str_eq(noted, "a");
	creel_future_unref(promise);
	creel_loop_destroy(loop);
}
END_TEST

/* Several loops of one thread, run in turns, with tasks suspended on each. */
static void *
await_number(void *arg)
{
	void *value = NULL;

	creel_await(arg, &value);
	note(value);
	return value;
}

START_TEST(two_loops_of_one_thread)
{
	creel_loop *loops[2] = {loop_without_thread(), loop_without_thread()};
	creel_future *promises[2], *tasks[2];

	for (int i = 0; i < 2; i++) {
		promises[i] = creel_future_create();
		tasks[i] = creel_loop_submit(loops[i], await_number, promises[i]);
		ck_assert_int_eq(creel_loop_run_once(loops[i], 0), CREEL_OK);
	}
	for (int i = 1; i >= 0; i--) {
		creel_future_set_result(promises[i], pointer_of('a' + i));
		ck_assert_int_eq(creel_loop_run_once(loops[1 - i], 0), CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_loop_run_once(loops[i], 0), CREEL_OK);
		ck_assert_int_eq(take_number(tasks[i]), 'a' + i);
	}
	ck_assert_str_eq(noted, "ba");
	for (int i = 0; i < 2; i++) {
		creel_future_unref(promises[i]);
		creel_loop_destroy(loops[i]);
	}
}
END_TEST

CREEL_SUITE("creel.loop.once", it_waits_so_long, a_post_ends_the_wait, a_timer_ends_the_wait,
	one_call_is_one_turn, bad_arguments, not_inside_another, not_in_a_callback,
	two_loops_of_one_thread)
