/* SPDX-License-Identifier: MIT */
/* test_callback_list.c: removing callbacks, and callbacks that change the list that they are in. */
#include "future/made.h"
#include "support/suite.h"

#include <creel/future.h>
#include <string.h>

/* What the callbacks of a test did, as one letter each. */
static char story[64];

static void *
letter(const char *text)
{
	return (void *)(uintptr_t)text;
}

static void
first(creel_future *f, void *arg)
{
	(void)f;
	strncat(story, arg, 1);
}

static void
second(creel_future *f, void *arg)
{
	first(f, arg);
}

static void
third(creel_future *f, void *arg)
{
	first(f, arg);
}

static char a[] = "a", b[] = "b", c[] = "c";

static creel_future *
with_three(void)
{
	creel_future *f = creel_future_create();

	creel_future_on_done(f, first, a);
	creel_future_on_done(f, second, b);
	creel_future_on_done(f, third, c);
	return f;
}

static void
finish(creel_future *f, const char *expected)
{
	creel_future_set_result(f, NULL);
	ck_assert_str_eq(story, expected);
	creel_future_unref(f);
	ck_assert_str_eq(story, expected);
}

/* 3.5 "callbacks_remove_first_callback": the rest stays in order */
START_TEST(callbacks_remove_first)
{
	creel_future *f = with_three();

	ck_assert_uint_eq(creel_future_remove_on_done(f, first, a), 1);
	finish(f, "bc");
}
END_TEST

/* 3.5 "callbacks_remove_first_and_second_callback": the rest stays in order */
START_TEST(callbacks_remove_first_and_second)
{
	creel_future *f = with_three();

	ck_assert_uint_eq(creel_future_remove_on_done(f, first, a), 1);
	ck_assert_uint_eq(creel_future_remove_on_done(f, second, b), 1);
	finish(f, "c");
}
END_TEST

/* 3.5 "callbacks_remove_third_callback": the rest stays in order */
START_TEST(callbacks_remove_third)
{
	creel_future *f = with_three();

	ck_assert_uint_eq(creel_future_remove_on_done(f, third, c), 1);
	finish(f, "ab");
}
END_TEST

/* 3.5 "remove_done_callback": how many equal entries went: 1, 0, then 6 */
/* 1.2 "removing a callback": possible here */
/* 1.3 "same callback twice": all equal entries go at once */
START_TEST(remove_done_callback)
{
	creel_future *f = with_three();

	ck_assert_uint_eq(creel_future_remove_on_done(f, second, b), 1);
	ck_assert_uint_eq(creel_future_remove_on_done(f, second, b), 0);
	for (int i = 0; i < 6; i++)
		creel_future_on_done(f, second, b);
	ck_assert_uint_eq(made_linked(f), 8);
	ck_assert_uint_eq(creel_future_remove_on_done(f, second, b), 6);
	ck_assert_uint_eq(made_linked(f), 2);
	finish(f, "ac");
}
END_TEST

/* Function and argument both count. */
START_TEST(only_the_same_pair_is_removed)
{
	creel_future *f = with_three();

	ck_assert_uint_eq(creel_future_remove_on_done(f, first, b), 0);
	ck_assert_uint_eq(creel_future_remove_on_done(f, second, a), 0);
	finish(f, "abc");
}
END_TEST

static void
count_wake(crl_waker *waker)
{
	(void)waker;
	strcat(story, "w");
}

static crl_wake *const by_counting = count_wake;

START_TEST(waiters_are_not_removed)
{
	creel_future *f = creel_future_create();
	crl_waker waker = {.wake = &by_counting};

	crl_future_link(f, &waker);
	ck_assert_uint_eq(creel_future_remove_on_done(f, NULL, NULL), 0);
	ck_assert_uint_eq(creel_future_remove_on_done(f, first, NULL), 0);
	finish(f, "w");
}
END_TEST

