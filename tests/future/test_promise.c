/* SPDX-License-Identifier: MIT */
/* test_promise.c: the state of a future: what it says of itself, and who may end it. */
#include "future/made.h"
#include "future/race.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <string.h>

static char a_value, another; /* values by address */

/* 3.5 "initial_state": not done, not cancelled, no outcome */
START_TEST(initial_state)
{
	creel_future *f = creel_future_create();

	ck_assert_ptr_nonnull(f);
	ck_assert(!creel_future_done(f));
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_result(f, NULL), CREEL_EPENDING);
	ck_assert_ptr_null(creel_future_error(f));
	creel_future_unref(f);
}
END_TEST

/* The six states of Python's future are five here: "cancelled and notified" does not exist. */
typedef struct five {
	made tasks[2];
	creel_future *pending, *running, *cancelled, *failed, *ok;
} five;

static void
make_five(five *all)
{
	all->pending = made_task(&all->tasks[0], CRL_PENDING);
	all->running = made_task(&all->tasks[1], CRL_PENDING);
	crl_future_start(all->running);
	all->cancelled = creel_future_create();
	creel_future_cancel(all->cancelled);
	all->failed = creel_future_create();
	creel_future_set_error(all->failed, 5, "no disk");
	creel_future_error(all->failed);
	all->ok = creel_future_create();
	creel_future_set_result(all->ok, &a_value);
}

static void
unref_five(five *all)
{
	creel_future *list[] = {all->pending, all->running, all->cancelled, all->failed, all->ok};

	creel_futures_unref(list, 5);
	ck_assert_int_eq(all->tasks[0].destroyed, 1);
	ck_assert_int_eq(all->tasks[1].destroyed, 1);
}

/* 3.1 "cancel": its answer in every state, and the state after */
/* 1.2 "cancel() by state": NOW, REQUESTED, ALREADY, TOO_LATE */
/* 1.1 "States": one machine; a running task ends by its own hand alone */
/* 5 "D2": one of four answers */
START_TEST(cancel)
{
	five all;

	make_five(&all);
	ck_assert_int_eq(creel_future_cancel(all.pending), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_status(all.pending), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_cancel(all.pending), CREEL_CANCEL_ALREADY);
	ck_assert_int_eq(creel_future_cancel(all.running), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_future_cancel(all.running), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_future_status(all.running), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_cancel(all.cancelled), CREEL_CANCEL_ALREADY);
	ck_assert_int_eq(creel_future_status(all.cancelled), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_cancel(all.failed), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_status(all.failed), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_cancel(all.ok), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_status(all.ok), CREEL_OK);
	unref_five(&all);
}
END_TEST

/* 3.5 "cancel": done; result and error say ECANCELLED; setting is ESTATE; a second time ALREADY */
/* 1.3 "cancel(msg)": NOW, then ALREADY; there is no message to give */
/* 1.3 "result() of cancelled": ECANCELLED, and an error that says so */
START_TEST(cancel_a_promise)
{
	creel_future *f = creel_future_create();
	void *out = &another;

	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_NOW);
	ck_assert(creel_future_done(f));
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_ECANCELLED);
	ck_assert_ptr_eq(out, &another);
	ck_assert_int_eq(creel_future_error(f)->code, CREEL_ECANCELLED);
	ck_assert_str_eq(creel_future_error(f)->message, "cancelled");
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(f, 1, "x"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_ALREADY);
	ck_assert_int_eq(creel_future_status(f), CREEL_ECANCELLED);
	creel_future_unref(f);
}
END_TEST

/* 3.1 "cancelled": who is cancelled */
/* 1.1 "cancelled()": the terminal CANCELLED only */
START_TEST(cancelled)
{
	five all;

	make_five(&all);
	ck_assert_int_ne(creel_future_status(all.pending), CREEL_ECANCELLED);
	ck_assert_int_ne(creel_future_status(all.running), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(all.cancelled), CREEL_ECANCELLED);
	ck_assert_int_ne(creel_future_status(all.failed), CREEL_ECANCELLED);
	ck_assert_int_ne(creel_future_status(all.ok), CREEL_ECANCELLED);
	unref_five(&all);
}
END_TEST

/* 3.1 "done": who is done */
/* 1.1 "done()": any terminal state */
START_TEST(done)
{
	five all;

	make_five(&all);
	ck_assert(!creel_future_done(all.pending));
	ck_assert(!creel_future_done(all.running));
	ck_assert(creel_future_done(all.cancelled));
	ck_assert(creel_future_done(all.failed));
	ck_assert(creel_future_done(all.ok));
	unref_five(&all);
}
END_TEST

