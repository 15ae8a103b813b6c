/* SPDX-License-Identifier: MIT */
/* test_conditions.c: CPython's cases of conditions. */
#include "conformance/callers.h"
#include "support/fake_clock.h"
#include "support/suite.h"

static creel_lock *lock;
static creel_condition *condition;

static void
begin(void)
{
	lock = creel_lock_create();
	condition = creel_condition_create(lock);
	ck_assert_ptr_nonnull(condition);
	callers_begin();
}

static void
end(void)
{
	callers_end();
	creel_condition_destroy(condition);
	creel_lock_destroy(lock);
}

/* By the test, which holds the lock meanwhile. */
static void
notify(size_t n)
{
	ck_ok(creel_lock_acquire(lock, CREEL_FOREVER));
	ck_ok(creel_condition_notify(condition, n));
	ck_ok(creel_lock_release(lock));
	callers_settle();
}

/* Waits, and keeps the lock. */
static void *
wait_and_keep(void *arg)
{
	caller *c = arg;

	creel_lock_acquire(lock, CREEL_FOREVER);
	return caller_got(c, creel_condition_wait(condition, caller_limit(c)));
}

/* Waits, and releases the lock, which it must have then. */
static void *
wait_and_release(void *arg)
{
	caller *c = arg;

	wait_and_keep(c);
	if (creel_lock_release(lock) != CREEL_OK)
		c->status = CREEL_ESTATE;
	return c;
}

/* 3.14 "Condition: wait": who is notified goes on when it has the lock, in the order of waiting */
START_TEST(condition_wait)
{
	caller c[3];

	begin();
	callers_start(c, 3, wait_and_keep, NULL);
	callers_settle();
	ck_assert_str_eq(said, "");
	ck_assert(!creel_lock_locked(lock));
	ck_ok(creel_lock_acquire(lock, 0));
	ck_ok(creel_condition_notify(condition, 1));
	callers_settle();
	ck_assert_str_eq(said, "");
	ck_ok(creel_lock_release(lock));
	callers_settle();
	ck_assert_str_eq(said, "a");
	ck_assert(creel_lock_locked(lock));
	ck_ok(creel_condition_notify(condition, 2));
	callers_settle();
	ck_assert_str_eq(said, "a");
	ck_ok(creel_lock_release(lock));
	callers_settle();
	ck_assert_str_eq(said, "ab");
	ck_ok(creel_lock_release(lock));
	callers_settle();
	ck_assert_str_eq(said, "abc");
	ck_assert(creel_lock_locked(lock));
	for (int i = 0; i < 3; i++)
		ck_ok(caller_end(&c[i]));
	end();
}
END_TEST

/* 3.14 "Condition: wait_cancel": CREEL_ECANCELLED, with the lock; nobody waits any more */
START_TEST(wait_cancel)
{
	caller c;

	begin();
	callers_start(&c, 1, wait_and_keep, NULL);
	callers_settle();
	caller_cancel(&c);
	ck_assert_int_eq(caller_end(&c), CREEL_ECANCELLED);
	ck_assert(creel_lock_locked(lock));
	ck_ok(creel_condition_notify_all(condition));
	ck_ok(creel_lock_release(lock));
	ck_assert(!creel_lock_locked(lock));
	end();
}
END_TEST

/* 3.14 "Condition: wait_cancel_contested": cancelled while it waits for the lock, it has the lock at the end */
START_TEST(wait_cancel_contested)
{
	caller c;

	begin();
	callers_start(&c, 1, wait_and_keep, NULL);
	callers_settle();
	ck_ok(creel_lock_acquire(lock, 0));
	ck_ok(creel_condition_notify(condition, 1));
	caller_cancel(&c);
	ck_ok(creel_lock_release(lock));
	ck_ok(caller_end(&c));
	ck_assert(c.requested);
	ck_assert(creel_lock_locked(lock));
	end();
}
END_TEST

/* What a cancelled one that was notified does next. */
static void *
wait_then_sleep(void *arg)
{
	caller *c = arg;

	wait_and_release(c);
	return pointer_of(creel_sleep(CREEL_FOREVER));
}

/* 3.14 "Condition: wait_cancel_after_notify": notified and then cancelled: CREEL_OK, so that the notification is
 * not lost; the next wait of the task is CREEL_ECANCELLED */
START_TEST(wait_cancel_after_notify)
{
	caller c;

	begin();
	callers_start(&c, 1, wait_then_sleep, NULL);
	callers_settle();
	ck_ok(creel_lock_acquire(lock, 0));
	ck_ok(creel_condition_notify(condition, 1));
	callers_settle();
	caller_cancel(&c);
	callers_settle();
	ck_assert(caller_waits(&c));
	ck_ok(creel_lock_release(lock));
	ck_assert_int_eq(take_number(c.task), CREEL_ECANCELLED);
	ck_ok(c.status);
	end();
}
END_TEST

