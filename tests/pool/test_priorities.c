/* SPDX-License-Identifier: MIT */
/* test_priorities.c: which tasks go first. One worker, so that there is an order. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <string.h>

/* Who has started, in order, a letter each. One worker writes; the test reads when the pool is idle. */
static char started[2048];
static int starts;

static void *
start(void *arg)
{
	started[starts++] = (char)(intptr_t)arg;
	return NULL;
}

static void *
letter(char c)
{
	return (void *)(intptr_t)c;
}

static creel_priority
priority_of(char c)
{
	return c >= 'A' && c <= 'Z'   ? CREEL_PRIORITY_HIGH
	       : c >= '0' && c <= '9' ? CREEL_PRIORITY_LOW
				      : CREEL_PRIORITY_NORMAL;
}

/* One task for each character: capitals have high priority, digits low. */
static void
put_in(creel_pool *pool, const char *who)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	for (; *who != '\0'; who++) {
		options.priority = priority_of(*who);
		creel_future_unref(creel_submit_with(pool, &options, start, letter(*who)));
	}
}

static creel_pool *
pool_at_gate(gate *g, uint32_t flags, size_t max_started)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = 1;
	options.flags = flags;
	options.max_started = max_started;
	pool = creel_pool_create(&options);
	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(creel_post(pool, gate_task, g), CREEL_OK);
	gate_await_arrivals(g, 1);
	starts = 0;
	return pool;
}

static void
finish(creel_pool *pool)
{
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(pool);
	started[starts] = '\0';
}

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

/* 3.16 "29. priority inversion": what is high goes before what is low and came first, with a limit, too */
START_TEST(within_a_priority_first_in_first_out)
{
	for (int i = 0; i < 4; i++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_at_gate(&g, both[i % 2], (size_t)i / 2);

		put_in(pool, "1a2AbB3cCd");
		gate_open(&g);
		finish(pool);
		ck_assert_str_eq(started, "ABCabcd123");
	}
}
END_TEST

START_TEST(an_unknown_priority_is_refused)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);

	for (int i = 0; i < 2; i++) {
		creel_future *future;

		options.priority = (creel_priority)(i == 0 ? CREEL_PRIORITY_LOW + 1 : -1);
		future = creel_submit_with(pool, &options, start, letter('x'));
		ck_assert_int_eq(creel_await(future, NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(future)->code, CREEL_EINVAL);
		creel_future_unref(future);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* A task that submits others while it runs. */
static void *
put_in_own(void *arg)
{
	put_in(creel_current_pool(), arg);
	return NULL;
}

START_TEST(what_tasks_submit_with_a_priority_is_in_the_common_queue)
{
	static const char *const expected[] = {"ABbaop12", "ABopab12"};

	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_at_gate(&g, both[f], 0);

		ck_assert_int_eq(
			creel_post(pool, put_in_own, (void *)(uintptr_t) "a2AbB"), CREEL_OK);
		put_in(pool, "o1p");
		gate_open(&g);
		finish(pool);
		ck_assert_str_eq(started, expected[f]);
	}
}
END_TEST

/* The worker has fetched all of these, the gate is the first of them. */
START_TEST(high_ones_pass_what_a_worker_has_fetched)
{
	gate first = GATE_INIT, second = GATE_INIT;
	creel_pool *pool = pool_at_gate(&first, 0, 0);

	ck_assert_int_eq(creel_post(pool, gate_task, &second), CREEL_OK);
	put_in(pool, "abcdefgh");
	gate_open(&first);
	gate_await_arrivals(&second, 1);
	put_in(pool, "1A");
	gate_open(&second);
	finish(pool);
	ck_assert_str_eq(started, "Aabcdefgh1");
}
END_TEST

/* So often does a worker look at what has waited longest. */
enum { FAIR = 61, TURNS = 8 };

static int
place_of(char c)
{
	return (int)(strchr(started, c) - started);
}

START_TEST(low_ones_are_not_starved)
{
	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_at_gate(&g, both[f], 0);

		put_in(pool, "1");
		for (int i = 0; i < 2 * TURNS * FAIR; i++)
			put_in(pool, i % 2 ? "a" : "A");
		gate_open(&g);
		finish(pool);
		ck_assert_int_gt(place_of('1'), 0);
		ck_assert_int_le(place_of('1'), TURNS * FAIR);
	}
}
END_TEST

START_TEST(high_ones_do_not_starve_the_others)
{
	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_at_gate(&g, both[f], 0);

		put_in(pool, "a");
		for (int i = 0; i < 2 * FAIR; i++)
			put_in(pool, "A");
		gate_open(&g);
		finish(pool);
		ck_assert_int_gt(place_of('a'), 0);
		ck_assert_int_le(place_of('a'), FAIR);
	}
}
END_TEST

