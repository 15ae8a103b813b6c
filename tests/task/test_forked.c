/* SPDX-License-Identifier: MIT */
/* test_forked.c: fork and join on a pool: results, orders, failures, awaits in between, who is who. */
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>
#include <stdlib.h>

static void *
fib(void *arg)
{
	const intptr_t n = (intptr_t)arg;
	creel_frame frame;
	intptr_t a, b;

	if (n < 2)
		return arg;
	creel_fork(&frame, fib, pointer_of(n - 1));
	b = (intptr_t)fib(pointer_of(n - 2));
	a = (intptr_t)creel_join(&frame);
	return pointer_of(a + b);
}

static intptr_t
run_on(creel_pool *pool, creel_fn *fn, void *arg)
{
	void *result = NULL;

	ck_assert_int_eq(creel_pool_run(pool, fn, arg, &result), CREEL_OK);
	return (intptr_t)result;
}

START_TEST(a_tree_has_its_sum_whatever_the_number_of_workers)
{
	for (unsigned workers = 1; workers <= 8; workers *= 2) {
		creel_pool *pool = pool_of(workers);

		for (int i = 0; i < SCALE_TIMES(20) + 1; i++)
			ck_assert_int_eq(run_on(pool, fib, pointer_of(20)), 6765);
		creel_pool_destroy(pool);
	}
}
END_TEST

typedef struct pair {
	int64_t first, second;
} pair;

static pair fibs(int n);
CREEL_FORKABLE(pair, fibs, int)

/* fib(n) and fib(n + 1), by the long way. */
static pair
fibs(int n)
{
	fibs_frame frame;
	pair below, twice_below;

	if (n < 2)
		return (pair){n, 1};
	fibs_fork(&frame, n - 1);
	twice_below = fibs(n - 2);
	below = fibs_join(&frame);
	ck_assert_int_eq(below.first, twice_below.second);
	return (pair){below.second, below.first + below.second};
}

static void *
second_of_fibs(void *arg)
{
	const pair both = fibs((int)(intptr_t)arg);

	return pointer_of(both.second);
}

START_TEST(frames_may_have_types_of_their_own)
{
	for (unsigned workers = 1; workers <= 3; workers++) {
		creel_pool *pool = pool_of(workers);

		ck_assert_int_eq(run_on(pool, second_of_fibs, pointer_of(15)), 987);
		creel_pool_destroy(pool);
	}
	ck_assert_int_eq(fibs(10).first, 55); /* off a pool */
}
END_TEST

#define FLAT 2000

static atomic_int runs;

static void *
run_once(void *arg)
{
	atomic_fetch_add(&runs, 1);
	return arg;
}

/* Forks many and joins them: 0 the last first, 1 the first first, 2 every other. */
static void *
flat(void *arg)
{
	const intptr_t order = (intptr_t)arg;
	creel_frame *frames = malloc(FLAT * sizeof *frames);
	intptr_t sum = 0;

	for (intptr_t i = 0; i < FLAT; i++)
		creel_fork(&frames[i], run_once, pointer_of(i));
	for (intptr_t i = 0; i < FLAT; i++) {
		const intptr_t which = order == 0   ? FLAT - 1 - i
				       : order == 1 ? i
						    : (i * 2 + 1) % FLAT + (i >= FLAT / 2 ? -1 : 0);

		sum += creel_join(&frames[which]) == pointer_of(which);
	}
	free(frames);
	return pointer_of(sum);
}

START_TEST(frames_can_be_joined_in_any_order)
{
	for (unsigned workers = 1; workers <= 3; workers++) {
		creel_pool *pool = pool_of(workers);

		for (intptr_t order = 0; order < 3; order++) {
			atomic_store(&runs, 0);
			ck_assert_int_eq(run_on(pool, flat, pointer_of(order)), FLAT);
			ck_assert_int_eq(atomic_load(&runs), FLAT);
		}
		creel_pool_destroy(pool);
	}
}
END_TEST

/* As deep as the stack allows: each level has one frame. */
static void *
deep(void *arg)
{
	const intptr_t n = (intptr_t)arg;
	creel_frame frame;
	intptr_t below;

	if (n == 0)
		return NULL;
	creel_fork(&frame, run_once, pointer_of(1));
	below = (intptr_t)deep(pointer_of(n - 1));
	return pointer_of(below + (intptr_t)creel_join(&frame));
}

START_TEST(recursion_may_be_deep)
{
	creel_pool *pool = pool_of(2);

	ck_assert_int_eq(run_on(pool, deep, pointer_of(1500)), 1500);
	creel_pool_destroy(pool);
}
END_TEST

