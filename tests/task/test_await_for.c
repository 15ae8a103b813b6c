/* SPDX-License-Identifier: MIT */
/* test_await_for.c: creel_await_for: a wait with an end, which leaves the future alone. */
#include "future/future.h"
#include "runner/runner.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "sync/parker.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>

#define TIMEOUT CREEL_SECONDS(5)

/* A wait of anybody's, and what came of it. */
typedef struct wait {
	creel_future *future;
	creel_duration timeout;
	creel_status status, next; /* next: of a sleep afterwards */
	void *value;
	int64_t took;
} wait;

static void *
await_for(void *arg)
{
	wait *w = arg;
	int64_t begin = creel_now();

	w->value = w;
	w->status = creel_await_for(w->future, w->timeout, &w->value);
	w->took = creel_now() - begin;
	w->next = creel_sleep(0);
	return NULL;
}

/* 3.1 "result_with_timeout": 0 polls: pending and running time out, the others have an outcome
   1.2 "result(timeout)": 0 is a poll */
START_TEST(result_with_timeout)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *running = creel_submit(pool, gate_task, &hold);
	creel_future *queued = creel_submit(pool, same, &hold);
	creel_future *cancelled = creel_submit(pool, same, NULL);
	creel_future *failed = creel_future_create(), *promise = creel_future_create();
	void *value = &value;

	gate_await_arrivals(&hold, 1);
	creel_future_cancel(cancelled);
	creel_future_set_error(failed, EIO, "no paper");
	ck_assert_int_eq(creel_await_for(running, 0, &value), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_await_for(queued, 0, &value), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_await_for(promise, 0, &value), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_await_for(promise, 1, &value), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_await_for(cancelled, 0, &value), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_await_for(failed, 0, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, EIO);
	ck_assert_ptr_eq(value, &value);
	gate_open(&hold);
	ck_assert_int_eq(creel_await_for(queued, CREEL_FOREVER, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &hold);
	ck_assert_int_eq(creel_await_for(running, 0, NULL), CREEL_OK);
	for (int i = 0; i < 5; i++)
		creel_future_unref(
			(creel_future *[]){running, queued, cancelled, failed, promise}[i]);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_negative_timeout_is_invalid)
{
	creel_future *promise = creel_future_create();
	const creel_duration negative[] = {-1, -CREEL_SECONDS(1), INT64_MIN};

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_await_for(promise, negative[i], NULL), CREEL_EINVAL);
		ck_assert_int_eq(creel_await_for(NULL, negative[i], NULL), CREEL_EINVAL);
	}
	ck_assert_int_eq(creel_await_for(NULL, 0, NULL), CREEL_EINVAL);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_await_for(promise, -1, NULL), CREEL_EINVAL);
	creel_future_unref(promise);
}
END_TEST

/* Let a wait have its timeout, in two steps, of which the first is not enough. */
static void
expire(creel_future *promise)
{
	fake_clock_await_sleepers(1);
	fake_clock_step(TIMEOUT - 1);
	linger(NULL);
	fake_clock_await_sleepers(1);
	fake_clock_step(1);
	ck_assert_int_eq(creel_future_status(promise), CREEL_EPENDING);
}

