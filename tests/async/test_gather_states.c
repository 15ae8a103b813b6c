/* SPDX-License-Identifier: MIT */
/* test_gather_states.c: cancelling a gather whose members are in all states that there are. */
#include "async/continued.h"
#include "support/gate.h"
#include "support/suite.h"

/* Works until it is asked to end. */
static atomic_int working;

static void *
work(void *arg)
{
	atomic_fetch_add(&working, 1);
	while (!creel_cancel_requested())
		sched_yield();
	return arg;
}

/* One pool of one worker that works, and has another task queued; one whose worker has suspended tasks. */
typedef struct stage {
	creel_pool *busy, *waiting;
	creel_future *running, *queued, *suspended, *done, *promise;
} stage;

static void
set_up(stage *s)
{
	atomic_store(&working, 0);
	s->busy = pool_of(1);
	s->waiting = pool_of(1);
	s->running = creel_submit(s->busy, work, number(1));
	spin_until(&working, 1);
	s->queued = creel_submit(s->busy, work, number(2));
	s->suspended = creel_submit(s->waiting, sleep_for_ever, NULL);
	settle(s->waiting);
	s->done = creel_submit(s->waiting, same, number(4));
	s->promise = creel_future_create();
	ck_assert_int_eq(creel_await(s->done, NULL), CREEL_OK);
}

static void
tear_down(stage *s)
{
	creel_future *all[] = {s->running, s->queued, s->suspended, s->done, s->promise};

	creel_pool_destroy(s->busy);
	creel_pool_destroy(s->waiting);
	creel_futures_unref(all, 5);
}

static const unsigned all_flags[] = {0, CREEL_RETURN_EXCEPTIONS, CREEL_CANCEL_ON_ERROR,
	CREEL_CANCEL_ON_ERROR | CREEL_RETURN_EXCEPTIONS};

/* 1.5 "`outer.cancel()`": members that are queued, running, suspended, done, promised: cancelled when all have ended */
START_TEST(tasks)
{
	for (size_t i = 0; i < 4; i++) {
		stage s;
		creel_future *whole;

		set_up(&s);
		whole = creel_gather(
			(creel_future *[]){s.running, s.queued, s.suspended, s.done, s.promise}, 5,
			all_flags[i]);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
		ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
		ck_assert_int_eq(
			creel_future_status(s.running), CREEL_OK); /* heard, and had a value */
		ck_assert_int_eq(creel_future_status(s.queued), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_status(s.suspended), CREEL_OK);
		ck_assert_int_eq(creel_future_status(s.done), CREEL_OK);
		ck_assert_int_eq(creel_future_status(s.promise), CREEL_ECANCELLED);
		ck_assert_int_eq(atomic_load(&working), 1);
		creel_future_unref(whole);
		tear_down(&s);
	}
}
END_TEST

/* 3.7 "shield_gather, gather_shield": the cancel stops at shields: what is behind them goes on */
START_TEST(shielded)
{
	stage s;
	creel_future *shields[4], *whole;

	set_up(&s);
	shields[0] = creel_shield(s.running);
	shields[1] = creel_shield(s.queued);
	shields[2] = creel_shield(s.suspended);
	shields[3] = creel_shield(s.promise);
	whole = creel_gather(shields, 4, 0);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(s.running), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(s.queued), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(s.suspended), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(s.promise), CREEL_EPENDING);
	creel_future_unref(whole);
	creel_futures_unref(shields, 4);
	whole = creel_gather((creel_future *[]){s.running, s.queued, s.suspended, s.promise}, 4, 0);
	ck_assert_int_eq(creel_wait_for(whole, 0, NULL), CREEL_ETIMEDOUT);
	creel_future_unref(whole);
	tear_down(&s);
}
END_TEST

/* Members that stand for others: it goes on to theirs, in all states. */
START_TEST(nested)
{
	stage s;
	creel_future *inner[4], *whole;

	set_up(&s);
	inner[0] = creel_gather((creel_future *[]){s.running, s.done}, 2, 0);
	inner[1] = creel_first((creel_future *[]){s.queued, s.promise}, 2, 2, 0);
	inner[2] = creel_race((creel_future *[]){s.suspended, s.promise}, 2);
	inner[3] = creel_any((creel_future *[]){s.done, s.promise}, 2); /* done */
	whole = creel_gather(inner, 4, CREEL_RETURN_EXCEPTIONS);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(inner[0]), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(inner[1]), CREEL_ECANCELLED);
	ck_assert(creel_future_done(inner[2]));
	ck_assert_int_eq(creel_future_status(inner[3]), CREEL_OK);
	ck_assert_int_eq(creel_future_status(s.queued), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(s.promise), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(s.suspended), CREEL_OK);
	creel_future_unref(whole);
	creel_futures_unref(inner, 4);
	tear_down(&s);
}
END_TEST

/* Continuations that are pending, queued, running, suspended and done; what they stand behind goes on. */
START_TEST(continuations)
{
	stage s;
	told t[5] = {{.calls = 0}};
	creel_future *next[5], *whole;

	set_up(&s);
	next[0] = then_drops(s.waiting, s.promise, note_told, &t[0]); /* pending */
	next[1] = then_drops(s.busy, s.done, note_told, &t[1]);       /* queued */
	next[2] = then_drops(s.waiting, s.done, note_and_sleep, &t[2]);
	settle(s.waiting); /* suspended */
	next[3] = then_drops(s.waiting, s.done, note_told, &t[3]);
	ck_assert_int_eq(creel_await(next[3], NULL), CREEL_OK); /* done */
	next[4] = then_drops(s.waiting, next[0], note_told, &t[4]);
	whole = creel_gather(next, 5, CREEL_RETURN_EXCEPTIONS);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(
			creel_future_status(next[i]), i == 3 ? CREEL_OK : CREEL_ECANCELLED);
		ck_assert_int_eq(atomic_load(&t[i].drops), 1);
		ck_assert_int_eq(atomic_load(&t[i].calls), i == 2 || i == 3);
	}
	ck_assert_int_eq(creel_future_status(s.promise), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_cancel(s.running), CREEL_CANCEL_REQUESTED);
	creel_future_cancel(s.queued);
	creel_future_cancel(s.suspended);
	creel_future_unref(whole);
	creel_futures_unref(next, 5);
	tear_down(&s);
}
END_TEST

/* A second cancel goes to those that have not ended, in all states again. */
START_TEST(asked_again)
{
	creel_pool *pool = pool_of(1);
	gate g = GATE_INIT;
	creel_future *f[2] = {creel_submit(pool, gate_task, &g), creel_future_create()};
	creel_future *whole = creel_gather(f, 2, 0);

	gate_await_arrivals(&g, 1);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	gate_open(&g);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.gather_states", tasks, shielded, nested, continuations, asked_again)
