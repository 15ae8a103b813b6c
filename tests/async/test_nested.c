/* SPDX-License-Identifier: MIT */
/* Gathers and shields of gathers and shields: in which order they end, and that no depth is too deep. */
#include "async/combined.h"
#include "future/future.h"
#include "support/suite.h"

#include <pthread.h>
#include <string.h>

#define DEPTH 200000

/* What happened, in order. */
static char events[16];

static void
event(creel_future *future, void *arg)
{
	const size_t n = strlen(events);

	(void)future;
	ck_assert_uint_lt(n + 1, sizeof events);
	events[n] = *(const char *)arg;
	events[n + 1] = '\0';
}

static void *
name(const char *text)
{
	return (void *)(uintptr_t)text;
}

typedef struct watcher {
	crl_waker waker;
	const char *name;
} watcher;

static void
woken(crl_waker *waker)
{
	event(NULL, name(((watcher *)waker)->name));
}

static crl_wake *const by_name = woken;

static void
watch(watcher *w, creel_future *future, const char *name)
{
	*w = (watcher){.waker.wake = &by_name, .name = name};
	ck_assert(crl_future_link(future, &w->waker));
}

/* Waiters first, also those of a gather and of a shield; callbacks last, in the order they came due. */
START_TEST(waiters_before_callbacks)
{
	creel_future *f = creel_future_create(), *gathered, *shielded;
	watcher of_future, of_gather, of_shield;

	events[0] = '\0';
	creel_future_on_done(f, event, name("f"));
	gathered = creel_gather(&f, 1, 0);
	shielded = creel_shield(gathered);
	creel_future_on_done(gathered, event, name("g"));
	creel_future_on_done(shielded, event, name("s"));
	watch(&of_shield, shielded, "3");
	watch(&of_gather, gathered, "2");
	watch(&of_future, f, "1");
	succeed(f, 1);
	ck_assert_str_eq(events, "123fgs");
	creel_future_unref(shielded);
	creel_future_unref(gathered);
	creel_future_unref(f);
}
END_TEST

static creel_future *second, *whole_of_second;

static void
end_second(creel_future *future, void *arg)
{
	event(future, arg);
	succeed(second, 2);
	ck_assert(creel_future_done(whole_of_second));
	event(future, arg);
}

/* What a callback ends has ended, with all that follows but for callbacks, when the call returns. */
START_TEST(a_callback_ends_another)
{
	creel_future *f = creel_future_create();

	events[0] = '\0';
	second = creel_future_create();
	whole_of_second = creel_gather(&second, 1, 0);
	creel_future_on_done(f, end_second, name("a"));
	creel_future_on_done(f, event, name("b"));
	creel_future_on_done(whole_of_second, event, name("c"));
	succeed(f, 1);
	ck_assert_str_eq(events, "aabc");
	creel_future_unref(whole_of_second);
	creel_future_unref(second);
	creel_future_unref(f);
}
END_TEST

/* A chain of gathers and shields, each over the one before; only the last is kept. */
static creel_future *
chain(creel_future *first)
{
	creel_future *last = creel_future_ref(first);

	for (size_t i = 0; i < DEPTH; i++) {
		creel_future *next = i % 2 ? creel_shield(last) : creel_gather(&last, 1, 0);

		creel_future_unref(last);
		last = next;
	}
	return last;
}

START_TEST(deep_chain_ends)
{
	creel_future *f = creel_future_create(), *last = chain(f);

	succeed(f, 1);
	ck_assert_int_eq(creel_await(last, NULL), CREEL_OK);
	creel_future_unref(last);
	creel_future_unref(f);
}
END_TEST

START_TEST(deep_chain_fails)
{
	creel_future *f = creel_future_create(), *last = chain(f);

	fail_with(f, 7);
	expect_refused(last, 7);
	creel_future_unref(f);
}
END_TEST

/* A chain of gathers alone passes a cancel on, from the last to the first. */
START_TEST(deep_chain_is_cancelled)
{
	creel_future *f = creel_future_create(), *last = creel_gather(&f, 1, 0);

	for (size_t i = 0; i < DEPTH; i++) {
		creel_future *next = creel_gather(&last, 1, 0);

		creel_future_unref(last);
		last = next;
	}
	ck_assert_int_eq(creel_future_cancel(last), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_future_status(f), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_await(last, NULL), CREEL_ECANCELLED);
	creel_future_unref(last);
	creel_future_unref(f);
}
END_TEST

/* So does one that fails, and cancels the others by that. */
START_TEST(deep_chain_is_cancelled_by_a_failure)
{
	creel_future *f = creel_future_create(), *other = creel_future_create();
	creel_future *last = creel_future_ref(f), *whole;

	for (size_t i = 0; i < DEPTH; i++) {
		creel_future *next = creel_gather(&last, 1, 0);

		creel_future_unref(last);
		last = next;
	}
	whole = creel_gather((creel_future *[]){other, last}, 2, CREEL_CANCEL_ON_ERROR);
	fail_with(other, 5);
	ck_assert_int_eq(creel_future_status(f), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(last), CREEL_ECANCELLED);
	expect_refused(whole, 5);
	creel_future_unref(last);
	creel_future_unref(other);
	creel_future_unref(f);
}
END_TEST

static creel_future *last_of_chain;

static void *
cancel_last(void *arg)
{
	creel_future_cancel(last_of_chain);
	return arg;
}

/* Two threads cancel the same chain at the same time. */
START_TEST(cancelled_by_two)
{
	for (int round = 0; round < 50; round++) {
		creel_future *f = creel_future_create();
		pthread_t other;

		last_of_chain = creel_gather(&f, 1, 0);
		for (size_t i = 0; i < 200; i++) {
			creel_future *next = creel_gather(&last_of_chain, 1, 0);

			creel_future_unref(last_of_chain);
			last_of_chain = next;
		}
		ck_assert_int_eq(pthread_create(&other, NULL, cancel_last, NULL), 0);
		creel_future_cancel(last_of_chain);
		ck_assert_int_eq(pthread_join(other, NULL), 0);
		ck_assert_int_eq(creel_await(last_of_chain, NULL), CREEL_ECANCELLED);
		creel_future_unref(last_of_chain);
		creel_future_unref(f);
	}
}
END_TEST

/* Who looks at a gather through a shield, or through another gather, has looked at its errors. */
START_TEST(looked_at_through_another)
{
	for (int i = 0; i < 4; i++) {
		creel_future *f = creel_future_create();
		creel_future *inner = creel_gather(&f, 1, CREEL_RETURN_EXCEPTIONS);
		creel_future *outer = i < 2 ? creel_shield(inner) : creel_gather(&inner, 1, 0);

		count_reports();
		fail_with(f, 5);
		if (i % 2)
			ck_assert_int_eq(creel_await(outer, NULL), CREEL_OK);
		creel_future_unref(outer);
		creel_future_unref(inner);
		creel_future_unref(f);
		ck_assert_int_eq(atomic_load(&reported), i % 2 ? 0 : 1);
	}
}
END_TEST

CREEL_SUITE("creel.async.nested", waiters_before_callbacks, a_callback_ends_another,
	deep_chain_ends, deep_chain_fails, deep_chain_is_cancelled,
	deep_chain_is_cancelled_by_a_failure, cancelled_by_two, looked_at_through_another)
