/* SPDX-License-Identifier: MIT */
/* test_then_end.c: continuations that are cancelled, and those whose pool or loop has gone. */
#include "async/continued.h"
#include "future/made.h"
#include "loop/loops.h"
#include "support/scale.h"
#include "support/suite.h"

/* Before its future has ended: at once; it is detached, and the future goes on. */
START_TEST(cancelled_while_pending)
{
	creel_pool *pool = pool_of(1);
	made m;
	creel_future *f = made_promise(&m);
	told t = {.calls = 0};
	creel_future *next = then_always(pool, f, note_told, &t);

	ck_assert_uint_eq(made_linked(f), 1);
	ck_assert_int_eq(creel_future_cancel(next), CREEL_CANCEL_NOW);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
	ck_assert_uint_eq(made_linked(f), 0);
	ck_assert_int_eq(creel_future_cancel(next), CREEL_CANCEL_ALREADY);
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	succeed(f, 1);
	settle(pool);
	ck_assert_int_eq(creel_await(next, NULL), CREEL_ECANCELLED);
	creel_future_unref(next);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
	creel_pool_destroy(pool);
}
END_TEST

/* When it is queued it never runs. */
START_TEST(cancelled_while_queued)
{
	creel_pool *pool = pool_of(1);
	gate g = GATE_INIT;
	creel_future *f = creel_future_create(), *busy = creel_submit(pool, gate_task, &g), *next;
	told t = {.calls = 0};

	gate_await_arrivals(&g, 1);
	next = then_always(pool, f, note_told, &t);
	succeed(f, 1);
	ck_assert_int_eq(creel_future_status(next), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_cancel(next), CREEL_CANCEL_NOW);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
	gate_open(&g);
	settle(pool);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
	creel_future_unref(next);
	creel_future_unref(busy);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* When it runs it is asked; when it has ended it is too late. */
START_TEST(cancelled_while_running)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();
	told t = {.calls = 0};
	creel_future *next = then_always(pool, f, note_and_sleep, &t);

	succeed(f, 1);
	settle(pool);
	ck_assert_int_eq(atomic_load(&t.calls), 1);
	ck_assert_int_eq(creel_future_cancel(next), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(next, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
	creel_future_unref(next);
	next = then_always(pool, f, note_told, &t);
	ck_assert_int_eq(creel_await(next, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(next), CREEL_CANCEL_TOO_LATE);
	creel_future_unref(next);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* A cancel at the end of a chain goes no further; one at its beginning is passed on. */
START_TEST(cancelled_in_a_chain)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create(), *next[3];
	told t = {.calls = 0};

	next[0] = creel_then(pool, f, note_told, &t);
	next[1] = creel_then(pool, next[0], note_told, &t);
	next[2] = creel_then(pool, next[1], note_told, &t);
	ck_assert_int_eq(creel_future_cancel(next[1]), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_status(next[2]), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(next[0]), CREEL_EPENDING);
	succeed(f, 1);
	ck_assert_int_eq(creel_await(next[0], NULL), CREEL_OK);
	creel_futures_unref(next, 3);
	creel_future_unref(f);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&t.calls), 1);
}
END_TEST

/* Let go of at once it runs all the same. */
START_TEST(dropped)
{
	creel_pool *pool = pool_of(1);
	made m;
	creel_future *f = made_promise(&m);
	told t = {.calls = 0};

	creel_future_unref(then_drops(pool, f, note_told, &t));
	creel_future_ref(f);
	creel_future_unref(f);
	succeed(f, 1);
	creel_future_unref(f);
	settle(pool);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(atomic_load(&t.calls), 1);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
	creel_pool_destroy(pool);
}
END_TEST

/* A pool that is shut down refuses it when the future ends, and does not wait for it before. */
START_TEST(pool_has_been_shut_down)
{
	creel_pool *pool = pool_of(1);
	creel_future *f[2], *next[2];
	told t = {.calls = 0};

	promises_make(f, 2);
	for (int i = 0; i < 2; i++)
		next[i] = then_drops(pool, f[i], note_told, &t);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	succeed(f[0], 1);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
	expect_refused(next[0], CREEL_ECLOSED);
	expect_refused(creel_then(pool, f[0], note_told, &t), CREEL_ECLOSED);
	fail_with(f[1], 4); /* it would not have run */
	expect_refused(next[1], 4);
	creel_pool_destroy(pool);
	creel_futures_unref(f, 2);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
}
END_TEST

/* One that has gone, though there are others that have been made since: it is not run by them. */
START_TEST(pool_has_gone)
{
	enum { ROUNDS = 20 };
	creel_future *f = creel_future_create(), *next[ROUNDS];
	creel_pool *pool = NULL;
	told t = {.calls = 0};

	for (int i = 0; i < ROUNDS; i++) {
		pool = pool_of(1);
		next[i] = then_drops(pool, f, note_told, &t);
		if (i < ROUNDS - 1)
			creel_pool_destroy(pool);
	}
	succeed(f, 1);
	for (int i = 0; i < ROUNDS - 1; i++)
		expect_refused(next[i], CREEL_ECLOSED);
	ck_assert_int_eq(take_number(next[ROUNDS - 1]), 2);
	ck_assert_int_eq(atomic_load(&t.calls), 1);
	ck_assert_int_eq(atomic_load(&t.drops), ROUNDS);
	creel_pool_destroy(pool);
	creel_future_unref(f);
}
END_TEST

static gate held = GATE_INIT;

static void *
pass_and_complete(void *arg)
{
	gate_pass(&held);
	creel_future_set_result(arg, number(1));
	return NULL;
}

/* What the pool's own tasks end while it drains is gone on with. */
START_TEST(pool_drains)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();
	told t = {.calls = 0};
	creel_future *next = creel_then(pool, f, note_told, &t);
	creel_future *task = creel_submit(pool, pass_and_complete, f);

	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	gate_open(&held);
	creel_pool_destroy(pool);
	ck_assert_int_eq(take_number(next), 2);
	creel_future_unref(task);
	creel_future_unref(f);
}
END_TEST

