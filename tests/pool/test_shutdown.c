/* SPDX-License-Identifier: MIT */
/* test_shutdown.c: shutting down and letting all work end; what is refused, and how long it waits. */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
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

/* Every way to bring work in from outside is refused, and nothing runs. */
static void
assert_refuses(creel_pool *pool)
{
	const creel_task_options options = {
		.size = sizeof options, .name = "refused", .arg_drop = count_drop};
	atomic_int dropped = 0;
	void *args[2] = {NULL, NULL};
	creel_future *futures[4];
	void *result = &dropped;

	futures[0] = creel_submit(pool, nothing, &dropped);
	futures[1] = creel_submit_with(pool, &options, nothing, &dropped);
	ck_assert_int_eq(atomic_load(&dropped), 1);
	ck_assert_int_eq(creel_submit_many(pool, nothing, args, 2, &futures[2]), CREEL_ECLOSED);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(creel_future_status(futures[i]), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(futures[i])->code, CREEL_ECLOSED);
		ck_assert_int_eq(creel_await(futures[i], NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
		creel_future_unref(futures[i]);
	}
	ck_assert_int_eq(creel_post(pool, nothing, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_int_eq(creel_pool_run(pool, nothing, &dropped, &result), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_ptr_eq(result, &dropped);
	ck_assert_int_eq(atomic_load(&dropped), 1);
}

/* 3.4 "run_after_shutdown": ECLOSED; 1.15 "submit after shutdown": as a failed future, arg dropped */
START_TEST(run_after_shutdown)
{
	static const creel_shutdown_mode modes[] = {
		CREEL_SHUTDOWN_DRAIN, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_SHUTDOWN_CANCEL_ALL};

	for (int i = 0; i < 3; i++) {
		creel_pool *pool = pool_of(2);

		ck_assert_int_eq(creel_pool_shutdown(pool, modes[i], CREEL_FOREVER), CREEL_OK);
		assert_refuses(pool);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* What a task of a pool that drains may still do. */
typedef struct draining {
	gate g;
	atomic_int ran;
	creel_status posted, child;
	void *value;
} draining;

static void *
count_run(void *arg)
{
	draining *d = arg;

	atomic_fetch_add(&d->ran, 1);
	return d;
}

static void *
submit_while_draining(void *arg)
{
	draining *d = arg;
	void *args[2] = {d, d};
	creel_future *futures[2];

	gate_pass(&d->g);
	d->posted = creel_post(creel_current_pool(), count_run, d);
	creel_submit_many(creel_current_pool(), count_run, args, 2, futures);
	creel_take(futures[0], NULL);
	creel_take(futures[1], NULL);
	d->child = creel_pool_run(creel_current_pool(), count_run, d, &d->value);
	return d;
}

/* 1.15 "submit from a worker": accepted while the pool drains, refused from outside */
START_TEST(a_draining_pool_takes_work_from_its_own_tasks_alone)
{
	draining d = {.g = GATE_INIT};
	creel_pool *pool = pool_of(1);
	creel_future *running = creel_submit(pool, submit_while_draining, &d);
	creel_future *queued = creel_submit(pool, count_run, &d);
	void *result = NULL;

	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	assert_refuses(pool);
	ck_assert_int_eq(creel_future_status(queued), CREEL_EPENDING);
	gate_open(&d.g);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(d.posted, CREEL_OK);
	ck_assert_int_eq(d.child, CREEL_OK);
	ck_assert_ptr_eq(d.value, &d);
	ck_assert_int_eq(atomic_load(&d.ran), 5);
	ck_assert_int_eq(creel_take(running, &result), CREEL_OK);
	ck_assert_ptr_eq(result, &d);
	ck_assert_int_eq(creel_take(queued, NULL), CREEL_OK);
	assert_refuses(pool);
	creel_pool_destroy(pool);
}
END_TEST

/* As long as its tasks submit more, a pool drains. */
static void *
count_down(void *arg)
{
	atomic_int *left = arg;

	if (atomic_fetch_sub(left, 1) > 1)
		creel_post(creel_current_pool(), count_down, left);
	return NULL;
}

START_TEST(draining_lasts_until_nothing_is_left)
{
	atomic_int left = 10000;
	creel_pool *pool = pool_of(2);

	ck_assert_int_eq(creel_post(pool, count_down, &left), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&left), 0);
	creel_pool_destroy(pool);
}
END_TEST

static void *
await_future(void *arg)
{
	return creel_await(arg, NULL) == CREEL_OK ? arg : NULL;
}

START_TEST(draining_waits_for_suspended_tasks)
{
	creel_future *promise = creel_future_create(), *task;
	creel_pool *pool = pool_of(1);
	void *result = NULL;

	task = creel_submit(pool, await_future, promise);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK); /* is suspended */
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_take(task, &result), CREEL_OK);
	ck_assert_ptr_eq(result, promise);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(bad_arguments_start_nothing)
{
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(
		creel_pool_shutdown(NULL, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_shutdown(pool, (creel_shutdown_mode)3, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_shutdown(pool, (creel_shutdown_mode)-1, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, -1), CREEL_EINVAL);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, INT64_MIN), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_run(pool, nothing, NULL, NULL), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

/* A thread that shuts a pool down. */
typedef struct closer {
	creel_pool *pool;
	creel_duration timeout;
	creel_status status;
	int64_t returned;
	pthread_t thread;
} closer;

static void *
close_pool(void *arg)
{
	closer *c = arg;

	c->status = creel_pool_shutdown(c->pool, CREEL_SHUTDOWN_DRAIN, c->timeout);
	c->returned = creel_now();
	return NULL;
}

START_TEST(it_waits_so_long_and_the_shutdown_goes_on)
{
	gate g = GATE_INIT;
	closer c = {.timeout = CREEL_SECONDS(2)};
	int64_t begin;

	fake_clock_start();
	begin = creel_now();
	c.pool = pool_of(1);
	ck_assert_int_eq(creel_post(c.pool, gate_task, &g), CREEL_OK);
	pthread_create(&c.thread, NULL, close_pool, &c);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(2) - 1);
	fake_clock_step(1);
	pthread_join(c.thread, NULL);
	ck_assert_int_eq(c.status, CREEL_ETIMEDOUT);
	ck_assert_int_eq(c.returned, begin + CREEL_SECONDS(2));
	assert_refuses(c.pool);
	gate_open(&g);
	ck_assert_int_eq(
		creel_pool_shutdown(c.pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(c.pool);
}
END_TEST

/* 1.15 "shutdown": idempotent; anyone may wait, as often as they like */
START_TEST(any_number_may_shut_down_at_once)
{
	enum { CLOSERS = 8 };
	gate g = GATE_INIT;
	closer closers[CLOSERS];
	creel_pool *pool;

	fake_clock_start(); /* to see them wait */
	pool = pool_of(2);
	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	for (int i = 0; i < CLOSERS; i++) {
		closers[i] = (closer){.pool = pool, .timeout = CREEL_SECONDS(1)};
		pthread_create(&closers[i].thread, NULL, close_pool, &closers[i]);
	}
	fake_clock_await_sleepers(CLOSERS);
	gate_open(&g);
	for (int i = 0; i < CLOSERS; i++) {
		pthread_join(closers[i].thread, NULL);
		ck_assert_int_eq(closers[i].status, CREEL_OK);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_pool_shutdown(pool, (creel_shutdown_mode)i, 0), CREEL_OK);
		ck_assert_int_eq(
			creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void
submit_in_callback(creel_future *future, void *arg)
{
	draining *d = arg;

	(void)future;
	d->posted = creel_post(creel_current_pool(), count_run, d);
}

/* 1.15 "submit from a worker, from a callback": what runs on the pool's own worker is its own */
START_TEST(a_callback_on_its_worker_may_submit_while_it_drains)
{
	draining d = {.g = GATE_INIT, .posted = CREEL_EPENDING};
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit(pool, gate_task, &d.g);

	ck_assert_int_eq(creel_future_on_done(task, submit_in_callback, &d), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	gate_open(&d.g);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(d.posted, CREEL_OK);
	ck_assert_int_eq(atomic_load(&d.ran), 1);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

/* A task of another pool is outside. */
typedef struct stranger {
	creel_pool *pool;
	creel_status posted;
} stranger;

static void *
post_as_stranger(void *arg)
{
	stranger *s = arg;

	s->posted = creel_post(s->pool, nothing, NULL);
	return NULL;
}

START_TEST(a_task_of_another_pool_is_refused)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	stranger s = {.pool = pool};

	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_pool_run(other, post_as_stranger, &s, NULL), CREEL_OK);
	ck_assert_int_eq(s.posted, CREEL_ECLOSED);
	gate_open(&g);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

CREEL_SUITE("creel.pool.shutdown", run_after_shutdown,
	a_draining_pool_takes_work_from_its_own_tasks_alone, draining_lasts_until_nothing_is_left,
	draining_waits_for_suspended_tasks, bad_arguments_start_nothing,
	it_waits_so_long_and_the_shutdown_goes_on, any_number_may_shut_down_at_once,
	a_callback_on_its_worker_may_submit_while_it_drains, a_task_of_another_pool_is_refused)
