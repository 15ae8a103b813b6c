/* SPDX-License-Identifier: MIT */
/* test_sleep.c: creel_sleep, in tasks and threads: never too short, and 0 is a turn for others. */
#include "fiber/watched.h"
#include "runner/runner.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct sleeper {
	creel_duration duration;
	creel_status status, next;
	int64_t took;
	int rank; /* the how-manieth to wake */
	bool timers_left;
} sleeper;

static atomic_int awake;

static void *
sleep_once(void *arg)
{
	sleeper *s = arg;
	int64_t begin = creel_now();

	s->status = creel_sleep(s->duration);
	s->took = creel_now() - begin;
	s->rank = atomic_fetch_add(&awake, 1);
	if (creel_current_pool() != NULL)
		s->timers_left = !crl_timers_empty(&crl_runner_self()->timers);
	s->next = creel_sleep(0);
	return NULL;
}

/* 3.6 "sleep": as long as asked, in a task and in a thread
   1.10 "precision": never early */
START_TEST(sleep_as_long_as_asked)
{
	sleeper s[2] = {{.duration = CREEL_SECONDS(3)}, {.duration = CREEL_SECONDS(3)}};
	creel_future *task;
	creel_pool *pool;
	pthread_t thread;

	fake_clock_start();
	pool = pool_of(1);
	task = creel_submit(pool, sleep_once, &s[0]);
	ck_assert_int_eq(pthread_create(&thread, NULL, sleep_once, &s[1]), 0);
	fake_clock_await_sleepers(2);
	fake_clock_step(CREEL_SECONDS(3) - 1);
	linger(&awake);
	fake_clock_await_sleepers(2);
	ck_assert_int_eq(atomic_load(&awake), 0);
	fake_clock_step(1);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(s[i].status, CREEL_OK);
		ck_assert_int_eq(s[i].took, CREEL_SECONDS(3));
	}
	creel_pool_destroy(pool);
}
END_TEST