/* 1.3 "removing while callbacks are already scheduled": what was claimed for running runs */
START_TEST(nothing_to_remove_after_the_end)
{
	creel_future *f = with_three();

	creel_future_set_result(f, NULL);
	ck_assert_uint_eq(creel_future_remove_on_done(f, first, a), 0);
	ck_assert_str_eq(story, "abc");
	creel_future_unref(f);
}
END_TEST

static size_t removed;

static void
remove_the_others(creel_future *f, void *arg)
{
	strncat(story, arg, 1);
	removed += creel_future_remove_on_done(f, second, b);
	removed += creel_future_remove_on_done(f, remove_the_others, arg);
}

/* 3.5 "remove_done_callbacks_list_mutation": removing during dispatch: 0, all run */
START_TEST(remove_done_callbacks_list_mutation)
{
	creel_future *f = creel_future_create();

	creel_future_on_done(f, remove_the_others, a);
	creel_future_on_done(f, second, b);
	creel_future_on_done(f, third, c);
	finish(f, "abc");
	ck_assert_uint_eq(removed, 0);
}
END_TEST

/* 3.5 "remove_done_callbacks_list_clear": the list may be emptied and filled */
START_TEST(remove_done_callbacks_list_clear)
{
	creel_future *f = with_three();

	creel_future_remove_on_done(f, third, c);
	creel_future_remove_on_done(f, first, a);
	creel_future_remove_on_done(f, second, b);
	ck_assert_uint_eq(made_linked(f), 0);
	creel_future_on_done(f, first, c);
	finish(f, "c");
}
END_TEST

static bool inside;
static bool nested;

static void
register_more(creel_future *f, void *arg)
{
	strncat(story, arg, 1);
	nested = nested || inside;
	inside = true;
	creel_future_on_done(f, first, letter("x"));
	inside = false;
}

/* 1.3 "list mutated during comparison/iteration": does not crash */
/* 3.5 "schedule_callbacks_list_mutation_1": a callback removes another during dispatch */
START_TEST(schedule_callbacks_list_mutation_1)
{
	creel_future *f = creel_future_create();

	creel_future_on_done(f, remove_the_others, a);
	for (int i = 0; i < 3; i++)
		creel_future_on_done(f, second, b);
	finish(f, "abbb");
	ck_assert_uint_eq(removed, 0);
}
END_TEST

/* 3.5 "schedule_callbacks_list_mutation_2": a callback adds others meanwhile: they run */
/* 1.3 "callback added from inside a callback of the same future": after those that were there */
START_TEST(schedule_callbacks_list_mutation_2)
{
	creel_future *f = creel_future_create();

	creel_future_on_done(f, register_more, a);
	creel_future_on_done(f, register_more, b);
	creel_future_on_done(f, third, c);
	finish(f, "abcxx");
	ck_assert(!nested);
}
END_TEST

/* The same from a callback that was late itself: what it adds has run when the call returns. */
START_TEST(a_late_callback_adds_another)
{
	creel_future *f = creel_future_create();

	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_future_on_done(f, register_more, a), CREEL_OK);
	ck_assert_str_eq(story, "ax");
	creel_future_unref(f);
}
END_TEST

/* A pending future that is freed calls nobody, and frees what it knew of its callbacks. */
START_TEST(a_pending_future_is_freed_with_its_callbacks)
{
	made m;
	creel_future *f = made_promise(&m);

	for (int i = 0; i < 10; i++)
		creel_future_on_done(f, first, a);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_str_eq(story, "");
	creel_future_unref(with_three());
	ck_assert_str_eq(story, "");
}
END_TEST

CREEL_SUITE("creel.future.callback_list", callbacks_remove_first, callbacks_remove_first_and_second,
	callbacks_remove_third, remove_done_callback, only_the_same_pair_is_removed,
	waiters_are_not_removed, nothing_to_remove_after_the_end,
	remove_done_callbacks_list_mutation, remove_done_callbacks_list_clear,
	schedule_callbacks_list_mutation_1, schedule_callbacks_list_mutation_2,
	a_late_callback_adds_another, a_pending_future_is_freed_with_its_callbacks)
