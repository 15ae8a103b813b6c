/* SPDX-License-Identifier: MIT */
/* test_take.c: creel_take: the value moves to the caller, the reference goes. */
#include "future/future.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>

static unsigned
references(creel_future *future)
{
	return crl_load(&future->refs, acquire);
}

static void *
failing(void *arg)
{
	return creel_fail(EIO, "out of %s", (const char *)arg);
}

/* 1.2 "result() many times": creel_take() moves it out once; ESTATE for who comes later */
START_TEST(the_value_moves_once)
{
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit(pool, same, &pool);
	creel_future *other = creel_future_ref(task), *third = creel_future_ref(task);
	void *value = NULL, *none = &none;

	ck_assert_int_eq(creel_take(task, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &pool);
	ck_assert_int_eq(creel_take(other, &none), CREEL_ESTATE);
	ck_assert_int_eq(creel_await(third, &none), CREEL_ESTATE);
	ck_assert_int_eq(creel_await_for(third, 0, &none), CREEL_ESTATE);
	ck_assert_int_eq(creel_wait_for(third, 0, &none), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_result(third, &none), CREEL_ESTATE);
	ck_assert_ptr_eq(none, &none);
	ck_assert_int_eq(creel_future_status(third), CREEL_OK);
	settle(pool);
	ck_assert_uint_eq(references(third), 1);
	creel_future_unref(third);
	creel_pool_destroy(pool);
}
END_TEST

static void
ck_take(creel_future *future, creel_status expected)
{
	const unsigned before = references(future);
	void *value = &value;

	ck_assert_int_eq(creel_take(creel_future_ref(future), &value), expected);
	ck_assert_uint_eq(references(future), before);
	ck_assert_ptr_eq(value, &value);
}

START_TEST(the_reference_goes_whatever_the_answer)
{
	creel_pool *pool = pool_of(1);
	creel_future *failed = creel_submit(pool, failing, (char[]){"paper"});
	creel_future *pending = creel_future_create(), *cancelled = creel_future_create();

	creel_future_cancel(cancelled);
	settle(pool);
	ck_take(failed, CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, EIO);
	ck_take(cancelled, CREEL_ECANCELLED);
	creel_no_suspend_enter();
	ck_take(pending, CREEL_EDEADLK);
	creel_no_suspend_leave();
	ck_assert_int_eq(creel_take(NULL, NULL), CREEL_EINVAL);
	creel_future_unref(failed);
	creel_future_unref(pending);
	creel_future_unref(cancelled);
	creel_pool_destroy(pool);
}
END_TEST

/* Where there is no place to put it nobody takes the value. */
START_TEST(without_a_place_for_it_the_value_stays)
{
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit(pool, same, &pool);
	void *value = NULL;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_take(creel_future_ref(task), NULL), CREEL_OK);
	settle(pool);
	ck_assert_uint_eq(references(task), 1);
	ck_assert_int_eq(creel_take(task, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &pool);
	creel_pool_destroy(pool);
}
END_TEST

/* A task whose creel_take() cannot wait loses the handle; what it should have taken goes on. */
static atomic_int runs;

static void *
run(void *arg)
{
	atomic_fetch_add(&runs, 1);
	return arg;
}

static void *
take_unsuspended(void *arg)
{
	creel_status status;

	creel_no_suspend_enter();
	status = creel_take(creel_submit(arg, run, NULL), NULL);
	creel_no_suspend_leave();
	return pointer_of(status);
}

START_TEST(a_take_that_cannot_wait_detaches)
{
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(take_number(creel_submit(pool, take_unsuspended, pool)), CREEL_EDEADLK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&runs), 1);
}
END_TEST

static void *
take_it(void *arg)
{
	return pointer_of(creel_take(arg, NULL));
}

/* The same when the caller is cancelled: it has let go, the future is not disturbed. */
START_TEST(a_cancelled_take_detaches)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *task = creel_submit(pool, take_it, creel_future_ref(promise));

	settle(pool);
	ck_assert_uint_eq(references(promise), 2);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(take_number(task), CREEL_ECANCELLED);
	ck_assert_uint_eq(references(promise), 1);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* As a task or a thread: take, and count who got it. */
typedef struct contest {
	creel_future *future;
	atomic_int waiting, won, lost;
} contest;

static void *
compete(void *arg)
{
	contest *c = arg;
	void *value = NULL;
	creel_status status;

	atomic_fetch_add(&c->waiting, 1);
	status = creel_take(c->future, &value);
	if (status == CREEL_OK && value == c)
		atomic_fetch_add(&c->won, 1);
	else if (status == CREEL_ESTATE && value == NULL)
		atomic_fetch_add(&c->lost, 1);
	return NULL;
}

START_TEST(one_of_many_gets_the_value)
{
	enum { N = 6 };
	creel_pool *pool = pool_of(2);

	for (int round = 0; round < SCALE_TIMES(2000); round++) {
		contest c = {.future = creel_future_create()};
		creel_future *tasks[N], *promise = creel_future_ref(c.future);

		for (int i = 0; i < N; i++) {
			creel_future_ref(c.future);
			tasks[i] = creel_submit(pool, compete, &c);
		}
		if (round % 2)
			spin_until(&c.waiting, N);
		ck_assert_int_eq(creel_future_set_result(promise, &c), CREEL_OK);
		compete(&c);
		for (int i = 0; i < N; i++)
			ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(atomic_load(&c.won), 1);
		ck_assert_int_eq(atomic_load(&c.lost), N);
		ck_assert_uint_eq(references(promise), 1);
		creel_future_unref(promise);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* From a thread, from tasks of the same and of another pool. */
START_TEST(anybody_takes)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	creel_pool *const from[] = {pool, other};

	for (int i = 0; i < 2; i++) {
		gate hold = GATE_INIT;
		creel_future *running = creel_submit(other, gate_task, &hold);
		creel_future *taker;

		gate_await_arrivals(&hold, 1);
		taker = creel_submit(from[i], take_it, running);
		if (i == 0)
			settle(pool);
		gate_open(&hold);
		ck_assert_int_eq(take_number(taker), CREEL_OK);
	}
	ck_assert_int_eq(creel_take(creel_submit(pool, same, NULL), NULL), CREEL_OK);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.take", the_value_moves_once, without_a_place_for_it_the_value_stays,
	the_reference_goes_whatever_the_answer, a_take_that_cannot_wait_detaches,
	a_cancelled_take_detaches, one_of_many_gets_the_value, anybody_takes)
