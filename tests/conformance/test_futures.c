/* SPDX-License-Identifier: MIT */
/* test_futures.c: CPython's cases of futures between loops, pools and threads, by their names there. */
#include "loop/loops.h"
#include "support/suite.h"

static creel_loop *loop, *other;
static creel_pool *pool;

static void
begin(void)
{
	loop = loop_with_thread();
	other = loop_with_thread();
	pool = pool_of(1);
}

static void
end(void)
{
	creel_loop_destroy(loop);
	creel_loop_destroy(other);
	creel_pool_destroy(pool);
}

static void *
make_future(void *arg)
{
	(void)arg;
	return creel_future_create();
}

static void *
set_to_42(void *arg)
{
	return pointer_of(creel_future_set_result(arg, pointer_of(42)));
}

static void *
await_value(void *arg)
{
	void *value = NULL;

	return creel_await(arg, &value) == CREEL_OK ? value : NULL;
}

/* Awaited by a task of each loop and one of the pool, which then completes it. */
static void
use_everywhere(creel_future *future)
{
	creel_future *const waiting[] = {creel_loop_submit(loop, await_value, future),
		creel_loop_submit(other, await_value, future),
		creel_submit(pool, await_value, future)};

	ck_assert_int_eq(creel_future_status(future), CREEL_EPENDING);
	ck_assert_int_eq(take_number(creel_submit(pool, set_to_42, future)), CREEL_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(take_number(waiting[i]), 42);
	creel_future_unref(future);
}

/* 3.5 "constructor_without_loop": made where there is no loop, it is as good on any */
START_TEST(constructor_without_loop)
{
	begin();
	use_everywhere(creel_future_create());
	end();
}
END_TEST

/* 3.5 "constructor_use_running_loop": made on a loop, or a worker, it is not bound to that
   3.5 "constructor_use_global_loop": likewise inside a run, which it outlives */
START_TEST(constructor_use_running_loop)
{
	void *made = NULL;

	begin();
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, make_future, NULL), &made), CREEL_OK);
	use_everywhere(made);
	ck_assert_int_eq(creel_take(creel_submit(pool, make_future, NULL), &made), CREEL_OK);
	use_everywhere(made);
	ck_assert_int_eq(creel_run(make_future, NULL, &made), CREEL_OK);
	use_everywhere(made);
	end();
}
END_TEST

/* What a task of a loop saw of one of a pool. */
typedef struct trip {
	pthread_t before, there, after;
	creel_loop *loop; /* where it came back */
	creel_pool *pool; /* where the other was */
	creel_status status;
	void *value;
} trip;

static void *
look_there(void *arg)
{
	trip *t = arg;

	t->there = pthread_self();
	t->pool = creel_current_pool();
	return pointer_of(7);
}

static void *
go_there(void *arg)
{
	trip *t = arg;

	t->before = pthread_self();
	t->status = creel_take(creel_submit(pool, look_there, t), &t->value);
	t->after = pthread_self();
	t->loop = creel_current_loop();
	return NULL;
}

/* 3.5 "wrap_future": the result of a pool's task comes to the loop, from another thread
   3.15 "run_in_executor": on another thread, and its value comes back */
START_TEST(wrap_future)
{
	trip t = {.loop = NULL};

	begin();
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, go_there, &t), NULL), CREEL_OK);
	ck_assert_int_eq(t.status, CREEL_OK);
	ck_assert_ptr_eq(t.value, pointer_of(7));
	ck_assert_ptr_eq(t.pool, pool);
	ck_assert_ptr_eq(t.loop, loop);
	ck_assert(!pthread_equal(t.before, t.there));
	ck_assert(pthread_equal(t.before, t.after));
	end();
}
END_TEST

/* Wait for the pool's task, and for its end if the waiter is cancelled. */
static void *
wait_and_pass_on(void *arg)
{
	return pointer_of(creel_wait_for(arg, CREEL_FOREVER, NULL));
}

/* 3.5 "wrap_future_cancel": who waits by creel_wait_for() passes its cancel on: the source is cancelled, never runs */
START_TEST(wrap_future_cancel)
{
	gate hold = GATE_INIT;
	creel_future *holding, *source, *waiter;

	begin();
	holding = creel_submit(pool, gate_task, &hold);
	source = creel_submit(pool, gate_task, &hold); /* behind it */
	waiter = creel_loop_submit(loop, wait_and_pass_on, source);
	settle_loop(loop);
	ck_assert_int_eq(creel_future_cancel(waiter), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(take_number(waiter), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(source), CREEL_ECANCELLED);
	gate_open(&hold);
	ck_assert_int_eq(creel_take(holding, NULL), CREEL_OK);
	settle(pool);
	ck_assert_int_eq(gate_arrived(&hold), 1);
	creel_future_unref(source);
	end();
}
END_TEST

/* 3.5 "wrap_future_cancel2": otherwise: the source is done: the cancel comes too late for it, and its value stays */
START_TEST(wrap_future_cancel2)
{
	gate hold = GATE_INIT;
	creel_future *source, *waiter;
	void *value = NULL;

	begin();
	source = creel_future_create();
	waiter = creel_loop_submit(loop, wait_and_pass_on, source);
	settle_loop(loop);
	creel_call_soon_threadsafe(loop, hold_loop, &hold, NULL);
	gate_await_arrivals(&hold, 1); /* the waiter cannot go on before both have happened */
	ck_assert_int_eq(creel_future_set_result(source, pointer_of(42)), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(waiter), CREEL_CANCEL_REQUESTED);
	gate_open(&hold);
	ck_assert_int_eq(take_number(waiter), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(source), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_take(source, &value), CREEL_OK);
	ck_assert_ptr_eq(value, pointer_of(42));
	end();
}
END_TEST

/* Three members, whatever the place: the second ends first. What it came to is the result. */
static void *
take_in_turn(void *arg)
{
	creel_future *f[2] = {creel_future_create(), creel_future_create()};
	creel_completions *queue = creel_as_completed(f, 2);
	creel_completion item;
	int seen = 0;

	for (int i = 1; i >= 0; i--) {
		creel_future_set_result(f[i], arg);
		if (creel_completions_next(queue, CREEL_FOREVER, &item) != CREEL_OK)
			continue;
		seen = 10 * seen + (int)item.index + 1;
		creel_future_unref(item.future);
	}
	if (creel_completions_next(queue, CREEL_FOREVER, &item) != CREEL_EEMPTY)
		seen = -1;
	creel_completions_destroy(queue);
	creel_futures_unref(f, 2);
	return pointer_of(seen);
}

/* 3.7 "as_completed_coroutine_without_loop": a plain thread has completions, too
   3.7 "as_completed_coroutine_use_running_loop": a task of a loop has
   3.7 "as_completed_coroutine_use_global_loop": and so have those of a pool and of a run */
START_TEST(as_completed_anywhere)
{
	void *seen = NULL;

	begin();
	ck_assert_ptr_eq(take_in_turn(NULL), pointer_of(21));
	ck_assert_int_eq(take_number(creel_loop_submit(loop, take_in_turn, NULL)), 21);
	ck_assert_int_eq(take_number(creel_submit(pool, take_in_turn, NULL)), 21);
	ck_assert_int_eq(creel_run(take_in_turn, NULL, &seen), CREEL_OK);
	ck_assert_ptr_eq(seen, pointer_of(21));
	end();
}
END_TEST

CREEL_SUITE("creel.conformance.futures", constructor_without_loop, constructor_use_running_loop,
	wrap_future, wrap_future_cancel, wrap_future_cancel2, as_completed_anywhere)
