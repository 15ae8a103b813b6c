/* SPDX-License-Identifier: MIT */
/* test_race_end.c: several want to end the same future: one does, and all see the same end. */
#include "base/attr.h"
#include "future/made.h"
#include "future/race.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/future.h>
#include <sched.h>
#include <stdlib.h>

enum { TIMES = SCALE_TIMES(100000) };

typedef struct ending {
	made made;
	creel_status set_result, set_error;
	creel_cancel_result cancel;
	int data; /* written before the set_result; plain */
} ending;

static void
end_it(void *item, int who)
{
	ending *e = item;

	if (who == 0) {
		e->data = 7;
		e->set_result = creel_future_set_result(&e->made.future, e);
	} else if (who == 1) {
		e->set_error = creel_future_set_error(&e->made.future, 5, "%d", who);
	} else {
		e->cancel = creel_future_cancel(&e->made.future);
	}
}

static void
expect_one_end(ending *e)
{
	creel_future *f = &e->made.future;
	const creel_status end = creel_future_status(f);
	void *out = NULL;

	ck_assert_int_eq(e->set_result, end == CREEL_OK ? CREEL_OK : CREEL_ESTATE);
	ck_assert_int_eq(e->set_error, end == CREEL_EFAILED ? CREEL_OK : CREEL_ESTATE);
	if (end == CREEL_ECANCELLED)
		ck_assert_int_eq(e->cancel, CREEL_CANCEL_NOW);
	else
		ck_assert_int_eq(e->cancel, CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_result(f, &out), end);
	ck_assert_ptr_eq(out, end == CREEL_OK ? e : NULL);
	if (end == CREEL_EFAILED)
		ck_assert_str_eq(creel_future_error(f)->message, "1");
	creel_future_unref(f);
	ck_assert_int_eq(e->made.destroyed, 1);
	ck_assert_int_eq(e->made.dropped, end == CREEL_OK);
}

/* 3.16 "1. cancel vs set_result vs set_error": exactly one wins; the losers' errors are freed */
/* 3.16 "25. closure destructor count": the value is dropped once if it won, else never */
/* 0.2 "Terminal transition": one of result, error, cancel; losers get ESTATE */
/* 4 "T1": (a) one state word decides */
START_TEST(one_end_wins)
{
	ending *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		made_promise(&items[i].made);
	race(3, end_it, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++)
		expect_one_end(&items[i]);
	free(items);
}
END_TEST

static void
set_it(void *item, int who)
{
	ending *e = item;

	if (who == 0)
		e->set_result = creel_future_set_result(&e->made.future, NULL);
	else
		e->set_error = creel_future_set_result(&e->made.future, e);
}

/* 3.1 "multiple_set_result": from two threads at once: the winner's value stays */
START_TEST(one_of_two_results_wins)
{
	ending *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		made_promise(&items[i].made);
	race(2, set_it, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		ending *e = &items[i];
		const bool first = e->set_result == CREEL_OK;

		ck_assert_int_eq(e->set_result, first ? CREEL_OK : CREEL_ESTATE);
		ck_assert_int_eq(e->set_error, first ? CREEL_ESTATE : CREEL_OK);
		creel_future_unref(&e->made.future);
		ck_assert_int_eq(e->made.dropped, 1);
		ck_assert_ptr_eq(e->made.dropped_value, first ? NULL : e);
	}
	free(items);
}
END_TEST

static void
cancel_it(void *item, int who)
{
	ending *e = item;
	creel_cancel_result answer = creel_future_cancel(&e->made.future);

	if (who == 0)
		e->cancel = answer;
	else
		e->data = (int)answer;
}

/* Two cancels: one is NOW, the other ALREADY. */
START_TEST(one_of_two_cancels_wins)
{
	ending *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		made_promise(&items[i].made);
	race(2, cancel_it, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		const ending *e = &items[i];

		ck_assert_int_eq((int)e->cancel + e->data, CREEL_CANCEL_NOW + CREEL_CANCEL_ALREADY);
		ck_assert(e->cancel == CREEL_CANCEL_NOW || e->cancel == CREEL_CANCEL_ALREADY);
		creel_future_unref(&items[i].made.future);
	}
	free(items);
}
END_TEST

static void
run_or_cancel(void *item, int who)
{
	ending *e = item;

	if (who == 0)
		e->cancel = creel_future_cancel(&e->made.future);
	else if (crl_future_start(&e->made.future)) {
		e->data = 1;
		crl_future_complete(&e->made.future, CRL_VALUE, e);
	}
}

/* 4 "T1": (c, d) cancelled before its start a task never runs; after it, it is only asked */
/* 1.2 "set_running_or_notify_cancel()": start and cancel: one wins */
START_TEST(start_or_cancel)
{
	ending *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		made_task(&items[i].made, CRL_PENDING);
	race(2, run_or_cancel, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		ending *e = &items[i];
		const bool ran = e->data == 1;

		ck_assert_int_eq(
			creel_future_status(&e->made.future), ran ? CREEL_OK : CREEL_ECANCELLED);
		if (ran)
			ck_assert(e->cancel == CREEL_CANCEL_REQUESTED ||
				  e->cancel == CREEL_CANCEL_TOO_LATE);
		else
			ck_assert_int_eq(e->cancel, CREEL_CANCEL_NOW);
		creel_future_unref(&e->made.future);
		ck_assert_int_eq(e->made.dropped, ran);
	}
	free(items);
}
END_TEST

typedef struct published {
	creel_future *future;
	int data[4]; /* plain: only the future orders them */
	int by_poll, by_result, by_callback;
} published;

static void
copy_data(creel_future *f, void *arg)
{
	published *p = arg;

	(void)f;
	p->by_callback = p->data[0] + p->data[1] + p->data[2] + p->data[3];
}

static void
publish(void *item, int who)
{
	published *p = item;
	void *value = NULL;

	if (who == 0) {
		for (int i = 0; i < 4; i++)
			p->data[i] = i + 1;
		creel_future_set_result(p->future, p->data);
		return;
	}
	while (!creel_future_done(p->future))
		sched_yield();
	if (who == 1) {
		p->by_poll = p->data[0] + p->data[1] + p->data[2] + p->data[3];
		creel_future_on_done(p->future, copy_data, p);
	} else if (creel_future_result(p->future, &value) == CREEL_OK) {
		const int *seen = value;

		p->by_result = seen[0] + seen[1] + seen[2] + seen[3];
	}
}

/* 0.2 "Publication": what came before set_result is seen after done(), in result and callbacks */
START_TEST(what_came_before_is_seen)
{
	published *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		items[i].future = creel_future_create();
	race(3, publish, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		ck_assert_int_eq(items[i].by_poll, 10);
		ck_assert_int_eq(items[i].by_result, 10);
		ck_assert_int_eq(items[i].by_callback, 10);
		creel_future_unref(items[i].future);
	}
	free(items);
}
END_TEST

CREEL_SUITE("creel.future.race_end", one_end_wins, one_of_two_results_wins, one_of_two_cancels_wins,
	start_or_cancel, what_came_before_is_seen)
