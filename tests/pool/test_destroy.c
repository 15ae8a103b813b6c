/* SPDX-License-Identifier: MIT */
/* test_destroy.c: the end of a pool, from everywhere, with everything still going on. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/scale.h"
#include "support/suite.h"
#include "support/threads.h"

#include <creel/await.h>
#include <creel/task.h>

#include <pthread.h>
#include <unistd.h>

enum { TASKS = 100 };

static void *
nothing(void *arg)
{
	return arg;
}

static void *
count(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return arg;
}

static void
count_drop(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

START_TEST(null_is_fine)
{
	creel_pool_destroy(NULL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_OK);
}
END_TEST

START_TEST(a_pool_that_was_never_used)
{
	const size_t threads = threads_without_pools();

	for (unsigned workers = 1; workers <= 8; workers *= 2)
		creel_pool_destroy(pool_of(workers));
	proc_await_threads(threads);
}
END_TEST

START_TEST(queued_work_runs_first)
{
	gate g = GATE_INIT;
	atomic_int ran = 0;
	creel_pool *pool = pool_of(1);
	creel_future *futures[TASKS];

	gate_open(&g);
	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	for (int i = 0; i < TASKS; i++)
		futures[i] = creel_submit(pool, count, &ran);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&ran), TASKS);
	for (int i = 0; i < TASKS; i++) { /* they outlive it */
		ck_assert_int_eq(creel_future_status(futures[i]), CREEL_OK);
		creel_future_unref(futures[i]);
	}
}
END_TEST

/* Who completes what a pool's tasks wait for, when somebody is already waiting for the pool. */
typedef struct completer {
	creel_future *promise;
	pid_t waits_for;
	creel_status awaited;
	creel_pool *pool;
} completer;

static void *
complete_when_asleep(void *arg)
{
	completer *c = arg;

	proc_await_asleep(c->waits_for);
	creel_future_set_result(c->promise, NULL);
	return NULL;
}

static void *
await_promise(void *arg)
{
	completer *c = arg;

	c->awaited = creel_await(c->promise, NULL);
	return NULL;
}

START_TEST(suspended_work_is_waited_for)
{
	completer c = {
		.promise = creel_future_create(), .waits_for = getpid(), .awaited = CREEL_EPENDING};
	creel_pool *pool = pool_of(1);
	pthread_t thread;

	ck_assert_int_eq(creel_post(pool, await_promise, &c), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK); /* is suspended */
	pthread_create(&thread, NULL, complete_when_asleep, &c);
	creel_pool_destroy(pool);
	ck_assert_int_eq(c.awaited, CREEL_OK);
	pthread_join(thread, NULL);
	creel_future_unref(c.promise);
}
END_TEST

static void *
destroy_other(void *arg)
{
	completer *c = arg;

	creel_pool_destroy(c->pool);
	c->pool = NULL;
	return NULL;
}

static void *
complete(void *arg)
{
	completer *c = arg;

	creel_future_set_result(c->promise, NULL);
	return NULL;
}

START_TEST(a_task_of_another_pool_is_suspended_meanwhile)
{
	completer c = {.promise = creel_future_create(), .pool = pool_of(1)};
	creel_pool *other = pool_of(1);

	ck_assert_int_eq(creel_post(c.pool, await_promise, &c), CREEL_OK);
	ck_assert_int_eq(creel_post(other, destroy_other, &c), CREEL_OK);
	ck_assert_int_eq(creel_post(other, complete, &c), CREEL_OK); /* by the same worker */
	ck_assert_int_eq(creel_pool_wait_idle(other, CREEL_FOREVER), CREEL_OK);
	ck_assert_ptr_null(c.pool);
	ck_assert_int_eq(c.awaited, CREEL_OK);
	creel_future_unref(c.promise);
	creel_pool_destroy(other);
}
END_TEST

