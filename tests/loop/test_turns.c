/* SPDX-License-Identifier: MIT */
/* test_turns.c: a loop is first in, first out, and a turn is what was ready when it began. */
#include "loop/loops.h"
#include "support/fake_clock.h"
#include "support/suite.h"

/* 3.15 "call_soon": first in, first out */
START_TEST(first_in_first_out)
{
	creel_loop *loop = loop_without_thread();

	for (int i = 'a'; i <= 'h'; i++)
		ck_assert_int_eq(creel_call_soon(loop, note, pointer_of(i), NULL), CREEL_OK);
	ck_assert_str_eq(noted, "");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "abcdefgh");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_loop_destroy(loop);
}
END_TEST

static void
note_and_add(void *arg)
{
	note(pointer_of('a'));
	creel_call_soon(creel_current_loop(), note, arg, NULL);
}

/* 1.12 "call_soon": what a turn adds runs in the next one */
/* 3.15 "_run_once_schedule_handle": newly scheduled runs in the next turn */
START_TEST(what_a_turn_adds_runs_in_the_next)
{
	creel_loop *loop = loop_without_thread();

	creel_call_soon(loop, note_and_add, pointer_of('c'), NULL);
	creel_call_soon(loop, note, pointer_of('b'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "ab");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "abc");
	creel_loop_destroy(loop);
}
END_TEST

static void
again_for_ever(void *arg)
{
	++*(int *)arg;
	creel_call_soon(creel_current_loop(), again_for_ever, arg, NULL);
}

/* 1.12 "call_soon": one that schedules itself starves no timer and nobody else */
START_TEST(nothing_starves_the_rest)
{
	creel_loop *loop;
	int turns = 0;

	fake_clock_start();
	loop = loop_without_thread();
	creel_call_soon(loop, again_for_ever, &turns, NULL);
	creel_call_later(loop, CREEL_SECONDS(1), note, pointer_of('t'), NULL);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(turns, 10);
	creel_call_soon(loop, note, pointer_of('s'), NULL);
	creel_future_unref(creel_loop_submit(loop, note_task, pointer_of('n')));
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(turns, 11);
	ck_assert_str_eq(noted, "snt");
	creel_loop_destroy(loop);
}
END_TEST

/* 1.4 "first step": a task begins in its turn, among the callbacks */
START_TEST(tasks_and_callbacks_share_one_queue)
{
	creel_loop *loop = loop_without_thread();
	creel_future *task;

	creel_call_soon(loop, note, pointer_of('a'), NULL);
	task = creel_loop_submit(loop, note_task, pointer_of('b'));
	creel_call_soon_threadsafe(loop, note, pointer_of('c'), NULL);
	ck_assert(!creel_future_done(task));
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "abc");
	ck_assert_int_eq(take_number(task), 'b');
	creel_loop_destroy(loop);
}
END_TEST

static void *
await_and_note(void *arg)
{
	creel_await(arg, NULL);
	note(pointer_of('r'));
	return NULL;
}

static void
set_result(void *arg)
{
	creel_future_set_result(arg, NULL);
	note(pointer_of('s'));
}

START_TEST(a_task_goes_on_in_the_next_turn)
{
	creel_loop *loop = loop_without_thread();
	creel_future *promise = creel_future_create();
	creel_future *task = creel_loop_submit(loop, await_and_note, promise);

	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	creel_call_soon(loop, set_result, promise, NULL);
	creel_call_soon(loop, note, pointer_of('a'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "sa");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "sar");
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
}
END_TEST

static void *
yield_twice(void *arg)
{
	for (int i = 0; i < 3; i++) {
		note(arg);
		if (creel_sleep(0) != CREEL_OK)
			note(pointer_of('!'));
	}
	return NULL;
}

/* 1.4 "yield nothing (sleep(0))": on a loop, exactly one turn */
START_TEST(a_yield_is_one_turn)
{
	creel_loop *loop = loop_without_thread();

	creel_future_unref(creel_loop_submit(loop, yield_twice, pointer_of('a')));
	creel_future_unref(creel_loop_submit(loop, yield_twice, pointer_of('b')));
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "ab");
	creel_call_soon(loop, note, pointer_of('c'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "ababc");
	ck_assert_int_eq(run_out(loop), 2); /* the last sleeps end in the second */
	ck_assert_str_eq(noted, "ababcab");
	creel_loop_destroy(loop);
}
END_TEST

static void *
post_p(void *arg)
{
	creel_call_soon_threadsafe(arg, note, pointer_of('p'), NULL);
	return NULL;
}

/* 1.12 "timers": behind what is ready, and what others have posted */
/* 1.12 "call_later(0) vs call_soon queued before": call_soon first */
START_TEST(ready_then_posted_then_due)
{
	creel_loop *loop = loop_without_thread();

	creel_call_later(loop, 0, note, pointer_of('t'), NULL);
	on_a_thread(post_p, loop);
	creel_call_soon(loop, note, pointer_of('a'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_uint_eq(strlen(noted), 3);
	ck_assert_int_eq(noted[2], 't');
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.turns", first_in_first_out, what_a_turn_adds_runs_in_the_next,
	nothing_starves_the_rest, tasks_and_callbacks_share_one_queue,
	a_task_goes_on_in_the_next_turn, a_yield_is_one_turn, ready_then_posted_then_due)
