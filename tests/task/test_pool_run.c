/* SPDX-License-Identifier: MIT */
/* test_pool_run.c: creel_pool_run: submit, wait for the end whatever happens, take. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>

typedef struct job {
	creel_pool *pool;
	creel_fn *fn;
	void *arg;
	/* What creel_pool_run() in a task answered. */
	creel_status status;
	void *value;
	int last_code;
	bool requested;
	creel_status next; /* of a sleep after it */
	bool ended_first;
} job;

static atomic_int ended;

/* Run a job from within a task, and see what comes after. */
static void *
run_job(void *arg)
{
	job *j = arg;

	j->value = j;
	j->status = creel_pool_run(j->pool, j->fn, j->arg, &j->value);
	j->ended_first = atomic_load(&ended) > 0;
	j->last_code = creel_last_error()->code;
	j->requested = creel_cancel_requested();
	j->next = creel_sleep(0);
	return NULL;
}

static void *
failing(void *arg)
{
	(void)arg;
	return creel_fail(EIO, "no paper");
}

START_TEST(a_thread_gets_the_value)
{
	creel_pool *pool = pool_of(1);
	void *value = NULL;

	ck_assert_int_eq(creel_pool_run(pool, same, &pool, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &pool);
	ck_assert_int_eq(creel_pool_run(pool, same, NULL, &value), CREEL_OK);
	ck_assert_ptr_null(value);
	ck_assert_int_eq(creel_pool_run(pool, same, &pool, NULL), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_thread_gets_the_error)
{
	creel_pool *pool = pool_of(1);
	void *value = &value;

	ck_assert_int_eq(creel_pool_run(pool, failing, NULL, &value), CREEL_EFAILED);
	ck_assert_ptr_eq(value, &value);
	ck_assert_int_eq(creel_last_error()->code, EIO);
	ck_assert_str_eq(creel_last_error()->message, "no paper");
	ck_assert_str_eq(creel_last_error()->file, __FILE__);
	creel_pool_destroy(pool);
}
END_TEST

/* A refused task is a failed one. */
START_TEST(a_refusal_is_a_failure)
{
	creel_pool *pool = pool_of(1);
	void *value = &value;

	ck_assert_int_eq(creel_pool_run(NULL, same, NULL, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_run(pool, NULL, NULL, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(creel_pool_run(pool, same, NULL, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_ptr_eq(value, &value);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(tasks_run_tasks)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	job inner = {.pool = pool, .fn = same, .arg = &pool};
	job outer = {.pool = pool, .fn = run_job, .arg = &inner};
	job abroad = {.pool = other, .fn = same, .arg = &other};
	job wrong = {.pool = other, .fn = failing};

	ck_assert_int_eq(creel_pool_run(pool, run_job, &outer, NULL), CREEL_OK);
	ck_assert_int_eq(inner.status, CREEL_OK);
	ck_assert_ptr_eq(inner.value, &pool);
	ck_assert_int_eq(outer.status, CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, run_job, &abroad, NULL), CREEL_OK);
	ck_assert_ptr_eq(abroad.value, &other);
	ck_assert_int_eq(creel_pool_run(pool, run_job, &wrong, NULL), CREEL_OK);
	ck_assert_int_eq(wrong.status, CREEL_EFAILED);
	ck_assert_ptr_eq(wrong.value, &wrong);
	ck_assert_int_eq(wrong.last_code, EIO);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* Wait for a request to end, and then for one thing more, as clean-up does. */
static void *
obey(void *arg)
{
	creel_future *promise = arg;

	creel_sleep(CREEL_FOREVER);
	creel_await(promise, NULL);
	atomic_fetch_add(&ended, 1);
	return creel_fail(CREEL_ECANCELLED, "as asked");
}

/* A cancelled caller cancels the task, and goes on only when that has ended. */
START_TEST(a_cancelled_caller_waits_for_the_end)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	job j = {.pool = pool, .fn = obey, .arg = promise};
	creel_future *caller = creel_submit(pool, run_job, &j);

	settle(pool);
	ck_assert_int_eq(creel_future_cancel(caller), CREEL_CANCEL_REQUESTED);
	settle(pool);
	ck_assert(!creel_future_done(caller));
	ck_assert_int_eq(atomic_load(&ended), 0);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_take(caller, NULL), CREEL_OK);
	ck_assert(j.ended_first);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert_int_eq(j.last_code, CREEL_ECANCELLED);
	ck_assert_ptr_eq(j.value, &j);
	ck_assert(j.requested);
	ck_assert_int_eq(j.next, CREEL_OK); /* it has been delivered */
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
ignore(void *arg)
{
	creel_sleep(CREEL_FOREVER);
	return arg;
}

/* The task may end with a value all the same; then the request stays pending. */
START_TEST(a_value_beats_the_callers_cancellation)
{
	creel_pool *pool = pool_of(1);
	job j = {.pool = pool, .fn = ignore, .arg = &pool};
	creel_future *caller = creel_submit(pool, run_job, &j);

	settle(pool);
	ck_assert_int_eq(creel_future_cancel(caller), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(caller, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_OK);
	ck_assert_ptr_eq(j.value, &pool);
	ck_assert(j.requested);
	ck_assert_int_eq(j.next, CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

static void *
ignore_then_fail(void *arg)
{
	(void)arg;
	creel_sleep(CREEL_FOREVER);
	return creel_fail(EPIPE, "while cleaning up");
}

START_TEST(an_error_beats_the_callers_cancellation)
{
	creel_pool *pool = pool_of(1);
	job j = {.pool = pool, .fn = ignore_then_fail};
	creel_future *caller = creel_submit(pool, run_job, &j);

	settle(pool);
	ck_assert_int_eq(creel_future_cancel(caller), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(caller, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_EFAILED);
	ck_assert_int_eq(j.last_code, EPIPE);
	ck_assert_int_eq(j.next, CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

static void *
count_ended(void *arg)
{
	atomic_fetch_add(&ended, 1);
	return arg;
}

/* A task that is still queued when the caller is cancelled never runs. */
START_TEST(a_cancelled_caller_cancels_a_queued_task)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(other, gate_task, &hold);
	job j = {.pool = other, .fn = count_ended};
	creel_future *caller;

	gate_await_arrivals(&hold, 1);
	caller = creel_submit(pool, run_job, &j);
	settle(pool);
	ck_assert_int_eq(creel_future_cancel(caller), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(caller, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert_int_eq(j.next, CREEL_OK);
	gate_open(&hold);
	creel_future_unref(holding);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&ended), 0);
}
END_TEST

/* Counts the requests that it is told of, until there were two. */
static void *
ask_twice(void *arg)
{
	int *told = arg;

	while (*told < 2)
		if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
			++*told;
	return creel_fail(CREEL_ECANCELLED, "at last");
}

/* 1.4 "second cancel while the first is in delivery": it reaches a child that ignored the first */
START_TEST(each_request_is_passed_on)
{
	creel_pool *pool = pool_of(1);
	int told = 0;
	job j = {.pool = pool, .fn = ask_twice, .arg = &told};
	creel_future *caller = creel_submit(pool, run_job, &j);

	settle(pool);
	ck_assert_int_eq(creel_future_cancel(caller), CREEL_CANCEL_REQUESTED);
	settle(pool);
	ck_assert_int_eq(told, 1);
	ck_assert_int_eq(creel_future_cancel(caller), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(caller, NULL), CREEL_OK);
	ck_assert_int_eq(told, 2);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert_int_eq(j.next, CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

static void *
cancel_self_and_run(void *arg)
{
	creel_future_cancel(creel_current());
	return run_job(arg);
}

/* A request that was there before: what is submitted does not start. */
START_TEST(a_pending_request_ends_it_at_once)
{
	creel_pool *pool = pool_of(1);
	job j = {.pool = pool, .fn = count_ended};

	ck_assert_int_eq(creel_pool_run(pool, cancel_self_and_run, &j, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert_int_eq(j.next, CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&ended), 0);
}
END_TEST

static void *
end_itself(void *arg)
{
	(void)arg;
	return creel_fail(CREEL_ECANCELLED, "of its own accord");
}

/* 1.8 "child cancelled by someone else": ECANCELLED, but the caller was not asked */
START_TEST(a_task_may_end_itself_cancelled)
{
	creel_pool *pool = pool_of(1);
	job j = {.pool = pool, .fn = end_itself};

	ck_assert_int_eq(creel_pool_run(pool, run_job, &j, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert(!j.requested);
	ck_assert_int_eq(creel_pool_run(pool, end_itself, NULL, NULL), CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

static void *
run_unsuspended(void *arg)
{
	job *j = arg;

	creel_no_suspend_enter();
	j->status = creel_pool_run(j->pool, j->fn, j->arg, &j->value);
	j->last_code = creel_last_error()->code;
	creel_no_suspend_leave();
	return NULL;
}

/* EDEADLK means that nothing was submitted, whoever asked. */
START_TEST(where_it_may_not_wait_nothing_is_submitted)
{
	creel_pool *pool = pool_of(1);
	job j = {.pool = pool, .fn = count_ended, .value = &j};

	ck_assert_int_eq(creel_pool_run(pool, run_unsuspended, &j, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_EDEADLK);
	ck_assert_int_eq(j.last_code, CREEL_EDEADLK);
	ck_assert_ptr_eq(j.value, &j);
	run_unsuspended(&j);
	ck_assert_int_eq(j.status, CREEL_EDEADLK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&ended), 0);
}
END_TEST

CREEL_SUITE("creel.task.pool_run", a_thread_gets_the_value, a_thread_gets_the_error,
	a_refusal_is_a_failure, tasks_run_tasks, a_cancelled_caller_waits_for_the_end,
	a_value_beats_the_callers_cancellation, an_error_beats_the_callers_cancellation,
	a_cancelled_caller_cancels_a_queued_task, each_request_is_passed_on,
	a_pending_request_ends_it_at_once, a_task_may_end_itself_cancelled,
	where_it_may_not_wait_nothing_is_submitted)
