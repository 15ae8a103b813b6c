/* SPDX-License-Identifier: MIT */
/* test_condition.c: waiting at a condition, and the lock: who has it when, and what ends the wait. */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <creel/creel.h>

#include <pthread.h>

static creel_lock *lock;
static creel_condition *condition;
static creel_pool *pool;

static void
begin(void)
{
	lock = creel_lock_create();
	condition = creel_condition_create(lock);
	ck_assert_ptr_nonnull(condition);
	pool = pool_of(1);
}

static void
end(void)
{
	creel_pool_destroy(pool);
	creel_condition_destroy(condition);
	creel_lock_destroy(lock);
}

/* A task that waits, and says whether it has the lock afterwards and what its next wait is told. */
typedef struct listener {
	creel_duration timeout;
	creel_status status, released, next;
} listener;

static void *
listen(void *arg)
{
	listener *l = arg;

	creel_lock_acquire(lock, CREEL_FOREVER);
	l->status = creel_condition_wait(condition, l->timeout);
	/* One that was told that the lock is gone must not touch it. */
	if (l->released != CREEL_ECLOSED)
		l->released = creel_lock_release(lock);
	l->next = creel_sleep(1);
	return l;
}

static creel_future *
start(listener *l, creel_duration timeout)
{
	creel_future *task;

	*l = (listener){.timeout = timeout, .status = CREEL_EPENDING};
	task = creel_submit(pool, listen, l);
	if (timeout == CREEL_FOREVER)
		settle(pool);
	else
		fake_clock_await_sleepers(1);
	return task;
}

