/* SPDX-License-Identifier: MIT */
/* test_scope_cancel.c: scopes that others cancel or move, and requests to the task while it is in one. */
#include "support/scale.h"
#include "support/suite.h"
#include "task/places.h"
#include "task/turns.h"

#include <stdio.h>

/* A wait in a scope, for the test's thread to meddle with. */
typedef struct stage {
	creel_scope scope, inner;
	creel_future *promise;
	creel_status waited, left, again, left_outer;
	bool requested;
	char reason[32];
	atomic_int ready;
} stage;

static void
stage_init(stage *s)
{
	*s = (stage){.scope = CREEL_SCOPE_INIT, .inner = CREEL_SCOPE_INIT};
	s->promise = creel_future_create();
}

static void *
wait_in_scope(void *arg)
{
	stage *s = arg;

	creel_scope_enter(&s->scope, CREEL_FOREVER);
	atomic_store(&s->ready, 1);
	s->waited = creel_await(s->promise, NULL);
	snprintf(s->reason, sizeof s->reason, "%s", creel_last_error()->message);
	s->left = creel_scope_leave(&s->scope);
	s->requested = creel_cancel_requested();
	s->again = creel_sleep(0);
	return NULL;
}

/* 1.18 "trio CancelScope": cancelled by somebody else, it wakes what waits inside, with the reason */
START_TEST(cancelled_from_elsewhere)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	stage_init(&s);
	task = creel_submit(pool, wait_in_scope, &s);
	settle(pool);
	ck_assert_int_eq(creel_scope_cancel(&s.scope, "not needed"), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_str_eq(s.reason, "not needed");
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert(!s.requested);
	ck_assert_int_eq(s.again, CREEL_OK);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_thread_is_cancelled_from_elsewhere)
{
	pthread_t thread;
	stage s;

	stage_init(&s);
	pthread_create(&thread, NULL, wait_in_scope, &s);
	spin_until(&s.ready, 1);
	ck_assert_int_eq(creel_scope_cancel(&s.scope, NULL), CREEL_OK);
	pthread_join(thread, NULL);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_str_eq(s.reason, "a scope was cancelled");
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert_int_eq(s.again, CREEL_OK);
	creel_future_unref(s.promise);
}
END_TEST

static void *
wait_in_two(void *arg)
{
	stage *s = arg;

	creel_scope_enter(&s->scope, CREEL_FOREVER);
	creel_scope_enter(&s->inner, CREEL_FOREVER);
	s->waited = creel_await(s->promise, NULL);
	s->left = creel_scope_leave(&s->inner);
	s->again = creel_sleep(0);
	s->left_outer = creel_scope_leave(&s->scope);
	return NULL;
}

