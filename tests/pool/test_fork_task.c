/* SPDX-License-Identifier: MIT */
/*
 * test_fork_task.c: a fork inside a task. In the child the worker that forked is the only thread, and a
 * plain one; when the task's function returns there, it ends, and the process with it.
 */
#include "support/child.h"
#include "support/coverage.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static creel_pool *pool;
static creel_future *promise, *done;

static void *
nothing(void *arg)
{
	return arg;
}

/* When the child exits nobody is to look for leaks: the stacks of the threads that are gone are not
 * searched, so that whatever only those point to would be taken for lost. */
static void
end_at_once(int status, void *arg)
{
	(void)arg;
	leave(status);
}

/* What the child's task returns. ThreadSanitizer cannot follow it any further: in the child of a
 * process with several threads it ignores the switch from the fiber to the thread. */
static void *
return_in_child(void)
{
#if defined(SCALE_TSAN)
	leave(0);
#endif
	return NULL;
}

/* Forks; the child goes on in the task, the parent waits for it and returns its wait status. */
static bool
is_child(void **result)
{
	pid_t child;
	int status = -1;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		child_begin();
		on_exit(end_at_once, NULL);
		return true;
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	*result = (void *)(intptr_t)status;
	return false;
}

static void
assert_exits(creel_fn *fn, int exit_status)
{
	void *result = NULL;

	ck_assert_int_eq(creel_pool_run(pool, fn, NULL, &result), CREEL_OK);
	ck_assert_msg(child_exited_with((int)(intptr_t)result, exit_status),
		"the child's wait status is %d", (int)(intptr_t)result);
}

/* All workers have begun when it returns, so that none is inside the C library at the fork. */
static void
open_pool(unsigned workers)
{
	gate g = GATE_INIT;

	pool = pool_of(workers);
	for (unsigned i = 0; i < workers; i++)
		ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, (int)workers);
	gate_open(&g);
	promise = creel_future_create();
	done = creel_submit(pool, nothing, &pool);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
}

/* The parent's pool goes on as before. */
static void
close_pool(void)
{
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	creel_pool_destroy(pool);
	creel_future_unref(promise);
	creel_future_unref(done);
}

static void *
fork_and_return(void *arg)
{
	void *result = arg;

	return is_child(&result) ? return_in_child() : result;
}

/* 3.2 "process_fork_from_a_threadpool": the child returns from the task, and exits with 0 */
START_TEST(process_fork_from_a_threadpool)
{
	for (unsigned workers = 1; workers <= 3; workers += 2) {
		open_pool(workers);
		assert_exits(fork_and_return, 0);
		assert_exits(fork_and_return, 0); /* and the worker lives on */
		close_pool();
	}
}
END_TEST

static void *
fork_and_exit_at_once(void *arg)
{
	void *result = arg;

	if (is_child(&result))
		leave(7);
	return result;
}

static void *
fork_and_exit(void *arg)
{
	void *result = arg;

	if (is_child(&result))
		exit(8);
	return result;
}

START_TEST(the_child_may_exit_in_the_task)
{
	open_pool(2);
	assert_exits(fork_and_exit_at_once, 7);
	assert_exits(fork_and_exit, 8);
	close_pool();
}
END_TEST

/* What the child finds out about itself: it is on no worker and in no task. */
static void *
fork_and_look(void *arg)
{
	void *result = arg;

	if (!is_child(&result))
		return result;
	child_expect(creel_worker_index() == -1);
	child_expect(creel_current_pool() == NULL);
	child_expect(creel_current() == NULL);
	child_expect(!creel_cancel_requested());
	child_expect(creel_checkpoint() == CREEL_OK);
	child_expect(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_ECLOSED);
	child_expect(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0) == CREEL_ECLOSED);
	child_expect(creel_post(pool, nothing, NULL) == CREEL_ECLOSED);
	child_expect(creel_await(promise, NULL) == CREEL_ECLOSED);
	child_expect(creel_last_error()->code == CREEL_ECLOSED);
	child_expect(creel_await(done, NULL) == CREEL_OK);
	child_expect(creel_sleep(0) == CREEL_OK);
	child_expect(creel_sleep(1) == CREEL_OK); /* blocks its thread */
	return return_in_child();
}

START_TEST(the_child_is_a_plain_thread)
{
	open_pool(1);
	assert_exits(fork_and_look, 0);
	close_pool();
}
END_TEST

static void *
await_promise(void *arg)
{
	return creel_await(arg, NULL) == CREEL_OK ? arg : NULL;
}

static void *
fork_and_make_a_pool(void *arg)
{
	creel_future *mine, *task;
	creel_pool *new_pool;
	void *result = arg;

	if (!is_child(&result))
		return result;
	creel_pool_destroy(pool);
	new_pool = pool_of(2);
	child_expect(new_pool != NULL);
	mine = creel_future_create();
	task = creel_submit(new_pool, await_promise, mine);
	child_expect(creel_pool_run(new_pool, nothing, NULL, NULL) == CREEL_OK);
	child_expect(creel_future_set_result(mine, NULL) == CREEL_OK);
	child_expect(creel_take(task, &result) == CREEL_OK && result == mine);
	creel_future_unref(mine);
	creel_pool_destroy(new_pool);
	return return_in_child();
}

START_TEST(the_child_may_destroy_the_pool_and_make_another)
{
	open_pool(2);
	assert_exits(fork_and_make_a_pool, 0);
	close_pool();
}
END_TEST

/* The task's own future, and a suspended neighbour, are dead in the child. */
static creel_future *own, *neighbour;

static void *
fork_beside_a_neighbour(void *arg)
{
	void *result = arg;

	own = creel_current();
	if (!is_child(&result))
		return result;
	child_expect(creel_future_status(own) == CREEL_EPENDING);
	child_expect(creel_await(own, NULL) == CREEL_ECLOSED);
	child_expect(creel_await(neighbour, NULL) == CREEL_ECLOSED);
	child_expect(creel_future_cancel(neighbour) == CREEL_CANCEL_TOO_LATE);
	child_expect(creel_future_set_result(promise, NULL) == CREEL_ECLOSED);
	return return_in_child();
}

START_TEST(other_tasks_are_dead_in_the_child)
{
	open_pool(1);
	neighbour = creel_submit(pool, await_promise, promise);
	assert_exits(fork_beside_a_neighbour, 0);
	ck_assert_int_eq(creel_future_status(neighbour), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(neighbour, NULL), CREEL_OK);
	close_pool();
}
END_TEST

/* After the fork the parent's task is suspended and resumed as ever. */
static void *
fork_then_suspend(void *arg)
{
	void *result = arg;

	if (is_child(&result))
		return return_in_child();
	if (creel_sleep(0) != CREEL_OK || creel_await(promise, NULL) != CREEL_OK)
		return (void *)(intptr_t)-1;
	return result;
}

START_TEST(the_parents_task_goes_on)
{
	creel_future *task;
	void *result = NULL;

	open_pool(1);
	task = creel_submit(pool, fork_then_suspend, NULL);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(task, &result), CREEL_OK);
	ck_assert(child_exited_with((int)(intptr_t)result, 0));
	close_pool();
}
END_TEST

CREEL_SUITE("creel.pool.fork_task", process_fork_from_a_threadpool, the_child_may_exit_in_the_task,
	the_child_is_a_plain_thread, the_child_may_destroy_the_pool_and_make_another,
	other_tasks_are_dead_in_the_child, the_parents_task_goes_on)
