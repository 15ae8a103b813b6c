/* SPDX-License-Identifier: MIT */
/* test_callback_calls.c: what a callback may do: anything but wait. */
#include "future/made.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static char a_value; /* a value by address */

static void
count(creel_future *f, void *arg)
{
	(void)f;
	++*(int *)arg;
}

typedef struct answers {
	int calls, others;
	creel_status set_result, set_error, status, result, await, await_for, take, on_done;
	creel_cancel_result cancel;
	size_t removed;
	const creel_error *error;
	bool done;
} answers;

static void
call_everything(creel_future *f, void *arg)
{
	answers *to = arg;

	to->calls++;
	to->done = creel_future_done(f);
	to->status = creel_future_status(f);
	to->result = creel_future_result(f, NULL);
	to->error = creel_future_error(f);
	to->set_result = creel_future_set_result(f, NULL);
	to->set_error = creel_future_set_error(f, 1, "x");
	to->cancel = creel_future_cancel(f);
	to->on_done = creel_future_on_done(f, count, &to->others);
	to->removed = creel_future_remove_on_done(f, call_everything, arg);
	to->await = creel_await(f, NULL);
	to->await_for = creel_await_for(f, CREEL_FOREVER, NULL);
	creel_future_unref(creel_future_ref(f));
	to->take = creel_take(creel_future_ref(f), NULL);
}

/* 0.2 "Callbacks: locks": none is held: every function works on the same future */
START_TEST(every_function_on_the_same_future)
{
	creel_future *f = creel_future_create();
	answers got = {0};

	creel_future_on_done(f, call_everything, &got);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_int_eq(got.calls, 1);
	ck_assert(got.done);
	ck_assert_int_eq(got.status, CREEL_OK);
	ck_assert_int_eq(got.result, CREEL_OK);
	ck_assert_ptr_null(got.error);
	ck_assert_int_eq(got.set_result, CREEL_ESTATE);
	ck_assert_int_eq(got.set_error, CREEL_ESTATE);
	ck_assert_int_eq(got.cancel, CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(got.on_done, CREEL_OK);
	ck_assert_uint_eq(got.removed, 0);
	ck_assert_int_eq(got.await, CREEL_OK);
	ck_assert_int_eq(got.await_for, CREEL_OK);
	ck_assert_int_eq(got.take, CREEL_OK);
	ck_assert_int_eq(got.others, 1);
	creel_future_unref(f);
}
END_TEST

typedef struct waits {
	creel_future *pending; /* two references: take lets one go */
	creel_status await, await_for, poll, wait_for, take, sleep, yield;
	void *out;
} waits;

static void
try_to_wait(creel_future *f, void *arg)
{
	waits *w = arg;

	(void)f;
	w->out = w;
	w->await = creel_await(w->pending, &w->out);
	w->await_for = creel_await_for(w->pending, 1, &w->out);
	w->poll = creel_await_for(w->pending, 0, &w->out);
	w->wait_for = creel_wait_for(w->pending, 1, &w->out);
	w->take = creel_take(w->pending, &w->out);
	w->sleep = creel_sleep(1);
	w->yield = creel_sleep(0);
}

static void
expect_refused(const waits *w)
{
	ck_assert_int_eq(w->await, CREEL_EDEADLK);
	ck_assert_int_eq(w->await_for, CREEL_EDEADLK);
	ck_assert_int_eq(w->poll, CREEL_ETIMEDOUT);
	ck_assert_int_eq(w->wait_for, CREEL_EDEADLK);
	ck_assert_int_eq(w->take, CREEL_EDEADLK);
	ck_assert_int_eq(w->sleep, CREEL_EDEADLK);
	ck_assert_int_eq(w->yield, CREEL_EDEADLK);
	ck_assert_ptr_eq(w->out, w);
	ck_assert_int_eq(creel_future_status(w->pending), CREEL_EPENDING);
}

/* 3.16 "23. a waiting call on the loop thread outside any task": EDEADLK on a pending future, at completion and late; afterwards
 * the thread may wait */
START_TEST(a_callback_may_not_wait)
{
	creel_future *f = creel_future_create();
	waits w = {.pending = creel_future_ref(creel_future_ref(creel_future_create()))};

	creel_future_on_done(f, try_to_wait, &w);
	creel_future_set_result(f, NULL);
	expect_refused(&w);
	creel_future_on_done(f, try_to_wait, &w);
	expect_refused(&w);
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
	ck_assert_int_eq(creel_await_for(w.pending, 1, NULL), CREEL_ETIMEDOUT);
	creel_future_unref(w.pending);
	creel_future_unref(f);
}
END_TEST

static void
leave(creel_future *f, void *arg)
{
	waits *w = arg;

	(void)f;
	creel_no_suspend_leave();
	w->sleep = creel_sleep(1);
}

/* A leave without an enter does nothing, in a callback too. */
START_TEST(an_unpaired_leave_does_nothing)
{
	creel_future *f = creel_future_create();
	waits w = {.sleep = CREEL_OK};

	creel_future_on_done(f, leave, &w);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(w.sleep, CREEL_EDEADLK);
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
	creel_future_unref(f);
}
END_TEST

static void
enter(creel_future *f, void *arg)
{
	(void)f;
	(void)arg;
	creel_no_suspend_enter();
}

/* What a callback enters and does not leave ends with it. */
START_TEST(an_unpaired_enter_ends_with_the_callback)
{
	creel_future *f = creel_future_create();

	creel_future_on_done(f, enter, NULL);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
	creel_no_suspend_enter();
	creel_future_on_done(f, enter, NULL);
	ck_assert_int_eq(creel_sleep(1), CREEL_EDEADLK);
	creel_no_suspend_leave();
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
	creel_future_unref(f);
}
END_TEST

static void
unref_it(creel_future *f, void *arg)
{
	(void)f;
	creel_future_unref(arg);
}

static void
read_after(creel_future *f, void *arg)
{
	creel_future_result(f, arg);
}

/* 0.2 "Ownership": unref inside an own callback; freed only after the last callback has returned */
/* 3.16 "4. unref in own callback": the next callback still has a live future */
START_TEST(a_callback_drops_the_last_reference)
{
	made m;
	creel_future *f = made_promise(&m);
	void *out = NULL;

	creel_future_on_done(f, unref_it, f);
	creel_future_on_done(f, read_after, &out);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_ptr_eq(out, &a_value);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 1);

	f = made_promise(&m);
	creel_future_set_result(f, &a_value);
	creel_future_on_done(f, unref_it, f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

/* Links of a chain: each one's callback makes the next and completes it. */
typedef struct chain {
	int left;
	int depth, deepest;
	bool late; /* the next is done before the callback is registered */
} chain;

static void
next_link(creel_future *f, void *arg)
{
	chain *ch = arg;
	creel_future *next;

	(void)f;
	if (--ch->left == 0)
		return;
	if (++ch->depth > ch->deepest)
		ch->deepest = ch->depth;
	next = creel_future_create();
	if (ch->late)
		creel_future_set_result(next, NULL);
	creel_future_on_done(next, next_link, ch);
	if (!ch->late)
		creel_future_set_result(next, NULL);
	creel_future_unref(next);
	ch->depth--;
}

static void *
run_chain(void *arg)
{
	creel_future *f = creel_future_create();

	creel_future_on_done(f, next_link, arg);
	creel_future_set_result(f, NULL);
	creel_future_unref(f);
	return NULL;
}

static void
run_on_a_small_stack(void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, (size_t)128 << 10), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, fn, arg), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
}

