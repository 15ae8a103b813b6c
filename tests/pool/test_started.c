/* SPDX-License-Identifier: MIT */
/* test_started.c: max_started, how many tasks from outside may be started and not ended. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static creel_pool *
limited_pool(unsigned workers, uint32_t flags, size_t max_started)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = workers;
	options.flags = flags;
	options.max_started = max_started;
	return creel_pool_create(&options);
}

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

/* 3.2 "saturation": never more jobs at once, nor threads, than workers, with 15 times as many blocked */
START_TEST(saturation)
{
	enum { WORKERS = 4, JOBS = 15 * WORKERS };
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(WORKERS);
	const size_t threads = proc_threads();

	for (int i = 0; i < JOBS; i++)
		ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, WORKERS);
	ck_assert_uint_eq(proc_threads(), threads);
	ck_assert_int_eq(gate_arrived(&g), WORKERS);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(gate_arrived(&g), JOBS);
	creel_pool_destroy(pool);
}
END_TEST

/* One worker, so all of it is the worker's until the pool is idle. */
typedef struct scene {
	creel_pool *pool;
	creel_future *promise;
	char order[32];
	int length;
} scene;

static void
note(scene *s, char who)
{
	s->order[s->length++] = who;
}

static void *
second(void *arg)
{
	note(arg, '2');
	return NULL;
}

static void *
third(void *arg)
{
	note(arg, '3');
	return NULL;
}

/* The suspended one ends when a task says so that came after those that must wait. */
static void *
release_first(void *arg)
{
	scene *s = arg;

	note(s, 'r');
	creel_future_set_result(s->promise, NULL);
	return NULL;
}

static void *
wait_for_release(void *arg)
{
	scene *s = arg;

	note(s, '1');
	creel_post(s->pool, release_first, s);
	creel_await(s->promise, NULL);
	note(s, 'e');
	return NULL;
}

