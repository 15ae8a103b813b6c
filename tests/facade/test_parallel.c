/* SPDX-License-Identifier: MIT */
/* test_parallel.c: creel_parallel_for: each number once, wherever it is called, and what cuts it. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>

#define MANY 10007

static atomic_int counts[MANY];

typedef struct job {
	creel_pool *pool;
	size_t begin, end, grain;
	gate *at; /* where the body waits; NULL: nowhere */
	atomic_size_t longest;
	atomic_int calls;
	creel_status status, next; /* next: of a sleep afterwards */
} job;

static void
count(size_t begin, size_t end, void *ctx)
{
	job *j = ctx;
	size_t longest = atomic_load(&j->longest);

	atomic_fetch_add(&j->calls, 1);
	while (longest < end - begin &&
		!atomic_compare_exchange_weak(&j->longest, &longest, end - begin))
		continue;
	for (size_t i = begin; i != end; i++)
		atomic_fetch_add(&counts[i - j->begin], 1);
	if (j->at != NULL)
		gate_pass(j->at);
}

/* As a thread, or a task. */
static void *
run(void *arg)
{
	job *j = arg;

	j->status = creel_parallel_for(j->pool, j->begin, j->end, j->grain, count, j);
	j->next = creel_sleep(0);
	return j;
}

static void
expect_each_once(job *j)
{
	size_t wrong = 0;

	for (size_t i = 0; i < MANY; i++)
		wrong += atomic_exchange(&counts[i], 0) != (i < j->end - j->begin);
	ck_assert_uint_eq(wrong, 0);
	if (j->grain != 0)
		ck_assert_uint_le(atomic_load(&j->longest), j->grain);
}

START_TEST(each_number_once)
{
	static const size_t sizes[] = {0, 1, 2, 3, 16, 17, 1000, MANY};
	static const size_t grains[] = {0, 1, 2, 7, 1000, SIZE_MAX};
	static const size_t begins[] = {0, 1, SIZE_MAX - MANY};

	for (unsigned workers = 1; workers <= 3; workers++) {
		creel_pool *pool = pool_of(workers);

		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
			for (size_t k = 0; k < sizeof grains / sizeof *grains; k++) {
				const size_t begin = begins[(i + k) % 3];
				job j = {
					pool, begin, begin + sizes[i], grains[k], NULL, 0, 0, 0, 0};

				run(&j);
				ck_assert_int_eq(j.status, CREEL_OK);
				expect_each_once(&j);
				if (sizes[i] == 0)
					ck_assert_int_eq(atomic_load(&j.calls), 0);
			}
		creel_pool_destroy(pool);
	}
}
END_TEST

/* Several workers are at it at the same time. */
START_TEST(in_parallel)
{
	creel_pool *pool = pool_of(2);
	gate both = GATE_INIT;
	job j = {pool, 0, 2, 1, &both, 0, 0, 0, 0};
	pthread_t thread;

	pthread_create(&thread, NULL, run, &j);
	gate_await_arrivals(&both, 2);
	gate_open(&both);
	pthread_join(thread, NULL);
	ck_assert_int_eq(j.status, CREEL_OK);
	expect_each_once(&j);
	creel_pool_destroy(pool);
}
END_TEST

/* From the only worker of the pool itself, and from a loop. */
START_TEST(from_tasks)
{
	creel_pool *pool = pool_of(1);
	creel_loop *loop = creel_loop_create(NULL);
	job j = {pool, 0, MANY, 0, NULL, 0, 0, 0, 0};

	ck_assert_int_eq(creel_pool_run(pool, run, &j, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_OK);
	expect_each_once(&j);
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, run, &j), NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_OK);
	expect_each_once(&j);
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
}
END_TEST