static int left;

static void *
go_on(void *arg)
{
	start(letter('x'));
	if (left-- > 0)
		creel_post(creel_current_pool(), go_on, arg);
	return NULL;
}

/* A task that always has a successor: depth first, and with FIFO it is never alone. */
START_TEST(a_worker_with_work_of_its_own_takes_low_ones)
{
	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_at_gate(&g, both[f], 0);

		left = 2 * TURNS * FAIR;
		ck_assert_int_eq(creel_post(pool, go_on, NULL), CREEL_OK);
		put_in(pool, "1");
		gate_open(&g);
		finish(pool);
		ck_assert_int_gt(place_of('1'), 0);
		ck_assert_int_le(place_of('1'), TURNS * FAIR);
	}
}
END_TEST

/* Only one of those from outside may have started: it waits for one of its own. */
typedef struct scene {
	creel_future *promise;
	creel_priority priority;
} scene;

static void *
release(void *arg)
{
	start(letter('r'));
	creel_future_set_result(((scene *)arg)->promise, NULL);
	return NULL;
}

static void *
submit_and_wait(void *arg)
{
	scene *s = arg;
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.priority = s->priority;
	creel_future_unref(creel_submit_with(creel_current_pool(), &options, release, s));
	creel_await(s->promise, NULL);
	start(letter('e'));
	return NULL;
}

START_TEST(inner_ones_with_a_priority_pass_what_may_not_start)
{
	for (int i = 0; i < 4; i++) {
		gate g = GATE_INIT;
		creel_pool *pool = pool_at_gate(&g, both[i % 2], 1);
		scene s = {.promise = creel_future_create(),
			.priority = i / 2 ? CREEL_PRIORITY_HIGH : CREEL_PRIORITY_LOW};

		ck_assert_int_eq(creel_post(pool, submit_and_wait, &s), CREEL_OK);
		put_in(pool, "1a2b");
		gate_open(&g);
		finish(pool);
		ck_assert_str_eq(started, "reab12");
		creel_future_unref(s.promise);
	}
}
END_TEST

/* It waits for one of its own, submits another, and ends. */
static void *
wait_then_submit(void *arg)
{
	scene *s = arg;

	creel_post(creel_current_pool(), release, s);
	creel_await(s->promise, NULL);
	creel_post(creel_current_pool(), start, letter('x'));
	return start(letter('e'));
}

/* The high one has been seen, and held back, before it may start. */
START_TEST(a_high_one_goes_first_as_soon_as_it_may_start)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g, 0, 1);
	scene s = {.promise = creel_future_create()};
	creel_task_options high = CREEL_TASK_OPTIONS_INIT;

	high.priority = CREEL_PRIORITY_HIGH;
	creel_future_unref(creel_submit_with(pool, &high, wait_then_submit, &s));
	put_in(pool, "aA");
	gate_open(&g);
	finish(pool);
	ck_assert_str_eq(started, "reAxa");
	creel_future_unref(s.promise);
}
END_TEST

/* A worker sleeps, and what comes is of another priority than usual. */
START_TEST(sleeping_workers_are_woken_for_all)
{
	creel_pool *pool = pool_of(2);
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	for (int i = 0; i < 3000; i++) {
		starts = 0;
		options.priority = (creel_priority)(i % 3);
		ck_assert_int_eq(
			creel_take(creel_submit_with(pool, &options, start, letter('x')), NULL),
			CREEL_OK);
		ck_assert_int_eq(starts, 1);
	}
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_shutdown_cancels_all_priorities)
{
	gate g = GATE_INIT;
	creel_pool *pool = pool_at_gate(&g, 0, 0);

	put_in(pool, "aA1bB2");
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	gate_open(&g);
	creel_pool_destroy(pool);
	ck_assert_int_eq(starts, 0);
}
END_TEST

CREEL_SUITE("creel.pool.priorities", within_a_priority_first_in_first_out,
	an_unknown_priority_is_refused, what_tasks_submit_with_a_priority_is_in_the_common_queue,
	high_ones_pass_what_a_worker_has_fetched, low_ones_are_not_starved,
	high_ones_do_not_starve_the_others, a_worker_with_work_of_its_own_takes_low_ones,
	inner_ones_with_a_priority_pass_what_may_not_start,
	a_high_one_goes_first_as_soon_as_it_may_start, sleeping_workers_are_woken_for_all,
	a_shutdown_cancels_all_priorities)
