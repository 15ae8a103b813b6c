/* SPDX-License-Identifier: MIT */
/* test_waker.c: the list of wakers: linked, unlinked, woken once, in order, and then left alone. */
#include "base/attr.h"
#include "future/made.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/completions.h>
#include <creel/future.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static char a_value; /* a value by address */

/* A waker that notes when it was woken. */
typedef struct noted {
	crl_waker waker;
	int place; /* the how-manieth it was, from 1; 0: not yet */
	int times;
	creel_future *future; /* unless NULL: let go of when woken */
	bool heap;            /* freed when woken */
} noted;

static int woken;

static void
note(crl_waker *waker)
{
	noted *n = CRL_CONTAINER_OF(waker, noted, waker);

	n->place = ++woken;
	n->times++;
	creel_future_unref(n->future);
	if (n->heap)
		free(n);
}

static crl_wake *const by_note = note;

/* 4 "T2": (a) "done?" and "link" are one step: linked onto a done future is refused, not woken */
START_TEST(link_when_done)
{
	creel_future *f = creel_future_create();
	noted n = {.waker.wake = &by_note};

	creel_future_set_result(f, NULL);
	ck_assert(!crl_future_link(f, &n.waker));
	ck_assert_int_eq(n.times, 0);
	creel_future_unref(f);
}
END_TEST

/* 4 "T2": (d) unlinked in time: never woken; too late: it was woken, once */
START_TEST(unlink_in_time)
{
	creel_future *f = creel_future_create();
	noted stays = {.waker.wake = &by_note}, goes = {.waker.wake = &by_note};

	ck_assert(crl_future_link(f, &goes.waker));
	ck_assert(crl_future_link(f, &stays.waker));
	ck_assert(crl_future_unlink(f, &goes.waker));
	ck_assert_uint_eq(made_linked(f), 1);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(goes.times, 0);
	ck_assert_int_eq(stays.times, 1);
	ck_assert(!crl_future_unlink(f, &stays.waker));
	ck_assert_int_eq(stays.times, 1);
	creel_future_unref(f);
}
END_TEST

/* An unlinked waker may be linked again. */
START_TEST(link_again)
{
	creel_future *f = creel_future_create();
	noted n = {.waker.wake = &by_note};

	for (int i = 0; i < 3; i++) {
		ck_assert(crl_future_link(f, &n.waker));
		ck_assert(crl_future_unlink(f, &n.waker));
	}
	ck_assert(crl_future_link(f, &n.waker));
	creel_future_cancel(f);
	ck_assert_int_eq(n.times, 1);
	creel_future_unref(f);
}
END_TEST

/* The waiters are woken in the order in which they came, whoever left in between. */
START_TEST(first_come_first_woken)
{
	creel_future *f = creel_future_create();
	noted all[5] = {0};

	for (int i = 0; i < 5; i++) {
		all[i].waker.wake = &by_note;
		ck_assert(crl_future_link(f, &all[i].waker));
	}
	ck_assert(crl_future_unlink(f, &all[0].waker));
	ck_assert(crl_future_unlink(f, &all[2].waker));
	ck_assert(crl_future_link(f, &all[0].waker));
	creel_future_set_error(f, 1, "x");
	creel_future_error(f);
	ck_assert_int_eq(all[1].place, 1);
	ck_assert_int_eq(all[3].place, 2);
	ck_assert_int_eq(all[4].place, 3);
	ck_assert_int_eq(all[0].place, 4);
	ck_assert_int_eq(all[2].times, 0);
	creel_future_unref(f);
}
END_TEST

static void
note_callback(creel_future *f, void *arg)
{
	(void)f;
	++*(int *)arg;
}

/* 100,000 waiters, and as many callbacks, on one future; every other one leaves, in O(1) each. */
START_TEST(very_many_waiters)
{
	enum { MANY = 100000 };
	creel_future *f = creel_future_create();
	noted *all = calloc(MANY, sizeof *all);
	int called = 0;

	for (int i = 0; i < MANY; i++) {
		all[i].waker.wake = &by_note;
		ck_assert(crl_future_link(f, &all[i].waker));
		ck_assert_int_eq(creel_future_on_done(f, note_callback, &called), CREEL_OK);
	}
	for (int i = 0; i < MANY; i += 2)
		ck_assert(crl_future_unlink(f, &all[i].waker));
	ck_assert_uint_eq(made_linked(f), MANY / 2 + MANY);
	creel_future_set_result(f, NULL);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(all[i].times, i % 2);
		ck_assert_int_eq(all[i].place, i % 2 ? i / 2 + 1 : 0);
	}
	ck_assert_int_eq(called, MANY);
	free(all);
	creel_future_unref(f);
}
END_TEST

/* 4 "T3": nothing touches a waker after its wake, nor the future once it may be gone */
START_TEST(wakes_that_free)
{
	made m;
	creel_future *f = made_promise(&m);
	noted *first = calloc(1, sizeof *first), *last = calloc(1, sizeof *last);

	*first = (noted){.waker.wake = &by_note, .future = f, .heap = true};
	*last = (noted){.waker.wake = &by_note, .heap = true};
	crl_future_link(f, &first->waker);
	crl_future_link(f, &last->waker);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_int_eq(woken, 2);
	ck_assert_int_eq(m.destroyed, 1);

	f = creel_future_create(); /* the same on the heap, for AddressSanitizer */
	first = calloc(1, sizeof *first);
	*first = (noted){.waker.wake = &by_note, .future = f, .heap = true};
	crl_future_link(f, &first->waker);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_int_eq(woken, 3);
}
END_TEST

static void
read_value(creel_future *f, void *arg)
{
	creel_future_result(f, arg);
}

