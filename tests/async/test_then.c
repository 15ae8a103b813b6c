/* SPDX-License-Identifier: MIT */
/* test_then.c: continuations: what they are told, where they run, what is passed on, what is refused. */
#include "async/continued.h"
#include "future/made.h"
#include "loop/loops.h"
#include "support/counting.h"
#include "support/suite.h"

/* 2.1 ".then chains": called with the value when that is there, on the pool that was chosen, whoever ends the future */
START_TEST(runs_with_the_value)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();
	told t = {.calls = 0};
	creel_future *next = creel_then(pool, f, note_told, &t);

	settle(pool);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
	ck_assert_int_eq(creel_future_status(next), CREEL_EPENDING);
	succeed(f, 5);
	ck_assert_int_eq(take_number(next), 6);
	ck_assert_int_eq(atomic_load(&t.calls), 1);
	expect_value(&t.outcome, 5);
	ck_assert_ptr_eq(t.pool, pool);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(of_a_done_one)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();
	told t = {.calls = 0};

	succeed(f, 5);
	ck_assert_int_eq(take_number(creel_then(pool, f, note_told, &t)), 6);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* On a loop: in a turn to come, also when the future is done already. */
START_TEST(runs_on_a_loop)
{
	creel_loop *loop = loop_without_thread();
	creel_future *f = creel_future_create();
	told t = {.calls = 0};
	creel_future *next = creel_loop_then(loop, f, note_told, &t);

	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	succeed(f, 5);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_ptr_eq(t.loop, loop);
	ck_assert_int_eq(take_number(next), 6);
	next = creel_loop_then_with(loop, f, NULL, note_told, &t);
	ck_assert_int_eq(atomic_load(&t.calls), 1);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(take_number(next), 6);
	creel_future_unref(f);
	creel_loop_destroy(loop);
}
END_TEST

/* A failure is passed on: the function is not called, the error is the same, the argument is dropped. */
START_TEST(error_is_passed_on)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();
	told t = {.calls = 0};
	creel_future *next = then_drops(pool, f, note_told, &t);

	fail_with(f, 5);
	ck_assert_int_eq(creel_future_status(next), CREEL_EFAILED);
	ck_assert_ptr_eq(creel_future_error(next), creel_future_error(f));
	creel_future_unref(f);
	ck_assert_int_eq(creel_future_error(next)->code, 5);
	ck_assert_int_eq(creel_await(next, NULL), CREEL_EFAILED);
	creel_future_unref(next);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
}
END_TEST

/* And so is a cancellation. */
START_TEST(cancellation_is_passed_on)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();
	told t = {.calls = 0};
	creel_future *next = then_drops(pool, f, note_told, &t);

	creel_future_cancel(f);
	ck_assert_int_eq(creel_future_status(next), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_error(next)->code, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_cancel(next), CREEL_CANCEL_ALREADY);
	creel_future_unref(f);
	creel_future_unref(next);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
	ck_assert_int_eq(atomic_load(&t.drops), 1);
}
END_TEST

/* CREEL_THEN_ALWAYS: the function is told of them, and ends as it likes. */
START_TEST(told_of_everything)
{
	creel_pool *pool = pool_of(1);
	creel_future *f[3];
	told t[3] = {{.calls = 0}};

	count_reports();
	promises_make(f, 3);
	succeed(f[0], 5);
	fail_with(f[1], 6);
	creel_future_cancel(f[2]);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(take_number(then_always(pool, f[i], note_told, &t[i])), i ? 1 : 6);
	expect_value(&t[0].outcome, 5);
	ck_assert_int_eq(t[1].outcome.status, CREEL_EFAILED);
	ck_assert_ptr_null(t[1].outcome.value);
	ck_assert_int_eq(creel_future_error(f[1])->code, 6);
	ck_assert_ptr_eq(t[1].outcome.error, creel_future_error(f[1]));
	expect_error(&t[2].outcome, CREEL_ECANCELLED, CREEL_ECANCELLED);
	creel_futures_unref(f, 3);
	creel_pool_destroy(pool);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(atomic_load(&t[i].drops), 1);
}
END_TEST

static creel_future *awaited;

static void *
await_other(const creel_outcome *outcome, void *arg)
{
	(void)outcome, (void)arg;
	return pointer_of(creel_await(awaited, NULL));
}

/* It is a task: it may suspend. */
START_TEST(may_await)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create(), *next;

	awaited = creel_future_create();
	next = creel_then(pool, f, await_other, NULL);
	succeed(f, 1);
	settle(pool);
	ck_assert_int_eq(creel_future_status(next), CREEL_EPENDING);
	succeed(awaited, 1);
	ck_assert_int_eq(take_number(next), CREEL_OK);
	creel_future_unref(awaited);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

