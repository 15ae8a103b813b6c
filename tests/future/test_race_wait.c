/* SPDX-License-Identifier: MIT */
/* test_race_wait.c: waiting, giving up and freeing while the future ends. */
#include "base/attr.h"
#include "future/made.h"
#include "future/race.h"
#include "support/scale.h"
#include "support/suite.h"
#include "sync/spin.h"

#include <creel/await.h>
#include <creel/future.h>
#include <stdlib.h>
#include <sys/prctl.h>

enum { TIMES = SCALE_TIMES(100000) };

typedef struct node {
	crl_waker waker;
	crl_atomic(int) woken;
	bool linked, unlinked;
	int at_end; /* `woken` when its owner was through with it */
} node;

typedef struct linking {
	creel_future *future;
	node nodes[2];
} linking;

static void
wake_node(crl_waker *waker)
{
	crl_fetch_add(&CRL_CONTAINER_OF(waker, node, waker)->woken, 1, release);
}

static crl_wake *const by_node = wake_node;

static void
link_or_complete(void *item, int who)
{
	linking *l = item;
	unsigned spins = 0;
	node *n;

	if (who == 2) {
		creel_future_set_result(l->future, NULL);
		return;
	}
	n = &l->nodes[who];
	n->waker.wake = &by_node;
	n->linked = crl_future_link(l->future, &n->waker);
	if (n->linked)
		n->unlinked = crl_future_unlink(l->future, &n->waker);
	if (n->linked && !n->unlinked) /* then it is woken, and only then is the node ours again */
		while (crl_load(&n->woken, acquire) == 0)
			crl_spin(&spins);
	n->at_end = crl_load(&n->woken, relaxed);
	n->waker.wake = NULL; /* a call from now on would crash */
}

/* 3.16 "5. waiter with timeout vs completion": unlinked in time: never woken; else woken, once */
/* 4 "T2": (d) a waiter that comes too late to leave waits for the hand-off */
START_TEST(unlink_or_complete)
{
	linking *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		items[i].future = creel_future_create();
	race(3, link_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		for (int who = 0; who < 2; who++) {
			node *n = &items[i].nodes[who];

			ck_assert_int_eq(n->at_end, n->linked && !n->unlinked);
			ck_assert_int_eq(crl_load(&n->woken, relaxed), n->at_end);
		}
		creel_future_unref(items[i].future);
	}
	free(items);
}
END_TEST

static void
pause_for(int n)
{
	for (volatile int i = 0; i < n; i++)
		;
}

/* A waker that takes its time, so that the completer is long between the end and its last wake. */
static void
dawdle(crl_waker *waker)
{
	(void)waker;
	pause_for(300);
}

static crl_wake *const by_dawdling = dawdle;

typedef struct patience {
	creel_future *future;
	crl_waker slow;
	creel_duration timeout;
	int delay; /* of the completer */
	creel_status status;
	void *value;
	bool stomped; /* somebody wrote to the stack after the wait */
} patience;

/* Use the stack where the wait was, and see that nobody else still does. */
static bool __attribute__((noinline)) stack_is_mine(void)
{
	volatile unsigned char bytes[1024];
	bool mine = true;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = 0;
	for (size_t i = 0; i < sizeof bytes; i++)
		mine = mine && bytes[i] == 0;
	return mine;
}

static void
wait_or_complete(void *item, int who)
{
	patience *p = item;

	if (who == 1) {
		pause_for(p->delay);
		creel_future_set_result(p->future, p);
		return;
	}
	p->status = creel_await_for(p->future, p->timeout, &p->value);
	p->stomped = !stack_is_mine();
}

