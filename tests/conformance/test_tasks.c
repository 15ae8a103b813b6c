/* SPDX-License-Identifier: MIT */
/* test_tasks.c: CPython's cases of tasks, of those within tasks and of gathers, by their names there. */
#include "loop/loops.h"
#include "support/suite.h"

/* On the loop, or the pool, of the caller, who is a task. */
static creel_future *
submit_here(creel_fn *fn, void *arg)
{
	creel_pool *pool = creel_current_pool();

	return pool != NULL ? creel_submit(pool, fn, arg) : creel_create_task(fn, arg);
}

/* As a task of a loop, then of a pool: what it returned, twice. */
static void
play_twice(creel_fn *fn, void *arg, int numbers[2])
{
	creel_loop *loop = loop_with_thread();
	creel_pool *pool = pool_of(2);

	numbers[0] = take_number(creel_loop_submit(loop, fn, arg));
	numbers[1] = take_number(creel_submit(pool, fn, arg));
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
}

typedef struct self {
	creel_future *current;
	creel_loop *loop;
} self;

static void *
not_much(void *arg)
{
	self *s = arg;

	s->current = creel_current();
	s->loop = creel_current_loop();
	return pointer_of(7);
}

/* 3.6 "task_class": pending until it has run, then done, with its value; it runs on the loop that it was made for */
START_TEST(task_class)
{
	creel_loop *loops[] = {loop_without_thread(), loop_without_thread()};
	void *value = NULL;

	for (int i = 0; i < 2; i++) {
		self s = {.loop = NULL};
		creel_future *task = creel_loop_submit(loops[i], not_much, &s);

		ck_assert(!creel_future_done(task));
		run_out(loops[1 - i]);
		ck_assert(!creel_future_done(task));
		run_out(loops[i]);
		ck_assert(creel_future_done(task));
		ck_assert_int_eq(creel_future_result(task, &value), CREEL_OK);
		ck_assert_ptr_eq(value, pointer_of(7));
		ck_assert_ptr_eq(s.current, task);
		ck_assert_ptr_eq(s.loop, loops[i]);
		creel_future_unref(task);
	}
	creel_loop_destroy(loops[0]);
	creel_loop_destroy(loops[1]);
}
END_TEST

static void *
count_to_ten(void *arg)
{
	int *x = arg;

	while (*x < 10) {
		if (creel_sleep(0) != CREEL_OK)
			return creel_fail(CREEL_ECANCELLED, "at %d", *x);
		(*x)++;
	}
	return NULL;
}

/* 3.6 "stop_while_run_in_complete": the loop stops before its task is done: it is pending, and can be cancelled later
   3.15 "run_until_complete_stopped": likewise */
START_TEST(stop_while_run_in_complete)
{
	creel_loop *loop = loop_without_thread();
	int x = 0;
	creel_future *task = creel_loop_submit(loop, count_to_ten, &x);

	while (x < 2)
		ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(x, 2);
	ck_assert_int_eq(creel_future_status(task), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	run_out(loop);
	ck_assert_int_eq(x, 2);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
	creel_loop_destroy(loop);
}
END_TEST

static void *
chain(void *arg)
{
	const int depth = (int)(intptr_t)arg;
	void *below = NULL;

	if (depth == 0)
		return pointer_of(0);
	if (creel_take(submit_here(chain, pointer_of(depth - 1)), &below) != CREEL_OK)
		return creel_fail(1, "at %d", depth);
	return pointer_of((intptr_t)below + 1);
}

/* 3.9 "awaitables_chain": a hundred tasks, each of which awaits the next */
START_TEST(awaitables_chain)
{
	int depth[2];

	play_twice(chain, pointer_of(100), depth);
	ck_assert_int_eq(depth[0], 100);
	ck_assert_int_eq(depth[1], 100);
}
END_TEST

enum { WIDTH = 5, DEPTH = 4, ALL_TASKS = 1 + 5 + 25 + 125 + 625 };

static atomic_int started;

static void *
gather_below(void *arg)
{
	const intptr_t depth = (intptr_t)arg;
	creel_future *below[WIDTH], *all;
	creel_status status;

	atomic_fetch_add(&started, 1);
	if (depth == 0)
		return NULL;
	for (int i = 0; i < WIDTH; i++)
		below[i] = submit_here(gather_below, pointer_of(depth - 1));
	all = creel_gather(below, WIDTH, 0);
	creel_futures_unref(below, WIDTH);
	status = creel_await(all, NULL);
	creel_future_unref(all);
	return status == CREEL_OK ? pointer_of(atomic_load(&started)) : creel_fail(1, "below");
}

/* 3.9 "recursive_gather": 781 tasks, four gathers deep, each begun once */
START_TEST(recursive_gather)
{
	int tasks[2];

	play_twice(gather_below, pointer_of(DEPTH), tasks);
	ck_assert_int_eq(tasks[0], ALL_TASKS);
	ck_assert_int_eq(tasks[1], 2 * ALL_TASKS);
}
END_TEST

static void
expect_numbers(creel_future *gather)
{
	void *result = NULL;
	const creel_outcome *outcomes;

	ck_assert_int_eq(creel_await(gather, &result), CREEL_OK);
	outcomes = result;
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_eq(outcomes[i].value, pointer_of(i + 1));
	creel_future_unref(gather);
}

/* 3.8 "constructor_homogenous_futures": the same futures may be gathered again; nobody is done before they are */
START_TEST(constructor_homogenous_futures)
{
	creel_future *children[3], *first, *second;

	for (int i = 0; i < 3; i++)
		children[i] = creel_future_create();
	first = creel_gather(children, 3, 0);
	ck_assert(!creel_future_done(first));
	second = creel_gather(children, 3, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(!creel_future_done(first) && !creel_future_done(second));
		creel_future_set_result(children[i], pointer_of(i + 1));
	}
	ck_assert(creel_future_done(first) && creel_future_done(second));
	creel_futures_unref(children, 3);
	expect_numbers(first);
	expect_numbers(second);
}
END_TEST

CREEL_SUITE("creel.conformance.tasks", task_class, stop_while_run_in_complete, awaitables_chain,
	recursive_gather, constructor_homogenous_futures)