static void *
await_self(const creel_outcome *outcome, void *arg)
{
	(void)outcome, (void)arg;
	return pointer_of(creel_await(creel_current(), NULL) == CREEL_EDEADLK &&
			  creel_await(awaited, NULL) == CREEL_EDEADLK);
}

/* The future is the running task's own: to await it is to await itself. */
START_TEST(is_the_current_task)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();

	awaited = creel_then(pool, f, await_self, NULL);
	succeed(f, 1);
	ck_assert_int_eq(take_number(awaited), true);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* A chain on two pools and a loop: each is told what the one before has returned. */
START_TEST(chain)
{
	creel_pool *pools[2] = {pool_of(1), pool_of(2)};
	creel_loop *loop = loop_with_thread();
	creel_future *f = creel_future_create(), *next[3];
	told t[3] = {{.calls = 0}};

	next[0] = creel_then(pools[0], f, note_told, &t[0]);
	next[1] = creel_loop_then(loop, next[0], note_told, &t[1]);
	next[2] = creel_then(pools[1], next[1], note_told, &t[2]);
	creel_futures_unref(next, 2);
	succeed(f, 1);
	creel_future_unref(f);
	ck_assert_int_eq(take_number(next[2]), 4);
	ck_assert_ptr_eq(t[0].pool, pools[0]);
	ck_assert_ptr_eq(t[1].loop, loop);
	ck_assert_ptr_eq(t[2].pool, pools[1]);
	creel_loop_destroy(loop);
	creel_pool_destroy(pools[0]);
	creel_pool_destroy(pools[1]);
}
END_TEST

/* The future's value is there for the call; then the future is let go of, though the continuation lives. */
START_TEST(future_is_let_go_of)
{
	creel_pool *pool = pool_of(1);
	made m;
	creel_future *f = made_promise(&m), *tail = creel_future_ref(f);
	told t = {.calls = 0};

	for (int i = 0; i < 3; i++) {
		creel_future *next = creel_then(pool, tail, note_told, &t);

		creel_future_unref(tail);
		tail = next;
	}
	creel_future_unref(f);
	creel_future_set_result(f, number(1));
	ck_assert_int_eq(creel_await(tail, NULL), CREEL_OK);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(take_number(tail), 4);
	creel_pool_destroy(pool);
}
END_TEST

#define DEPTH 100000

/* An error goes through a chain of any length, of which only what has it is kept. */
START_TEST(error_through_a_deep_chain)
{
	const bool counts = creel_set_allocator(&counting_allocator) == CREEL_OK;
	creel_pool *pool = pool_of(1);
	made m;
	creel_future *f = made_promise(&m), *tail = creel_future_ref(f);
	const int before = counting_blocks();
	told t = {.calls = 0};

	ck_assert(counts);
	for (size_t i = 0; i < DEPTH; i++) {
		creel_future *next = then_drops(pool, tail, note_told, &t);

		creel_future_unref(tail);
		tail = next;
	}
	fail_with(f, 5);
	creel_future_unref(f);
	ck_assert_int_eq(atomic_load(&t.drops), DEPTH);
	ck_assert_int_eq(creel_await(tail, NULL), CREEL_EFAILED);
	ck_assert_int_eq(m.destroyed, 0);
	ck_assert_int_le(counting_blocks(), before + 3); /* the last, the error, what awaits */
	expect_refused(tail, 5);
	ck_assert_int_eq(m.destroyed, 1);
	creel_pool_destroy(pool);
}
END_TEST

