/* SPDX-License-Identifier: MIT */
/* test_idle.c: waiting until a pool has nothing to do. */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <pthread.h>

static void *
nothing(void *arg)
{
	return arg;
}

static void *
await_future(void *arg)
{
	creel_await(arg, NULL);
	return NULL;
}

START_TEST(a_pool_without_work_is_idle)
{
	creel_pool *pool = pool_of(2);

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(creel_post(pool, nothing, NULL), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	}
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(what_runs_is_queued_or_suspended_keeps_it_busy)
{
	gate g = GATE_INIT;
	creel_future *promise = creel_future_create(), *queued;
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	queued = creel_submit(pool, nothing, NULL);
	gate_await_arrivals(&g, 1);
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT); /* one runs */
	ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_future_status(queued), CREEL_OK); /* and one was queued */

	ck_assert_int_eq(creel_post(pool, await_future, promise), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK); /* is suspended */
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	creel_future_unref(promise);
	creel_future_unref(queued);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(creel_pool_wait_idle(NULL, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_wait_idle(NULL, CREEL_FOREVER), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_wait_idle(pool, -1), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_wait_idle(pool, INT64_MIN), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* Someone who waits for a pool: a thread, or a task of another pool. */
typedef struct idler {
	creel_pool *pool;
	creel_duration timeout;
	creel_status status;
	int error;
	int64_t returned;
	pthread_t thread;
	atomic_int returns;
} idler;

static void *
idle(void *arg)
{
	idler *i = arg;

	i->status = creel_pool_wait_idle(i->pool, i->timeout);
	i->error = creel_last_error()->code;
	i->returned = creel_now();
	atomic_store(&i->returns, 1);
	return NULL;
}

START_TEST(a_thread_gives_up_when_its_time_is_up)
{
	gate g = GATE_INIT;
	creel_pool *pool;
	idler i = {.timeout = CREEL_SECONDS(5)};
	int64_t begin;

	fake_clock_start();
	begin = creel_now();
	i.pool = pool = pool_of(1);
	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	pthread_create(&i.thread, NULL, idle, &i);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(5) - 1);
	fake_clock_step(1);
	pthread_join(i.thread, NULL);
	ck_assert_int_eq(i.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(i.error, CREEL_ETIMEDOUT);
	ck_assert_int_eq(i.returned, begin + CREEL_SECONDS(5));
	gate_open(&g);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_task_of_another_pool_gives_up_when_its_time_is_up)
{
	gate g = GATE_INIT;
	creel_pool *pool, *other;
	idler i = {.timeout = CREEL_SECONDS(5)};

	fake_clock_start();
	i.pool = pool = pool_of(1);
	other = pool_of(1);
	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	ck_assert_int_eq(creel_post(other, idle, &i), CREEL_OK);
	fake_clock_await_sleepers(1); /* other's worker, which has the task's timer */
	fake_clock_step(CREEL_SECONDS(5));
	ck_assert_int_eq(creel_pool_wait_idle(other, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(i.status, CREEL_ETIMEDOUT);
	gate_open(&g);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

START_TEST(it_ends_in_time_for_all_who_wait)
{
	enum { WAITERS = 8 };
	gate g = GATE_INIT;
	creel_pool *pool;
	idler waiters[WAITERS];

	fake_clock_start(); /* to see them wait; it never gets later */
	pool = pool_of(1);
	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	for (int i = 0; i < WAITERS; i++) {
		waiters[i] = (idler){.pool = pool, .timeout = CREEL_SECONDS(1)};
		pthread_create(&waiters[i].thread, NULL, idle, &waiters[i]);
	}
	fake_clock_await_sleepers(WAITERS);
	gate_open(&g);
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(waiters[i].thread, NULL);
		ck_assert_int_eq(waiters[i].status, CREEL_OK);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
open_gate(void *arg)
{
	gate_open(arg);
	return NULL;
}

START_TEST(a_task_of_another_pool_is_suspended_meanwhile)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	idler i = {.pool = pool, .timeout = CREEL_FOREVER, .status = CREEL_EPENDING};

	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	ck_assert_int_eq(creel_post(other, idle, &i), CREEL_OK);
	ck_assert_int_eq(creel_post(other, open_gate, &g), CREEL_OK); /* by the same worker */
	ck_assert_int_eq(creel_pool_wait_idle(other, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(i.status, CREEL_OK);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

START_TEST(a_task_of_another_pool_can_be_cancelled)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	idler i = {.pool = pool, .timeout = CREEL_FOREVER};
	creel_future *waiting;

	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	waiting = creel_submit(other, idle, &i);
	ck_assert_int_eq(creel_pool_run(other, nothing, NULL, NULL), CREEL_OK); /* it waits */
	ck_assert_int_eq(creel_future_cancel(waiting), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(waiting, NULL), CREEL_OK);
	ck_assert_int_eq(i.status, CREEL_ECANCELLED);
	ck_assert_int_eq(i.error, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

/* What each call answers to a task of the pool itself, or to its callback. */
static void
wait_for_own_pool(creel_pool *pool, creel_status answers[2])
{
	answers[0] = creel_pool_wait_idle(pool, CREEL_FOREVER);
	if (creel_last_error()->code != (int)answers[0])
		answers[0] = CREEL_OK;
	answers[1] = creel_pool_wait_idle(pool, 0);
}

static void *
wait_for_own_pool_task(void *arg)
{
	wait_for_own_pool(creel_current_pool(), arg);
	return NULL;
}

static void
wait_for_own_pool_callback(creel_future *future, void *arg)
{
	(void)future;
	wait_for_own_pool(creel_current_pool(), arg);
}

START_TEST(a_task_that_waits_for_its_own_pool_is_told_so)
{
	creel_pool *pool = pool_of(1);
	creel_status answers[2] = {CREEL_OK, CREEL_OK};

	ck_assert_int_eq(creel_pool_run(pool, wait_for_own_pool_task, answers, NULL), CREEL_OK);
	ck_assert_int_eq(answers[0], CREEL_EDEADLK);
	ck_assert_int_eq(answers[1], CREEL_EDEADLK);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(so_is_a_callback_on_its_worker)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(1);
	creel_status answers[2] = {CREEL_OK, CREEL_OK};
	creel_future *task = creel_submit(pool, gate_task, &g);

	ck_assert_int_eq(creel_future_on_done(task, wait_for_own_pool_callback, answers), CREEL_OK);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(answers[0], CREEL_EDEADLK);
	ck_assert_int_eq(answers[1], CREEL_EDEADLK);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct caller {
	creel_pool *pool;
	creel_status forever, poll;
} caller;

static void
wait_in_callback(creel_future *future, void *arg)
{
	caller *c = arg;

	(void)future;
	c->forever = creel_pool_wait_idle(c->pool, CREEL_FOREVER);
	c->poll = creel_pool_wait_idle(c->pool, 0);
}

START_TEST(who_may_not_suspend_may_poll)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	caller c = {.pool = pool};

	creel_no_suspend_enter();
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK); /* no wait */
	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_EDEADLK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_SECONDS(1)), CREEL_EDEADLK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	creel_no_suspend_leave();

	ck_assert_int_eq(creel_future_on_done(promise, wait_in_callback, &c), CREEL_OK);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
	ck_assert_int_eq(c.forever, CREEL_EDEADLK);
	ck_assert_int_eq(c.poll, CREEL_ETIMEDOUT);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.idle", a_pool_without_work_is_idle,
	what_runs_is_queued_or_suspended_keeps_it_busy, bad_arguments_are_refused,
	a_thread_gives_up_when_its_time_is_up, a_task_of_another_pool_gives_up_when_its_time_is_up,
	it_ends_in_time_for_all_who_wait, a_task_of_another_pool_is_suspended_meanwhile,
	a_task_of_another_pool_can_be_cancelled, a_task_that_waits_for_its_own_pool_is_told_so,
	so_is_a_callback_on_its_worker, who_may_not_suspend_may_poll)