/* A gate that the other one opens: it must run meanwhile, on another worker. */
static void *
open_gate(void *arg)
{
	gate_open(arg);
	return arg;
}

static void *
fork_and_pass(void *arg)
{
	creel_frame frame;

	creel_fork(&frame, open_gate, arg);
	gate_pass(arg);
	return creel_join(&frame);
}

/* 0.2 "stranded": fork(1 s); work(1 s); join takes one second on two workers */
START_TEST(what_is_forked_runs_while_the_forker_is_at_work)
{
	creel_pool *pool = pool_of(2);

	for (int i = 0; i < SCALE_TIMES(200); i++) {
		gate hold = GATE_INIT;

		ck_assert_int_eq(run_on(pool, fork_and_pass, &hold), (intptr_t)&hold);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
fork_two_and_pass(void *arg)
{
	gate *gates = arg;
	creel_frame frames[3];

	creel_fork(&frames[0], open_gate, &gates[0]);
	creel_fork(&frames[1], run_once, NULL);
	creel_fork(&frames[2], open_gate, &gates[1]);
	gate_pass(&gates[0]);
	gate_pass(&gates[1]);
	for (int i = 3; i-- > 0;)
		creel_join(&frames[i]);
	return NULL;
}

/* The first is shared at once, those behind it only when somebody asks. */
START_TEST(what_is_forked_behind_others_is_not_stranded_either)
{
	creel_pool *pool = pool_of(2);

	for (int i = 0; i < SCALE_TIMES(200); i++) {
		gate gates[2] = {GATE_INIT, GATE_INIT};

		run_on(pool, fork_two_and_pass, gates);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_with(void *arg)
{
	return creel_fail((int)(intptr_t)arg, "number %d", (int)(intptr_t)arg);
}

static void *
fail_elsewhere(void *arg)
{
	gate_open(arg);
	return creel_fail(7, "number %d", 7);
}

static void *
join_failed(void *arg)
{
	creel_frame frame;
	void *result;

	creel_fork(&frame, fail_with, arg);
	result = creel_join(&frame);
	ck_assert_int_eq(creel_last_error()->code, (int)(intptr_t)arg);
	return result;
}

static void *
join_failed_elsewhere(void *arg)
{
	creel_frame frame;
	void *result;

	creel_fork(&frame, fail_elsewhere, arg);
	gate_pass(arg);
	result = creel_join(&frame);
	ck_assert_int_eq(creel_last_error()->code, 7);
	ck_assert_str_eq(creel_last_error()->message, "number 7");
	return result;
}

static void *
ignore_failure(void *arg)
{
	join_failed_elsewhere(arg);
	return pointer_of(42);
}

static void
expect_failure(creel_pool *pool, creel_fn *fn, void *arg, int code)
{
	creel_future *task = creel_submit(pool, fn, arg);

	ck_assert_int_eq(creel_await(task, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(task)->code, code);
	creel_future_unref(task);
}

/* Whoever runs it, its failure is the joiner's to return, or not. */
START_TEST(failures_are_joined)
{
	creel_pool *pool = pool_of(2);
	gate hold = GATE_INIT, again = GATE_INIT;

	expect_failure(pool, join_failed, pointer_of(5), 5);
	expect_failure(pool, join_failed_elsewhere, &hold, 7);
	ck_assert_int_eq(run_on(pool, ignore_failure, &again), 42);
	creel_pool_destroy(pool);
}
END_TEST

static void *
await_between(void *arg)
{
	creel_frame first, second, third;
	void *a, *b, *c;

	creel_fork(&first, run_once, pointer_of(1));
	creel_fork(&second, run_once, pointer_of(2));
	ck_assert_int_eq(creel_await(arg, NULL), CREEL_OK);
	creel_fork(&third, run_once, pointer_of(4));
	c = creel_join(&third);
	b = creel_join(&second);
	a = creel_join(&first);
	return pointer_of((intptr_t)a + (intptr_t)b + (intptr_t)c);
}

/* Suspended, a task leaves what it has forked to others, and to its own worker. */
START_TEST(a_task_may_await_between_fork_and_join)
{
	for (unsigned workers = 1; workers <= 2; workers++) {
		creel_pool *pool = pool_of(workers);
		creel_future *promise = creel_future_create();
		creel_future *task;

		atomic_store(&runs, 0);
		task = creel_submit(pool, await_between, promise);
		spin_until(&runs, 2);
		creel_future_set_result(promise, NULL);
		ck_assert_int_eq(take_number(task), 7);
		ck_assert_int_eq(atomic_load(&runs), 3);
		creel_future_unref(promise);
		creel_pool_destroy(pool);
	}
}
END_TEST

static void *
await_and_count(void *arg)
{
	atomic_fetch_add(&runs, 1);
	ck_assert_int_eq(creel_await(arg, NULL), CREEL_OK);
	return pointer_of(1);
}

static void *
fork_waiting(void *arg)
{
	creel_frame frames[4];
	intptr_t sum = 0;

	for (int i = 0; i < 4; i++)
		creel_fork(&frames[i], await_and_count, arg);
	for (int i = 4; i-- > 0;)
		sum += (intptr_t)creel_join(&frames[i]);
	return pointer_of(sum);
}

/* What is forked may suspend: in the join that runs it, or on another worker. */
START_TEST(what_is_forked_may_await)
{
	for (unsigned workers = 1; workers <= 3; workers++) {
		creel_pool *pool = pool_of(workers);
		creel_future *promise = creel_future_create();
		creel_future *task;

		atomic_store(&runs, 0);
		task = creel_submit(pool, fork_waiting, promise);
		spin_until(&runs, 4);
		creel_future_set_result(promise, NULL);
		ck_assert_int_eq(take_number(task), 4);
		creel_future_unref(promise);
		creel_pool_destroy(pool);
	}
}
END_TEST

typedef struct place {
	creel_future *task;
	int worker;
	gate gate;
} place;

static void *
look_elsewhere(void *arg)
{
	place *p = arg;

	p->task = creel_current();
	p->worker = creel_worker_index();
	gate_open(&p->gate);
	return NULL;
}

static void *
compare_places(void *arg)
{
	place *p = arg;
	creel_frame frame;

	creel_fork(&frame, look_elsewhere, p);
	gate_pass(&p->gate);
	creel_join(&frame);
	ck_assert_ptr_eq(p->task, creel_current());
	ck_assert_int_ne(p->worker, creel_worker_index());
	return NULL;
}

START_TEST(what_is_forked_belongs_to_the_task)
{
	creel_pool *pool = pool_of(2);
	place p = {.gate = GATE_INIT};

	run_on(pool, compare_places, &p);
	creel_pool_destroy(pool);
}
END_TEST

static void *
sleep_until_cancelled(void *arg)
{
	atomic_fetch_add(&runs, 1);
	(void)arg;
	return pointer_of(creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED);
}

static void *
fork_sleepers(void *arg)
{
	creel_frame frames[3];
	intptr_t ended = 0;

	for (int i = 0; i < 3; i++)
		creel_fork(&frames[i], sleep_until_cancelled, arg);
	for (int i = 3; i-- > 0;)
		ended += (intptr_t)creel_join(&frames[i]);
	ck_assert(creel_cancel_requested());
	return pointer_of(ended);
}

/* Several fibers are suspended for one task: a request reaches them all. */
START_TEST(a_request_reaches_all_that_was_forked)
{
	creel_pool *pool = pool_of(2);
	creel_future *task;

	atomic_store(&runs, 0);
	task = creel_submit(pool, fork_sleepers, NULL);
	spin_until(&runs, 3);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(take_number(task), 3);
	creel_pool_destroy(pool);
}
END_TEST

static void
fork_in_body(size_t begin, size_t end, void *ctx)
{
	(void)ctx;
	for (size_t i = begin; i < end; i++)
		ck_assert_int_eq((intptr_t)fib(pointer_of(10)), 55);
	atomic_fetch_add(&runs, (int)(end - begin));
}

static void *
loop_over(void *arg)
{
	return pointer_of(creel_parallel_for(arg, 0, 200, 0, fork_in_body, NULL));
}

START_TEST(joins_inside_parallel_for_inside_tasks)
{
	creel_pool *pool = pool_of(2);

	atomic_store(&runs, 0);
	ck_assert_int_eq(run_on(pool, loop_over, pool), CREEL_OK);
	ck_assert_int_eq(atomic_load(&runs), 200);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.forked", a_tree_has_its_sum_whatever_the_number_of_workers,
	frames_may_have_types_of_their_own, frames_can_be_joined_in_any_order,
	recursion_may_be_deep, what_is_forked_runs_while_the_forker_is_at_work,
	what_is_forked_behind_others_is_not_stranded_either, failures_are_joined,
	a_task_may_await_between_fork_and_join, what_is_forked_may_await,
	what_is_forked_belongs_to_the_task, a_request_reaches_all_that_was_forked,
	joins_inside_parallel_for_inside_tasks)
