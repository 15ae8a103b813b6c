/* SPDX-License-Identifier: MIT */
/*
 * test_exhaustion.c: no stack can be had to go on with: whoever would be suspended is told ENOMEM,
 * has not waited, and goes on.
 */
#include "runner/desk.h"
#include "support/faults.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/completions.h>
#include <creel/task.h>

static void *
nothing(void *arg)
{
	return arg;
}

/* Tasks that wait for a promise until one of them cannot, which then tries all that waits. */
typedef struct scene {
	creel_future *promise;
	creel_completions *completions;
	creel_pool *pool, *other;
	atomic_int waiting, refused;
	int error;
	creel_status await_for, wait_for, sleep, yield, run, next, idle, shutdown, poll, done;
} scene;

static void
try_everything(scene *s)
{
	creel_completion c;
	creel_future *done = creel_future_create();

	s->error = creel_last_error()->code;
	s->await_for = creel_await_for(s->promise, CREEL_SECONDS(3600), NULL);
	s->wait_for = creel_wait_for(s->promise, CREEL_SECONDS(3600), NULL);
	s->sleep = creel_sleep(1);
	s->yield = creel_sleep(0);
	s->run = creel_pool_run(s->pool, nothing, NULL, NULL);
	s->next = creel_completions_next(s->completions, CREEL_FOREVER, &c);
	s->idle = creel_pool_wait_idle(s->other, CREEL_FOREVER);
	s->shutdown = creel_pool_shutdown(s->other, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	/* What does not wait needs no stack. */
	s->poll = creel_await_for(s->promise, 0, NULL);
	creel_future_set_result(done, NULL);
	s->done = creel_await(done, NULL);
	creel_future_unref(done);
}

static void *
wait_or_be_refused(void *arg)
{
	scene *s = arg;

	atomic_fetch_add(&s->waiting, 1);
	switch (creel_await(s->promise, NULL)) {
	case CREEL_OK:
		return s;
	case CREEL_ENOMEM:
		atomic_fetch_sub(&s->waiting, 1);
		if (atomic_fetch_add(&s->refused, 1) == 0)
			try_everything(s);
		return s;
	default:
		return NULL;
	}
}

/* 3.16 "26. allocation-failure injection": ENOMEM at once for every call that would suspend; the
 * others, and later ones, work */
START_TEST(who_cannot_be_suspended_is_told_and_goes_on)
{
	enum { TASKS = 40 };
	gate g = GATE_INIT;
	scene s = {.promise = creel_future_create(),
		.completions = creel_completions_create(),
		.pool = pool_of(1),
		.other = pool_of(1)};
	creel_future *tasks[TASKS];
	void *result;
	int waiting;

	ck_assert_int_eq(creel_post(s.other, gate_task, &g), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(s.pool, nothing, NULL, NULL), CREEL_OK);
	fault_arm(FAULT_MMAP, 1, true);
	for (int i = 0; i < TASKS; i++)
		tasks[i] = creel_submit(s.pool, wait_or_be_refused, &s);
	ck_assert_int_eq(creel_pool_run(s.pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert(fault_disarm());
	waiting = atomic_load(&s.waiting);
	ck_assert_int_ge(waiting, 1);
	ck_assert_int_eq(waiting + atomic_load(&s.refused), TASKS);
	ck_assert_int_eq(s.error, CREEL_ENOMEM);
	ck_assert_int_eq(s.await_for, CREEL_ENOMEM);
	ck_assert_int_eq(s.wait_for, CREEL_ENOMEM);
	ck_assert_int_eq(s.sleep, CREEL_ENOMEM);
	ck_assert_int_eq(s.yield, CREEL_ENOMEM);
	ck_assert_int_eq(s.run, CREEL_ENOMEM);
	ck_assert_int_eq(s.next, CREEL_ENOMEM);
	ck_assert_int_eq(s.idle, CREEL_ENOMEM);
	ck_assert_int_eq(s.shutdown, CREEL_ENOMEM);
	ck_assert_int_eq(s.poll, CREEL_ETIMEDOUT);
	ck_assert_int_eq(s.done, CREEL_OK);
	ck_assert_int_eq(creel_future_status(s.promise), CREEL_EPENDING); /* nobody cancelled it */
	ck_assert_int_eq(creel_post(s.other, nothing, NULL), CREEL_ECLOSED); /* it is shut down */

	/* Those that wait go on, and with memory there is room for more. */
	ck_assert_int_eq(creel_future_set_result(s.promise, NULL), CREEL_OK);
	for (int i = 0; i < TASKS; i++) {
		ck_assert_int_eq(creel_take(tasks[i], &result), CREEL_OK);
		ck_assert_ptr_eq(result, &s);
	}
	ck_assert_int_eq(atomic_load(&s.waiting), waiting);
	gate_open(&g);
	creel_future_unref(s.promise);
	creel_completions_destroy(s.completions);
	creel_pool_destroy(s.pool);
	creel_pool_destroy(s.other);
}
END_TEST

START_TEST(when_there_is_memory_again_tasks_can_be_suspended_again)
{
	enum { TASKS = 40 };
	scene s = {.promise = creel_future_create(),
		.completions = creel_completions_create(),
		.pool = pool_of(1),
		.other = pool_of(1)};
	int waiting;

	fault_arm(FAULT_MMAP, 1, true);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(creel_post(s.pool, wait_or_be_refused, &s), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(s.pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert(fault_disarm());
	waiting = atomic_load(&s.waiting);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(creel_post(s.pool, wait_or_be_refused, &s), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(s.pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&s.waiting), waiting + TASKS);
	ck_assert_int_eq(creel_future_set_result(s.promise, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(s.pool, CREEL_FOREVER), CREEL_OK);
	creel_future_unref(s.promise);
	creel_completions_destroy(s.completions);
	creel_pool_destroy(s.pool);
	creel_pool_destroy(s.other);
}
END_TEST

/* Destroying another pool waits all the same: it blocks its worker instead. */
static void *
destroy_other(void *arg)
{
	scene *s = arg;

	creel_pool_destroy(s->other);
	s->other = NULL;
	return NULL;
}

START_TEST(a_pool_can_be_destroyed_by_a_task_that_cannot_be_suspended)
{
	enum { TASKS = 40 };
	gate g = GATE_INIT;
	scene s = {.promise = creel_future_create(),
		.completions = creel_completions_create(),
		.pool = pool_of(1),
		.other = pool_of(1)};
	creel_pool *third = pool_of(1);

	ck_assert_int_eq(creel_post(s.other, gate_task, &g), CREEL_OK);
	fault_arm(FAULT_MMAP, 1, true);
	atomic_store(&s.refused, 1); /* so that nobody shuts it down before */
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(creel_post(s.pool, wait_or_be_refused, &s), CREEL_OK);
	ck_assert_int_eq(creel_post(s.pool, destroy_other, &s), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(third, nothing, NULL, NULL), CREEL_OK);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_run(s.pool, nothing, NULL, NULL), CREEL_OK);
	ck_assert(fault_disarm());
	ck_assert_ptr_null(s.other);
	ck_assert_int_eq(creel_future_set_result(s.promise, NULL), CREEL_OK);
	creel_pool_destroy(s.pool);
	creel_pool_destroy(third);
	creel_future_unref(s.promise);
	creel_completions_destroy(s.completions);
}
END_TEST

/* A plain thread needs a parker: its first wait allocates one. Check allocates, too: no assertions
 * while there is no memory. */
START_TEST(a_thread_that_cannot_be_blocked_is_told_and_goes_on)
{
	gate g = GATE_INIT;
	creel_future *promise = creel_future_create();
	creel_pool *pool = pool_of(1);
	creel_status await, sleep, idle, shutdown, poll;
	int error;

	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	fault_arm(FAULT_MALLOC, 1, true);
	await = creel_await(promise, NULL);
	error = creel_last_error()->code;
	sleep = creel_sleep(1);
	idle = creel_pool_wait_idle(pool, CREEL_FOREVER);
	shutdown = creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	poll = creel_await_for(promise, 0, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(await, CREEL_ENOMEM);
	ck_assert_int_eq(error, CREEL_ENOMEM);
	ck_assert_int_eq(sleep, CREEL_ENOMEM);
	ck_assert_int_eq(idle, CREEL_ENOMEM);
	ck_assert_int_eq(shutdown, CREEL_ENOMEM);
	ck_assert_int_eq(poll, CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_post(pool, nothing, NULL), CREEL_ECLOSED);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(pool);
	creel_future_unref(promise);
}
END_TEST

START_TEST(a_runner_cannot_be_had)
{
	crl_source source = {.next = desk_next};
	crl_runner *runners[3];

	for (int i = 0; i < 3; i++) { /* itself, then its parker, then its stack */
		fault_arm(i < 2 ? FAULT_MALLOC : FAULT_MMAP, i == 1 ? 2 : 1, true);
		runners[i] = crl_runner_get(&source, 0, 64 << 10, 4096);
		ck_assert(fault_disarm());
		ck_assert_ptr_null(runners[i]);
	}
}
END_TEST

CREEL_SUITE("creel.runner.exhaustion", who_cannot_be_suspended_is_told_and_goes_on,
	when_there_is_memory_again_tasks_can_be_suspended_again,
	a_pool_can_be_destroyed_by_a_task_that_cannot_be_suspended,
	a_thread_that_cannot_be_blocked_is_told_and_goes_on, a_runner_cannot_be_had)
