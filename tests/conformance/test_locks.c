/* SPDX-License-Identifier: MIT */
/* test_locks.c: CPython's cases of locks and events. */
#include "conformance/callers.h"
#include "support/suite.h"

static void *
acquire(void *arg)
{
	caller *c = arg;

	return caller_got(c, creel_lock_acquire(c->object, caller_limit(c)));
}

/* Acquires, waits for the promise in `item`, if any, and releases. */
static void *
lock_it(void *arg)
{
	caller *c = arg;

	acquire(c);
	if (c->status == CREEL_OK) {
		if (c->item != NULL)
			creel_await(c->item, NULL);
		creel_lock_release(c->object);
	}
	return c;
}

static creel_lock *
held_lock(void)
{
	creel_lock *lock = creel_lock_create();

	ck_assert_ptr_nonnull(lock);
	ck_ok(creel_lock_acquire(lock, 0));
	return lock;
}

/* 3.14 "Lock: acquire": first come, first served, one for each release; who comes later waits behind them */
START_TEST(lock_acquire)
{
	creel_lock *lock = held_lock();
	caller c[3];

	callers_begin();
	callers_start(c, 2, acquire, lock);
	callers_settle();
	ck_assert_str_eq(said, "");
	ck_ok(creel_lock_release(lock));
	callers_settle();
	ck_assert_str_eq(said, "a");
	caller_start_named(&c[2], 'c', acquire, lock);
	ck_ok(creel_lock_release(lock));
	callers_settle();
	ck_assert_str_eq(said, "ab");
	ck_ok(creel_lock_release(lock));
	callers_settle();
	ck_assert_str_eq(said, "abc");
	for (int i = 0; i < 3; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert(creel_lock_locked(lock));
	callers_end();
	creel_lock_destroy(lock);
}
END_TEST

/* 3.14 "Lock: acquire_cancel": CREEL_ECANCELLED, and nobody waits any more */
START_TEST(lock_acquire_cancel)
{
	creel_lock *lock = held_lock();
	caller c;

	callers_begin();
	callers_start(&c, 1, acquire, lock);
	callers_settle();
	caller_cancel(&c);
	ck_assert_int_eq(caller_end(&c), CREEL_ECANCELLED);
	ck_assert(c.requested);
	ck_ok(creel_lock_release(lock));
	ck_assert(!creel_lock_locked(lock));
	callers_end();
	creel_lock_destroy(lock);
}
END_TEST

/* 3.14 "Lock: cancel_race": the holder releases and the next is cancelled, at once: it has the lock, and
 * hands it on; a lock that comes free after the cancellation goes to the one behind */
START_TEST(lock_cancel_race)
{
	for (int at_once = 0; at_once < 2; at_once++) {
		creel_lock *lock = held_lock();
		caller c[2];

		memset(said, 0, sizeof said);
		callers_begin();
		callers_start(c, 2, lock_it, lock);
		callers_settle();
		if (at_once)
			callers_hold();
		caller_cancel(&c[0]);
		if (!at_once)
			callers_settle();
		ck_ok(creel_lock_release(lock));
		if (at_once)
			callers_let_go();
		ck_assert_int_eq(caller_end(&c[0]), at_once ? CREEL_OK : CREEL_ECANCELLED);
		ck_assert(c[0].requested);
		ck_ok(caller_end(&c[1]));
		ck_assert_str_eq(said, at_once ? "ab" : "b");
		ck_assert(!creel_lock_locked(lock));
		callers_end();
		creel_lock_destroy(lock);
	}
}
END_TEST

/* 3.14 "Lock: cancel_release_race": a cancellation and a release at once give the lock to one, not to two */
START_TEST(lock_cancel_release_race)
{
	creel_lock *lock = held_lock();
	caller c[3];

	callers_begin();
	callers_start(c, 3, acquire, lock);
	callers_settle();
	callers_hold();
	caller_cancel(&c[0]);
	ck_ok(creel_lock_release(lock));
	callers_let_go();
	ck_assert_str_eq(said, "a");
	ck_assert(!caller_waits(&c[0]) && caller_waits(&c[1]) && caller_waits(&c[2]));
	caller_cancel(&c[1]);
	caller_cancel(&c[2]);
	ck_ok(caller_end(&c[0]));
	for (int i = 1; i < 3; i++)
		ck_assert_int_eq(caller_end(&c[i]), CREEL_ECANCELLED);
	callers_end();
	creel_lock_destroy(lock);
}
END_TEST

/* 3.14 "Lock: finished_waiter_cancelled": one that has been given the lock is cancelled before it runs: the
 * lock is its own, and the one behind gets it from there */
START_TEST(lock_finished_waiter_cancelled)
{
	creel_lock *lock = held_lock();
	caller c[2];

	callers_begin();
	callers_start(c, 2, lock_it, lock);
	callers_settle();
	callers_hold();
	ck_ok(creel_lock_release(lock));
	caller_cancel(&c[0]);
	ck_assert(creel_lock_locked(lock));
	callers_let_go();
	ck_ok(caller_end(&c[0]));
	ck_ok(caller_end(&c[1]));
	ck_assert_str_eq(said, "ab");
	callers_end();
	creel_lock_destroy(lock);
}
END_TEST

/* 3.14 "Lock: release_not_acquired": CREEL_ESTATE */
START_TEST(lock_release_not_acquired)
{
	creel_lock *lock = creel_lock_create();

	ck_assert_int_eq(creel_lock_release(lock), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	ck_assert(!creel_lock_locked(lock));
	creel_lock_destroy(lock);
}
END_TEST

/* 3.14 "Lock: release_no_waiters": it is not locked then */
START_TEST(lock_release_no_waiters)
{
	creel_lock *lock = held_lock();

	ck_assert(creel_lock_locked(lock));
	ck_ok(creel_lock_release(lock));
	ck_assert(!creel_lock_locked(lock));
	ck_assert_int_eq(creel_lock_release(lock), CREEL_ESTATE);
	creel_lock_destroy(lock);
}
END_TEST

/* 3.14 "Lock: context_manager": acquired and released around what a task does, it is locked within alone */
START_TEST(lock_context_manager)
{
	creel_lock *lock = creel_lock_create();
	creel_future *blocker = creel_future_create();
	caller c = {.object = lock, .item = blocker, .name = 'a'};

	callers_begin();
	ck_assert(!creel_lock_locked(lock));
	caller_start(&c, lock_it);
	callers_settle();
	ck_assert(creel_lock_locked(lock));
	ck_ok(creel_future_set_result(blocker, NULL));
	ck_ok(caller_end(&c));
	ck_assert(!creel_lock_locked(lock));
	callers_end();
	creel_future_unref(blocker);
	creel_lock_destroy(lock);
}
END_TEST

static void *
await_event(void *arg)
{
	caller *c = arg;

	return caller_got(c, creel_event_wait(c->object, caller_limit(c)));
}

/* 3.14 "Event: wait": set lets all who wait go on, in their order; who comes then does not wait */
START_TEST(event_wait)
{
	creel_event *event = creel_event_create();
	caller c[2], late;

	ck_assert(!creel_event_is_set(event));
	callers_begin();
	callers_start(c, 2, await_event, event);
	callers_settle();
	ck_assert_str_eq(said, "");
	ck_ok(creel_event_set(event));
	callers_settle();
	ck_assert_str_eq(said, "ab");
	caller_start_named(&late, 'c', await_event, event);
	ck_ok(caller_end(&late));
	for (int i = 0; i < 2; i++)
		ck_ok(caller_end(&c[i]));
	callers_end();
	creel_event_destroy(event);
}
END_TEST

/* 3.14 "Event: wait_on_set": CREEL_OK without waiting */
START_TEST(event_wait_on_set)
{
	creel_event *event = creel_event_create();

	ck_ok(creel_event_set(event));
	ck_ok(creel_event_wait(event, CREEL_FOREVER));
	ck_ok(creel_event_wait(event, 0));
	creel_event_destroy(event);
}
END_TEST

/* 3.14 "Event: wait_cancel": CREEL_ECANCELLED; the event is as it was */
START_TEST(event_wait_cancel)
{
	creel_event *event = creel_event_create();
	caller c;

	callers_begin();
	callers_start(&c, 1, await_event, event);
	callers_settle();
	caller_cancel(&c);
	ck_assert_int_eq(caller_end(&c), CREEL_ECANCELLED);
	ck_assert(!creel_event_is_set(event));
	ck_ok(creel_event_set(event));
	callers_end();
	creel_event_destroy(event);
}
END_TEST

/* 3.14 "Event: clear": it is not set any more, and is waited for again */
START_TEST(event_clear)
{
	creel_event *event = creel_event_create();

	ck_assert(!creel_event_is_set(event));
	ck_ok(creel_event_set(event));
	ck_assert(creel_event_is_set(event));
	ck_ok(creel_event_clear(event));
	ck_assert(!creel_event_is_set(event));
	ck_assert_int_eq(creel_event_wait(event, 0), CREEL_ETIMEDOUT);
	creel_event_destroy(event);
}
END_TEST

/* 3.14 "Event: clear_with_waiters": set and cleared before they run, those who waited go on, once */
START_TEST(event_clear_with_waiters)
{
	creel_event *event = creel_event_create();
	caller c, late;

	callers_begin();
	callers_start(&c, 1, await_event, event);
	callers_settle();
	callers_hold();
	ck_ok(creel_event_set(event));
	ck_ok(creel_event_clear(event));
	ck_assert(!creel_event_is_set(event));
	ck_ok(creel_event_set(event));
	ck_ok(creel_event_set(event));
	ck_ok(creel_event_clear(event));
	callers_start(&late, 1, await_event, event);
	callers_let_go();
	ck_ok(caller_end(&c));
	ck_assert_str_eq(said, "a");
	ck_assert(caller_waits(&late));
	ck_ok(creel_event_set(event));
	ck_ok(caller_end(&late));
	callers_end();
	creel_event_destroy(event);
}
END_TEST

CREEL_SUITE("creel.conformance.locks", lock_acquire, lock_acquire_cancel, lock_cancel_race,
	lock_cancel_release_race, lock_finished_waiter_cancelled, lock_release_not_acquired,
	lock_release_no_waiters, lock_context_manager, event_wait, event_wait_on_set,
	event_wait_cancel, event_clear, event_clear_with_waiters)