/* To look at what was passed on is to look at it; if nobody does it is reported once, by whose it is. */
START_TEST(looked_at_through_another)
{
	creel_pool *pool = pool_of(1);

	for (int look = 0; look < 2; look++) {
		creel_future *f = creel_future_create(), *next[2];
		told t = {.calls = 0};

		count_reports();
		next[0] = creel_then(pool, f, note_told, &t);
		next[1] = creel_then(pool, next[0], note_told, &t);
		fail_with(f, 5);
		if (look)
			ck_assert_int_eq(creel_future_error(next[1])->code, 5);
		creel_futures_unref(next, 2);
		creel_future_unref(f);
		ck_assert_int_eq(atomic_load(&reported), !look);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* Its own error is its own. */
START_TEST(fails_by_itself)
{
	creel_pool *pool = pool_of(1);

	for (int look = 0; look < 2; look++) {
		creel_future *f = creel_future_create();
		told t = {.calls = 0};
		creel_future *next = then_always(pool, f, note_and_fail, &t);

		count_reports();
		fail_with(f, 5);
		settle(pool);
		ck_assert_int_eq(creel_future_status(next), CREEL_EFAILED);
		if (look)
			ck_assert_int_eq(creel_future_error(next)->code, 40);
		creel_future_unref(next);
		creel_future_unref(f);
		ck_assert_int_eq(atomic_load(&reported), !look); /* the first was told of */
	}
	creel_pool_destroy(pool);
}
END_TEST

/* An error that was handled, in a gather: nothing is left to report. */
START_TEST(handles_a_gather)
{
	creel_pool *pool = pool_of(1);
	creel_future *f[2], *whole;
	told t = {.calls = 0};

	count_reports();
	promises_make(f, 2);
	whole = creel_gather(f, 2, CREEL_RETURN_EXCEPTIONS);
	fail_with(f[0], 5);
	succeed(f[1], 1);
	creel_take(creel_then(pool, whole, note_told, &t), NULL);
	creel_pool_destroy(pool);
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
	ck_assert_int_eq(atomic_load(&reported), 0);
}
END_TEST

static int values_dropped;

static void
drop_value(void *value)
{
	ck_assert_ptr_eq(value, number(6));
	values_dropped++;
}

/* Options: a value that nobody takes is dropped, one that is taken is not; the name is for diagnostics. */
START_TEST(result_drop)
{
	creel_then_options options = CREEL_THEN_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create(), *next;
	told t = {.calls = 0};

	options.name = "a continuation with a name that is longer than fits";
	options.result_drop = drop_value;
	succeed(f, 5);
	ck_assert_int_eq(take_number(creel_then_with(pool, f, &options, note_told, &t)), 6);
	ck_assert_int_eq(values_dropped, 0);
	next = creel_then_with(pool, f, &options, note_told, &t);
	ck_assert_int_eq(creel_await(next, NULL), CREEL_OK);
	creel_future_unref(f);
	creel_pool_destroy(pool);
	creel_future_unref(next);
	ck_assert_int_eq(values_dropped, 1);
}
END_TEST

static creel_future *
with_flags(creel_pool *pool, creel_loop *loop, creel_future *f, uint32_t flags, told *t)
{
	creel_then_options options = CREEL_THEN_OPTIONS_INIT;

	options.flags = flags;
	options.arg_drop = drop_told;
	return loop != NULL ? creel_loop_then_with(loop, f, &options, note_told, t)
			    : creel_then_with(pool, f, &options, note_told, t);
}

/* The argument's destructor runs once, whatever is wrong. */
START_TEST(refused)
{
	creel_then_options unknown = CREEL_THEN_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	creel_loop *loop = loop_without_thread();
	made m;
	creel_future *f = made_promise(&m);
	told t = {.calls = 0};

	unknown.size = 0;
	expect_refused(creel_then(NULL, f, note_told, &t), CREEL_EINVAL);
	expect_refused(creel_then(pool, NULL, note_told, &t), CREEL_EINVAL);
	expect_refused(creel_then(pool, f, NULL, &t), CREEL_EINVAL);
	expect_refused(creel_then_with(pool, f, &unknown, note_told, &t), CREEL_EINVAL);
	expect_refused(creel_loop_then(NULL, f, note_told, &t), CREEL_EINVAL);
	expect_refused(creel_loop_then(loop, NULL, note_told, &t), CREEL_EINVAL);
	expect_refused(creel_loop_then(loop, f, NULL, &t), CREEL_EINVAL);
	expect_refused(creel_loop_then_with(loop, f, &unknown, note_told, &t), CREEL_EINVAL);
	expect_refused(with_flags(pool, NULL, f, 2, &t), CREEL_EINVAL);
	expect_refused(with_flags(NULL, loop, f, ~UINT32_C(0), &t), CREEL_EINVAL);
	ck_assert_int_eq(atomic_load(&t.drops), 2);
	expect_refused(with_flags(NULL, NULL, f, 0, &t), CREEL_EINVAL);
	expect_refused(with_flags(pool, NULL, NULL, 0, &t), CREEL_EINVAL);
	ck_assert_int_eq(atomic_load(&t.drops), 4);
	ck_assert_uint_eq(made_linked(f), 0);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&t.calls), 0);
}
END_TEST

CREEL_SUITE("creel.async.then", runs_with_the_value, of_a_done_one, runs_on_a_loop,
	error_is_passed_on, cancellation_is_passed_on, told_of_everything, may_await,
	is_the_current_task, chain, future_is_let_go_of, error_through_a_deep_chain,
	looked_at_through_another, fails_by_itself, handles_a_gather, result_drop, refused)
