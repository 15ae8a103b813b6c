/* SPDX-License-Identifier: MIT */
/* test_slow.c: a loop tells of what kept the others waiting. */
#include "loop/loops.h"
#include "support/fake_clock.h"
#include "support/suite.h"

typedef struct reports {
	int times;
	creel_duration took;
	creel_loop *loop, *current;
} reports;

static void
report(creel_loop *loop, creel_duration took, void *ctx)
{
	reports *r = ctx;

	r->times++;
	r->took = took;
	r->loop = loop;
	r->current = creel_current_loop();
}

/* Takes as many milliseconds as its argument says. */
static void
take_time(void *arg)
{
	fake_clock_step(CREEL_MILLISECONDS((intptr_t)arg));
}

static void *
take_time_twice(void *arg)
{
	take_time(arg);
	creel_sleep(0);
	take_time(arg);
	return NULL;
}

static creel_loop *
watched_loop(reports *r)
{
	creel_loop *loop;

	fake_clock_start();
	loop = loop_without_thread();
	ck_assert_int_eq(creel_loop_on_slow(loop, CREEL_MILLISECONDS(100), report, r), CREEL_OK);
	return loop;
}

/* 3.15 "log_slow_callbacks": longer than asked is told, as long as asked is not */
/* 1.12 "slow callback": told, with how long it took */
START_TEST(a_slow_callback)
{
	reports r = {0};
	creel_loop *loop = watched_loop(&r);

	creel_call_soon(loop, take_time, pointer_of(100), NULL);
	run_out(loop);
	ck_assert_int_eq(r.times, 0);
	creel_call_soon(loop, take_time, pointer_of(101), NULL);
	creel_call_soon(loop, take_time, pointer_of(1), NULL);
	run_out(loop);
	ck_assert_int_eq(r.times, 1);
	ck_assert_int_eq(r.took, CREEL_MILLISECONDS(101));
	ck_assert_ptr_eq(r.loop, loop);
	ck_assert_ptr_eq(r.current, loop);
	creel_loop_destroy(loop);
}
END_TEST

/* What counts is a stretch between two waits, not a task, nor its waits. */
START_TEST(a_slow_stretch_of_a_task)
{
	reports r = {0};
	creel_loop *loop = watched_loop(&r);

	creel_future_unref(creel_loop_submit(loop, take_time_twice, pointer_of(60)));
	run_out(loop);
	ck_assert_int_eq(r.times, 0);
	creel_future_unref(creel_loop_submit(loop, take_time_twice, pointer_of(150)));
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(r.times, 1);
	fake_clock_step(CREEL_SECONDS(10));
	run_out(loop);
	ck_assert_int_eq(r.times, 2);
	ck_assert_int_eq(r.took, CREEL_MILLISECONDS(150));
	creel_loop_destroy(loop);
}
END_TEST

static void
stop_watching(void *arg)
{
	creel_loop_on_slow(creel_current_loop(), 0, NULL, NULL);
	take_time(arg);
}

static void
watch_now(void *arg)
{
	take_time(pointer_of(500));
	creel_loop_on_slow(creel_current_loop(), CREEL_MILLISECONDS(100), report, arg);
	take_time(pointer_of(500));
}

START_TEST(switched_on_and_off)
{
	reports r = {0};
	creel_loop *loop = watched_loop(&r);

	creel_call_soon(loop, stop_watching, pointer_of(1000), NULL);
	creel_call_soon(loop, take_time, pointer_of(1000), NULL);
	run_out(loop);
	ck_assert_int_eq(r.times, 0);
	creel_call_soon(loop, watch_now, &r, NULL); /* what begins later counts */
	run_out(loop);
	ck_assert_int_eq(r.times, 0);
	creel_call_soon(loop, take_time, pointer_of(200), NULL);
	run_out(loop);
	ck_assert_int_eq(r.times, 1);
	ck_assert_int_eq(creel_loop_on_slow(loop, -1, report, &r), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_on_slow(NULL, 0, report, &r), CREEL_EINVAL);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.slow", a_slow_callback, a_slow_stretch_of_a_task, switched_on_and_off)