/* 3.14 "Condition: wait_unacquired": CREEL_ESTATE */
START_TEST(wait_unacquired)
{
	begin();
	ck_assert_int_eq(creel_condition_wait(condition, CREEL_FOREVER), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	ck_assert_int_eq(creel_condition_wait(condition, 0), CREEL_ESTATE);
	end();
}
END_TEST

/* Of what the tests wait for. Guarded by the lock. */
static int state;

static bool
is_not_zero(void *arg)
{
	(void)arg;
	return state != 0;
}

static bool
is_zero(void *arg)
{
	(void)arg;
	return state == 0;
}

static void *
wait_for_state(void *arg)
{
	caller *c = arg;

	creel_lock_acquire(lock, CREEL_FOREVER);
	caller_got(c, creel_condition_wait_for(condition, is_not_zero, NULL, caller_limit(c)));
	if (creel_lock_release(lock) != CREEL_OK)
		c->status = CREEL_ESTATE;
	return c;
}

static void
set_state(int value, size_t n)
{
	ck_ok(creel_lock_acquire(lock, CREEL_FOREVER));
	state = value;
	ck_ok(creel_condition_notify(condition, n));
	ck_ok(creel_lock_release(lock));
	callers_settle();
}

/* 3.14 "Condition: wait_for": it goes on when it is notified and the predicate is true */
START_TEST(condition_wait_for)
{
	caller c;

	begin();
	callers_start(&c, 1, wait_for_state, NULL);
	callers_settle();
	notify(1);
	ck_assert_str_eq(said, "");
	ck_assert(caller_waits(&c));
	set_state(1, 1);
	ck_assert_str_eq(said, "a");
	ck_ok(caller_end(&c));
	end();
}
END_TEST

/* 3.14 "Condition: wait_for_unacquired": what is true at once needs no lock; else CREEL_ESTATE */
START_TEST(wait_for_unacquired)
{
	begin();
	ck_ok(creel_condition_wait_for(condition, is_zero, NULL, CREEL_FOREVER));
	ck_assert_int_eq(creel_condition_wait_for(condition, is_not_zero, NULL, CREEL_FOREVER),
		CREEL_ESTATE);
	ck_assert_int_eq(creel_condition_wait_for(condition, is_not_zero, NULL, 0), CREEL_ESTATE);
	end();
}
END_TEST

/* 3.14 "Condition: notify": one of n, n of n, more than there are */
START_TEST(condition_notify)
{
	caller c[3];

	begin();
	callers_start(c, 3, wait_and_release, NULL);
	callers_settle();
	notify(0);
	ck_assert_str_eq(said, "");
	notify(1);
	ck_assert_str_eq(said, "a");
	ck_ok(creel_lock_acquire(lock, CREEL_FOREVER));
	ck_ok(creel_condition_notify(condition, 1));
	ck_ok(creel_condition_notify(condition, 2048));
	ck_ok(creel_lock_release(lock));
	for (int i = 0; i < 3; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert_str_eq(said, "abc");
	end();
}
END_TEST

/* 3.14 "Condition: notify_all": all, in their order */
START_TEST(notify_all)
{
	caller c[2];

	begin();
	callers_start(c, 2, wait_and_release, NULL);
	callers_settle();
	ck_ok(creel_lock_acquire(lock, CREEL_FOREVER));
	ck_ok(creel_condition_notify_all(condition));
	ck_ok(creel_lock_release(lock));
	for (int i = 0; i < 2; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert_str_eq(said, "ab");
	end();
}
END_TEST

/* 3.14 "Condition: notify_unacquired": CREEL_ESTATE */
/* 3.14 "Condition: notify_all_unacquired": CREEL_ESTATE */
START_TEST(notify_unacquired)
{
	begin();
	ck_assert_int_eq(creel_condition_notify(condition, 1), CREEL_ESTATE);
	ck_assert_int_eq(creel_condition_notify_all(condition), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	end();
}
END_TEST

/* 3.14 "Condition: context_manager": the lock is acquired and released around it, as anywhere */
/* 3.14 "Condition: explicit_lock": it is the given lock; several conditions may share one */
START_TEST(explicit_lock)
{
	creel_condition *other;
	caller c;

	begin();
	other = creel_condition_create(lock);
	ck_assert(!creel_lock_locked(lock));
	callers_start(&c, 1, wait_and_keep, NULL);
	callers_settle();
	ck_ok(creel_lock_acquire(lock, 0));
	ck_ok(creel_condition_notify_all(other));
	ck_ok(creel_lock_release(lock));
	callers_settle();
	ck_assert(caller_waits(&c));
	ck_assert(!creel_lock_locked(lock));
	notify(1);
	ck_ok(caller_end(&c));
	ck_assert(creel_lock_locked(lock));
	ck_ok(creel_lock_release(lock));
	ck_assert(!creel_lock_locked(lock));
	creel_condition_destroy(other);
	end();
}
END_TEST

/* 3.14 "Condition: ambiguous_loops": otherwise: none is bound to a loop: a task of a loop, one of a pool and a thread share
 * a condition */
START_TEST(ambiguous_loops)
{
	creel_loop *loop = creel_loop_create(NULL);
	caller of_pool, of_loop = {.name = 'l'};

	begin();
	callers_start(&of_pool, 1, wait_and_release, NULL);
	callers_settle();
	of_loop.task = creel_loop_submit(loop, wait_and_release, &of_loop);
	ck_ok(creel_take(creel_loop_submit(loop, same, NULL), NULL));
	notify(2);
	ck_ok(caller_end(&of_pool));
	ck_ok(caller_end(&of_loop));
	ck_assert(!creel_lock_locked(lock));
	end();
	creel_loop_destroy(loop);
}
END_TEST

/* 3.14 "Condition: timeout_in_block": CREEL_ETIMEDOUT, with the lock */
START_TEST(timeout_in_block)
{
	caller c = {.name = 'a', .limit = CREEL_SECONDS(5)};

	fake_clock_start();
	begin();
	caller_start(&c, wait_and_keep);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(5));
	ck_assert_int_eq(caller_end(&c), CREEL_ETIMEDOUT);
	ck_assert(creel_lock_locked(lock));
	end();
}
END_TEST

/* 3.14 "Condition: cancelled_error_wakeup": a request while it waits to be notified ends wait_for */
START_TEST(cancelled_error_wakeup)
{
	caller c;

	begin();
	callers_start(&c, 1, wait_for_state, NULL);
	callers_settle();
	caller_cancel(&c);
	ck_assert_int_eq(caller_end(&c), CREEL_ECANCELLED);
	ck_assert(!creel_lock_locked(lock));
	end();
}
END_TEST

/* 3.14 "Condition: cancelled_error_re_aquire": a request while it waits for the lock: what it waited for is the
 * case, so it is CREEL_OK, and the request stays pending */
START_TEST(cancelled_error_re_aquire)
{
	caller c;

	begin();
	callers_start(&c, 1, wait_for_state, NULL);
	callers_settle();
	ck_ok(creel_lock_acquire(lock, 0));
	state = 1;
	ck_ok(creel_condition_notify(condition, 1));
	callers_settle();
	caller_cancel(&c);
	ck_ok(creel_lock_release(lock));
	ck_ok(caller_end(&c));
	ck_assert(c.requested);
	end();
}
END_TEST

/* Takes from the state, until it is negative. */
static void *
consume(void *arg)
{
	caller *c = arg;
	creel_status status;

	creel_lock_acquire(lock, CREEL_FOREVER);
	for (;;) {
		status = creel_condition_wait_for(condition, is_not_zero, NULL, CREEL_FOREVER);
		if (status != CREEL_OK || state < 0)
			break;
		state--;
	}
	caller_got(c, status);
	creel_lock_release(lock);
	return c;
}

/* One of two consumers is notified and cancelled, in this order or the other, with the lock wanted or not:
 * what it was notified of is consumed. */
static void
notify_and_cancel(bool cancel_first, bool settle_between)
{
	caller c[2];

	begin();
	memset(said, 0, sizeof said);
	state = 0;
	callers_start(c, 2, consume, NULL);
	callers_settle();
	ck_ok(creel_lock_acquire(lock, 0));
	if (cancel_first) {
		callers_hold();
		caller_cancel(&c[0]);
	}
	state = 1;
	ck_ok(creel_condition_notify(condition, 1));
	if (settle_between)
		callers_settle();
	if (!cancel_first)
		caller_cancel(&c[0]);
	ck_ok(creel_lock_release(lock));
	if (cancel_first)
		callers_let_go();
	callers_settle();
	ck_assert_int_eq(state, 0);
	ck_assert_int_eq(caller_end(&c[0]), CREEL_ECANCELLED);
	ck_assert(caller_waits(&c[1]));
	set_state(-1, 1);
	ck_ok(caller_end(&c[1]));
	end();
}

/* 3.14 "Condition: cancelled_wakeup": cancelled and notified at once: the notification is not lost */
START_TEST(cancelled_wakeup)
{
	notify_and_cancel(false, false);
	notify_and_cancel(true, false);
}
END_TEST

/* 3.14 "Condition: cancelled_wakeup_relock": cancelled while it waits for the lock: nor then */
START_TEST(cancelled_wakeup_relock)
{
	notify_and_cancel(false, true);
}
END_TEST

CREEL_SUITE("creel.conformance.conditions", condition_wait, wait_cancel, wait_cancel_contested,
	wait_cancel_after_notify, wait_unacquired, condition_wait_for, wait_for_unacquired,
	condition_notify, notify_all, notify_unacquired, explicit_lock, ambiguous_loops,
	timeout_in_block, cancelled_error_wakeup, cancelled_error_re_aquire, cancelled_wakeup,
	cancelled_wakeup_relock)