/* 3.1 "running": who runs */
/* 1.2 "set_running_or_notify_cancel()": PENDING starts, once; nothing else does */
START_TEST(running)
{
	five all;

	make_five(&all);
	ck_assert(crl_state_phase(crl_future_state(all.pending)) == CRL_PENDING);
	ck_assert(crl_state_phase(crl_future_state(all.running)) == CRL_RUNNING);
	ck_assert(crl_future_start(all.pending));
	ck_assert(crl_state_phase(crl_future_state(all.pending)) == CRL_RUNNING);
	ck_assert(!crl_future_start(all.pending));
	ck_assert(!crl_future_start(all.running));
	ck_assert(!crl_future_start(all.cancelled));
	ck_assert(!crl_future_start(all.failed));
	ck_assert(!crl_future_start(all.ok));
	ck_assert_int_eq(creel_future_status(all.cancelled), CREEL_ECANCELLED);
	unref_five(&all);
}
END_TEST

/* 3.1 "repr": each state has a name of its own */
START_TEST(repr)
{
	five all;

	make_five(&all);
	ck_assert_str_eq(creel_status_name(creel_future_status(all.pending)), "CREEL_EPENDING");
	ck_assert_str_eq(creel_status_name(creel_future_status(all.cancelled)), "CREEL_ECANCELLED");
	ck_assert_str_eq(creel_status_name(creel_future_status(all.failed)), "CREEL_EFAILED");
	ck_assert_str_eq(creel_status_name(creel_future_status(all.ok)), "CREEL_OK");
	unref_five(&all);
}
END_TEST

/* 3.5 "result": EPENDING before, the value after; set again ESTATE; cancel TOO_LATE */
/* 1.3 "result()/exception() not done": EPENDING, never blocks */
/* 1.3 "set_result/set_exception not PENDING": ESTATE */
START_TEST(result)
{
	creel_future *f = creel_future_create();
	void *out = &another;

	ck_assert_int_eq(creel_future_result(f, &out), CREEL_EPENDING);
	ck_assert_ptr_eq(out, &another);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_OK);
	ck_assert_ptr_eq(out, &a_value);
	ck_assert_int_eq(creel_future_result(f, NULL), CREEL_OK);
	ck_assert_ptr_null(creel_future_error(f));
	ck_assert_int_eq(creel_future_set_result(f, &another), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_TOO_LATE);
	creel_future_unref(f);
}
END_TEST

/* 3.5 "exception": EPENDING before, the error after; set again ESTATE; cancel TOO_LATE */
START_TEST(exception)
{
	creel_future *f = creel_future_create();
	void *out = &another;

	ck_assert_ptr_null(creel_future_error(f));
	ck_assert_int_eq(creel_future_set_error(f, 28, "disk full"), CREEL_OK);
	ck_assert_int_eq(creel_future_error(f)->code, 28);
	ck_assert_str_eq(creel_future_error(f)->message, "disk full");
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_EFAILED);
	ck_assert_ptr_eq(out, &another);
	ck_assert_int_eq(creel_future_set_error(f, 29, "again"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_TOO_LATE);
	creel_future_unref(f);
}
END_TEST