static void *
run_five(void *arg)
{
	static job inner[5];

	for (int i = 0; i < 5; i++)
		inner[i] = (job){.pool = arg, .begin = 0, .end = 100};
	for (int i = 0; i < 5; i++) {
		run(&inner[i]);
		if (inner[i].status != CREEL_OK)
			return pointer_of(1);
	}
	return NULL;
}

/* Loops inside of several tasks of one pool, that wait for each other's workers. */
START_TEST(several_at_once)
{
	creel_pool *pool = pool_of(2);
	creel_future *outer = creel_submit(pool, run_five, pool);

	ck_assert_int_eq(take_number(outer), 0);
	for (size_t i = 0; i < 100; i++)
		ck_assert_int_eq(atomic_load(&counts[i]), 5);
	creel_pool_destroy(pool);
}
END_TEST

/* The caller was asked to end: what had not begun is left out, what had is waited for. */
START_TEST(caller_is_cancelled)
{
	creel_pool *pool = pool_of(1), *callers = pool_of(1);
	gate here = GATE_INIT;
	job j = {pool, 0, 100, 1, &here, 0, 0, 0, 0};
	creel_future *task = creel_submit(callers, run, &j);

	gate_await_arrivals(&here, 1);
	settle(callers); /* it waits */
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	settle(callers); /* it has asked the others */
	ck_assert_int_eq(creel_future_status(task), CREEL_EPENDING);
	gate_open(&here);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert_int_eq(j.next, CREEL_OK); /* it has been told */
	ck_assert_int_eq(atomic_load(&j.calls), 1);
	creel_pool_destroy(callers);
	creel_pool_destroy(pool);
}
END_TEST

/* It was asked to end, but all was done: CREEL_OK, and the next wait tells. */
START_TEST(cancelled_too_late)
{
	creel_pool *pool = pool_of(1), *callers = pool_of(1);
	gate here = GATE_INIT;
	job j = {pool, 0, 5, 5, &here, 0, 0, 0, 0};
	creel_future *task = creel_submit(callers, run, &j);

	gate_await_arrivals(&here, 1);
	settle(callers);
	creel_future_cancel(task);
	settle(callers);
	gate_open(&here);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_OK);
	ck_assert_int_eq(j.next, CREEL_ECANCELLED);
	expect_each_once(&j);
	creel_pool_destroy(callers);
	creel_pool_destroy(pool);
}
END_TEST

/* The pool cancels its tasks. */
START_TEST(pool_is_cancelled)
{
	creel_pool *pool = pool_of(1);
	gate here = GATE_INIT;
	job j = {pool, 0, 100, 1, &here, 0, 0, 0, 0};
	pthread_t thread;

	pthread_create(&thread, NULL, run, &j);
	gate_await_arrivals(&here, 1);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, 0), CREEL_ETIMEDOUT);
	gate_open(&here);
	pthread_join(thread, NULL);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&j.calls), 1);
	creel_pool_destroy(pool);
}
END_TEST

static void
run_in_callback(creel_future *future, void *arg)
{
	(void)future;
	run(arg);
}

START_TEST(refused)
{
	creel_pool *pool = pool_of(1);
	job j = {pool, 0, 10, 0, NULL, 0, 0, 0, 0};
	creel_future *f = creel_future_create();

	ck_assert_int_eq(creel_parallel_for(NULL, 0, 1, 0, count, &j), CREEL_EINVAL);
	ck_assert_int_eq(creel_parallel_for(pool, 0, 1, 0, NULL, &j), CREEL_EINVAL);
	ck_assert_int_eq(creel_parallel_for(pool, 1, 0, 0, count, &j), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_future_on_done(f, run_in_callback, &j), CREEL_OK);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(j.status, CREEL_EDEADLK);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	run(&j);
	ck_assert_int_eq(j.status, CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	ck_assert_int_eq(atomic_load(&j.calls), 0);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.facade.parallel", each_number_once, in_parallel, from_tasks, several_at_once,
	caller_is_cancelled, cancelled_too_late, pool_is_cancelled, refused)
