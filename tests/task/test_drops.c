/* SPDX-License-Identifier: MIT */
/* test_drops.c: arg_drop runs exactly once, before the end is visible; result_drop if nobody took. */
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>

/* What a destructor saw. As the argument or the value of a task it is what is dropped. */
typedef struct witness {
	creel_future *future; /* of the task, if known */
	int drops;            /* not atomic: seeing the task done must order it */
	bool was_done;
	creel_status await, sleep;
	pthread_t thread;
} witness;

static void
drop(void *arg)
{
	witness *w = arg;

	w->drops++;
	w->thread = pthread_self();
	w->was_done = creel_future_done(w->future);
	w->sleep = creel_sleep(0);
	w->await = creel_await(w->future, NULL);
}

static const creel_task_options drops_arg = {.size = sizeof drops_arg, .arg_drop = drop};

static void *
failing(void *arg)
{
	return creel_fail(1, "on purpose, in %p", arg);
}

static void *
end_cancelled(void *arg)
{
	(void)arg;
	return creel_fail(CREEL_ECANCELLED, "had enough");
}

/* 1.2 "stale-reference rule": the argument is gone when the task is, though its future is not
   3.2 "no_stale_references": the argument is destroyed promptly after the job */
START_TEST(no_stale_references)
{
	creel_fn *const fns[] = {same, failing, end_cancelled};
	const creel_status ends[] = {CREEL_OK, CREEL_EFAILED, CREEL_ECANCELLED};
	creel_pool *pool = pool_of(1);

	for (int i = 0; i < 3; i++) {
		gate hold = GATE_INIT;
		creel_future *holding = creel_submit(pool, gate_task, &hold);
		witness w = {0};

		w.future = creel_submit_with(pool, &drops_arg, fns[i], &w);
		gate_open(&hold);
		ck_assert_int_eq(creel_await(w.future, NULL), ends[i]);
		ck_assert_int_eq(w.drops, 1);
		ck_assert(!w.was_done);
		ck_assert_int_eq(w.sleep, CREEL_EDEADLK);
		ck_assert_int_eq(w.await, CREEL_EDEADLK);
		ck_assert(!pthread_equal(w.thread, pthread_self()));
		creel_future_unref(w.future);
		creel_future_unref(holding);
		ck_assert_int_eq(w.drops, 1);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void
note_drops(creel_future *future, void *arg)
{
	witness *w = arg;

	w->was_done = creel_future_done(future);
	w->drops += 10;
}

/* 1.4 "cancel before the first step": the body is not called, the argument's destructor is
   1.15 "work-item popped but future cancelled": it ran at the cancel, on the cancelling thread */
START_TEST(a_cancel_drops_the_argument_at_once)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold);
	witness w = {0};

	w.future = creel_submit_with(pool, &drops_arg, failing, &w);
	ck_assert_int_eq(creel_future_on_done(w.future, note_drops, &w), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(w.future), CREEL_CANCEL_NOW);
	ck_assert_int_eq(w.drops, 11);
	ck_assert_int_eq(w.sleep, CREEL_EDEADLK);
	ck_assert(pthread_equal(w.thread, pthread_self()));
	gate_open(&hold);
	settle(pool);
	ck_assert_int_eq(w.drops, 11);
	ck_assert_int_eq(creel_take(w.future, NULL), CREEL_ECANCELLED);
	creel_future_unref(holding);
	creel_pool_destroy(pool);
	ck_assert_int_eq(w.drops, 11);
}
END_TEST

/* The same when a shutdown is what cancels. */
START_TEST(a_shutdown_drops_the_argument)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold);
	witness w[3] = {{0}};

	for (int i = 0; i < 3; i++)
		w[i].future = creel_submit_with(pool, &drops_arg, failing, &w[i]);
	ck_assert_int_eq(creel_future_cancel(w[1].future), CREEL_CANCEL_NOW);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_await(w[i].future, NULL), CREEL_ECANCELLED);
		ck_assert_int_eq(w[i].drops, 1);
		ck_assert(!w[i].was_done);
		creel_future_unref(w[i].future);
	}
	gate_open(&hold);
	creel_pool_destroy(pool);
	creel_future_unref(holding);
}
END_TEST

