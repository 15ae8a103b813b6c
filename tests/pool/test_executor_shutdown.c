/* SPDX-License-Identifier: MIT */
/* test_executor_shutdown.c: what Python's tests of its executor ask of the end of one, and of the
 * end of a program that still has one. */
#include "support/child.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/scale.h"
#include "support/suite.h"
#include "support/threads.h"

#include <creel/await.h>
#include <creel/task.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *
nothing(void *arg)
{
	return arg;
}

static void *
count_slowly(void *arg)
{
	creel_sleep(CREEL_MICROSECONDS(10));
	atomic_fetch_add((atomic_int *)arg, 1);
	return arg;
}

/* 3.4 "hang_issue12364": fifty queued jobs complete before shutdown returns */
START_TEST(hang_issue12364)
{
	enum { JOBS = 50 };
	atomic_int ran = 0;
	creel_pool *pool = pool_of(2);
	creel_future *futures[JOBS];

	for (int i = 0; i < JOBS; i++)
		futures[i] = creel_submit(pool, count_slowly, &ran);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < JOBS; i++)
		ck_assert_int_eq(creel_future_status(futures[i]), CREEL_OK);
	ck_assert_int_eq(atomic_load(&ran), JOBS);
	creel_futures_unref(futures, JOBS);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.4 "cancel_futures": what runs ends, the others are cancelled, none is left pending */
START_TEST(cancel_futures)
{
	enum { WORKERS = 2, JOBS = 50 };
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(WORKERS);
	creel_future *futures[JOBS];
	int ended = 0;

	for (int i = 0; i < JOBS; i++)
		futures[i] = creel_submit(pool, gate_task, &g);
	gate_await_arrivals(&g, WORKERS);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	gate_open(&g);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < JOBS; i++)
		if (creel_future_status(futures[i]) == CREEL_OK)
			ended++;
		else
			ck_assert_int_eq(creel_future_status(futures[i]), CREEL_ECANCELLED);
	ck_assert_int_eq(ended, WORKERS);
	creel_futures_unref(futures, JOBS);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.4 "hang_gh94440": submit and cancel right before the shutdown: it does not hang */