/* It waits to the end, cancelled or not. */
START_TEST(it_cannot_be_cancelled)
{
	completer c = {.promise = creel_future_create(), .pool = pool_of(1)};
	creel_pool *other = pool_of(1);
	creel_future *destroying;

	ck_assert_int_eq(creel_post(c.pool, await_promise, &c), CREEL_OK);
	destroying = creel_submit(other, destroy_other, &c);
	ck_assert_int_eq(creel_pool_run(other, nothing, NULL, NULL), CREEL_OK); /* is suspended */
	ck_assert_int_eq(creel_future_cancel(destroying), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_pool_run(other, nothing, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_status(destroying), CREEL_EPENDING);
	creel_future_set_result(c.promise, NULL);
	ck_assert_int_eq(creel_take(destroying, NULL), CREEL_OK);
	ck_assert_ptr_null(c.pool);
	creel_future_unref(c.promise);
	creel_pool_destroy(other);
}
END_TEST

START_TEST(where_one_may_not_suspend_it_blocks)
{
	completer c = {.promise = creel_future_create(), .waits_for = getpid()};
	creel_pool *pool = pool_of(1);
	pthread_t thread;

	ck_assert_int_eq(creel_post(pool, await_promise, &c), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	pthread_create(&thread, NULL, complete_when_asleep, &c);
	creel_no_suspend_enter();
	creel_pool_destroy(pool);
	creel_no_suspend_leave();
	ck_assert_int_eq(c.awaited, CREEL_OK);
	pthread_join(thread, NULL);
	creel_future_unref(c.promise);
}
END_TEST

/* A pool that one of its own workers destroys. */
typedef struct suicide {
	creel_pool *pool;
	gate g;
	atomic_int ran, dropped, called;
	creel_status posted;
} suicide;

static void *
destroy_own(void *arg)
{
	suicide *s = arg;

	creel_pool_destroy(s->pool);
	s->posted = creel_post(creel_current_pool(), count, &s->ran); /* it drains */
	atomic_store(&s->called, 1);
	return NULL;
}

static void
destroy_own_in_callback(creel_future *future, void *arg)
{
	(void)future;
	destroy_own(arg);
}

static const creel_task_options dropping = {.size = sizeof dropping, .arg_drop = count_drop};

/* 1.15 "dropping the executor object": what is queued still runs, then the threads end */
START_TEST(by_a_task_of_its_own)
{
	const size_t threads = threads_without_pools();

	for (unsigned workers = 1; workers <= 4; workers++)
		for (int round = 0; round < SCALE_TIMES(200); round++) {
			suicide s = {.pool = pool_of(workers), .posted = CREEL_EPENDING};
			creel_future *destroyer = creel_submit(s.pool, destroy_own, &s);

			ck_assert_int_eq(creel_take(destroyer, NULL), CREEL_OK);
			ck_assert_int_eq(s.posted, CREEL_OK);
			spin_until(&s.ran, 1);
		}
	proc_await_threads(threads);
}
END_TEST

START_TEST(by_a_task_of_its_own_with_work_pending)
{
	const size_t threads = threads_without_pools();

	for (unsigned workers = 1; workers <= 4; workers++) {
		suicide s = {.pool = pool_of(workers), .g = GATE_INIT};
		completer c = {.promise = creel_future_create(), .awaited = CREEL_EPENDING};
		creel_future *suspended, *held[4], *queued[TASKS];

		suspended = creel_submit(s.pool, await_promise, &c);
		for (unsigned i = 0; i < workers; i++)
			held[i] = creel_submit(s.pool, gate_task, &s.g);
		gate_await_arrivals(&s.g, (int)workers); /* else one may begin with what is next */
		ck_assert_int_eq(creel_post(s.pool, destroy_own, &s), CREEL_OK);
		for (int i = 0; i < TASKS; i++)
			queued[i] = creel_submit_with(s.pool, &dropping, count, &s.dropped);
		gate_open(&s.g);
		for (unsigned i = 0; i < workers; i++)
			ck_assert_int_eq(creel_take(held[i], NULL), CREEL_OK);
		for (int i = 0; i < TASKS; i++)
			ck_assert_int_eq(creel_take(queued[i], NULL), CREEL_OK);
		ck_assert_int_eq(atomic_load(&s.dropped), 2 * TASKS); /* ran, and dropped */
		ck_assert_int_eq(creel_future_status(suspended), CREEL_EPENDING);
		creel_future_set_result(c.promise, NULL);
		ck_assert_int_eq(creel_take(suspended, NULL), CREEL_OK);
		ck_assert_int_eq(c.awaited, CREEL_OK);
		spin_until(&s.called, 1);
		spin_until(&s.ran, 1);
		creel_future_unref(c.promise);
		proc_await_threads(threads);
	}
}
END_TEST

START_TEST(by_a_callback_on_its_own_worker)
{
	const size_t threads = threads_without_pools();

	for (unsigned workers = 1; workers <= 4; workers++)
		for (int round = 0; round < SCALE_TIMES(200); round++) {
			suicide s = {.pool = pool_of(workers), .g = GATE_INIT};
			creel_future *task = creel_submit(s.pool, gate_task, &s.g);

			ck_assert_int_eq(
				creel_future_on_done(task, destroy_own_in_callback, &s), CREEL_OK);
			gate_open(&s.g);
			ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
			spin_until(&s.called, 1);
			spin_until(&s.ran, 1);
			ck_assert_int_eq(s.posted, CREEL_OK);
		}
	proc_await_threads(threads);
}
END_TEST

/* 3.16 "17. destroy pool immediately after last job's notify": right after the last job has been seen
 * to be done */
START_TEST(right_after_the_last_job)
{
	atomic_int ran = 0;
	const int rounds = SCALE_TIMES(10000);

	for (int round = 0; round < rounds; round++) {
		creel_pool *pool = pool_of(2);
		creel_future *task = creel_submit(pool, count, &ran);

		ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
		creel_pool_destroy(pool);
		creel_future_unref(task);
	}
	ck_assert_int_eq(atomic_load(&ran), rounds);
}
END_TEST

static void
raise_flag(creel_future *future, void *arg)
{
	(void)future;
	atomic_store((atomic_int *)arg, 1);
}

/* 3.16 "17. destroy pool immediately after last job's notify": inside the last job, and inside its
 * callback, which is later still */
START_TEST(while_the_last_job_is_still_ending)
{
	for (int round = 0; round < SCALE_TIMES(10000); round++) {
		atomic_int ran = 0;
		creel_pool *pool = pool_of(2);

		if (round % 2 == 0) {
			ck_assert_int_eq(creel_post(pool, count, &ran), CREEL_OK);
		} else {
			creel_future *task = creel_submit(pool, nothing, NULL);

			ck_assert_int_eq(creel_future_on_done(task, raise_flag, &ran), CREEL_OK);
			creel_future_unref(task);
		}
		spin_until(&ran, 1);
		creel_pool_destroy(pool);
	}
}
END_TEST

CREEL_SUITE("creel.pool.destroy", null_is_fine, a_pool_that_was_never_used, queued_work_runs_first,
	suspended_work_is_waited_for, a_task_of_another_pool_is_suspended_meanwhile,
	it_cannot_be_cancelled, where_one_may_not_suspend_it_blocks, by_a_task_of_its_own,
	by_a_task_of_its_own_with_work_pending, by_a_callback_on_its_own_worker,
	right_after_the_last_job, while_the_last_job_is_still_ending)