START_TEST(the_inner_one_alone)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	stage_init(&s);
	task = creel_submit(pool, wait_in_two, &s);
	settle(pool);
	creel_scope_cancel(&s.inner, NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert_int_eq(s.again, CREEL_OK);
	ck_assert_int_eq(s.left_outer, CREEL_OK);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(the_outer_one_and_all_inside)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	stage_init(&s);
	task = creel_submit(pool, wait_in_two, &s);
	settle(pool);
	creel_scope_cancel(&s.scope, NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert_int_eq(s.again, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left_outer, CREEL_ECANCELLED);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* 1.8 "outside cancel while waiting": a request to the task reaches the wait in its scopes, and is told once */
START_TEST(a_request_reaches_the_inside)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	stage_init(&s);
	task = creel_submit(pool, wait_in_two, &s);
	settle(pool);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert_int_eq(s.again, CREEL_OK);
	ck_assert_int_eq(s.left_outer, CREEL_ECANCELLED);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
leave_it_pending(void *arg)
{
	stage *s = arg;

	creel_scope_enter(&s->scope, CREEL_FOREVER);
	creel_future_cancel(creel_current());
	s->left = creel_scope_leave(&s->scope);
	s->again = creel_sleep(0);
	s->waited = creel_sleep(0);
	return NULL;
}

START_TEST(a_request_that_nobody_was_told_of_waits)
{
	creel_pool *pool = pool_of(1);
	stage s;

	stage_init(&s);
	ck_assert_int_eq(creel_pool_run(pool, leave_it_pending, &s, NULL), CREEL_OK);
	ck_assert_int_eq(s.left, CREEL_OK);
	ck_assert_int_eq(s.again, CREEL_ECANCELLED);
	ck_assert_int_eq(s.waited, CREEL_OK);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
bring_it_in(void *arg)
{
	stage *s = arg;

	creel_future_cancel(creel_current());
	creel_scope_enter(&s->scope, CREEL_FOREVER);
	s->waited = creel_sleep(0);
	s->left = creel_scope_leave(&s->scope);
	s->again = creel_sleep(0);
	return NULL;
}

START_TEST(a_request_from_before_is_told_inside)
{
	creel_pool *pool = pool_of(1);
	stage s;

	stage_init(&s);
	ck_assert_int_eq(creel_pool_run(pool, bring_it_in, &s, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert_int_eq(s.again, CREEL_OK);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
shield_it(void *arg)
{
	stage *s = arg;

	creel_scope_enter(&s->scope, 0);
	creel_scope_enter_shielded(&s->inner, CREEL_FOREVER);
	atomic_store(&s->ready, 1);
	s->waited = creel_await(s->promise, NULL);
	s->requested = creel_cancel_requested() || creel_checkpoint() != CREEL_OK;
	s->left = creel_scope_leave(&s->inner);
	s->again = creel_sleep(0);
	s->left_outer = creel_scope_leave(&s->scope);
	return NULL;
}

/* 1.18 "trio CancelScope": shielded, neither a request nor the end of an outer scope reaches it; then they do */
START_TEST(a_shield)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	stage_init(&s);
	task = creel_submit(pool, shield_it, &s);
	settle(pool);
	creel_future_cancel(task);
	creel_scope_cancel(&s.scope, NULL);
	settle(pool);
	ck_assert(!creel_future_done(task));
	creel_future_set_result(s.promise, NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_OK);
	ck_assert(!s.requested);
	ck_assert_int_eq(s.left, CREEL_OK);
	ck_assert_int_eq(s.again, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left_outer, CREEL_ECANCELLED);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* A shutdown that cancels all is kept out, too, and is heard of after it. */
START_TEST(a_shield_against_a_shutdown)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	stage_init(&s);
	task = creel_submit(pool, shield_it, &s);
	spin_until(&s.ready, 1);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, MS), CREEL_ETIMEDOUT);
	creel_future_set_result(s.promise, NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_OK);
	ck_assert(!s.requested);
	ck_assert_int_eq(s.again, CREEL_ECANCELLED);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_shutdown_reaches_the_inside)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	stage_init(&s);
	task = creel_submit(pool, wait_in_two, &s);
	settle(pool);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert_int_eq(s.again, CREEL_OK);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
wait_a_minute(void *arg)
{
	stage *s = arg;

	creel_scope_enter(&s->scope, CREEL_SECONDS(60));
	s->waited = creel_sleep(CREEL_FOREVER);
	s->left = creel_scope_leave(&s->scope);
	return NULL;
}

/* 3.11 "reschedule": while it sleeps, by somebody else: nearer ... */
START_TEST(moved_nearer)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	fake_clock_start();
	stage_init(&s);
	task = creel_submit(pool, wait_a_minute, &s);
	fake_clock_await_sleepers(1);
	ck_assert_int_eq(creel_scope_reschedule(&s.scope, 0), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.11 "reschedule": ... and farther: it does not wake at the first one */
START_TEST(moved_farther)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	stage s;

	fake_clock_start();
	stage_init(&s);
	task = creel_submit(pool, wait_a_minute, &s);
	fake_clock_await_sleepers(1);
	ck_assert_int_eq(creel_scope_reschedule(&s.scope, CREEL_SECONDS(100)), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(61));
	settle(pool);
	ck_assert(!creel_future_done(task));
	ck_assert_int_eq(creel_scope_reschedule(&s.scope, CREEL_FOREVER), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(1000));
	settle(pool);
	ck_assert(!creel_future_done(task));
	creel_future_cancel(task);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	ck_assert(!creel_scope_expired(&s.scope));
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_thread_is_moved)
{
	pthread_t thread;
	stage s;

	fake_clock_start();
	stage_init(&s);
	pthread_create(&thread, NULL, wait_a_minute, &s);
	fake_clock_await_sleepers(1);
	ck_assert_int_eq(creel_scope_reschedule(&s.scope, CREEL_SECONDS(100)), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(61));
	linger(NULL);
	ck_assert_int_eq(creel_scope_reschedule(&s.scope, 0), CREEL_OK);
	pthread_join(thread, NULL);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	ck_assert_int_ge(creel_now(), creel_scope_deadline(&s.scope));
	creel_future_unref(s.promise);
}
END_TEST

enum { ROUNDS = 2000 };

static void *
come_and_go(void *arg)
{
	stage *s = arg;

	for (int i = 0; i < SCALE_TIMES(ROUNDS); i++) {
		creel_scope inner = CREEL_SCOPE_INIT;

		creel_scope_enter(&inner, CREEL_MICROSECONDS(i % 50));
		creel_sleep(CREEL_MICROSECONDS(i % 30));
		creel_scope_leave(&inner);
	}
	atomic_store(&s->ready, 2);
	return NULL;
}

static void *
storm(void *arg)
{
	stage *s = arg;

	creel_scope_enter(&s->scope, CREEL_FOREVER);
	atomic_store(&s->ready, 1);
	come_and_go(s);
	s->left = creel_scope_leave(&s->scope);
	return NULL;
}

/* Scopes come and go while the task is asked to end and the outer one is moved. */
START_TEST(a_storm)
{
	creel_pool *pool = pool_of(2);
	creel_future *task;
	stage s;
	int64_t n = 0;

	stage_init(&s);
	task = creel_submit(pool, storm, &s);
	spin_until(&s.ready, 1);
	while (atomic_load(&s.ready) == 1) {
		creel_future_cancel(task);
		if (n++ % 2 == 0)
			creel_scope_reschedule(&s.scope, CREEL_SECONDS(1000 + n));
		sched_yield();
	}
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_ne(s.left, CREEL_ETIMEDOUT);
	creel_future_unref(s.promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.scope_cancel", cancelled_from_elsewhere,
	a_thread_is_cancelled_from_elsewhere, the_inner_one_alone, the_outer_one_and_all_inside,
	a_request_reaches_the_inside, a_request_that_nobody_was_told_of_waits,
	a_request_from_before_is_told_inside, a_shield, a_shield_against_a_shutdown,
	a_shutdown_reaches_the_inside, moved_nearer, moved_farther, a_thread_is_moved, a_storm)
