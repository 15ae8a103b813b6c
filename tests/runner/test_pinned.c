/* SPDX-License-Identifier: MIT */
/*
 * test_pinned.c: a task that was suspended goes on in the thread that it left, so what it knows of the
 * thread stays true; and the thread's timers wake it at the right time.
 */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <errno.h>
#include <fenv.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static void *
nothing(void *arg)
{
	return arg;
}

static _Thread_local int thread_local_object;

/* Where a task is. */
typedef struct place {
	int worker;
	pid_t thread;
	const void *object;
	creel_pool *pool;
	creel_future *task;
} place;

static place
here(void)
{
	return (place){.worker = creel_worker_index(),
		.thread = gettid(),
		.object = &thread_local_object,
		.pool = creel_current_pool(),
		.task = creel_current()};
}

static bool
still_at(const place *p)
{
	const place now = here();

	return p->worker == now.worker && p->thread == now.thread && p->object == now.object &&
	       p->pool == now.pool && p->task == now.task;
}

/* Each waits in every way, woken by others, on whatever workers those are. */
enum { ROUNDS = 4 };

static void *
wander(void *arg)
{
	creel_future *const *promises = arg;
	const place begin = here();

	for (int i = 0; i < ROUNDS; i++) {
		creel_await(promises[i], NULL);
		if (!still_at(&begin))
			return NULL;
		creel_sleep(0);
		creel_sleep(CREEL_MICROSECONDS(50));
		if (!still_at(&begin))
			return NULL;
		creel_pool_run(begin.pool, nothing, NULL, NULL);
		creel_await_for(promises[ROUNDS], CREEL_MICROSECONDS(50), NULL);
		if (!still_at(&begin))
			return NULL;
	}
	return arg;
}

static void *
complete(void *arg)
{
	creel_future_set_result(arg, NULL);
	return NULL;
}

START_TEST(a_task_goes_on_in_the_thread_that_it_left)
{
	const int n = SCALE_SUSPENDED(400);
	creel_future *promises[ROUNDS + 1];
	creel_future **tasks = calloc((size_t)n, sizeof *tasks);
	creel_pool *pool = pool_of(4);

	for (int i = 0; i <= ROUNDS; i++)
		promises[i] = creel_future_create();
	for (int i = 0; i < n; i++)
		tasks[i] = creel_submit(pool, wander, promises);
	for (int i = 0; i < ROUNDS; i++) /* by a worker, or by this thread */
		if (i % 2 == 0)
			ck_assert_int_eq(creel_post(pool, complete, promises[i]), CREEL_OK);
		else
			complete(promises[i]);
	for (int i = 0; i < n; i++) {
		void *result = NULL;

		ck_assert_int_eq(creel_take(tasks[i], &result), CREEL_OK);
		ck_assert_ptr_eq(result, promises);
	}
	creel_futures_unref(promises, ROUNDS + 1);
	creel_pool_destroy(pool);
	free(tasks);
}
END_TEST

/* Two tasks of one worker: what belongs to each, and what they share. */
typedef struct pair {
	creel_future *promise;
	int error, rounding, thread_local_value;
} pair;

static void *
set_and_await(void *arg)
{
	pair *p = arg;

	errno = EDOM;
	fesetround(FE_UPWARD);
	thread_local_object = 1;
	creel_await(p->promise, NULL);
	p->error = errno;
	p->rounding = fegetround();
	p->thread_local_value = thread_local_object;
	fesetround(FE_TONEAREST);
	return NULL;
}

static void *
change_and_complete(void *arg)
{
	pair *p = arg;
	const int rounding = fegetround();

	errno = EIO;
	fesetround(FE_DOWNWARD);
	thread_local_object = 2;
	creel_future_set_result(p->promise, NULL);
	fesetround(rounding);
	return (void *)(intptr_t)rounding;
}

