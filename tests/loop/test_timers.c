/* SPDX-License-Identifier: MIT */
/* test_timers.c: callbacks of later: never early, in the order of their deadlines, equal ones in the
 * order of the calls. */
#include "fiber/watched.h"
#include "loop/loops.h"
#include "support/fake_clock.h"
#include "support/suite.h"

#include <stdlib.h>

/* 3.15 "call_later": when the time has come, not a nanosecond before */
START_TEST(not_early)
{
	creel_loop *loop;

	fake_clock_start();
	loop = loop_without_thread();
	ck_assert_int_eq(
		creel_call_later(loop, CREEL_SECONDS(2), note, pointer_of('a'), NULL), CREEL_OK);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	fake_clock_step(CREEL_SECONDS(2) - 1);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	ck_assert_str_eq(noted, "");
	fake_clock_step(1);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "a");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_loop_destroy(loop);
}
END_TEST

#define DUE 1000

static struct {
	creel_loop *loop;
	int due, next;
	bool mixed; /* something of the next turn has come before something of this one */
} turn;

static void
in_the_next_turn(void *arg)
{
	(void)arg;
	turn.mixed |= turn.due < DUE;
	turn.next++;
}

static void
add_to_the_next_turn(void *arg)
{
	(void)arg;
	turn.due++;
	creel_call_soon(turn.loop, in_the_next_turn, NULL, NULL);
	creel_call_at(
		turn.loop, 1, in_the_next_turn, NULL, NULL); /* earlier than all of this one */
}

/* However many are due, they are one turn; what they add is the next one. */
START_TEST(many_are_one_turn)
{
	creel_loop *loop;

	fake_clock_start();
	turn.loop = loop = loop_without_thread();
	for (int i = 0; i < DUE; i++)
		creel_call_later(loop, 1 + i % 3, add_to_the_next_turn, NULL, NULL);
	fake_clock_step(3);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(turn.due + turn.next, DUE);
	ck_assert(!turn.mixed);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(turn.next, 2 * DUE);
	creel_loop_destroy(loop);
}
END_TEST

/* 3.15 "time_and_call_at": by the clock of creel_now(), and in the order of the deadlines */
START_TEST(in_the_order_of_deadlines)
{
	static const int seconds[] = {5, 1, 4, 2, 3};
	creel_loop *loop;
	int64_t now;

	fake_clock_start();
	loop = loop_without_thread();
	now = creel_now();
	for (int i = 0; i < 5; i++) {
		const int64_t when = now + CREEL_SECONDS(seconds[i]);

		ck_assert_int_eq(
			creel_call_at(loop, when, note, pointer_of('0' + seconds[i]), NULL),
			CREEL_OK);
	}
	for (int i = 1; i <= 3; i++) {
		fake_clock_step(CREEL_SECONDS(1));
		ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
		ck_assert_uint_eq(strlen(noted), (size_t)i);
	}
	fake_clock_step(CREEL_SECONDS(10)); /* the rest in one turn */
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "12345");
	creel_loop_destroy(loop);
}
END_TEST

/* The ranks come in order. */
static int next_rank;
static bool in_order = true;

static void
expect_rank(void *arg)
{
	in_order = in_order && (int)(intptr_t)arg == next_rank;
	next_rank++;
}

