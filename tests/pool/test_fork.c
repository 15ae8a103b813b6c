/* SPDX-License-Identifier: MIT */
/*
 * test_fork.c: the child of a fork has the memory of its parent's pools, and none of their threads.
 * Nothing there may wait for what will never come, nor for a lock that nobody will give back.
 */
#include "support/child.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/completions.h>
#include <creel/task.h>

#include <pthread.h>

static void *
nothing(void *arg)
{
	return arg;
}

static void
count_drop(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
count_callback(creel_future *future, void *arg)
{
	(void)future;
	++*(int *)arg;
}

static void *
await_future(void *arg)
{
	creel_await(arg, NULL);
	return arg;
}

/* A pool that has everything going on: a task done, one running, one suspended, others queued. */
typedef struct scene {
	creel_pool *pool;
	gate g;
	int value;
	creel_future *done, *failed, *running, *suspended, *queued, *promise;
	creel_completions *completions;
} scene;

static void *
fail_with(void *arg)
{
	return creel_fail(*(int *)arg, "with %d", *(int *)arg);
}

static void
set_scene(scene *s)
{
	*s = (scene){.pool = pool_of(1),
		.g = GATE_INIT,
		.value = 42,
		.promise = creel_future_create(),
		.completions = creel_completions_create()};
	s->done = creel_submit(s->pool, nothing, &s->value);
	s->failed = creel_submit(s->pool, fail_with, &s->value);
	s->suspended = creel_submit(s->pool, await_future, s->promise);
	s->running = creel_submit(s->pool, gate_task, &s->g);
	s->queued = creel_submit(s->pool, nothing, NULL);
	ck_assert_int_eq(creel_completions_add(s->completions, s->running, NULL), CREEL_OK);
	gate_await_arrivals(&s->g, 1);
}

static void
end_scene(scene *s)
{
	gate_open(&s->g);
	ck_assert_int_eq(creel_future_set_result(s->promise, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(s->pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(s->pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(s->done, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(s->failed, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_take(s->running, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(s->suspended, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(s->queued, NULL), CREEL_OK);
	creel_future_unref(s->promise);
	creel_completions_destroy(s->completions);
	creel_pool_destroy(s->pool);
}

static void
play(void (*in_child)(void *))
{
	scene s;
	int status;

	set_scene(&s);
	status = child_run(in_child, &s);
	ck_assert_msg(child_exited_with(status, 0), "the child's wait status is %d", status);
	end_scene(&s);
}

static void
calls_on_the_pool(void *arg)
{
	scene *s = arg;
	const creel_task_options options = {.size = sizeof options, .arg_drop = count_drop};
	atomic_int dropped = 0;
	void *result = s;
	creel_future *futures[3], *many[2];

	futures[0] = creel_submit(s->pool, nothing, NULL);
	futures[1] = creel_submit_with(s->pool, &options, nothing, &dropped);
	futures[2] = creel_submit(NULL, nothing, NULL);
	child_expect(creel_future_status(futures[0]) == CREEL_EFAILED);
	child_expect(creel_future_error(futures[0])->code == CREEL_ECLOSED);
	child_expect(creel_future_error(futures[1])->code == CREEL_ECLOSED);
	child_expect(creel_future_error(futures[2])->code == CREEL_EINVAL);
	child_expect(atomic_load(&dropped) == 1);
	creel_futures_unref(futures, 3);
	child_expect(creel_post(s->pool, nothing, NULL) == CREEL_ECLOSED);
	child_expect(creel_submit_many(s->pool, nothing, NULL, 2, many) == CREEL_ECLOSED);
	for (int i = 0; i < 2; i++)
		child_expect(creel_future_error(many[i])->code == CREEL_ECLOSED);
	creel_futures_unref(many, 2);
	child_expect(creel_pool_run(s->pool, nothing, NULL, &result) == CREEL_EFAILED);
	child_expect(creel_last_error()->code == CREEL_ECLOSED);
	child_expect(result == s);
	child_expect(creel_pool_wait_idle(s->pool, 0) == CREEL_ECLOSED);
	child_expect(creel_pool_wait_idle(s->pool, CREEL_FOREVER) == CREEL_ECLOSED);
	for (int mode = CREEL_SHUTDOWN_DRAIN; mode <= CREEL_SHUTDOWN_CANCEL_ALL; mode++) {
		child_expect(creel_pool_shutdown(s->pool, (creel_shutdown_mode)mode, 0) ==
			     CREEL_ECLOSED);
		child_expect(creel_pool_shutdown(s->pool, (creel_shutdown_mode)mode,
				     CREEL_FOREVER) == CREEL_ECLOSED);
	}
	child_expect(creel_last_error()->code == CREEL_ECLOSED);
	child_expect(creel_pool_size(s->pool) == 1);
	creel_pool_destroy(s->pool);
	creel_pool_destroy(NULL);
}

/* 1.15 "fork in child": all calls on an inherited pool are ECLOSED at once, and destroy frees it */
START_TEST(calls_on_an_inherited_pool_are_refused)
{
	play(calls_on_the_pool);
}
END_TEST

static void
assert_readable(const scene *s)
{
	void *result = NULL;

	child_expect(creel_future_done(s->done));
	child_expect(creel_await(s->done, &result) == CREEL_OK && result == &s->value);
	child_expect(creel_future_result(s->done, &result) == CREEL_OK);
	child_expect(creel_future_error(s->failed)->code == s->value);
	child_expect(creel_await_for(s->failed, 0, NULL) == CREEL_EFAILED);
	child_expect(creel_take(s->done, &result) == CREEL_OK);
	child_expect(creel_take(s->failed, NULL) == CREEL_EFAILED);
}

static void
assert_dead(creel_future *future)
{
	creel_completions *queue = creel_completions_create();
	int called = 0;

	child_expect(!creel_future_done(future));
	child_expect(creel_future_status(future) == CREEL_EPENDING);
	child_expect(creel_future_result(future, NULL) == CREEL_EPENDING);
	child_expect(creel_await(future, NULL) == CREEL_ECLOSED);
	child_expect(creel_await_for(future, 0, NULL) == CREEL_ECLOSED);
	child_expect(creel_await_for(future, CREEL_SECONDS(1), NULL) == CREEL_ECLOSED);
	child_expect(creel_wait_for(future, CREEL_FOREVER, NULL) == CREEL_ECLOSED);
	child_expect(creel_last_error()->code == CREEL_ECLOSED);
	child_expect(creel_future_cancel(future) == CREEL_CANCEL_TOO_LATE);
	child_expect(creel_future_on_done(future, count_callback, &called) == CREEL_ECLOSED);
	child_expect(creel_future_remove_on_done(future, count_callback, &called) == 0);
	child_expect(creel_completions_add(queue, future, NULL) == CREEL_ECLOSED);
	creel_future_unref(creel_future_ref(future));
	child_expect(called == 0);
	creel_completions_destroy(queue);
	child_expect(creel_take(future, NULL) == CREEL_ECLOSED);
}

static void
calls_on_futures(void *arg)
{
	scene *s = arg;

	assert_readable(s);
	child_expect(creel_future_set_result(s->promise, NULL) == CREEL_ECLOSED);
	child_expect(creel_future_set_error(s->promise, 1, NULL) == CREEL_ECLOSED);
	child_expect(creel_future_set_result(s->running, NULL) == CREEL_ESTATE); /* a task's */
	assert_dead(s->promise);
	assert_dead(s->running);
	assert_dead(s->suspended);
	assert_dead(s->queued);
}

/* 1.15 "fork in child": of the futures, done ones can be read, pending ones answer ECLOSED */
START_TEST(pending_futures_are_dead_and_done_ones_are_not)
{
	play(calls_on_futures);
}
END_TEST

static void
calls_on_completions(void *arg)
{
	scene *s = arg;
	creel_completion c;

	child_expect(creel_completions_next(s->completions, 0, &c) == CREEL_ECLOSED);
	child_expect(creel_completions_next(s->completions, CREEL_FOREVER, &c) == CREEL_ECLOSED);
	child_expect(creel_completions_add(s->completions, s->done, NULL) == CREEL_ECLOSED);
}

START_TEST(an_inherited_completion_queue_is_closed)
{
	play(calls_on_completions);
}
END_TEST

/* Everything that a pool can do, in the child. */
static void
use_new_pool(void *arg)
{
	scene *s = arg;
	creel_future *promise = creel_future_create(), *task;
	creel_pool *pool = pool_of(2);
	void *result = NULL;

	child_expect(pool != NULL);
	child_expect(creel_pool_run(pool, nothing, s, &result) == CREEL_OK && result == s);
	task = creel_submit(pool, await_future, promise);
	child_expect(creel_pool_run(pool, nothing, NULL, NULL) == CREEL_OK);
	child_expect(creel_future_set_result(promise, s) == CREEL_OK);
	child_expect(creel_take(task, &result) == CREEL_OK && result == promise);
	child_expect(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	child_expect(creel_await_for(promise, CREEL_MILLISECONDS(1), &result) == CREEL_OK);
	child_expect(creel_pool_run(pool, await_future, s->done, NULL) == CREEL_OK);
	child_expect(
		creel_pool_run(pool, await_future, s->running, NULL) == CREEL_OK); /* ECLOSED */
	creel_future_unref(promise);
	child_expect(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER) == CREEL_OK);
	creel_pool_destroy(pool);
	creel_pool_destroy(s->pool);
}

START_TEST(new_pools_work_in_the_child)
{
	play(use_new_pool);
}
END_TEST

/* The child's child, which has the pools of two generations. */
static void
fork_again(void *arg)
{
	scene *s = arg;
	scene mine = *s;
	int status;

	mine.pool = pool_of(1);
	child_expect(creel_pool_run(mine.pool, nothing, NULL, NULL) == CREEL_OK);
	child_expect(creel_pool_wait_idle(mine.pool, CREEL_FOREVER) == CREEL_OK);
	status = child_run(use_new_pool, &mine);
	child_expect(child_exited_with(status, 0));
	status = child_run(use_new_pool, s);
	child_expect(child_exited_with(status, 0));
	creel_pool_destroy(mine.pool);
}

START_TEST(and_in_the_childs_child)
{
	play(fork_again);
}
END_TEST

/* Threads that keep the pool's locks busy while it is forked. */
typedef struct traffic {
	creel_pool *pool;
	atomic_int stop, posted;
} traffic;

static void *
keep_posting(void *arg)
{
	traffic *t = arg;

	while (!atomic_load(&t->stop)) {
		creel_post(t->pool, nothing, NULL);
		atomic_fetch_add(&t->posted, 1);
		if (creel_pool_wait_idle(t->pool, CREEL_MICROSECONDS(100)) == CREEL_EINVAL)
			break;
	}
	return NULL;
}

/* Without allocating: what other threads may hold then are the locks of the C library, too. */
static void
leave_pool(void *arg)
{
	traffic *t = arg;

	child_expect(creel_post(t->pool, nothing, NULL) == CREEL_ECLOSED);
	child_expect(creel_pool_wait_idle(t->pool, CREEL_FOREVER) == CREEL_ECLOSED);
	child_expect(creel_pool_shutdown(t->pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER) ==
		     CREEL_ECLOSED);
}

/* 3.2 "hang_global_shutdown_lock": fork while other threads submit: the child can exit */
START_TEST(hang_global_shutdown_lock)
{
	traffic t = {.pool = pool_of(2)};
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, keep_posting, &t);
	for (int i = 0; i < SCALE_TIMES(400); i++) {
		spin_until(&t.posted, i);
		ck_assert(child_exited_with(child_run(leave_pool, &t), 0));
	}
	atomic_store(&t.stop, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	creel_pool_destroy(t.pool);
}
END_TEST

/* The caches of what is never freed are shared by all pools, so they must be whole in the child. */
static void *
keep_creating(void *arg)
{
	traffic *t = arg;

	while (!atomic_load(&t->stop)) {
		creel_pool_destroy(pool_of(2));
		atomic_fetch_add(&t->posted, 1);
	}
	return NULL;
}

static void
create_in_child(void *arg)
{
	creel_pool *pool = pool_of(1);

	child_expect(pool != NULL);
	child_expect(creel_pool_run(pool, nothing, arg, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
}

START_TEST(a_fork_while_pools_come_and_go)
{
#if defined(SCALE_ASAN) || defined(SCALE_TSAN)
	/* A fork leaves the locks of these tools' allocators to threads that are gone. */
	const int rounds = 0;
#else
	const int rounds = SCALE_TIMES(400);
#endif
	traffic t = {.stop = 0};
	pthread_t thread;

	pthread_create(&thread, NULL, keep_creating, &t);
	for (int i = 0; i < rounds; i++) {
		spin_until(&t.posted, i);
		ck_assert(child_exited_with(child_run(create_in_child, &t), 0));
	}
	atomic_store(&t.stop, 1);
	pthread_join(thread, NULL);
	ck_assert(child_exited_with(child_run(create_in_child, &t), 0));
}
END_TEST

CREEL_SUITE("creel.pool.fork", calls_on_an_inherited_pool_are_refused,
	pending_futures_are_dead_and_done_ones_are_not, an_inherited_completion_queue_is_closed,
	new_pools_work_in_the_child, and_in_the_childs_child, hang_global_shutdown_lock,
	a_fork_while_pools_come_and_go)