/* 3.16 "24. callback re-entrancy depth": 10^6 inline completions on a stack of 128 KiB */
START_TEST(a_long_chain)
{
	chain ch = {.left = SCALE_TIMES(1000000)};

	run_on_a_small_stack(run_chain, &ch);
	ck_assert_int_eq(ch.left, 0);
	ck_assert_int_eq(ch.deepest, 1);
}
END_TEST

/* 3.16 "24. callback re-entrancy depth": the same with callbacks that are registered late */
START_TEST(a_long_chain_of_late_callbacks)
{
	chain ch = {.left = SCALE_TIMES(1000000), .late = true};

	run_on_a_small_stack(run_chain, &ch);
	ck_assert_int_eq(ch.left, 0);
	ck_assert_int_eq(ch.deepest, 1);
}
END_TEST

static char story[16];

static void
complete_other(creel_future *f, void *arg)
{
	(void)f;
	strcat(story, "(");
	creel_future_set_result(arg, NULL);
	strcat(story, ")");
}

static void
tell(creel_future *f, void *arg)
{
	(void)f;
	strncat(story, arg, 1);
}

/* A callback that completes another future: that one's callbacks run after it, not inside it. */
START_TEST(callbacks_do_not_nest)
{
	creel_future *outer = creel_future_create(), *inner = creel_future_create();

	creel_future_on_done(outer, complete_other, inner);
	creel_future_on_done(inner, tell, (char[]){"1"});
	creel_future_on_done(inner, tell, (char[]){"2"});
	creel_future_set_result(outer, NULL);
	ck_assert_str_eq(story, "()12");
	creel_future_unref(outer);
	creel_future_unref(inner);
}
END_TEST

CREEL_SUITE("creel.future.callback_calls", every_function_on_the_same_future,
	a_callback_may_not_wait, an_unpaired_leave_does_nothing,
	an_unpaired_enter_ends_with_the_callback, a_callback_drops_the_last_reference, a_long_chain,
	a_long_chain_of_late_callbacks, callbacks_do_not_nest)