/* 3.16 "5. waiter with timeout vs completion": the value or ETIMEDOUT; the stack is left alone */
/* 4 "T2": (iii) nobody walks over a waiter on the stack of one who timed out */
START_TEST(time_out_or_complete)
{
	patience *items = calloc(TIMES, sizeof *items);

	prctl(PR_SET_TIMERSLACK, 1); /* lest all time-outs be late by 50 us */
	for (int i = 0; i < TIMES; i++) {
		items[i].future = creel_future_create();
		items[i].delay = i * 97 % 4096;
		items[i].timeout = CREEL_NANOSECONDS(1 + i % 64 * 100);
		items[i].slow.wake = &by_dawdling;
		if (i % 2 == 0)
			crl_future_link(items[i].future, &items[i].slow);
	}
	race(2, wait_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		patience *p = &items[i];

		if (p->status == CREEL_OK)
			ck_assert_ptr_eq(p->value, p);
		else
			ck_assert_int_eq(p->status, CREEL_ETIMEDOUT);
		ck_assert_ptr_eq(p->value, p->status == CREEL_OK ? p : NULL);
		ck_assert(!p->stomped);
		ck_assert_int_eq(creel_await(p->future, NULL), CREEL_OK);
		creel_future_unref(p->future);
	}
	free(items);
}
END_TEST

/* 4 "T2": (i) no wake-up is lost between the look and the link: a wait without end always ends */
START_TEST(wait_for_ever_or_complete)
{
	patience *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++) {
		items[i].future = creel_future_create();
		items[i].timeout = CREEL_FOREVER;
	}
	race(2, wait_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		ck_assert_int_eq(items[i].status, CREEL_OK);
		ck_assert_ptr_eq(items[i].value, &items[i]);
		creel_future_unref(items[i].future);
	}
	free(items);
}
END_TEST

typedef struct taking {
	made made;
	crl_waker slow;
	int end; /* 0: a value, 1: an error, 2: cancelled */
	creel_status status;
	void *value;
} taking;

static void
take_or_end(void *item, int who)
{
	taking *t = item;

	if (who == 0)
		t->status = creel_take(&t->made.future, &t->value);
	else if (t->end == 0)
		creel_future_set_result(&t->made.future, t);
	else if (t->end == 1)
		creel_future_set_error(&t->made.future, 1, "x");
	else
		creel_future_cancel(&t->made.future);
}

static void
expect_taken(const taking *t)
{
	static const creel_status expected[] = {CREEL_OK, CREEL_EFAILED, CREEL_ECANCELLED};

	ck_assert_int_eq(t->status, expected[t->end]);
	ck_assert_ptr_eq(t->value, t->end == 0 ? t : NULL);
	ck_assert(made_untouched(&t->made));
	ck_assert_int_eq(t->made.dropped, 0);
}

/* 3.16 "18. future freed by waiter right after wake": the completer leaves it alone */
/* 4 "T3": (e) nothing touches the future after the end is visible */
START_TEST(the_only_reference_is_taken)
{
	taking *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++) {
		made_promise(&items[i].made);
		items[i].made.poison = true;
		items[i].end = i % 3;
		items[i].slow.wake = &by_dawdling;
		if (i % 2 == 0)
			crl_future_link(&items[i].made.future, &items[i].slow);
	}
	race(2, take_or_end, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++)
		expect_taken(&items[i]);
	free(items);
}
END_TEST

typedef struct freed {
	creel_future *future;
	creel_status status;
} freed;

static void
free_or_complete(void *item, int who)
{
	freed *f = item;

	if (who == 0)
		f->status = creel_take(f->future, NULL);
	else
		creel_future_set_result(f->future, NULL);
}

/* 3.16 "18. future freed by waiter right after wake": the same on the heap, for the sanitizers */
START_TEST(the_only_reference_is_freed)
{
	freed *items = calloc(TIMES, sizeof *items);

	for (int i = 0; i < TIMES; i++)
		items[i].future = creel_future_create();
	race(2, free_or_complete, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++)
		ck_assert_int_eq(items[i].status, CREEL_OK);
	free(items);
}
END_TEST

CREEL_SUITE("creel.future.race_wait", unlink_or_complete, time_out_or_complete,
	wait_for_ever_or_complete, the_only_reference_is_taken, the_only_reference_is_freed)