/* 4 "T3": (a) a callback has a live future though a waiter let the last reference go before */
START_TEST(a_waker_drops_the_last_reference_before_a_callback)
{
	made m;
	creel_future *f = made_promise(&m);
	noted n = {.waker.wake = &by_note, .future = f};
	void *out = NULL;

	creel_future_on_done(f, read_value, &out);
	crl_future_link(f, &n.waker);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_OK);
	ck_assert_int_eq(n.times, 1);
	ck_assert_ptr_eq(out, &a_value);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 1);
}
END_TEST

static void *
await_it(void *arg)
{
	return creel_await(arg, NULL) == CREEL_ECANCELLED ? &a_value : NULL;
}

/* 1.2 "cancel() and blocked wait()/as_completed()": one cancel wakes every kind of waiter */
/* 4 "T1": (d) cancel is terminal, and wakes all waiter kinds */
/* 5 "D1": it is final, and known to all, when the call returns */
START_TEST(cancel_wakes_every_kind)
{
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_completions_create();
	creel_completion item = {0};
	noted n = {.waker.wake = &by_note};
	pthread_t thread;
	void *reader = NULL;
	int called = 0;

	ck_assert_int_eq(creel_completions_add(queue, f, &n), CREEL_OK);
	ck_assert_int_eq(creel_future_on_done(f, note_callback, &called), CREEL_OK);
	ck_assert(crl_future_link(f, &n.waker));
	pthread_create(&thread, NULL, await_it, f);
	made_await_linked(f, 4);
	ck_assert_int_eq(creel_completions_next(queue, 0, &item), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_NOW);
	ck_assert_int_eq(n.times, 1);
	ck_assert_int_eq(called, 1);
	ck_assert_int_eq(creel_completions_next(queue, 0, &item), CREEL_OK);
	ck_assert_ptr_eq(item.future, f);
	ck_assert_ptr_eq(item.tag, &n);
	pthread_join(thread, &reader);
	ck_assert_ptr_eq(reader, &a_value);
	creel_future_unref(item.future);
	creel_completions_destroy(queue);
	creel_future_unref(f);
}
END_TEST

static gate in_between = GATE_INIT;

static void
wake_slowly(crl_waker *waker)
{
	(void)waker;
	gate_pass(&in_between);
}

static crl_wake *const by_dawdling = wake_slowly;

typedef struct leaver {
	creel_future *future;
	creel_status status;
	void *value;
	crl_atomic(int) returned;
} leaver;

static void *
wait_and_leave(void *arg)
{
	leaver *l = arg;

	l->status = creel_await_for(l->future, CREEL_SECONDS(1), &l->value);
	crl_store(&l->returned, 1, release);
	return NULL;
}

static void *
complete_it(void *arg)
{
	creel_future_set_result(arg, &a_value);
	return NULL;
}

/* 4 "T2": (d) its time is up, but the completer has its waker: it waits for that; done wins */
START_TEST(too_late_to_leave)
{
	creel_future *f = creel_future_create();
	crl_waker slow = {.wake = &by_dawdling};
	leaver l = {.future = f};
	pthread_t waiting, completing;

	fake_clock_start();
	crl_future_link(f, &slow);
	pthread_create(&waiting, NULL, wait_and_leave, &l);
	fake_clock_await_sleepers(1);
	pthread_create(&completing, NULL, complete_it, f);
	gate_await_arrivals(&in_between, 1); /* it is done, and the reader not woken yet */
	ck_assert(creel_future_done(f));
	fake_clock_step(CREEL_SECONDS(2));
	for (int i = 0; i < 1000; i++)
		sched_yield();
	ck_assert_int_eq(crl_load(&l.returned, acquire), 0);
	gate_open(&in_between);
	pthread_join(waiting, NULL);
	pthread_join(completing, NULL);
	ck_assert_int_eq(l.status, CREEL_OK);
	ck_assert_ptr_eq(l.value, &a_value);
	creel_future_unref(f);
}
END_TEST

typedef struct locker {
	creel_future *future;
	noted noted;
	crl_atomic(int) started, ended;
	bool linked;
} locker;

static void *
link_it(void *arg)
{
	locker *l = arg;

	crl_store(&l->started, 1, relaxed);
	l->linked = crl_future_link(l->future, &l->noted.waker);
	crl_store(&l->ended, 1, relaxed);
	return NULL;
}

/* Whoever finds the lock taken waits for it, and looks again: the future may be done by then. */
static void
contend(bool end_it)
{
	made m;
	creel_future *f = made_promise(&m);
	locker l = {.future = f, .noted.waker.wake = &by_note};
	pthread_t thread;

	crl_fetch_or(&f->state, CRL_STATE_LOCK, acquire);
	pthread_create(&thread, NULL, link_it, &l);
	while (crl_load(&l.started, relaxed) == 0)
		sched_yield();
	for (int i = 0; i < 100; i++)
		sched_yield();
	ck_assert_int_eq(crl_load(&l.ended, relaxed), 0);
	if (end_it)
		crl_store(&f->state, crl_state_new(CRL_VALUE), release);
	else
		crl_fetch_and(&f->state, ~CRL_STATE_LOCK, release);
	pthread_join(thread, NULL);
	ck_assert(l.linked == !end_it);
	if (!end_it)
		ck_assert(crl_future_unlink(f, &l.noted.waker));
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}

START_TEST(the_lock_excludes)
{
	contend(false);
}
END_TEST

START_TEST(the_lock_is_gone_when_done)
{
	contend(true);
}
END_TEST

CREEL_SUITE("creel.future.waker", link_when_done, unlink_in_time, link_again,
	first_come_first_woken, cancel_wakes_every_kind, too_late_to_leave, very_many_waiters,
	wakes_that_free, a_waker_drops_the_last_reference_before_a_callback, the_lock_excludes,
	the_lock_is_gone_when_done)
