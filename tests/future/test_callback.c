/* SPDX-License-Identifier: MIT */
/* test_callback.c: done-callbacks: when they are called, with what, where, in which order. */
#include "future/made.h"
#include "support/gate.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <pthread.h>
#include <string.h>

/* What the callbacks of a test did, as one letter each. */
static char story[64];

static void *
letter(const char *text)
{
	return (void *)(uintptr_t)text;
}

static void
tell(creel_future *f, void *arg)
{
	(void)f;
	strncat(story, arg, 1);
}

static void
tell_other(creel_future *f, void *arg)
{
	tell(f, arg);
}

/* A callback that looks at its future. */
typedef struct look {
	creel_future *future;
	creel_status status, outcome;
	void *value;
	const creel_error *error;
	pthread_t thread;
	int calls;
	bool done;
} look;

static void
take_a_look(creel_future *f, void *arg)
{
	look *l = arg;

	l->future = f;
	l->done = creel_future_done(f);
	l->status = creel_future_status(f);
	l->outcome = creel_future_result(f, &l->value);
	l->error = creel_future_error(f);
	l->thread = pthread_self();
	l->calls++;
}

static char a_value; /* a value by address */

/* 3.1 "done_callback_with_result": the callback gets the future and reads its value */
/* 1.2 "add_done_callback before done": not called before, once after */
START_TEST(done_callback_with_result)
{
	creel_future *f = creel_future_create();
	look l = {0};

	ck_assert_int_eq(creel_future_on_done(f, take_a_look, &l), CREEL_OK);
	ck_assert_int_eq(l.calls, 0);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_int_eq(l.calls, 1);
	ck_assert_ptr_eq(l.future, f);
	ck_assert(l.done);
	ck_assert_int_eq(l.status, CREEL_OK);
	ck_assert_int_eq(l.outcome, CREEL_OK);
	ck_assert_ptr_eq(l.value, &a_value);
	ck_assert_ptr_null(l.error);
	creel_future_unref(f);
	ck_assert_int_eq(l.calls, 1);
}
END_TEST

/* 3.1 "done_callback_with_exception": the callback reads the error */
START_TEST(done_callback_with_exception)
{
	creel_future *f = creel_future_create();
	look l = {0};

	creel_future_on_done(f, take_a_look, &l);
	ck_assert_int_eq(creel_future_set_error(f, 42, "test"), CREEL_OK);
	ck_assert_int_eq(l.calls, 1);
	ck_assert_int_eq(l.status, CREEL_EFAILED);
	ck_assert_int_eq(l.outcome, CREEL_EFAILED);
	ck_assert_int_eq(l.error->code, 42);
	ck_assert_str_eq(l.error->message, "test");
	creel_future_unref(f);
}
END_TEST

/* 3.1 "done_callback_with_cancel": cancel says NOW, and the callback sees it cancelled */
/* 1.2 "callbacks on cancel": in the cancelling thread, after the change of state */
START_TEST(done_callback_with_cancel)
{
	creel_future *f = creel_future_create();
	look l = {0};

	creel_future_on_done(f, take_a_look, &l);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_NOW);
	ck_assert_int_eq(l.calls, 1);
	ck_assert(pthread_equal(l.thread, pthread_self()));
	ck_assert_int_eq(l.status, CREEL_ECANCELLED);
	ck_assert_int_eq(l.outcome, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_ALREADY);
	ck_assert_int_eq(l.calls, 1);
	creel_future_unref(f);
}
END_TEST

/* 3.1 "done_callback_already_successful": a late callback runs at once */
/* 1.2 "add_done_callback after done": in the caller, before the return */
START_TEST(done_callback_already_successful)
{
	creel_future *f = creel_future_create();
	look l = {0};

	creel_future_set_result(f, &a_value);
	ck_assert_int_eq(creel_future_on_done(f, take_a_look, &l), CREEL_OK);
	ck_assert_int_eq(l.calls, 1);
	ck_assert_ptr_eq(l.future, f);
	ck_assert_ptr_eq(l.value, &a_value);
	ck_assert(pthread_equal(l.thread, pthread_self()));
	creel_future_unref(f);
}
END_TEST

/* 3.1 "done_callback_already_failed": a late callback runs at once */
START_TEST(done_callback_already_failed)
{
	creel_future *f = creel_future_create();
	look l = {0};

	creel_future_set_error(f, 6, "x");
	ck_assert_int_eq(creel_future_on_done(f, take_a_look, &l), CREEL_OK);
	ck_assert_int_eq(l.calls, 1);
	ck_assert_int_eq(l.error->code, 6);
	creel_future_unref(f);
}
END_TEST

/* 3.1 "done_callback_already_cancelled": a late callback runs at once */
START_TEST(done_callback_already_cancelled)
{
	creel_future *f = creel_future_create();
	look l = {0};

	creel_future_cancel(f);
	ck_assert_int_eq(creel_future_on_done(f, take_a_look, &l), CREEL_OK);
	ck_assert_int_eq(l.calls, 1);
	ck_assert_int_eq(l.status, CREEL_ECANCELLED);
	creel_future_unref(f);
}
END_TEST

/* A callback in which everything goes wrong. */
static void
fail_inside(creel_future *f, void *arg)
{
	creel_status *status = arg;

	*status = creel_future_set_result(f, &a_value);
	strcat(story, "!");
}