/* 1.12 "equal deadlines": in the order of the calls */
/* 3.16 "20. timers": 100,000 equal deadlines stay in order */
/* 5 "D5": equal timers keep their order */
START_TEST(equal_deadlines_keep_their_order)
{
	const int n = (int)scaled(100000, 10000);
	creel_loop *loop;
	int64_t when;

	fake_clock_start();
	loop = loop_without_thread();
	when = creel_now() + CREEL_SECONDS(1);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(
			creel_call_at(loop, when, expect_rank, pointer_of(i), NULL), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(next_rank, n);
	ck_assert(in_order);
	creel_loop_destroy(loop);
}
END_TEST

/* 3.15 "call_later_negative_delays": otherwise: a negative delay is refused; overdue deadlines keep their order */
START_TEST(negative_and_late)
{
	creel_loop *loop;
	int64_t now;

	fake_clock_start();
	loop = loop_without_thread();
	fake_clock_step(CREEL_SECONDS(10));
	now = creel_now();
	ck_assert_int_eq(creel_call_later(loop, -1, note, NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_call_later(loop, INT64_MIN, note, NULL, NULL), CREEL_EINVAL);
	creel_call_at(loop, now - 1, note, pointer_of('c'), NULL);
	creel_call_at(loop, now - 5, note, pointer_of('b'), NULL);
	creel_call_at(loop, INT64_MIN, note, pointer_of('a'), NULL);
	creel_call_later(loop, 0, note, pointer_of('d'), NULL);
	creel_call_soon(loop, note, pointer_of('s'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "sabcd");
	creel_loop_destroy(loop);
}
END_TEST

static void
late_in_a_turn(void *arg)
{
	note(pointer_of('a'));
	creel_call_later(creel_current_loop(), 0, note, arg, NULL);
	creel_call_soon(creel_current_loop(), note, pointer_of('s'), NULL);
}

/* 1.12 "call_later(0) vs call_soon queued before": due in the next turn, behind what is ready by then */
START_TEST(at_once_is_the_next_turn)
{
	creel_loop *loop = loop_without_thread();

	creel_call_soon(loop, late_in_a_turn, pointer_of('t'), NULL);
	creel_call_soon(loop, note, pointer_of('b'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "ab");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "abst");
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(for_ever_never_comes)
{
	creel_loop *loop;

	fake_clock_start();
	loop = loop_without_thread();
	ck_assert_int_eq(creel_call_later(loop, CREEL_FOREVER, note, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_call_at(loop, INT64_MAX, note, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_call_later(loop, CREEL_FOREVER - 1, note, NULL, NULL), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(1000000));
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	ck_assert_uint_eq(noted_count, 0);
	creel_loop_destroy(loop);
}
END_TEST

static void *
add_two_timers(void *arg)
{
	creel_loop *loop = creel_current_loop();

	creel_call_later(loop, CREEL_SECONDS(3), add_one, arg, NULL);
	creel_call_later(loop, CREEL_SECONDS(1), add_one, arg, NULL);
	return NULL;
}

/* 3.15 "_run_once": a loop sleeps until its first timer */
START_TEST(a_loop_with_a_thread_sleeps_until_the_first)
{
	atomic_int called = 0;
	creel_loop *loop;

	fake_clock_start();
	loop = loop_with_thread();
	ck_assert_int_eq(
		creel_take(creel_loop_submit(loop, add_two_timers, &called), NULL), CREEL_OK);
	for (int i = 1; i <= 2; i++) {
		fake_clock_await_sleepers(1);
		fake_clock_step(CREEL_SECONDS(i) - 1);
		linger(&called);
		fake_clock_await_sleepers(1);
		ck_assert_int_eq(atomic_load(&called), i - 1);
		fake_clock_step(1);
		spin_until(&called, i);
	}
	creel_loop_destroy(loop);
}
END_TEST

typedef struct slept {
	int seconds;
	creel_status status;
} slept;

static void *
sleep_and_note(void *arg)
{
	slept *s = arg;

	s->status = creel_sleep(CREEL_SECONDS(s->seconds));
	note(pointer_of('0' + s->seconds));
	return NULL;
}

/* 1.10 "precision": tasks' sleeps and callbacks of the same loop, in one order */
START_TEST(sleeps_are_timers_too)
{
	slept s[] = {{3, CREEL_EPENDING}, {1, CREEL_EPENDING}};
	creel_loop *loop;

	fake_clock_start();
	loop = loop_without_thread();
	for (int i = 0; i < 2; i++)
		creel_future_unref(creel_loop_submit(loop, sleep_and_note, &s[i]));
	creel_call_later(loop, CREEL_SECONDS(2), note, pointer_of('2'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(3));
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "123");
	ck_assert_int_eq(s[0].status, CREEL_OK);
	ck_assert_int_eq(s[1].status, CREEL_OK);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.timers", not_early, many_are_one_turn, in_the_order_of_deadlines,
	equal_deadlines_keep_their_order, negative_and_late, at_once_is_the_next_turn,
	for_ever_never_comes, a_loop_with_a_thread_sleeps_until_the_first, sleeps_are_timers_too)
