/* SPDX-License-Identifier: MIT */
/* test_misuse.c: programs that are wrong: they are told so, and nothing hangs or breaks. */
#include "faults/table.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/suite.h"

static void *
pass(void *arg)
{
	return arg;
}

/* 1.2 "set_result / set_exception when CANCELLED/FINISHED": ESTATE, and the first outcome stays */
START_TEST(completing_twice)
{
	creel_future *f[3];
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit(pool, pass, pool);
	void *value = NULL;

	for (int i = 0; i < 3; i++)
		f[i] = creel_future_create();
	creel_future_set_result(f[0], f);
	creel_future_set_error(f[1], 1, "the first");
	creel_future_cancel(f[2]);
	for (int i = 0; i < 3; i++) {
		const row rows[] = {
			ROW(creel_future_set_result(f[i], pool), CREEL_ESTATE),
			ROW(creel_future_set_error(f[i], 2, "another"), CREEL_ESTATE),
			ROW(creel_future_cancel(f[i]),
				i == 2 ? CREEL_CANCEL_ALREADY : CREEL_CANCEL_TOO_LATE),
		};

		ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	}
	ck_assert_int_eq(creel_future_result(f[0], &value), CREEL_OK);
	ck_assert_ptr_eq(value, f);
	ck_assert_int_eq(creel_future_error(f[1])->code, 1);

	/* A task's future is not the program's to complete, before its end or after. */
	ck_assert_int_eq(creel_future_set_result(task, f), CREEL_ESTATE);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_set_error(task, 1, "no"), CREEL_ESTATE);
	ck_assert_int_eq(creel_take(task, &value), CREEL_OK);
	ck_assert_ptr_eq(value, pool);
	for (int i = 0; i < 3; i++)
		creel_future_unref(f[i]);
	creel_pool_destroy(pool);
}
END_TEST

/* What is tried where suspending is not allowed. */
typedef struct attempt {
	creel_pool *pool;
	creel_future *pending;
	creel_completions *queue;
	creel_status await, await_for, wait_for, sleep, yield, next, idle, run;
	int ran;
} attempt;

static void *
count_run(void *arg)
{
	++*(int *)arg;
	return NULL;
}

static void
try_all(void *arg)
{
	attempt *a = arg;
	creel_completion out;

	a->await = creel_await(a->pending, NULL);
	a->await_for = creel_await_for(a->pending, CREEL_SECONDS(1000), NULL);
	a->wait_for = creel_wait_for(a->pending, CREEL_SECONDS(1000), NULL);
	a->sleep = creel_sleep(1);
	a->yield = creel_sleep(0);
	a->next = creel_completions_next(a->queue, CREEL_FOREVER, &out);
	a->idle = creel_pool_wait_idle(a->pool, CREEL_FOREVER);
	a->run = creel_pool_run(a->pool, count_run, &a->ran, NULL);
}

static void
check_all(const attempt *a)
{
	const row rows[] = {
		ROW(a->await, CREEL_EDEADLK), ROW(a->await_for, CREEL_EDEADLK),
		ROW(a->wait_for, CREEL_EDEADLK), ROW(a->sleep, CREEL_EDEADLK),
		ROW(a->yield, CREEL_EDEADLK), ROW(a->next, CREEL_EDEADLK),
		ROW(a->idle, CREEL_EDEADLK), ROW(a->run, CREEL_EDEADLK), ROW(a->ran, 0),
		ROW(creel_future_status(a->pending),
			CREEL_EPENDING), /* wait_for cancelled nothing */
	};

	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
}

/* An attempt's objects; the pool is busy at the gate. */
static creel_future *
prepare(attempt *a, gate *g)
{
	creel_future *busy;

	*a = (attempt){.pool = pool_of(1), .pending = creel_future_create()};
	a->queue = creel_as_completed(&a->pending, 1);
	busy = creel_submit(a->pool, gate_task, g);
	gate_await_arrivals(g, 1);
	return busy;
}

static void
finish(attempt *a, gate *g, creel_future *busy)
{
	gate_open(g);
	creel_pool_destroy(a->pool);
	creel_future_unref(busy);
	creel_completions_destroy(a->queue);
	creel_future_unref(a->pending);
}

static void
try_in_callback(creel_future *future, void *arg)
{
	(void)future;
	try_all(arg);
}

START_TEST(waiting_in_a_callback)
{
	gate g = GATE_INIT;
	attempt a;
	creel_future *busy = prepare(&a, &g), *trigger = creel_future_create();

	creel_future_on_done(trigger, try_in_callback, &a);
	creel_future_set_result(trigger, NULL);
	check_all(&a);
	creel_future_unref(trigger);
	finish(&a, &g, busy);
}
END_TEST

static void
try_in_hook(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future, (void)error;
	try_all(ctx);
}

START_TEST(waiting_in_the_unhandled_hook)
{
	gate g = GATE_INIT;
	attempt a;
	creel_future *busy = prepare(&a, &g), *failed = creel_future_create();

	creel_set_unhandled(try_in_hook, &a);
	creel_future_set_error(failed, 1, "nobody looks");
	creel_future_unref(failed);
	check_all(&a);
	finish(&a, &g, busy);
	creel_set_unhandled(NULL, NULL);
}
END_TEST