START_TEST(inner_work_passes_outside_work_that_may_not_start)
{
	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		scene s = {.pool = limited_pool(1, both[f], 1), .promise = creel_future_create()};

		ck_assert_int_eq(creel_post(s.pool, gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		ck_assert_int_eq(creel_post(s.pool, wait_for_release, &s), CREEL_OK);
		ck_assert_int_eq(creel_post(s.pool, second, &s), CREEL_OK);
		ck_assert_int_eq(creel_post(s.pool, third, &s), CREEL_OK);
		gate_open(&g);
		ck_assert_int_eq(creel_pool_wait_idle(s.pool, CREEL_FOREVER), CREEL_OK);
		s.order[s.length] = '\0';
		ck_assert_str_eq(s.order, "1re23");
		creel_future_unref(s.promise);
		creel_pool_destroy(s.pool);
	}
}
END_TEST

static void *
await_promise(void *arg)
{
	scene *s = arg;

	s->length++;
	return creel_await(s->promise, NULL) == CREEL_OK ? s : NULL;
}

START_TEST(zero_is_no_limit)
{
	enum { TASKS = 100 };
	gate g = GATE_INIT;
	scene s = {.pool = limited_pool(1, 0, 0), .promise = creel_future_create()};

	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(creel_post(s.pool, await_promise, &s), CREEL_OK);
	ck_assert_int_eq(creel_post(s.pool, gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	ck_assert_int_eq(s.length, TASKS); /* all are started and none has ended */
	gate_open(&g);
	creel_future_set_result(s.promise, NULL);
	ck_assert_int_eq(creel_pool_wait_idle(s.pool, CREEL_FOREVER), CREEL_OK);
	creel_future_unref(s.promise);
	creel_pool_destroy(s.pool);
}
END_TEST

START_TEST(cancelled_ones_give_their_place_back)
{
	enum { TASKS = 10 };

	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		scene s = {.pool = limited_pool(2, both[f], 1)};
		creel_future *futures[TASKS];

		ck_assert_int_eq(creel_post(s.pool, gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		for (int i = 0; i < TASKS; i++)
			futures[i] = creel_submit(s.pool, second, &s);
		for (int i = 0; i < TASKS; i += 2)
			ck_assert_int_eq(creel_future_cancel(futures[i]), CREEL_CANCEL_NOW);
		gate_open(&g);
		for (int i = 0; i < TASKS; i++)
			ck_assert_int_eq(creel_take(futures[i], NULL),
				i % 2 == 0 ? CREEL_ECANCELLED : CREEL_OK);
		ck_assert_int_eq(s.length, TASKS / 2);
		creel_pool_destroy(s.pool);
	}
}
END_TEST

START_TEST(a_shutdown_cancels_those_that_may_not_start)
{
	enum { TASKS = 10 };

	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		scene s = {.pool = limited_pool(2, both[f], 1)};
		creel_future *futures[TASKS];

		ck_assert_int_eq(creel_post(s.pool, gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		for (int i = 0; i < TASKS; i++)
			futures[i] = creel_submit(s.pool, second, &s);
		ck_assert_int_eq(creel_pool_shutdown(s.pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0),
			CREEL_ETIMEDOUT);
		for (int i = 0; i < TASKS; i++)
			ck_assert_int_eq(creel_take(futures[i], NULL), CREEL_ECANCELLED);
		gate_open(&g);
		creel_pool_destroy(s.pool);
		ck_assert_int_eq(s.length, 0);
	}
}
END_TEST

/* The task that is suspended where the last one ends, the one that keeps the other worker busy, and
 * the one that ends. */
typedef struct slot_scene {
	creel_pool *pool;
	creel_future *promise;
	gate busy, resumed, ending;
	pid_t busy_thread;
} slot_scene;

static void *
keep_busy(void *arg)
{
	slot_scene *s = arg;

	s->busy_thread = gettid();
	gate_pass(&s->busy);
	return NULL;
}

static void *
suspend_then_hold(void *arg)
{
	slot_scene *s = arg;

	creel_post(s->pool, keep_busy, s);
	gate_await_arrivals(&s->busy, 1); /* so it is on the other worker */
	creel_await(s->promise, NULL);
	gate_pass(&s->resumed);
	return NULL;
}

static void *
nothing(void *arg)
{
	return arg;
}

/* The place becomes free on a worker which then has better to do: the idle one must take it. */
START_TEST(a_free_place_wakes_an_idle_worker)
{
	for (int f = 0; f < 2; f++) {
		slot_scene s = {.pool = limited_pool(2, both[f], 2),
			.promise = creel_future_create(),
			.busy = GATE_INIT,
			.resumed = GATE_INIT,
			.ending = GATE_INIT};
		creel_future *waiting;

		ck_assert_int_eq(creel_post(s.pool, suspend_then_hold, &s), CREEL_OK);
		gate_await_arrivals(&s.busy, 1);
		ck_assert_int_eq(creel_post(s.pool, gate_task, &s.ending), CREEL_OK);
		gate_await_arrivals(&s.ending, 1);
		waiting = creel_submit(s.pool, nothing, &s);
		gate_open(&s.busy);
		proc_await_asleep(s.busy_thread); /* idle, for the third one may not start */
		ck_assert_int_eq(creel_future_status(waiting), CREEL_EPENDING);
		creel_future_set_result(s.promise, NULL);
		gate_open(&s.ending);
		gate_await_arrivals(&s.resumed, 1);
		ck_assert_int_eq(creel_await_for(waiting, CREEL_SECONDS(30), NULL), CREEL_OK);
		gate_open(&s.resumed);
		creel_future_unref(waiting);
		creel_future_unref(s.promise);
		creel_pool_destroy(s.pool);
	}
}
END_TEST

/* Two producers, four workers, three places: how many are there at once? */
typedef struct crowd {
	creel_pool *pool;
	int each;
	atomic_int present, most, inner, ended;
} crowd;

static void *
inner_of_crowd(void *arg)
{
	crowd *c = arg;

	creel_sleep(0);
	atomic_fetch_add(&c->inner, 1);
	return NULL;
}

static void *
one_of_crowd(void *arg)
{
	crowd *c = arg;
	int present = atomic_fetch_add(&c->present, 1) + 1, most = atomic_load(&c->most);

	while (most < present && !atomic_compare_exchange_weak(&c->most, &most, present))
		;
	creel_post(c->pool, inner_of_crowd, c);
	creel_sleep(0);
	creel_take(creel_submit(c->pool, inner_of_crowd, c), NULL);
	atomic_fetch_sub(&c->present, 1);
	atomic_fetch_add(&c->ended, 1);
	return NULL;
}

static void *
produce(void *arg)
{
	crowd *c = arg;

	for (int i = 0; i < c->each; i++)
		if (creel_post(c->pool, one_of_crowd, c) != CREEL_OK)
			return NULL;
	return arg;
}

START_TEST(never_more_are_started_than_allowed)
{
	enum { PRODUCERS = 2, PLACES = 3 };

	for (int f = 0; f < 2; f++) {
		crowd c = {.pool = limited_pool(4, both[f], PLACES), .each = SCALE_TIMES(5000)};
		pthread_t producers[PRODUCERS];

		for (int i = 0; i < PRODUCERS; i++)
			pthread_create(&producers[i], NULL, produce, &c);
		for (int i = 0; i < PRODUCERS; i++) {
			void *result;

			pthread_join(producers[i], &result);
			ck_assert_ptr_eq(result, &c);
		}
		ck_assert_int_eq(creel_pool_wait_idle(c.pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(atomic_load(&c.ended), PRODUCERS * c.each);
		ck_assert_int_eq(atomic_load(&c.inner), 2 * PRODUCERS * c.each);
		ck_assert_int_le(atomic_load(&c.most), PLACES);
		ck_assert_int_ge(atomic_load(&c.most), 2);
		creel_pool_destroy(c.pool);
	}
}
END_TEST

CREEL_SUITE("creel.pool.started", saturation, inner_work_passes_outside_work_that_may_not_start,
	zero_is_no_limit, cancelled_ones_give_their_place_back,
	a_shutdown_cancels_those_that_may_not_start, a_free_place_wakes_an_idle_worker,
	never_more_are_started_than_allowed)