START_TEST(hang_gh94440)
{
	for (int round = 0; round < SCALE_TIMES(2000); round++) {
		creel_pool *pool = pool_of(1);
		creel_future *task = creel_submit(pool, nothing, NULL);
		creel_cancel_result cancel = creel_future_cancel(task);

		ck_assert_int_eq(
			creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(creel_take(task, NULL),
			cancel == CREEL_CANCEL_NOW ? CREEL_ECANCELLED : CREEL_OK);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* 3.4 "threads_terminate": after a shutdown the threads end, by themselves */
START_TEST(threads_terminate)
{
	const size_t threads = threads_without_pools();
	creel_pool *pool = pool_of(4);

	ck_assert_uint_ge(proc_threads(), 5);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	proc_await_threads(threads);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.4 "context_manager_shutdown": the end of a pool's life waits for work and threads */
START_TEST(context_manager_shutdown)
{
	const size_t threads = threads_without_pools();
	atomic_int ran = 0;
	creel_pool *pool = pool_of(4);

	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(creel_post(pool, count_slowly, &ran), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&ran), 50);
	proc_await_threads(threads);
}
END_TEST

static void *
destroy_own(void *arg)
{
	creel_pool_destroy(creel_current_pool());
	return arg;
}

/* 3.4 "del_shutdown": nobody has the pool any more: queued results still arrive, the threads end */
START_TEST(del_shutdown)
{
	const size_t threads = threads_without_pools();
	atomic_int ran = 0;
	creel_pool *pool = pool_of(4);
	creel_future *results[50];

	for (int i = 0; i < 50; i++)
		results[i] = creel_submit(pool, count_slowly, &ran);
	ck_assert_int_eq(creel_post(pool, destroy_own, NULL), CREEL_OK);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(creel_take(results[i], NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&ran), 50);
	proc_await_threads(threads);
}
END_TEST

/* 3.4 "shutdown_no_wait": the same where a shutdown does not wait */
START_TEST(shutdown_no_wait)
{
	const size_t threads = threads_without_pools();
	gate g = GATE_INIT;
	atomic_int ran = 0;
	creel_pool *pool = pool_of(4);
	creel_future *results[50];

	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	for (int i = 0; i < 50; i++)
		results[i] = creel_submit(pool, count_slowly, &ran);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	gate_open(&g);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(creel_take(results[i], NULL), CREEL_OK);
	proc_await_threads(threads);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.4 "shutdown_deadlock": a worker that is stuck does not keep the others from ending their work */
START_TEST(shutdown_deadlock)
{
	gate stuck = GATE_INIT;
	atomic_int ran = 0;
	creel_pool *pool = pool_of(2);
	creel_future *results[50];

	ck_assert_int_eq(creel_post(pool, gate_task, &stuck), CREEL_OK);
	for (int i = 0; i < 50; i++)
		results[i] = creel_submit(pool, count_slowly, &ran);
	gate_await_arrivals(&stuck, 1);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(creel_take(results[i], NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	gate_open(&stuck);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

/* What follows ends a program, so it is played in a child. */
static creel_pool *last_pool;

static void *
write_x(void *arg)
{
	creel_sleep(CREEL_MICROSECONDS(10));
	return write(STDERR_FILENO, "x", 1) == 1 ? arg : NULL;
}

static void
drain_at_exit(void)
{
	creel_pool_shutdown(last_pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
}

static void
submit_at_exit(void)
{
	creel_future *late = creel_submit(last_pool, nothing, NULL);
	const creel_error *error = creel_future_error(late);

	if (error != NULL && error->code == CREEL_ECLOSED)
		fputs(" refused", stderr);
	creel_future_unref(late);
	creel_pool_destroy(last_pool);
}

static void
end_with_atexit(void *arg)
{
	(void)arg;
	last_pool = pool_of(2);
	atexit(submit_at_exit); /* the last one is called first */
	atexit(drain_at_exit);
	for (int i = 0; i < 20; i++)
		creel_post(last_pool, write_x, NULL);
	exit(5);
}

/* 3.4 "interpreter_shutdown": an exit handler of the program's own may drain its pool. 3.4
 * "submit_after_interpreter_shutdown": one that comes later is refused */
/* 5 "D11": a handler of the program's own */
START_TEST(interpreter_shutdown)
{
	char text[256];
	int status = child_run_reading_stderr(end_with_atexit, NULL, text, sizeof text);

	ck_assert_str_eq(text, "xxxxxxxxxxxxxxxxxxxx refused");
	ck_assert(child_exited_with(status, 5));
}
END_TEST

static void
end_with_a_running_job(void *arg)
{
	gate g = GATE_INIT;

	last_pool = pool_of(2);
	creel_post(last_pool, gate_task, &g);
	gate_await_arrivals(&g, 1);
	creel_pool_shutdown(last_pool, *(creel_shutdown_mode *)arg, 0);
	exit(6);
}

/* 3.4 "hang_gh83386": a program that does not wait for its jobs exits. 3.4 "cancel_futures_wait_false":
 * whatever the mode of the shutdown that did not wait */
START_TEST(hang_gh83386)
{
	for (int i = CREEL_SHUTDOWN_DRAIN; i <= CREEL_SHUTDOWN_CANCEL_ALL; i++) {
		creel_shutdown_mode mode = (creel_shutdown_mode)i;
		int status = child_run(end_with_a_running_job, &mode);

		ck_assert_msg(child_exited_with(status, 6), "the wait status is %d", status);
	}
}
END_TEST

static void *
exit_in_job(void *arg)
{
	(void)arg;
	exit(7);
}

static void *
crash_in_job(void *arg)
{
	raise(SIGKILL);
	return arg;
}

static void
run_to_the_end(void *arg)
{
	creel_fn *const *fn = arg;

	last_pool = pool_of(2);
	creel_pool_run(last_pool, *fn, NULL, NULL);
	creel_pool_wait_idle(last_pool, CREEL_FOREVER);
}

/* 3.4 "exit_during_func_exec_on_worker": otherwise: exit() in a task ends the program, as anywhere */
START_TEST(exit_during_func_exec_on_worker)
{
	creel_fn *fn = exit_in_job;

	ck_assert(child_exited_with(child_run(run_to_the_end, &fn), 7));
}
END_TEST

/* 3.4 "crash_during_func_exec_on_worker": otherwise: a crash is the program's, not hidden in a future */
START_TEST(crash_during_func_exec_on_worker)
{
	creel_fn *fn = crash_in_job;
	int status = child_run(run_to_the_end, &fn);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

static void *
fail_in_job(void *arg)
{
	(void)arg;
	return creel_fail(EIO, "no luck");
}

/* 3.4 "error_during_func_exec_on_worker": the pool survives, the future has the error */
START_TEST(error_during_func_exec_on_worker)
{
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit(pool, fail_in_job, NULL);

	ck_assert_int_eq(creel_await(task, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(task)->code, EIO);
	ck_assert_str_eq(creel_future_error(task)->message, "no luck");
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.executor_shutdown", hang_issue12364, cancel_futures, hang_gh94440,
	threads_terminate, context_manager_shutdown, del_shutdown, shutdown_no_wait,
	shutdown_deadlock, interpreter_shutdown, hang_gh83386, exit_during_func_exec_on_worker,
	crash_during_func_exec_on_worker, error_during_func_exec_on_worker)
