/* SPDX-License-Identifier: MIT */
/*
 * test_fairness.c: nobody waits for ever. One worker, which always has something else that it would do
 * first; what waits must get its turn all the same, after not too many of the others.
 */
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

/* The others give up after so many turns, so that a pool that starves fails rather than hangs. */
#define GIVE_UP 100000

/* What is called soon: the pool looks at what has waited longest every 61st time. */
#define SOON 200

typedef struct race {
	gate start;
	creel_pool *pool;
	uint32_t flags;
	bool outsider_ran; /* worker only, all of them, while it runs */
	int turns;         /* of the others, until then */
	creel_future *waits[2];
} race;

static void *
outsider(void *arg)
{
	race *r = arg;

	r->outsider_ran = true;
	return NULL;
}

static bool
go_on(race *r)
{
	return !r->outsider_ran && ++r->turns < GIVE_UP;
}

/* The worker is held while the others, then the outsider, are posted. */
static void
run_race(uint32_t flags, int others, creel_fn *fn, void *args[])
{
	race *r = args[0];

	*r = (race){.start = GATE_INIT, .pool = pool_with(1, flags)};
	ck_assert_int_eq(creel_post(r->pool, gate_task, &r->start), CREEL_OK);
	gate_await_arrivals(&r->start, 1);
	for (int i = 0; i < others; i++)
		ck_assert_int_eq(creel_post(r->pool, fn, args[i]), CREEL_OK);
	ck_assert_int_eq(creel_post(r->pool, outsider, r), CREEL_OK);
	gate_open(&r->start);
	ck_assert_int_eq(creel_pool_wait_idle(r->pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(r->outsider_ran);
	ck_assert_int_le(r->turns, SOON);
	creel_pool_destroy(r->pool);
}

static void *
post_itself(void *arg)
{
	race *r = arg;

	if (go_on(r))
		creel_post(r->pool, post_itself, r);
	return NULL;
}

START_TEST(tasks_that_resubmit_themselves_do_not_starve_outside_work)
{
	race r;
	void *args[] = {&r, &r};

	run_race(0, 1, post_itself, args);
	ck_assert_int_ge(r.turns, 2); /* inner ones do go first */
	run_race(0, 2, post_itself, args);
	run_race(CREEL_POOL_FIFO, 2, post_itself, args);
	ck_assert_int_le(r.turns, 2);
}
END_TEST

/* As above, but each waits for the next: deeper and deeper. */
static void *
submit_itself_and_wait(void *arg)
{
	race *r = arg;

	if (go_on(r))
		creel_take(creel_submit(r->pool, submit_itself_and_wait, r), NULL);
	return NULL;
}

START_TEST(tasks_that_wait_for_their_children_do_not_starve_outside_work)
{
	race r;
	void *args[] = {&r};

	run_race(0, 1, submit_itself_and_wait, args);
}
END_TEST

static void *
yield_for_ever(void *arg)
{
	race *r = arg;

	while (go_on(r))
		creel_sleep(0);
	return NULL;
}

START_TEST(tasks_that_yield_do_not_starve_new_work)
{
	race r;
	void *args[] = {&r, &r, &r};

	run_race(0, 1, yield_for_ever, args);
	run_race(0, 3, yield_for_ever, args);
	run_race(CREEL_POOL_FIFO, 3, yield_for_ever, args);
}
END_TEST

/* Two tasks that wake each other in turn, each by the promise that the other awaits. */
static void *
play(race *r, int side)
{
	while (go_on(r)) {
		creel_future *mine = creel_future_create(), *theirs = r->waits[!side];

		r->waits[side] = mine;
		r->waits[!side] = NULL;
		creel_future_set_result(theirs, NULL); /* NULL at the first turn: fine */
		creel_take(mine, NULL);
	}
	creel_future_set_result(r->waits[!side], NULL);
	r->waits[!side] = NULL;
	return NULL;
}

static void *
ping(void *arg)
{
	return play(arg, 0);
}

static void *
pong(void *arg)
{
	return play(arg, 1);
}

static void *
ping_or_pong(void *arg)
{
	race *r = arg;

	return r->waits[0] == NULL ? ping(r) : pong(r);
}

START_TEST(ready_tasks_do_not_starve_new_work)
{
	race r;
	void *args[] = {&r, &r};

	run_race(0, 2, ping_or_pong, args);
	run_race(CREEL_POOL_FIFO, 2, ping_or_pong, args);
}
END_TEST

/* What a task does that waits to be woken by a thread, or by the clock, has its turn, too. */
typedef struct outsider_in {
	race *r;
	creel_future *promise;
} outsider_in;

static void *
await_then_run(void *arg)
{
	outsider_in *o = arg;

	creel_await(o->promise, NULL);
	return outsider(o->r);
}

static void *
sleep_then_run(void *arg)
{
	creel_sleep(1);
	return outsider(arg);
}

START_TEST(nor_do_they_starve_who_was_woken)
{
	race r = {.start = GATE_INIT, .pool = pool_of(1)};
	outsider_in o = {&r, creel_future_create()};

	ck_assert_int_eq(creel_post(r.pool, await_then_run, &o), CREEL_OK);
	ck_assert_int_eq(creel_post(r.pool, gate_task, &r.start), CREEL_OK);
	gate_await_arrivals(&r.start, 1);
	ck_assert_int_eq(creel_post(r.pool, ping_or_pong, &r), CREEL_OK);
	ck_assert_int_eq(creel_post(r.pool, ping_or_pong, &r), CREEL_OK);
	ck_assert_int_eq(creel_future_set_result(o.promise, NULL), CREEL_OK);
	gate_open(&r.start);
	ck_assert_int_eq(creel_pool_wait_idle(r.pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(r.outsider_ran);
	ck_assert_int_le(r.turns, SOON);
	creel_future_unref(o.promise);
	creel_pool_destroy(r.pool);
}
END_TEST

START_TEST(nor_who_sleeps)
{
	race r = {.start = GATE_INIT, .pool = pool_of(1)};

	ck_assert_int_eq(creel_post(r.pool, gate_task, &r.start), CREEL_OK);
	gate_await_arrivals(&r.start, 1);
	ck_assert_int_eq(creel_post(r.pool, sleep_then_run, &r), CREEL_OK);
	ck_assert_int_eq(creel_post(r.pool, ping_or_pong, &r), CREEL_OK);
	ck_assert_int_eq(creel_post(r.pool, ping_or_pong, &r), CREEL_OK);
	gate_open(&r.start);
	ck_assert_int_eq(creel_pool_wait_idle(r.pool, CREEL_FOREVER), CREEL_OK);
	ck_assert(r.outsider_ran);
	ck_assert_int_lt(r.turns, GIVE_UP);
	creel_pool_destroy(r.pool);
}
END_TEST

CREEL_SUITE("creel.pool.fairness", tasks_that_resubmit_themselves_do_not_starve_outside_work,
	tasks_that_wait_for_their_children_do_not_starve_outside_work,
	tasks_that_yield_do_not_starve_new_work, ready_tasks_do_not_starve_new_work,
	nor_do_they_starve_who_was_woken, nor_who_sleeps)
