/* SPDX-License-Identifier: MIT */
/* test_race_callback.c: adding and removing callbacks, and letting go, while the future ends. */
#include "base/attr.h"
#include "future/made.h"
#include "future/race.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <stdlib.h>

enum { TIMES = SCALE_TIMES(100000) };

typedef struct added {
	creel_future *future;
	int runs[2][2]; /* by registrar and callback */
	creel_status saw[2];
} added;

static void
count(creel_future *f, void *arg)
{
	(void)f;
	++*(int *)arg;
}

static void
add_or_complete(void *item, int who)
{
	added *a = item;

	if (who == 2) {
		creel_future_set_result(a->future, NULL);
		return;
	}
	creel_future_on_done(a->future, count, &a->runs[who][0]);
	creel_future_on_done(a->future, count, &a->runs[who][1]);
	a->saw[who] = creel_future_status(a->future);
}

/* 3.16 "2. add_callback vs completion": each callback runs exactly once */
/* 0.2 "Callbacks: count": exactly once */
START_TEST(add_or_complete_callbacks)
{
	added *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		items[i].future = creel_future_create();
	race(3, add_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		for (int n = 0; n < 4; n++)
			ck_assert_int_eq(items[i].runs[n / 2][n % 2], 1);
		creel_future_unref(items[i].future);
	}
	free(items);
}
END_TEST

/* A callback's argument on the heap, which the one who removed the callback frees. */
typedef struct argument {
	int *ran;
} argument;

typedef struct removal {
	creel_future *future;
	argument *arg;
	size_t removed;
	int ran;
} removal;

static void
use_argument(creel_future *f, void *arg)
{
	argument *a = arg;

	(void)f;
	++*a->ran;
}

static void
remove_or_complete(void *item, int who)
{
	removal *r = item;

	if (who == 1) {
		creel_future_set_result(r->future, NULL);
		return;
	}
	r->removed = creel_future_remove_on_done(r->future, use_argument, r->arg);
	if (r->removed > 0) {
		r->arg->ran = NULL; /* a call from now on would crash */
		free(r->arg);
		r->arg = NULL;
	}
}

/* 3.16 "3. remove_callback vs completion": removed: never runs, the argument is ours; 0: it runs */
/* 4 "T3": (c) what remove counted will not run */
START_TEST(remove_or_complete_callbacks)
{
	removal *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++) {
		removal *r = &items[i];

		r->future = creel_future_create();
		r->arg = malloc(sizeof *r->arg);
		r->arg->ran = &r->ran;
		for (int n = 0; n < 3; n++)
			creel_future_on_done(r->future, use_argument, r->arg);
	}
	race(2, remove_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		ck_assert(items[i].removed == 0 || items[i].removed == 3);
		ck_assert_uint_eq((size_t)items[i].ran, 3 - items[i].removed);
		creel_future_unref(items[i].future);
		free(items[i].arg);
	}
	free(items);
}
END_TEST

typedef struct dropping {
	made made;
	int first, second; /* `destroyed` as the callbacks saw it; -1: not called */
	void *value;       /* as the second callback saw it */
	void *taken;
} dropping;

static void
unref_inside(creel_future *f, void *arg)
{
	dropping *d = arg;

	creel_future_unref(f);
	d->first = d->made.destroyed;
}

static void
read_after(creel_future *f, void *arg)
{
	dropping *d = arg;

	creel_future_result(f, &d->value);
	d->second = d->made.destroyed;
}

static void
drop_or_complete(void *item, int who)
{
	dropping *d = item;

	if (who == 0)
		creel_future_set_result(&d->made.future, d);
	else
		creel_future_unref(&d->made.future);
}

/* 3.16 "4. unref in own callback": freed once, after the last callback has returned */
/* 0.2 "Ownership": unref from any thread, and inside an own callback */
START_TEST(unref_in_the_callback)
{
	dropping *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++) {
		dropping *d = &items[i];
		creel_future *f = made_promise(&d->made);

		d->made.poison = true;
		creel_future_ref(f); /* one is the other contender's, one the callback's */
		creel_future_on_done(f, unref_inside, d);
		creel_future_on_done(f, read_after, d);
		d->first = d->second = -1;
	}
	race(2, drop_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		dropping *d = &items[i];

		ck_assert_int_eq(d->first, 0);
		ck_assert_int_eq(d->second, 0);
		ck_assert_ptr_eq(d->value, d);
		ck_assert(made_untouched(&d->made));
		ck_assert_int_eq(d->made.dropped, 1);
	}
	free(items);
}
END_TEST

static void
take_or_complete(void *item, int who)
{
	dropping *d = item;

	if (who == 0)
		creel_future_set_result(&d->made.future, d);
	else
		creel_take(&d->made.future, &d->taken);
}

/* 3.16 "4. unref in own callback": no reference is left but the callbacks' own */
START_TEST(the_last_reference_goes_before_the_callbacks)
{
	dropping *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++) {
		dropping *d = &items[i];
		creel_future *f = creel_future_ref(made_promise(&d->made));

		d->made.poison = true;
		creel_future_on_done(f, unref_inside, d);
		creel_future_on_done(f, read_after, d);
	}
	race(2, take_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		ck_assert_int_eq(items[i].first, 0);
		ck_assert_int_eq(items[i].second, 0);
		ck_assert_ptr_eq(items[i].taken, &items[i]);
		ck_assert(made_untouched(&items[i].made));
		ck_assert_int_eq(items[i].made.dropped, 0);
	}
	free(items);
}
END_TEST

typedef struct pair {
	creel_future *future;
	int number;
} pair;

static crl_atomic(int) right, wrong;

static void
hook_one(creel_future *f, const creel_error *error, void *ctx)
{
	(void)f;
	(void)error;
	crl_fetch_add(((pair *)ctx)->number == 1 ? &right : &wrong, 1, relaxed);
}

static void
hook_two(creel_future *f, const creel_error *error, void *ctx)
{
	(void)f;
	(void)error;
	crl_fetch_add(((pair *)ctx)->number == 2 ? &right : &wrong, 1, relaxed);
}

static void
report_or_change(void *item, int who)
{
	static pair one = {.number = 1}, two = {.number = 2};
	pair *p = item;

	if (who == 1) {
		creel_future_unref(p->future);
		return;
	}
	creel_set_unhandled(hook_one, &one);
	creel_set_unhandled(hook_two, &two);
}

/* The hook for unhandled errors and its context are one pair, even while they are changed. */
START_TEST(the_hook_and_its_context)
{
	pair *items = calloc(TIMES, sizeof *items);

	report_or_change(NULL, 0);
	for (int i = 0; i < TIMES; i++) {
		items[i].future = creel_future_create();
		creel_future_set_error(items[i].future, 1, "x");
	}
	race(2, report_or_change, items, sizeof *items, TIMES);
	ck_assert_int_eq(crl_load(&wrong, relaxed), 0);
	ck_assert_int_eq(crl_load(&right, relaxed), TIMES);
	free(items);
}
END_TEST

CREEL_SUITE("creel.future.race_callback", add_or_complete_callbacks, remove_or_complete_callbacks,
	unref_in_the_callback, the_last_reference_goes_before_the_callbacks,
	the_hook_and_its_context)