/* 3.1 "done_callback_raises": a failing call in one callback does not keep the next from running */
/* 1.2 "callback raises Exception": callbacks return nothing; the next runs */
START_TEST(done_callback_raises)
{
	creel_future *f = creel_future_create();
	creel_status status = CREEL_OK;

	creel_future_on_done(f, fail_inside, &status);
	creel_future_on_done(f, tell, letter("b"));
	ck_assert_int_eq(creel_future_set_result(f, NULL), CREEL_OK);
	ck_assert_int_eq(status, CREEL_ESTATE);
	ck_assert_str_eq(story, "!b");
	creel_future_unref(f);
}
END_TEST

/* 3.1 "done_callback_raises_already_succeeded": a late callback's failure stays its own */
START_TEST(done_callback_raises_already_succeeded)
{
	creel_future *f = creel_future_create();
	creel_status status = CREEL_OK;

	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_future_on_done(f, fail_inside, &status), CREEL_OK);
	ck_assert_int_eq(status, CREEL_ESTATE);
	ck_assert_str_eq(story, "!");
	creel_future_unref(f);
}
END_TEST

static void
register_abc(creel_future *f)
{
	creel_future_on_done(f, tell, letter("a"));
	creel_future_on_done(f, tell_other, letter("b"));
	creel_future_on_done(f, tell, letter("c"));
}

/* 3.5 "callbacks_invoked_on_set_result": in order, once */
/* 0.2 "Callbacks: order": FIFO for one future */
START_TEST(callbacks_invoked_on_set_result)
{
	creel_future *f = creel_future_create();

	register_abc(f);
	ck_assert_str_eq(story, "");
	creel_future_set_result(f, NULL);
	ck_assert_str_eq(story, "abc");
	creel_future_unref(f);
	ck_assert_str_eq(story, "abc");
}
END_TEST

/* 3.5 "callbacks_invoked_on_set_exception": in order, once */
START_TEST(callbacks_invoked_on_set_exception)
{
	creel_future *f = creel_future_create();

	register_abc(f);
	creel_future_set_error(f, 1, "x");
	ck_assert_str_eq(story, "abc");
	creel_future_error(f);
	creel_future_unref(f);
	ck_assert_str_eq(story, "abc");
}
END_TEST

/* 0.2 "Callbacks: count": what is registered twice runs twice */
START_TEST(the_same_callback_twice)
{
	creel_future *f = creel_future_create();

	creel_future_on_done(f, tell, letter("x"));
	creel_future_on_done(f, tell, letter("x"));
	creel_future_set_result(f, NULL);
	creel_future_on_done(f, tell, letter("x"));
	ck_assert_str_eq(story, "xxx");
	creel_future_unref(f);
}
END_TEST

static void *
complete(void *arg)
{
	creel_future_set_result(arg, NULL);
	return NULL;
}

/* 1.2 "callback thread": the completing thread's; a late one's the registering thread's */
/* 1.3 "set_result from another thread": the normal way here */
/* 0.2 "Callbacks: thread": inline in the completing, or the registering, thread */
START_TEST(the_thread_of_a_callback)
{
	creel_future *f = creel_future_create();
	look early = {0}, late = {0};
	pthread_t thread;

	creel_future_on_done(f, take_a_look, &early);
	pthread_create(&thread, NULL, complete, f);
	pthread_join(thread, NULL);
	ck_assert_int_eq(early.calls, 1);
	ck_assert(!pthread_equal(early.thread, pthread_self()));
	creel_future_on_done(f, take_a_look, &late);
	ck_assert(pthread_equal(late.thread, pthread_self()));
	creel_future_unref(f);
}
END_TEST

static void
tell_wake(crl_waker *waker)
{
	(void)waker;
	strcat(story, "w");
}

static crl_wake *const by_telling = tell_wake;

/* 1.2 "order inside set_result": waiters, even later ones, are woken before callbacks run */
/* 4 "T3": (e) publish, detach, wake, run callbacks */
START_TEST(waiters_come_first)
{
	creel_future *f = creel_future_create();
	crl_waker before = {.wake = &by_telling}, after = {.wake = &by_telling};

	ck_assert(crl_future_link(f, &before));
	register_abc(f);
	ck_assert(crl_future_link(f, &after));
	creel_future_set_result(f, NULL);
	ck_assert_str_eq(story, "wwabc");
	creel_future_unref(f);
}
END_TEST

static gate slow = GATE_INIT;

static void
pass_gate(creel_future *f, void *arg)
{
	(void)f;
	gate_pass(arg);
	strcat(story, "g");
}

static void *
complete_when_awaited(void *arg)
{
	made_await_linked(arg, 2); /* the callback and the reader */
	creel_future_set_result(arg, NULL);
	return NULL;
}

/* 1.2 "order inside set_result": a blocked result() may return before the callbacks have run */
START_TEST(a_slow_callback_keeps_no_reader_waiting)
{
	creel_future *f = creel_future_create();
	pthread_t thread;

	creel_future_on_done(f, pass_gate, &slow);
	pthread_create(&thread, NULL, complete_when_awaited, f);
	ck_assert_int_eq(creel_await(f, NULL), CREEL_OK);
	gate_await_arrivals(&slow, 1);
	ck_assert_str_eq(story, "");
	gate_open(&slow);
	pthread_join(thread, NULL);
	ck_assert_str_eq(story, "g");
	creel_future_unref(f);
}
END_TEST

CREEL_SUITE("creel.future.callback", done_callback_with_result, done_callback_with_exception,
	done_callback_with_cancel, done_callback_already_successful, done_callback_already_failed,
	done_callback_already_cancelled, done_callback_raises,
	done_callback_raises_already_succeeded, callbacks_invoked_on_set_result,
	callbacks_invoked_on_set_exception, the_same_callback_twice, the_thread_of_a_callback,
	waiters_come_first, a_slow_callback_keeps_no_reader_waiting)