/* Destructors: of an argument, by the worker and by a refusal; of a value. */
START_TEST(waiting_in_a_destructor)
{
	gate g = GATE_INIT;
	attempt a;
	creel_future *busy = prepare(&a, &g);
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *other = pool_of(1);
	creel_future *task;

	options.arg_drop = try_all;
	task = creel_submit_with(other, &options, pass, &a);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	check_all(&a);
	a.await = a.run = CREEL_OK;
	ck_assert_int_eq(code_of(creel_submit_with(NULL, &options, pass, &a)), CREEL_EINVAL);
	check_all(&a);
	a.await = a.run = CREEL_OK;
	options.arg_drop = NULL;
	options.result_drop = try_all;
	task = creel_submit_with(other, &options, pass, &a);
	creel_pool_destroy(other);
	creel_future_unref(task);
	check_all(&a);
	finish(&a, &g, busy);
}
END_TEST

static void *
await_other(void *arg)
{
	creel_future *const *other = arg;

	return creel_await(*other, NULL) == CREEL_ECANCELLED ? arg : NULL;
}

/* Two tasks that await each other wait until somebody ends them. */
START_TEST(awaiting_each_other)
{
	creel_pool *pool = pool_of(1);
	gate g = GATE_INIT;
	creel_future *first = creel_submit(pool, gate_task, &g), *a, *b;
	void *value = NULL;

	a = creel_submit(pool, await_other, &b);
	b = creel_submit(pool, await_other, &a);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_run(pool, pass, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_future_result(a, &value), CREEL_OK);
	ck_assert_int_eq(creel_future_result(b, &value), CREEL_OK);
	creel_pool_destroy(pool);
	creel_future_unref(first);
	creel_future_unref(a);
	creel_future_unref(b);
}
END_TEST

static void *
destroy_own(void *arg)
{
	gate *g = arg;
	creel_pool *pool = creel_current_pool();

	creel_pool_destroy(pool);
	gate_pass(g);
	return creel_post(creel_current_pool(), pass, NULL) == CREEL_OK ? g : NULL;
}

/* 3.16 "15. shutdown from worker/callback": a task destroys its own pool: it does not wait, what is
 * queued still runs, and it may go on */
START_TEST(destroying_the_own_pool)
{
	enum { N = 20 };
	gate g = GATE_INIT, before = GATE_INIT;
	creel_future *tasks[N], *first, *destroyer;
	void *value = NULL;
	creel_pool *pool;
	size_t threads;

	/* ThreadSanitizer starts a thread of its own with the process's first. */
	creel_pool_destroy(pool_of(1));
	threads = proc_threads();
	pool = pool_of(1);
	first = creel_submit(pool, gate_task, &before);
	destroyer = creel_submit(pool, destroy_own, &g);
	for (int i = 0; i < N; i++)
		tasks[i] = creel_submit(pool, pass, &g);
	gate_open(&before);
	gate_await_arrivals(&g, 1);
	for (int i = 0; i < N; i++)
		ck_assert(!creel_future_done(tasks[i]));
	gate_open(&g);
	ck_assert_int_eq(creel_take(destroyer, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &g);
	ck_assert_int_eq(creel_take(first, NULL), CREEL_OK);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
	proc_await_threads(threads); /* the last worker frees the pool */
}
END_TEST

static void *
destroy_other(void *arg)
{
	creel_pool_destroy(arg);
	return arg;
}

static void *
own_a_pool(void *arg)
{
	creel_pool *mine = pool_of(1);
	void *value = NULL;
	creel_status status = creel_pool_run(mine, pass, arg, &value);

	creel_pool_destroy(mine);
	return status == CREEL_OK ? value : NULL;
}

/* Another pool's task may destroy a pool, and wait for it; and have one of its own. */
START_TEST(destroying_another_pool)
{
	creel_pool *pool = pool_of(1), *other = pool_of(2);
	creel_future *task = creel_submit(other, pass, pool);
	void *value = NULL;

	ck_assert_int_eq(creel_pool_run(pool, destroy_other, other, NULL), CREEL_OK);
	ck_assert(creel_future_done(task));
	creel_future_unref(task);
	ck_assert_int_eq(creel_pool_run(pool, own_a_pool, pool, &value), CREEL_OK);
	ck_assert_ptr_eq(value, pool);
	creel_pool_destroy(pool);
}
END_TEST

static void *
leave_entered(void *arg)
{
	creel_no_suspend_enter();
	creel_no_suspend_enter();
	return arg;
}

static void *
sleep_a_little(void *arg)
{
	return creel_sleep(1) == CREEL_OK && creel_sleep(0) == CREEL_OK ? arg : NULL;
}

/* What a task leaves entered, or leaves too often, ends with it. */
START_TEST(unbalanced_no_suspend)
{
	creel_pool *pool = pool_of(1);
	void *value = NULL;

	ck_assert_int_eq(creel_pool_run(pool, leave_entered, pool, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, sleep_a_little, pool, &value), CREEL_OK);
	ck_assert_ptr_eq(value, pool);
	creel_no_suspend_leave();
	creel_no_suspend_leave();
	creel_no_suspend_enter();
	ck_assert_int_eq(creel_sleep(1), CREEL_EDEADLK);
	creel_no_suspend_leave();
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_now(void *arg)
{
	return arg != NULL ? arg : creel_fail(5, "not returned");
}

/* What creel_fail() returned means nothing in a task that did not call it. */
START_TEST(failure_of_another)
{
	creel_pool *pool = pool_of(1);
	void *foreign = creel_fail(5, "off tasks");

	ck_assert_int_eq(code_of(creel_submit(pool, NULL, NULL)), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_run(pool, fail_now, foreign, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.faults.misuse", completing_twice, waiting_in_a_callback,
	waiting_in_the_unhandled_hook, waiting_in_a_destructor, awaiting_each_other,
	destroying_the_own_pool, destroying_another_pool, unbalanced_no_suspend, failure_of_another)
