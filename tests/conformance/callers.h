/* SPDX-License-Identifier: MIT */
/*
 * callers.h: what the tests of queues and locks have in common: tasks on a pool of one worker, in the order in
 * which they are started, and a record of what they have come to:
 *
 *     caller a = {.object = lock, .name = 'a'};
 *     callers_begin();
 *     caller_start(&a, acquire);
 *     callers_settle();                  it waits for the lock, or has said 'a'
 *     ck_assert_int_eq(caller_end(&a), CREEL_OK);
 *     ck_assert_str_eq(said, "a");
 *     callers_end();
 */
#ifndef CREEL_TEST_CONFORMANCE_CALLERS_H
#define CREEL_TEST_CONFORMANCE_CALLERS_H

#include "support/gate.h"
#include "task/turns.h"

#include <string.h>

typedef struct caller {
	void *object;
	char name;            /* that it says when it has got what it wanted */
	void *item;           /* that it puts, or got */
	size_t index;         /* that it got */
	creel_duration limit; /* 0: none */
	creel_status status;  /* that it got */
	bool requested;       /* was it asked to end? */
	creel_future *task;
} caller;

static creel_pool *callers_pool;
static gate callers_gate;
static creel_future *callers_holder;
static char said[64];

/* By tasks, of which one runs at a time, and by the test when none does. */
static inline void
say(char name)
{
	size_t length = 0;

	while (said[length] != '\0')
		length++;
	if (length < sizeof said - 1)
		said[length] = name;
}

static inline void
callers_begin(void)
{
	callers_pool = pool_of(1);
	ck_assert_ptr_nonnull(callers_pool);
}

static inline void
callers_end(void)
{
	creel_pool_destroy(callers_pool);
}

/* Until all of them wait, or have ended. */
static inline void
callers_settle(void)
{
	settle(callers_pool);
}

/* Between these no task goes on: what happens to those that wait happens at once. */
static inline void
callers_hold(void)
{
	callers_gate = (gate)GATE_INIT;
	callers_holder = creel_submit(callers_pool, gate_task, &callers_gate);
	gate_await_arrivals(&callers_gate, 1);
}

static inline void
callers_let_go(void)
{
	gate_open(&callers_gate);
	ck_assert_int_eq(creel_take(callers_holder, NULL), CREEL_OK);
	callers_settle();
}

static inline creel_duration
caller_limit(const caller *c)
{
	return c->limit != 0 ? c->limit : CREEL_FOREVER;
}

/* By its task: this has come of it. */
static inline void *
caller_got(caller *c, creel_status status)
{
	c->status = status;
	c->requested = creel_cancel_requested();
	if (status == CREEL_OK)
		say(c->name);
	return c;
}

static inline void
caller_start(caller *c, creel_fn *fn)
{
	c->status = CREEL_EPENDING;
	c->task = creel_submit(callers_pool, fn, c);
}

static inline void
caller_start_named(caller *c, char name, creel_fn *fn, void *object)
{
	*c = (caller){.object = object, .name = name};
	caller_start(c, fn);
}

/* Start n of them, called a, b, c and so on, that wait for the object. */
static inline void
callers_start(caller c[], int n, creel_fn *fn, void *object)
{
	for (int i = 0; i < n; i++)
		caller_start_named(&c[i], (char)('a' + i), fn, object);
}

static inline void
caller_cancel(const caller *c)
{
	ck_assert_int_eq(creel_future_cancel(c->task), CREEL_CANCEL_REQUESTED);
}

static inline bool
caller_waits(const caller *c)
{
	return !creel_future_done(c->task);
}

/* Its status, when it has ended. */
static inline creel_status
caller_end(caller *c)
{
	ck_assert_int_eq(creel_take(c->task, NULL), CREEL_OK);
	c->task = NULL;
	return c->status;
}

/* Calls that succeed, and at once. */
#define ck_ok(call) ck_assert_int_eq((call), CREEL_OK)

#endif