/* A poll does not let the lock go, and is told of a request. */
START_TEST(a_poll_keeps_the_lock)
{
	begin();
	ck_assert_int_eq(creel_lock_acquire(lock, 0), CREEL_OK);
	ck_assert_int_eq(creel_condition_wait(condition, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
	ck_assert(creel_lock_locked(lock));
	end();
}
END_TEST

/* Two requests, one while it waits to be notified, one while it waits for the lock, are reported as one. */
START_TEST(requests_are_reported_together)
{
	creel_future *task;
	listener l;

	begin();
	task = start(&l, CREEL_FOREVER);
	ck_assert_int_eq(creel_lock_acquire(lock, 0), CREEL_OK);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
		settle(pool);
		ck_assert_int_eq(l.status, CREEL_EPENDING);
	}
	ck_assert_int_eq(creel_lock_release(lock), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(l.status, CREEL_ECANCELLED);
	ck_assert_int_eq(l.released, CREEL_OK);
	ck_assert_int_eq(l.next, CREEL_OK);
	end();
}
END_TEST

/* A request that comes when its time is up and it waits for the lock is for the next wait. */
START_TEST(a_request_after_the_timeout_stays_pending)
{
	creel_future *task;
	listener l;

	fake_clock_start();
	begin();
	task = start(&l, CREEL_SECONDS(5));
	ck_assert_int_eq(creel_lock_acquire(lock, 0), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(5));
	settle(pool);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	settle(pool);
	ck_assert_int_eq(l.status, CREEL_EPENDING);
	ck_assert_int_eq(creel_lock_release(lock), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(l.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(l.released, CREEL_OK);
	ck_assert_int_eq(l.next, CREEL_ECANCELLED);
	end();
}
END_TEST

/* Notified in time, the lock comes late: that is no timeout. */
START_TEST(a_notified_one_waits_for_the_lock_without_a_limit)
{
	creel_future *task;
	listener l;

	fake_clock_start();
	begin();
	task = start(&l, CREEL_SECONDS(5));
	ck_assert_int_eq(creel_lock_acquire(lock, 0), CREEL_OK);
	ck_assert_int_eq(creel_condition_notify(condition, 1), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(50));
	settle(pool);
	ck_assert_int_eq(l.status, CREEL_EPENDING);
	ck_assert_int_eq(creel_lock_release(lock), CREEL_OK);
	while (!creel_future_done(task)) /* it sleeps a little at the end */
		fake_clock_step(1);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(l.status, CREEL_OK);
	end();
}
END_TEST

/* The condition goes while somebody waits, and while somebody whose time is up waits for the lock. */
START_TEST(the_condition_is_destroyed)
{
	for (int late = 0; late < 2; late++) {
		creel_future *task;
		listener l;

		begin();
		task = start(&l, CREEL_FOREVER);
		ck_assert_int_eq(creel_lock_acquire(lock, 0), CREEL_OK);
		if (late) {
			creel_future_cancel(task);
			settle(pool);
		}
		creel_condition_destroy(condition);
		settle(pool);
		ck_assert_int_eq(l.status, CREEL_EPENDING);
		ck_assert_int_eq(creel_lock_release(lock), CREEL_OK);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(l.status, late ? CREEL_ECANCELLED : CREEL_ECLOSED);
		ck_assert_int_eq(l.released, CREEL_OK);
		creel_lock_destroy(lock);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* The lock goes first: who waits at the condition has none, nor has who waits for it; a request is not lost. */
START_TEST(the_lock_is_destroyed)
{
	for (int cancelled = 0; cancelled < 2; cancelled++) {
		creel_future *task;
		listener l;

		begin();
		task = start(&l, CREEL_FOREVER);
		ck_assert_int_eq(creel_lock_acquire(lock, 0), CREEL_OK);
		if (cancelled) {
			creel_future_cancel(task);
			settle(pool);
		}
		l.released = CREEL_ECLOSED;
		creel_lock_destroy(lock);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(l.status, CREEL_ECLOSED);
		ck_assert_int_eq(l.next, cancelled ? CREEL_ECANCELLED : CREEL_OK);
		ck_assert_int_eq(creel_condition_wait(condition, CREEL_FOREVER), CREEL_ECLOSED);
		ck_assert_int_eq(creel_condition_wait(condition, 0), CREEL_ECLOSED);
		ck_assert_int_eq(creel_condition_notify(condition, 1), CREEL_ECLOSED);
		ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
		creel_condition_destroy(condition);
		creel_pool_destroy(pool);
	}
}
END_TEST

static int asked;

static bool
count_and_say_no(void *arg)
{
	(void)arg;
	asked++;
	return false;
}

static bool
third_time(void *arg)
{
	(void)arg;
	return ++asked == 3;
}

typedef struct wait_for_call {
	creel_predicate_fn *predicate;
	creel_duration timeout;
	creel_status status, released;
} wait_for_call;

static void *
wait_for_it(void *arg)
{
	wait_for_call *c = arg;

	creel_lock_acquire(lock, CREEL_FOREVER);
	c->status = creel_condition_wait_for(condition, c->predicate, NULL, c->timeout);
	c->released = creel_lock_release(lock);
	return c;
}

static void
notify_all(void)
{
	ck_assert_int_eq(creel_lock_acquire(lock, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_condition_notify_all(condition), CREEL_OK);
	ck_assert_int_eq(creel_lock_release(lock), CREEL_OK);
}

/* The timeout of wait_for is for all its waits together, and the predicate is asked once more at its end. */
START_TEST(wait_for_has_one_limit)
{
	wait_for_call c = {.predicate = count_and_say_no, .timeout = CREEL_SECONDS(5)};
	creel_future *task;

	fake_clock_start();
	begin();
	task = creel_submit(pool, wait_for_it, &c);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(3));
	notify_all();
	fake_clock_await_sleepers(1);
	settle(pool);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(2));
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(c.released, CREEL_OK);
	ck_assert_int_eq(asked, 3);
	end();
}
END_TEST

START_TEST(wait_for_true_when_the_time_is_up)
{
	wait_for_call c = {.predicate = third_time, .timeout = CREEL_SECONDS(5)};
	creel_future *task;

	fake_clock_start();
	begin();
	task = creel_submit(pool, wait_for_it, &c);
	fake_clock_await_sleepers(1);
	notify_all();
	settle(pool);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(5));
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(c.status, CREEL_OK);
	ck_assert_int_eq(c.released, CREEL_OK);
	/* And without any time: asked twice. */
	asked = 1;
	c.timeout = 0;
	wait_for_it(&c);
	ck_assert_int_eq(c.status, CREEL_OK);
	c.predicate = count_and_say_no;
	wait_for_it(&c);
	ck_assert_int_eq(c.status, CREEL_ETIMEDOUT);
	end();
}
END_TEST

/* A condition of a lock that is NULL, or of one that there is no memory for, keeps nothing. */
START_TEST(no_condition_without_a_lock)
{
	ck_assert_ptr_null(creel_condition_create(NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
}
END_TEST

CREEL_SUITE("creel.async.condition", a_poll_keeps_the_lock, requests_are_reported_together,
	a_request_after_the_timeout_stays_pending,
	a_notified_one_waits_for_the_lock_without_a_limit, the_condition_is_destroyed,
	the_lock_is_destroyed, wait_for_has_one_limit, wait_for_true_when_the_time_is_up,
	no_condition_without_a_lock)
