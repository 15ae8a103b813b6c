/* SPDX-License-Identifier: MIT */
/* test_reduce.c: creel_parallel_reduce: every number once, in order, wherever it is called. */
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>
#include <string.h>

/* What has been put together: a range without holes, and its sum. */
typedef struct run {
	size_t begin, end; /* begin == end: nothing yet */
	uint64_t sum;
	bool broken;
} run;

static atomic_int combined;
static gate *hold; /* where the body waits once it has begun; NULL: nowhere */

static void
put_behind(run *to, size_t begin, size_t end, uint64_t sum, bool broken)
{
	if (to->begin == to->end)
		to->begin = begin;
	else if (to->end != begin)
		to->broken = true;
	to->end = end;
	to->sum += sum;
	to->broken |= broken || begin >= end;
}

static void
body(size_t begin, size_t end, void *acc, void *ctx)
{
	uint64_t sum = 0;

	if (hold != NULL)
		gate_pass(hold);
	for (size_t i = begin; i < end; i++)
		sum += i * *(const uint64_t *)ctx;
	put_behind(acc, begin, end, sum, false);
}

static void
combine(void *acc, const void *other, void *ctx)
{
	const run *behind = other;

	(void)ctx;
	atomic_fetch_add(&combined, 1);
	if (behind->begin != behind->end)
		put_behind(acc, behind->begin, behind->end, behind->sum, behind->broken);
}

typedef struct job {
	creel_pool *pool;
	size_t begin, end, grain;
	run out;
	creel_status status, next;
} job;

/* As a thread, or a task. */
static void *
reduce(void *arg)
{
	static const run nothing;
	static uint64_t factor = 3;
	job *j = arg;

	j->status = creel_parallel_reduce(j->pool, j->begin, j->end, j->grain, body, combine,
		&nothing, sizeof nothing, &j->out, &factor);
	j->next = creel_sleep(0);
	return NULL;
}

static void
expect_whole(const job *j)
{
	const uint64_t n = j->end - j->begin;

	ck_assert_int_eq(j->status, CREEL_OK);
	ck_assert(!j->out.broken);
	ck_assert_uint_eq(j->out.end - j->out.begin, n);
	ck_assert_uint_eq(j->out.sum, n == 0 ? 0 : 3 * (n * j->begin + n * (n - 1) / 2));
}

START_TEST(each_number_once_and_in_order)
{
	static const size_t sizes[] = {0, 1, 2, 3, 17, 1000, 100003};
	static const size_t grains[] = {0, 1, 7, SIZE_MAX};

	for (unsigned workers = 1; workers <= 4; workers++) {
		creel_pool *pool = pool_of(workers);

		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
			for (size_t k = 0; k < sizeof grains / sizeof *grains; k++) {
				job j = {.pool = pool,
					.begin = 5,
					.end = 5 + sizes[i],
					.grain = grains[k]};

				reduce(&j);
				expect_whole(&j);
			}
		creel_pool_destroy(pool);
	}
}
END_TEST

/* Whoever has nothing to do takes part: two stretches run at the same time. */
START_TEST(in_parallel)
{
	creel_pool *pool = pool_of(2);
	gate both = GATE_INIT;
	job j = {.pool = pool, .begin = 0, .end = 2, .grain = 1};
	pthread_t thread;

	hold = &both;
	atomic_store(&combined, 0);
	pthread_create(&thread, NULL, reduce, &j);
	gate_await_arrivals(&both, 2);
	gate_open(&both);
	pthread_join(thread, NULL);
	expect_whole(&j);
	ck_assert_int_eq(atomic_load(&combined), 1);
	creel_pool_destroy(pool);
}
END_TEST

/* From the only worker of the pool itself, from a loop, and from several workers at a time. */
START_TEST(from_tasks)
{
	creel_pool *pool = pool_of(2), *one = pool_of(1);
	creel_loop *loop = creel_loop_create(NULL);
	job j = {.pool = one, .end = 1000}, several[4];
	creel_future *tasks[4];

	ck_assert_int_eq(creel_pool_run(one, reduce, &j, NULL), CREEL_OK);
	expect_whole(&j);
	j = (job){.pool = pool, .end = 1000};
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, reduce, &j), NULL), CREEL_OK);
	expect_whole(&j);
	for (int i = 0; i < 4; i++) {
		several[i] = (job){.pool = pool, .end = 20000, .grain = 1};
		tasks[i] = creel_submit(pool, reduce, &several[i]);
	}
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		expect_whole(&several[i]);
	}
	creel_loop_destroy(loop);
	creel_pool_destroy(one);
	creel_pool_destroy(pool);
}
END_TEST

/* The caller was asked to end: what had not begun is left out, and out is untouched. */
static void
cancel_while_held(creel_pool *pool, creel_pool *callers)
{
	gate here = GATE_INIT;
	job j = {.pool = pool, .end = 100, .grain = 1, .out.sum = 17};
	creel_future *task;

	hold = &here;
	task = creel_submit(callers, reduce, &j);
	gate_await_arrivals(&here, 1);
	if (callers != pool)
		settle(callers); /* it waits */
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	if (callers != pool)
		settle(callers); /* it has asked the others */
	gate_open(&here);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(j.status, CREEL_ECANCELLED);
	ck_assert_int_eq(j.next, CREEL_OK); /* it has been told */
	ck_assert_uint_eq(j.out.sum, 17);
}

START_TEST(caller_is_cancelled)
{
	creel_pool *pool = pool_of(1), *callers = pool_of(1);

	cancel_while_held(pool, callers);
	cancel_while_held(pool, pool);
	creel_pool_destroy(callers);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(refused)
{
	creel_pool *pool = pool_of(1);
	const run zero = {0, 0, 0, false};
	run out = zero;

#define TRY(pool, begin, body, combine, identity, size, out) \
	creel_parallel_reduce(pool, begin, 1, 0, body, combine, identity, size, out, NULL)
	ck_assert_int_eq(TRY(NULL, 0, body, combine, &zero, sizeof out, &out), CREEL_EINVAL);
	ck_assert_int_eq(TRY(pool, 2, body, combine, &zero, sizeof out, &out), CREEL_EINVAL);
	ck_assert_int_eq(TRY(pool, 0, NULL, combine, &zero, sizeof out, &out), CREEL_EINVAL);
	ck_assert_int_eq(TRY(pool, 0, body, NULL, &zero, sizeof out, &out), CREEL_EINVAL);
	ck_assert_int_eq(TRY(pool, 0, body, combine, NULL, sizeof out, &out), CREEL_EINVAL);
	ck_assert_int_eq(TRY(pool, 0, body, combine, &zero, 0, &out), CREEL_EINVAL);
	ck_assert_int_eq(TRY(pool, 0, body, combine, &zero, sizeof out, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(TRY(pool, 0, body, combine, &zero, sizeof out, &out), CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.facade.reduce", each_number_once_and_in_order, in_parallel, from_tasks,
	caller_is_cancelled, refused)