/* 3.1 "multiple_set_result": the second is ESTATE, the first value kept */
/* 1.2 "set_result / set_exception when CANCELLED/FINISHED": ESTATE, state untouched */
START_TEST(multiple_set_result)
{
	creel_future *f = creel_future_create();
	void *out = NULL;

	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_int_eq(creel_future_set_result(f, &another), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(f, 1, "x"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_OK);
	ck_assert_ptr_eq(out, &a_value);
	creel_future_unref(f);
}
END_TEST

/* 3.1 "multiple_set_exception": the second is ESTATE, the first error kept */
START_TEST(multiple_set_exception)
{
	creel_future *f = creel_future_create();
	const creel_error *error;

	ck_assert_int_eq(creel_future_set_error(f, 1, "first"), CREEL_OK);
	error = creel_future_error(f);
	ck_assert_int_eq(creel_future_set_error(f, 2, "second"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_ESTATE);
	ck_assert_ptr_eq(creel_future_error(f), error);
	ck_assert_int_eq(error->code, 1);
	ck_assert_str_eq(error->message, "first");
	creel_future_unref(f);
}
END_TEST

/* 1.2 "set_result when PENDING (never RUNNING)": that is what a promise is; NULL is a value */
START_TEST(null_is_a_value)
{
	creel_future *f = creel_future_create();
	void *out = &another;

	ck_assert_int_eq(creel_future_set_result(f, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_OK);
	ck_assert_ptr_null(out);
	creel_future_unref(f);
}
END_TEST

/* 3.5 "set_result_unless_cancelled": on a cancelled future setting changes nothing */
START_TEST(set_result_unless_cancelled)
{
	creel_future *f = creel_future_create();

	creel_future_cancel(f);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_status(f), CREEL_ECANCELLED);
	creel_future_unref(f);
}
END_TEST

/* 1.4 "set_result/set_exception on a task": ESTATE, before it runs and while it does */
START_TEST(set_on_a_task)
{
	five all;

	make_five(&all);
	ck_assert_int_eq(creel_future_set_result(all.pending, &a_value), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(all.pending, 1, "x"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_result(all.running, &a_value), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(all.running, 1, "x"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_status(all.pending), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(all.running), CREEL_EPENDING);
	ck_assert(crl_future_complete(all.running, CRL_VALUE, &a_value));
	ck_assert_int_eq(creel_future_status(all.running), CREEL_OK);
	ck_assert(!crl_future_complete(all.running, CRL_VALUE, &another));
	unref_five(&all);
	ck_assert_ptr_eq(all.tasks[1].dropped_value, &a_value);
}
END_TEST

typedef struct snapshot {
	creel_status status, outcome;
	bool done;
	void *value;
	const creel_error *error;
} snapshot;

typedef struct watched {
	creel_future *future;
	snapshot seen[4];
} watched;

static void
look(void *item, int who)
{
	watched *w = item;
	snapshot *s = &w->seen[who];

	s->value = &another;
	s->outcome = creel_future_result(w->future, &s->value);
	s->error = creel_future_error(w->future);
	s->status = creel_future_status(w->future);
	s->done = creel_future_done(w->future);
}

static void
check_snapshots(
	creel_future *f, bool is_done, creel_status outcome, void *value, const creel_error *error)
{
	enum { TIMES = SCALE_TIMES(1000) };
	static watched items[TIMES];

	for (int i = 0; i < TIMES; i++)
		items[i].future = f;
	race(4, look, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++)
		for (int who = 0; who < 4; who++) {
			const snapshot *s = &items[i].seen[who];

			ck_assert_int_eq(s->done, is_done);
			ck_assert_int_eq(s->status, outcome);
			ck_assert_int_eq(s->outcome, outcome);
			ck_assert_ptr_eq(s->value, value);
			ck_assert_ptr_eq(s->error, error);
		}
}

/* 3.1 "get_snapshot": four states look the same from 4 threads, 1000 times */
/* 1.2 "atomic view": a done future's outcome never changes under its readers */
START_TEST(get_snapshot)
{
	five all;

	make_five(&all);
	check_snapshots(all.pending, false, CREEL_EPENDING, &another, NULL);
	check_snapshots(all.ok, true, CREEL_OK, &a_value, NULL);
	check_snapshots(all.failed, true, CREEL_EFAILED, &another, creel_future_error(all.failed));
	check_snapshots(
		all.cancelled, true, CREEL_ECANCELLED, &another, creel_future_error(all.cancelled));
	unref_five(&all);
}
END_TEST

/* 0.2 "Publication": queries are wait-free: they answer while another thread holds the lock */
START_TEST(queries_do_not_wait_for_the_lock)
{
	made m;
	creel_future *f = made_promise(&m);

	crl_fetch_or(&f->state, CRL_STATE_LOCK, relaxed);
	ck_assert(!creel_future_done(f));
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_result(f, NULL), CREEL_EPENDING);
	ck_assert_ptr_null(creel_future_error(f));
	ck_assert_int_eq(creel_await_for(f, 0, NULL), CREEL_ETIMEDOUT);
	crl_fetch_and(&f->state, ~CRL_STATE_LOCK, relaxed);
	creel_future_unref(f);
}
END_TEST

CREEL_SUITE("creel.future.promise", initial_state, cancel, cancel_a_promise, cancelled, done,
	running, repr, result, exception, multiple_set_result, multiple_set_exception,
	null_is_a_value, set_result_unless_cancelled, set_on_a_task, get_snapshot,
	queries_do_not_wait_for_the_lock)