/* 1.15 "submit after shutdown": the refused closure's destructor runs */
/* 3.15 "create_task_error_closes_coro": the argument of a refused task is destroyed, once */
START_TEST(a_refused_task_drops_the_argument)
{
	creel_pool *pool = pool_of(1);
	witness w = {0};

	creel_future_unref(creel_submit_with(pool, &drops_arg, NULL, &w));
	ck_assert_int_eq(w.drops, 1);
	creel_future_unref(creel_submit_with(NULL, &drops_arg, failing, &w));
	ck_assert_int_eq(w.drops, 2);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	creel_future_unref(creel_submit_with(pool, &drops_arg, failing, &w));
	ck_assert_int_eq(w.drops, 3);
	ck_assert_int_eq(w.sleep, CREEL_EDEADLK);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.16 "25. closure destructor count": as many as submissions, seen by whoever sees the end */
START_TEST(as_many_drops_as_submissions)
{
	enum { TASKS = 20 };
	creel_pool *pool = pool_of(2);
	witness w[TASKS];
	int cancelled = 0, ended = 0;

	for (int round = 0; round < SCALE_TIMES(5000); round++) {
		for (int i = 0; i < TASKS; i++) {
			w[i] = (witness){0};
			w[i].future = creel_future_create(); /* not the task's: it is not known */
			creel_future_set_result(w[i].future, NULL);
		}
		creel_future *tasks[TASKS];

		for (int i = 0; i < TASKS; i++)
			tasks[i] =
				creel_submit_with(pool, &drops_arg, i % 3 ? same : failing, &w[i]);
		for (int i = TASKS; i-- > 0;)
			if (creel_future_cancel(tasks[i]) == CREEL_CANCEL_NOW)
				ck_assert_int_eq(w[i].drops, 1);
		for (int i = 0; i < TASKS; i++) {
			if (creel_await(tasks[i], NULL) == CREEL_ECANCELLED)
				cancelled++;
			else
				ended++;
			ck_assert_int_eq(w[i].drops, 1);
			creel_future_unref(tasks[i]);
			creel_future_unref(w[i].future);
		}
	}
	ck_assert_int_eq(cancelled + ended, TASKS * SCALE_TIMES(5000));
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int values_dropped;
static void *value_dropped;
static creel_status value_drop_sleep;

static void
drop_value(void *value)
{
	value_dropped = value;
	value_drop_sleep = creel_sleep(0);
	atomic_fetch_add(&values_dropped, 1);
}

static const creel_task_options drops_value = {
	.size = sizeof drops_value, .result_drop = drop_value};

START_TEST(a_value_that_nobody_took_is_dropped_with_the_future)
{
	creel_pool *pool = pool_of(1);
	creel_future *future = creel_submit_with(pool, &drops_value, same, &pool);
	creel_future *other = creel_future_ref(future);
	void *value = NULL;

	ck_assert_int_eq(creel_await(future, &value), CREEL_OK); /* a loan */
	ck_assert_int_eq(creel_future_result(future, &value), CREEL_OK);
	settle(pool);
	creel_future_unref(future);
	ck_assert_int_eq(atomic_load(&values_dropped), 0);
	creel_future_unref(other);
	ck_assert_int_eq(atomic_load(&values_dropped), 1);
	ck_assert_ptr_eq(value_dropped, &pool);
	ck_assert_int_eq(value_drop_sleep, CREEL_EDEADLK);
	creel_pool_destroy(pool);
}
END_TEST

/* The last reference may be the pool's: then the worker drops the value. */
START_TEST(a_value_of_a_detached_task_is_dropped)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;

	creel_future_unref(creel_submit(pool, gate_task, &hold));
	creel_future_unref(creel_submit_with(pool, &drops_value, same, &pool));
	creel_future_unref(creel_submit_with(pool, &drops_value, same, NULL));
	ck_assert_int_eq(atomic_load(&values_dropped), 0);
	gate_open(&hold);
	settle(pool);
	ck_assert_int_eq(atomic_load(&values_dropped), 2);
	ck_assert_ptr_null(value_dropped);
	ck_assert_int_eq(value_drop_sleep, CREEL_EDEADLK);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_value_that_was_taken_is_not_dropped)
{
	creel_pool *pool = pool_of(1);
	creel_future *future = creel_submit_with(pool, &drops_value, same, &pool);
	creel_future *other = creel_future_ref(future);
	void *value = NULL;

	ck_assert_int_eq(creel_take(future, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &pool);
	creel_future_unref(other);
	settle(pool);
	ck_assert_int_eq(atomic_load(&values_dropped), 0);
	/* Without a place to put it nobody takes it. */
	future = creel_submit_with(pool, &drops_value, same, &pool);
	ck_assert_int_eq(creel_take(future, NULL), CREEL_OK);
	settle(pool);
	ck_assert_int_eq(atomic_load(&values_dropped), 1);
	creel_pool_destroy(pool);
}
END_TEST

/* A failed or cancelled task has no value; a refused one neither. */
START_TEST(where_there_is_no_value_nothing_is_dropped)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *failed = creel_submit_with(pool, &drops_value, failing, NULL);
	creel_future *ended = creel_submit_with(pool, &drops_value, end_cancelled, NULL);
	creel_future *holding = creel_submit(pool, gate_task, &hold);
	creel_future *queued = creel_submit_with(pool, &drops_value, same, NULL);
	creel_future *refused = creel_submit_with(pool, &drops_value, NULL, NULL);

	ck_assert_int_eq(creel_future_cancel(queued), CREEL_CANCEL_NOW);
	gate_open(&hold);
	ck_assert_int_eq(creel_take(failed, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_take(ended, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_take(queued, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_take(refused, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_take(holding, NULL), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&values_dropped), 0);
}
END_TEST

static void *
use_then_await(void *arg)
{
	witness *w = arg;
	creel_status status = creel_await(w->future, NULL);

	return pointer_of(w->drops == 0 && status == CREEL_OK);
}

/* 1.14 "cancel the AF while the job runs": the argument lives until a cancelled task has ended */
/* 5 "D8": cancelled means ended */
START_TEST(a_running_task_keeps_its_argument_when_cancelled)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	gate hold = GATE_INIT;
	witness w = {.future = promise};
	creel_future *future = creel_submit_with(pool, &drops_arg, use_then_await, &w);
	creel_future *holding;

	settle(pool);
	holding = creel_submit(pool, gate_task, &hold);
	gate_await_arrivals(&hold, 1);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_future_cancel(future), CREEL_CANCEL_REQUESTED);
	ck_assert(!creel_future_done(future));
	ck_assert_int_eq(w.drops, 0);
	gate_open(&hold);
	ck_assert_int_eq(take_number(future), true);
	ck_assert_int_eq(w.drops, 1);
	creel_future_unref(holding);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.drops", no_stale_references, a_cancel_drops_the_argument_at_once,
	a_shutdown_drops_the_argument, a_refused_task_drops_the_argument,
	as_many_drops_as_submissions, a_value_that_nobody_took_is_dropped_with_the_future,
	a_value_of_a_detached_task_is_dropped, a_value_that_was_taken_is_not_dropped,
	where_there_is_no_value_nothing_is_dropped,
	a_running_task_keeps_its_argument_when_cancelled)
