/* SPDX-License-Identifier: MIT */
/* test_on_done.c: a future's callback that is called on a loop, in a turn of its own. */
#include "loop/loops.h"
#include "support/scale.h"
#include "support/suite.h"

typedef struct told {
	atomic_int times;
	creel_future *future;
	creel_status status;
	creel_loop *loop;
	creel_status waited;
} told;

static void
tell(creel_future *future, void *arg)
{
	told *t = arg;

	t->future = future;
	t->status = creel_future_status(future);
	t->loop = creel_current_loop();
	t->waited = creel_sleep(1);
	atomic_fetch_add(&t->times, 1);
}

/* 1.3 "add_done_callback": in the next turn, never before it returns, done or not */
START_TEST(called_in_a_turn_of_its_own)
{
	creel_loop *loop = loop_without_thread();
	creel_future *f = creel_future_create();
	told before = {.times = 0}, after = {.times = 0};

	ck_assert_int_eq(creel_loop_on_done(loop, f, tell, &before), CREEL_OK);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_loop_on_done(loop, f, tell, &after), CREEL_OK);
	ck_assert_int_eq(atomic_load(&before.times), 0);
	ck_assert_int_eq(atomic_load(&after.times), 0);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(atomic_load(&before.times), 1);
	ck_assert_int_eq(atomic_load(&after.times), 1);
	ck_assert_ptr_eq(before.future, f);
	ck_assert_ptr_eq(before.loop, loop);
	ck_assert_int_eq(before.status, CREEL_OK);
	ck_assert_int_eq(before.waited, CREEL_EDEADLK); /* a callback cannot wait */
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_future_unref(f);
	creel_loop_destroy(loop);
}
END_TEST

static void
tell_letter(creel_future *future, void *arg)
{
	(void)future;
	note(arg);
}

START_TEST(in_the_order_of_adding)
{
	creel_loop *loop = loop_without_thread();
	creel_future *f = creel_future_create();

	for (int i = 'a'; i <= 'e'; i++)
		creel_loop_on_done(loop, f, tell_letter, pointer_of(i));
	creel_future_cancel(f);
	creel_call_soon(loop, note, pointer_of('z'), NULL);
	creel_future_unref(f); /* the callbacks hold it */
	run_out(loop);
	ck_assert_str_eq(noted, "abcdez");
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(bad_arguments)
{
	creel_loop *loop = loop_without_thread();
	creel_future *f = creel_future_create();

	ck_assert_int_eq(creel_loop_on_done(NULL, f, tell_letter, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_on_done(loop, NULL, tell_letter, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_on_done(loop, f, NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_future_unref(f);
	creel_loop_destroy(loop);
}
END_TEST

/* 1.14 "loop closes while the job runs": a completion after the close is not told, and frees what it
 * has */
START_TEST(a_closed_loop_is_not_told)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);
		creel_future *f = creel_future_create(), *forgotten = creel_future_create();
		told t = {.times = 0};

		creel_loop_on_done(loop, f, tell, &t);
		creel_loop_on_done(loop, forgotten, tell, &t);
		creel_loop_destroy(loop);
		creel_future_set_result(f, NULL);
		ck_assert_int_eq(atomic_load(&t.times), 0);
		creel_future_unref(f);
		creel_future_unref(forgotten); /* it never ends */
	}
}
END_TEST

/* 1.14 "completion": a pool's task is told to the loop by one hop */
START_TEST(told_by_a_pool)
{
	enum { N = 200 };
	creel_loop *loop = loop_with_thread();
	creel_pool *pool = pool_of(2);
	static told t[N];

	for (int i = 0; i < N; i++) {
		creel_future *task = creel_submit(pool, same, NULL);

		ck_assert_int_eq(creel_loop_on_done(loop, task, tell, &t[i]), CREEL_OK);
		creel_future_unref(task);
	}
	for (int i = 0; i < N; i++)
		spin_until(&t[i].times, 1);
	settle_loop(loop);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(atomic_load(&t[i].times), 1);
		ck_assert_ptr_eq(t[i].loop, loop);
		ck_assert_int_eq(t[i].status, CREEL_OK);
	}
	creel_pool_destroy(pool);
	creel_loop_destroy(loop);
}
END_TEST

static void
count_done(creel_future *future, void *arg)
{
	(void)future;
	add_one(arg);
}

/* 3.15 "run_in_executor_cancel": futures that end while the loop closes: no call after it */
START_TEST(ends_meet_the_close)
{
	enum { N = 64 };
	creel_pool *pool = pool_of(2);

	for (int round = 0; round < SCALE_TIMES(200); round++) {
		creel_loop *loop = loop_with_thread();
		atomic_int called = 0;
		int after;

		for (int i = 0; i < N; i++) {
			creel_future *task = creel_submit(pool, same, NULL);

			creel_loop_on_done(loop, task, count_done, &called);
			creel_future_unref(task);
		}
		creel_loop_close(loop, CREEL_FOREVER);
		after = atomic_load(&called);
		creel_pool_wait_idle(pool, CREEL_FOREVER);
		ck_assert_int_eq(atomic_load(&called), after);
		creel_loop_destroy(loop);
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.loop.on_done", called_in_a_turn_of_its_own, in_the_order_of_adding,
	bad_arguments, a_closed_loop_is_not_told, told_by_a_pool, ends_meet_the_close)
