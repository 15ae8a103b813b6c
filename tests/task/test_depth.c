/* SPDX-License-Identifier: MIT */
/* test_depth.c: one worker is enough, however many tasks wait, and for whatever. */
#include "fiber/watched.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <stdlib.h>

/* So many suspended tasks, or what the tool that watches can bear. */
static int
at_most(int n)
{
	return on_valgrind() && n > 300 ? 300 : SCALE_SUSPENDED(n);
}

/* A task that submits the next and awaits it, to the bottom. */
typedef struct level {
	creel_pool *pool;
	int left;
	atomic_int *suspended; /* the most there were at once */
} level;

static void *
descend(void *arg)
{
	level *l = arg, next = {l->pool, l->left - 1, l->suspended};
	void *value = NULL;

	if (l->left == 0)
		return pointer_of(0);
	atomic_fetch_add(l->suspended, 1);
	if (creel_take(creel_submit(l->pool, descend, &next), &value) != CREEL_OK)
		return creel_fail(1, "level %d", l->left);
	return pointer_of((intptr_t)value + 1);
}

/* 3.16 "11. worker waits for job of the same pool with 1 thread": 100,000 deep, all suspended
   1.15 "nested submit + wait in a worker": suspended and resumed, never hangs */
/* 5 "D13": suspended, on one worker */
START_TEST(tasks_nest_to_any_depth)
{
	const int depth = at_most(100000);
	creel_pool *pool = pool_of_small_stacks(1);
	atomic_int suspended = 0;
	level top = {pool, depth, &suspended};

	ck_assert_int_eq(take_number(creel_submit(pool, descend, &top)), depth);
	ck_assert_int_eq(atomic_load(&suspended), depth);
	creel_pool_destroy(pool);
}
END_TEST

/* The same by creel_pool_run(), in turn on two pools of one worker. */
typedef struct seesaw {
	creel_pool *here, *there;
	int left;
} seesaw;

static void *
swing(void *arg)
{
	seesaw *s = arg, next = {s->there, s->here, s->left - 1};
	void *value = NULL;

	if (s->left == 0)
		return pointer_of(0);
	if (creel_pool_run(s->there, swing, &next, &value) != CREEL_OK)
		return creel_fail(1, "with %d left", s->left);
	return pointer_of((intptr_t)value + 1);
}

START_TEST(pools_nest_in_each_other)
{
	const int depth = at_most(10000);
	creel_pool *left = pool_of_small_stacks(1), *right = pool_of_small_stacks(1);
	seesaw s = {left, right, depth};

	ck_assert_int_eq(take_number(creel_submit(left, swing, &s)), depth);
	creel_pool_destroy(left);
	creel_pool_destroy(right);
}
END_TEST

/* A task that waits for a promise, and knows its own number. */
typedef struct parked {
	creel_future *promise;
	int number;
	creel_status status;
} parked;

static void *
park(void *arg)
{
	parked *p = arg;
	char own[64];

	for (size_t i = 0; i < sizeof own; i++)
		own[i] = (char)(p->number + (int)i);
	p->status = creel_await(p->promise, NULL);
	for (size_t i = 0; i < sizeof own; i++)
		if (own[i] != (char)(p->number + (int)i))
			return pointer_of(-1);
	return pointer_of(p->number);
}

static creel_future **
park_many(creel_pool *pool, int n, parked *tasks, creel_future *promise)
{
	creel_future **futures = calloc((size_t)n, sizeof *futures);

	for (int i = 0; i < n; i++) {
		tasks[i] = (parked){promise, i, CREEL_EINVAL};
		futures[i] = creel_submit(pool, park, &tasks[i]);
	}
	settle(pool);
	return futures;
}

/* 100,000 tasks parked at once on one worker; then they all go on. */
START_TEST(very_many_wait_at_once)
{
	const int n = at_most(100000);
	creel_pool *pool = pool_of_small_stacks(1);
	creel_future *promise = creel_future_create();
	parked *tasks = calloc((size_t)n, sizeof *tasks);
	creel_future **futures = park_many(pool, n, tasks, promise);

	for (int i = 0; i < n; i++)
		ck_assert(!creel_future_done(futures[i]));
	creel_future_set_result(promise, NULL);
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(take_number(futures[i]), i);
		ck_assert_int_eq(tasks[i].status, CREEL_OK);
	}
	creel_future_unref(promise);
	free(futures);
	free(tasks);
	creel_pool_destroy(pool);
}
END_TEST

/* The same when each is cancelled, and when all are by a shutdown. */
START_TEST(very_many_are_cancelled)
{
	const int n = at_most(30000);
	creel_pool *pool = pool_of_small_stacks(1);
	creel_future *promise = creel_future_create();
	parked *tasks = calloc((size_t)n, sizeof *tasks);
	creel_future **futures = park_many(pool, n, tasks, promise);

	for (int i = 0; i < n; i += 2)
		ck_assert_int_eq(creel_future_cancel(futures[i]), CREEL_CANCEL_REQUESTED);
	settle(pool);
	for (int i = 1; i < n; i += 2)
		ck_assert(!creel_future_done(futures[i]));
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(take_number(futures[i]), i);
		ck_assert_int_eq(tasks[i].status, CREEL_ECANCELLED);
	}
	ck_assert_int_eq(creel_future_status(promise), CREEL_EPENDING);
	creel_future_unref(promise);
	free(futures);
	free(tasks);
	creel_pool_destroy(pool);
}
END_TEST

/* A tree of tasks, each of which awaits its children; as many times as it takes to recycle stacks. */
typedef struct fork_node {
	creel_pool *pool;
	int n;
} fork_node;

static void *
fibonacci(void *arg)
{
	const fork_node *node = arg;
	fork_node children[2];
	creel_future *futures[2];
	intptr_t sum = 0;

	if (node->n < 2)
		return pointer_of(node->n);
	for (int i = 0; i < 2; i++) {
		children[i] = (fork_node){node->pool, node->n - 1 - i};
		futures[i] = creel_submit(node->pool, fibonacci, &children[i]);
	}
	for (int i = 0; i < 2; i++) {
		void *value = NULL;

		creel_take(futures[i], &value);
		sum += (intptr_t)value;
	}
	return pointer_of(sum);
}

/* A tree whose nodes await their children, on one worker and on several. */
START_TEST(a_tree_of_tasks)
{
	for (unsigned workers = 1; workers <= 3; workers++) {
		creel_pool *pool = pool_of(workers);
		fork_node root = {pool, 12};

		for (int i = 0; i < SCALE_TIMES(20); i++)
			ck_assert_int_eq(take_number(creel_submit(pool, fibonacci, &root)), 144);
		creel_pool_destroy(pool);
	}
}
END_TEST

CREEL_SUITE("creel.task.depth", tasks_nest_to_any_depth, pools_nest_in_each_other,
	very_many_wait_at_once, very_many_are_cancelled, a_tree_of_tasks)
