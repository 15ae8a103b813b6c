/* SPDX-License-Identifier: MIT */
/* test_handles.c: taking a callback back: in time or not, from the loop and from elsewhere. */
#include "loop/loop.h"
#include "loop/loops.h"
#include "support/fake_clock.h"
#include "support/scale.h"
#include "support/suite.h"

/* 3.15 "handle": a cancelled one is not called, a second cancel comes too late */
START_TEST(cancelled_in_time)
{
	creel_loop *loop = loop_without_thread();
	creel_handle *soon, *later;

	creel_call_soon(loop, note, pointer_of('a'), &soon);
	creel_call_soon(loop, note, pointer_of('b'), NULL);
	creel_call_later(loop, 0, note, pointer_of('c'), &later);
	ck_assert(creel_handle_cancel(soon));
	ck_assert(creel_handle_cancel(later));
	ck_assert(!creel_handle_cancel(soon));
	ck_assert(!creel_handle_cancel(later));
	run_out(loop);
	ck_assert_str_eq(noted, "b");
	ck_assert(!creel_handle_cancel(soon));
	creel_handle_unref(soon);
	creel_handle_unref(later);
	creel_loop_destroy(loop);
}
END_TEST

static creel_handle *own_handle, *other_handle;
static int cancelled[2];

static void
cancel_own_and_other(void *arg)
{
	note(arg);
	cancelled[0] = creel_handle_cancel(own_handle);
	cancelled[1] = creel_handle_cancel(other_handle);
}

/* 1.12 "handle.cancel()": true when it prevented the call; false when it runs, or has run */
START_TEST(cancelled_by_a_callback)
{
	creel_loop *loop = loop_without_thread();

	creel_call_soon(loop, cancel_own_and_other, pointer_of('a'), &own_handle);
	creel_call_soon(loop, note, pointer_of('b'), &other_handle);
	run_out(loop);
	ck_assert_str_eq(noted, "a");
	ck_assert_int_eq(cancelled[0], false);
	ck_assert_int_eq(cancelled[1], true);
	ck_assert(!creel_handle_cancel(own_handle));
	creel_handle_unref(own_handle);
	creel_handle_unref(other_handle);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(null_and_let_go)
{
	creel_loop *loop = loop_without_thread();
	creel_handle *handle;

	ck_assert(!creel_handle_cancel(NULL));
	creel_handle_unref(NULL);
	creel_call_soon(loop, note, pointer_of('a'), &handle);
	creel_handle_unref(handle);
	creel_call_later(loop, 0, note, pointer_of('b'), &handle);
	creel_handle_unref(handle);
	run_out(loop);
	ck_assert_str_eq(noted, "ab"); /* letting go does not take back */
	creel_loop_destroy(loop);
}
END_TEST

static void *
cancel_and_unref(void *arg)
{
	creel_handle *handle = arg;
	bool prevented = creel_handle_cancel(handle);

	creel_handle_unref(handle);
	return pointer_of(prevented);
}

/* 1.12 "cancel from another thread": as from the loop; the timer is taken out */
START_TEST(cancelled_by_another_thread)
{
	creel_handle *handles[3];
	creel_loop *loop;
	pthread_t thread;
	void *prevented;

	fake_clock_start();
	loop = loop_without_thread();
	creel_call_soon(loop, note, pointer_of('a'), &handles[0]);
	creel_call_later(loop, CREEL_SECONDS(1), note, pointer_of('b'), &handles[1]);
	creel_call_later(loop, 0, note, pointer_of('c'), &handles[2]);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(pthread_create(&thread, NULL, cancel_and_unref, handles[i]), 0);
		ck_assert_int_eq(pthread_join(thread, &prevented), 0);
		ck_assert_ptr_nonnull(prevented);
	}
	fake_clock_step(CREEL_SECONDS(1));
	run_out(loop);
	ck_assert_uint_eq(noted_count, 0);
	ck_assert(crl_timers_empty(&loop->runner->timers));
	creel_loop_destroy(loop);
}
END_TEST

/* 3.15 "_run_once_cancelled_event_cleanup": cancelled timers are gone at once */
START_TEST(a_cancelled_timer_leaves_nothing)
{
	creel_loop *loop = loop_without_thread();

	for (int i = 0; i < 1000; i++) {
		creel_handle *handle;

		creel_call_later(loop, CREEL_SECONDS(1000), note, NULL, &handle);
		ck_assert(creel_handle_cancel(handle));
		creel_handle_unref(handle);
		ck_assert(crl_timers_empty(&loop->runner->timers));
	}
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(a_handle_outlives_its_loop)
{
	creel_loop *loop = loop_without_thread();
	creel_handle *ran, *dropped, *prevented;

	creel_call_soon(loop, note, pointer_of('a'), &ran);
	creel_call_later(loop, CREEL_SECONDS(1000), note, pointer_of('b'), &dropped);
	creel_call_later(loop, CREEL_SECONDS(1000), note, pointer_of('c'), &prevented);
	ck_assert(creel_handle_cancel(prevented));
	creel_loop_destroy(loop);
	ck_assert_str_eq(noted, "a");
	ck_assert(!creel_handle_cancel(ran));
	ck_assert(!creel_handle_cancel(dropped));
	ck_assert(!creel_handle_cancel(prevented));
	creel_handle_unref(ran);
	creel_handle_unref(dropped);
	creel_handle_unref(prevented);
}
END_TEST

/* Cancels against timers that come due: each is called or was prevented, never both. */
typedef struct contest {
	creel_handle *handles[64];
	atomic_int called[64];
	int n;
} contest;

static void *
make_timers(void *arg)
{
	contest *c = arg;

	for (int i = 0; i < c->n; i++)
		creel_call_later(creel_current_loop(), CREEL_MICROSECONDS(i * 3), add_one,
			&c->called[i], &c->handles[i]);
	return NULL;
}

/* 1.12 "cancel from another thread": against timers that are due: called or prevented, never both */
START_TEST(cancels_meet_timers_that_are_due)
{
	creel_loop *loop = loop_with_thread();

	for (int round = 0; round < SCALE_TIMES(400); round++) {
		contest c = {.n = 64};
		bool prevented[64];

		ck_assert_int_eq(
			creel_take(creel_loop_submit(loop, make_timers, &c), NULL), CREEL_OK);
		for (int i = c.n; i-- > 0;)
			prevented[i] = creel_handle_cancel(c.handles[i]);
		for (int i = 0; i < c.n; i++) {
			if (!prevented[i])
				spin_until(&c.called[i], 1);
			creel_handle_unref(c.handles[i]);
		}
		settle_loop(loop);
		for (int i = 0; i < c.n; i++)
			ck_assert_int_eq(atomic_load(&c.called[i]), !prevented[i]);
	}
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.handles", cancelled_in_time, cancelled_by_a_callback, null_and_let_go,
	cancelled_by_another_thread, a_cancelled_timer_leaves_nothing, a_handle_outlives_its_loop,
	cancels_meet_timers_that_are_due)