/* The same by the real clock, often. */
START_TEST(never_too_short)
{
	enum { N = 200 };
	creel_pool *pool = pool_of(2);
	sleeper s[N];
	creel_future *tasks[N];

	for (int i = 0; i < N; i++) {
		s[i] = (sleeper){.duration = 1 + i * CREEL_MICROSECONDS(3)};
		tasks[i] = creel_submit(pool, sleep_once, &s[i]);
	}
	for (int i = 0; i < N; i++) {
		sleeper own = {.duration = s[i].duration};

		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(s[i].status, CREEL_OK);
		ck_assert_int_ge(s[i].took, s[i].duration);
		sleep_once(&own);
		ck_assert_int_eq(own.status, CREEL_OK);
		ck_assert_int_ge(own.took, own.duration);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "sleep_when_delay_is_nan": what is no duration is refused
   1.10 "NaN": EINVAL for negative ones */
START_TEST(sleep_when_delay_is_nan)
{
	creel_pool *pool = pool_of(1);
	sleeper s = {.duration = -1};

	ck_assert_int_eq(creel_sleep(-1), CREEL_EINVAL);
	ck_assert_int_eq(creel_sleep(INT64_MIN), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_pool_run(pool, sleep_once, &s, NULL), CREEL_OK);
	ck_assert_int_eq(s.status, CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* The order in which things happen on one worker. */
typedef struct order {
	creel_pool *pool;
	creel_future *promise;
	gate *hold;
	char log[16];
	int n;
	creel_status status;
} order;

static void
note(order *o, char what)
{
	o->log[o->n++] = what;
	o->log[o->n] = '\0';
}

static void *
note_queued(void *arg)
{
	note(arg, 'q');
	return NULL;
}

static void *
await_and_note(void *arg)
{
	order *o = arg;

	creel_await(o->promise, NULL);
	note(o, 'r');
	return NULL;
}

static void *
sleep_and_note(void *arg)
{
	creel_sleep(CREEL_SECONDS(1));
	note(arg, 't');
	return NULL;
}

static void *
yield_among_others(void *arg)
{
	order *o = arg;

	creel_future_unref(creel_submit(o->pool, note_queued, o));
	if (o->hold != NULL)
		gate_pass(o->hold); /* meanwhile others become ready, by another thread */
	else
		creel_future_set_result(o->promise, NULL);
	note(o, 'a');
	o->status = creel_sleep(0);
	note(o, 'b');
	return NULL;
}

/* 3.6 "sleep_zero": one turn for the others: the queued task, and who was ready before
   1.10 "d ≤ 0": exactly one yield
   1.4 "yield nothing (sleep(0))": one turn for the others */
START_TEST(sleep_zero)
{
	order o = {.promise = creel_future_create()};
	creel_future *waiting, *task;

	o.pool = pool_of(1);
	waiting = creel_submit(o.pool, await_and_note, &o);
	settle(o.pool);
	task = creel_submit(o.pool, yield_among_others, &o);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(waiting, NULL), CREEL_OK);
	ck_assert_int_eq(o.status, CREEL_OK);
	ck_assert_uint_eq(strlen(o.log), 4);
	ck_assert_int_eq(o.log[0], 'a');
	ck_assert_int_eq(o.log[3], 'b');
	creel_future_unref(o.promise);
	creel_pool_destroy(o.pool);
}
END_TEST

/* The same when they were made ready by another thread, or by the clock. */
START_TEST(sleep_zero_after_a_wakeup_from_outside)
{
	gate hold = GATE_INIT;
	order o = {.promise = creel_future_create(), .hold = &hold};
	creel_future *waiting, *sleeping, *task;

	fake_clock_start();
	o.pool = pool_of(1);
	waiting = creel_submit(o.pool, await_and_note, &o);
	sleeping = creel_submit(o.pool, sleep_and_note, &o);
	settle(o.pool);
	task = creel_submit(o.pool, yield_among_others, &o);
	gate_await_arrivals(&hold, 1);
	fake_clock_step(CREEL_SECONDS(1));
	creel_future_set_result(o.promise, NULL);
	gate_open(&hold);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(waiting, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(sleeping, NULL), CREEL_OK);
	ck_assert_uint_eq(strlen(o.log), 5);
	ck_assert_int_eq(o.log[0], 'a');
	ck_assert_int_eq(o.log[4], 'b');
	creel_future_unref(o.promise);
	creel_pool_destroy(o.pool);
}
END_TEST

/* Two that do nothing but yield alternate, and a long queue gets in one by one. */
typedef struct yielder {
	creel_pool *pool;
	char *log;
	atomic_int *n;
	char name;
} yielder;

static void *
yield_often(void *arg)
{
	yielder *y = arg;

	for (int i = 0; i < 5; i++) {
		y->log[atomic_fetch_add(y->n, 1)] = y->name;
		creel_sleep(0);
	}
	return NULL;
}

START_TEST(yielding_tasks_alternate)
{
	creel_pool *pool = pool_of(1);
	char log[32] = "";
	atomic_int n = 0;
	yielder y[3] = {{pool, log, &n, 'x'}, {pool, log, &n, 'y'}, {pool, log, &n, 'z'}};
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold), *tasks[3];

	for (int i = 0; i < 3; i++)
		tasks[i] = creel_submit(pool, yield_often, &y[i]);
	gate_open(&hold);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
	creel_future_unref(holding);
	for (char *turn = log; *turn != '\0'; turn += 3) {
		ck_assert_uint_ge(strlen(turn), 3);
		ck_assert(turn[0] != turn[1] && turn[1] != turn[2] && turn[0] != turn[2]);
	}
	ck_assert_uint_eq(strlen(log), 15);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "sleep_cancel": a sleep for ever ends by a cancel, and its timer is gone; so is a long one's
   3.6 "task_cancel_sleeping_task": the sleep is over, and its timer gone
   1.10 "cancel": the timer is unlinked at once */
START_TEST(sleep_cancel)
{
	const creel_duration durations[] = {CREEL_FOREVER, INT64_MAX - 1, CREEL_SECONDS(1000)};
	creel_pool *pool = pool_of(1);

	for (int i = 0; i < 3; i++) {
		sleeper s = {.duration = durations[i]};
		creel_future *task = creel_submit(pool, sleep_once, &s);

		settle(pool);
		ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(s.status, CREEL_ECANCELLED);
		ck_assert(!s.timers_left);
		ck_assert_int_eq(s.next, CREEL_OK);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* 3.16 "20. timers": tasks with equal deadlines wake in the order in which they went to sleep */
START_TEST(equal_deadlines_are_first_in_first_out)
{
	const int n = on_valgrind() ? 300 : SCALE_SUSPENDED(5000);
	sleeper *s = calloc((size_t)n, sizeof *s);
	creel_future **tasks = calloc((size_t)n, sizeof *tasks);
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of_small_stacks(1);
	for (int i = 0; i < n; i++) {
		s[i].duration = CREEL_SECONDS(3);
		tasks[i] = creel_submit(pool, sleep_once, &s[i]);
	}
	settle(pool);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(3));
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(s[i].rank, i);
		ck_assert_int_eq(s[i].took, CREEL_SECONDS(3));
	}
	creel_pool_destroy(pool);
	free(tasks);
	free(s);
}
END_TEST

/* Others wake in the order of their deadlines. */
START_TEST(deadlines_are_kept_in_order)
{
	enum { N = 100 };
	sleeper s[N];
	creel_future *tasks[N];
	creel_pool *pool;

	fake_clock_start();
	pool = pool_of(1);
	for (int i = 0; i < N; i++) {
		s[i] = (sleeper){.duration = CREEL_SECONDS(1 + i * 37 % N)};
		tasks[i] = creel_submit(pool, sleep_once, &s[i]);
	}
	settle(pool);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(N));
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(s[i].rank, i * 37 % N);
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.sleep", sleep_as_long_as_asked, never_too_short, sleep_when_delay_is_nan,
	sleep_zero, sleep_zero_after_a_wakeup_from_outside, yielding_tasks_alternate, sleep_cancel,
	equal_deadlines_are_first_in_first_out, deadlines_are_kept_in_order)