/* What is queued when a shutdown cancels all that is never runs. */
START_TEST(pool_cancels_the_queued)
{
	creel_pool *pool = pool_of(1);
	gate g = GATE_INIT;
	creel_future *f = creel_future_create(), *busy = creel_submit(pool, gate_task, &g), *next;
	told t = {.calls = 0};

	gate_await_arrivals(&g, 1);
	next = then_drops(pool, f, note_told, &t);
	succeed(f, 1);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_status(next), CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
	gate_open(&g);
	creel_pool_destroy(pool);
	creel_future_unref(next);
	creel_future_unref(busy);
	creel_future_unref(f);
}
END_TEST

/* A loop that has been closed, or has gone. */
START_TEST(loop_has_gone)
{
	for (int gone = 0; gone < 2; gone++) {
		creel_loop *loop = loop_without_thread();
		creel_future *f = creel_future_create();
		told t = {.calls = 0};
		creel_future *next = creel_loop_then(loop, f, note_told, &t);

		if (gone)
			creel_loop_destroy(loop);
		else
			ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
		succeed(f, 1);
		expect_refused(next, CREEL_ECLOSED);
		if (!gone) {
			expect_refused(creel_loop_then(loop, f, note_told, &t), CREEL_ECLOSED);
			creel_loop_destroy(loop);
		}
		ck_assert_int_eq(atomic_load(&t.calls), 0);
		creel_future_unref(f);
	}
}
END_TEST

static creel_future *contended, *continuation;
static creel_cancel_result answer;

static void *
cancel_it(void *arg)
{
	answer = creel_future_cancel(continuation);
	return arg;
}

/* A cancel against the end of the future: it runs, or is cancelled; its argument is dropped once. */
START_TEST(cancel_against_the_end)
{
	creel_pool *pool = pool_of(1);

	for (int round = 0; round < SCALE_TIMES(2000); round++) {
		told t = {.calls = 0};
		pthread_t thread;
		creel_status status;

		contended = creel_future_create();
		continuation = then_drops(pool, contended, note_told, &t);
		ck_assert_int_eq(pthread_create(&thread, NULL, cancel_it, NULL), 0);
		succeed(contended, 1);
		pthread_join(thread, NULL);
		status = creel_await(continuation, NULL);
		if (answer == CREEL_CANCEL_NOW)
			ck_assert_int_eq(status, CREEL_ECANCELLED);
		else
			ck_assert_int_eq(status, CREEL_OK);
		ck_assert_int_eq(atomic_load(&t.calls), status == CREEL_OK);
		ck_assert_int_eq(atomic_load(&t.drops), 1);
		creel_future_unref(continuation);
		creel_future_unref(contended);
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.then_end", cancelled_while_pending, cancelled_while_queued,
	cancelled_while_running, cancelled_in_a_chain, dropped, pool_has_been_shut_down,
	pool_has_gone, pool_drains, pool_cancels_the_queued, loop_has_gone, cancel_against_the_end)