START_TEST(errno_and_rounding_are_the_tasks_and_thread_locals_the_threads)
{
	pair p = {.promise = creel_future_create()};
	creel_pool *pool = pool_of(1);
	void *rounding = NULL;

	ck_assert_int_eq(creel_post(pool, set_and_await, &p), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, change_and_complete, &p, &rounding), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq((int)(intptr_t)rounding, FE_TONEAREST); /* not the other task's */
	ck_assert_int_eq(p.error, EDOM);
	ck_assert_int_eq(p.rounding, FE_UPWARD);
	ck_assert_int_eq(p.thread_local_value, 2);
	creel_future_unref(p.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* A worker's long job keeps its suspended task waiting, though another worker is idle. */
typedef struct bound {
	creel_future *promise;
	atomic_int suspended, resumed;
	int worker;
} bound;

static void *
suspend_bound(void *arg)
{
	bound *b = arg;

	b->worker = creel_worker_index();
	atomic_store(&b->suspended, 1);
	creel_await(b->promise, NULL);
	atomic_store(&b->resumed, 1);
	return NULL;
}

typedef struct holder {
	gate g;
	int worker;
} holder;

static void *
hold(void *arg)
{
	holder *h = arg;

	h->worker = creel_worker_index();
	gate_pass(&h->g);
	return NULL;
}

START_TEST(a_ready_task_waits_for_its_own_worker)
{
	bound b = {.promise = creel_future_create()};
	holder holders[2] = {{.g = GATE_INIT}, {.g = GATE_INIT}};
	creel_pool *pool = pool_of(2);
	int of_its_worker;

	ck_assert_int_eq(creel_post(pool, suspend_bound, &b), CREEL_OK);
	spin_until(&b.suspended, 1);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_post(pool, hold, &holders[i]), CREEL_OK);
	for (int i = 0; i < 2; i++)
		gate_await_arrivals(&holders[i].g, 1);
	of_its_worker = holders[1].worker == b.worker;
	gate_open(&holders[!of_its_worker].g);
	complete(b.promise);
	for (int i = 0; i < 100; i++) /* the other one has nothing better to do */
		ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&b.resumed), 0);
	gate_open(&holders[of_its_worker].g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&b.resumed), 1);
	creel_future_unref(b.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* Sleepers of one worker, by the clock of the test. */
typedef struct sleepers {
	int64_t begin;
	int order[1000];
	int64_t woken[1000];
	atomic_int count;
} sleepers;

typedef struct nap {
	sleepers *all;
	int number;
	creel_duration duration;
} nap;

static void *
take_nap(void *arg)
{
	const nap *n = arg;
	int i;

	creel_sleep(n->duration);
	i = atomic_load(&n->all->count);
	n->all->order[i] = n->number;
	n->all->woken[i] = creel_now() - n->all->begin;
	atomic_store(&n->all->count, i + 1);
	return NULL;
}

START_TEST(sleepers_wake_in_the_order_of_their_deadlines)
{
	enum { NAPS = 6 };
	static const int durations[NAPS] = {30, 10, 50, 20, 60, 40};
	sleepers s = {.count = 0};
	nap naps[NAPS];
	creel_pool *pool;

	fake_clock_start();
	s.begin = creel_now();
	pool = pool_of(1);
	for (int i = 0; i < NAPS; i++) {
		naps[i] = (nap){&s, i, durations[i]};
		ck_assert_int_eq(creel_post(pool, take_nap, &naps[i]), CREEL_OK);
	}
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK); /* all sleep */
	for (int i = 1; i <= NAPS; i++) {
		fake_clock_step(9);
		fake_clock_step(1);
		spin_until(&s.count, i);
	}
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < NAPS; i++) {
		ck_assert_int_eq(s.woken[i], 10 * (i + 1)); /* neither early nor late */
		ck_assert_int_eq(durations[s.order[i]], 10 * (i + 1));
	}
	creel_pool_destroy(pool);
}
END_TEST

/* 3.16 "20. timers": equal deadlines wake in the order in which they went to sleep */
START_TEST(sleepers_of_one_deadline_wake_in_the_order_of_their_coming)
{
	const int n = SCALE_SUSPENDED(1000);
	sleepers s = {.count = 0};
	nap *naps = calloc((size_t)n, sizeof *naps);
	creel_pool *pool;

	fake_clock_start();
	s.begin = creel_now();
	pool = pool_of(1);
	for (int i = 0; i < n; i++) {
		naps[i] = (nap){&s, i, CREEL_SECONDS(1)};
		ck_assert_int_eq(creel_post(pool, take_nap, &naps[i]), CREEL_OK);
	}
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	fake_clock_step(CREEL_SECONDS(1));
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&s.count), n);
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(s.order[i], i);
		ck_assert_int_eq(s.woken[i], CREEL_SECONDS(1));
	}
	creel_pool_destroy(pool);
	free(naps);
}
END_TEST

CREEL_SUITE("creel.runner.pinned", a_task_goes_on_in_the_thread_that_it_left,
	errno_and_rounding_are_the_tasks_and_thread_locals_the_threads,
	a_ready_task_waits_for_its_own_worker, sleepers_wake_in_the_order_of_their_deadlines,
	sleepers_of_one_deadline_wake_in_the_order_of_their_coming)