/* 1.2 "result(timeout)": not before the deadline; the future goes on, and has its value later */
START_TEST(a_task_waits_its_time)
{
	wait w = {.timeout = TIMEOUT};
	creel_future *task;
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	w.future = creel_future_create();
	task = creel_submit(pool, await_for, &w);
	expire(w.future);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(w.took, TIMEOUT);
	ck_assert_ptr_eq(w.value, &w);
	task = creel_submit(pool, await_for, &w);
	settle(pool);
	creel_future_set_result(w.future, pool);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_OK);
	ck_assert_ptr_eq(w.value, pool);
	creel_future_unref(w.future);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_thread_waits_its_time)
{
	wait w = {.timeout = TIMEOUT};
	pthread_t thread;

	fake_clock_start();
	w.future = creel_future_create();
	ck_assert_int_eq(pthread_create(&thread, NULL, await_for, &w), 0);
	expire(w.future);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(w.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(w.took, TIMEOUT);
	ck_assert_int_eq(pthread_create(&thread, NULL, await_for, &w), 0);
	fake_clock_await_sleepers(1);
	creel_future_set_result(w.future, &thread);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(w.status, CREEL_OK);
	ck_assert_ptr_eq(w.value, &thread);
	ck_assert_int_eq(w.took, 0);
	creel_future_unref(w.future);
}
END_TEST

/* A wake-up for no reason neither ends a wait nor makes it longer. */
static void *
await_for_after_a_stray_wakeup(void *arg)
{
	crl_unpark(crl_parker_self());
	return await_for(arg);
}

START_TEST(a_stray_wakeup_changes_nothing)
{
	wait w = {.timeout = TIMEOUT};
	pthread_t thread;

	fake_clock_start();
	w.future = creel_future_create();
	ck_assert_int_eq(pthread_create(&thread, NULL, await_for_after_a_stray_wakeup, &w), 0);
	fake_clock_await_sleepers(1);
	fake_clock_step(TIMEOUT - 1);
	linger(NULL);
	fake_clock_await_sleepers(1);
	fake_clock_step(0);
	linger(NULL);
	fake_clock_await_sleepers(1);
	fake_clock_step(1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(w.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(w.took, TIMEOUT);
	creel_future_unref(w.future);
}
END_TEST

/* Deadlines that would lie beyond the end of time never come. */
START_TEST(a_huge_timeout_never_ends)
{
	creel_pool *pool;
	wait w[2] = {{.timeout = INT64_MAX - 1}, {.timeout = CREEL_FOREVER}};
	creel_future *tasks[2];

	fake_clock_start();
	pool = pool_of(1);
	for (int i = 0; i < 2; i++) {
		w[i].future = creel_future_create();
		tasks[i] = creel_submit(pool, await_for, &w[i]);
	}
	settle(pool);
	fake_clock_step(CREEL_SECONDS(3600) * 24 * 365 * 100);
	settle(pool);
	for (int i = 0; i < 2; i++) {
		ck_assert(!creel_future_done(tasks[i]));
		creel_future_set_result(w[i].future, NULL);
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(w[i].status, CREEL_OK);
		creel_future_unref(w[i].future);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* What a loop of waits that time out left behind. */
typedef struct loop {
	creel_future *future;
	int timeouts;
	bool wakers_left, timers_left;
	int times;
	atomic_int over;
} loop;

static void *
time_out_often(void *arg)
{
	loop *l = arg;
	crl_runner *runner = crl_runner_self();

	prctl(PR_SET_TIMERSLACK, 1ul); /* else each wait is 50 µs longer */
	for (int i = 0; i < l->times; i++)
		l->timeouts += creel_await_for(l->future, 1 + i % 2, NULL) == CREEL_ETIMEDOUT;
	l->wakers_left = !crl_list_empty(&l->future->wakers);
	l->timers_left = runner != NULL && !crl_timers_empty(&runner->timers);
	atomic_store(&l->over, 1);
	return pointer_of(creel_await(l->future, NULL));
}

static void
ck_no_garbage(loop *l)
{
	spin_until(&l->over, 1);
	ck_assert_int_eq(l->timeouts, l->times);
	ck_assert(!l->wakers_left);
	ck_assert(!l->timers_left);
	creel_future_set_result(l->future, NULL);
}

/* 3.16 "5. waiter with timeout vs completion": 10^5 waits that time out leave no waiter and no timer; then the value arrives */
START_TEST(short_waits_of_a_task_leave_no_garbage)
{
	creel_pool *pool = pool_of(1);
	loop l = {.future = creel_future_create(), .times = SCALE_TIMES(100000)};
	creel_future *task = creel_submit(pool, time_out_often, &l);

	ck_no_garbage(&l);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_future_unref(l.future);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(short_waits_of_a_thread_leave_no_garbage)
{
	loop l = {.future = creel_future_create(), .times = SCALE_TIMES(30000)};
	void *value = NULL;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, time_out_often, &l), 0);
	ck_no_garbage(&l);
	ck_assert_int_eq(pthread_join(thread, &value), 0);
	ck_assert_int_eq((intptr_t)value, CREEL_OK);
	creel_future_unref(l.future);
}
END_TEST

CREEL_SUITE("creel.task.await_for", result_with_timeout, a_negative_timeout_is_invalid,
	a_task_waits_its_time, a_thread_waits_its_time, a_stray_wakeup_changes_nothing,
	a_huge_timeout_never_ends, short_waits_of_a_task_leave_no_garbage,
	short_waits_of_a_thread_leave_no_garbage)
