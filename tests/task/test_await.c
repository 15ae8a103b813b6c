/* SPDX-License-Identifier: MIT */
/* test_await.c: creel_await, from wherever it is called. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>

static void *
failing(void *arg)
{
	return creel_fail(EIO, "out of %s", (const char *)arg);
}

/* A wait of anybody's, and what came of it. */
typedef struct wait {
	creel_future *future;
	creel_status status;
	void *value;
	int rank; /* the how-manieth to come back */
} wait;

static atomic_int back;

static void *
await_value(void *arg)
{
	wait *w = arg;

	w->value = w;
	w->status = creel_await(w->future, &w->value);
	w->rank = atomic_fetch_add(&back, 1);
	return NULL;
}

/* 1.2 "result() many times / from many threads": allowed, the same value each time */
START_TEST(a_thread_awaits)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *task = creel_submit(pool, gate_task, &hold);
	wait w = {.future = task};
	pthread_t thread;
	void *value = NULL;

	ck_assert_int_eq(pthread_create(&thread, NULL, await_value, &w), 0);
	gate_open(&hold);
	for (int i = 0; i < 3; i++) {
		value = NULL;
		ck_assert_int_eq(creel_await(task, &value), CREEL_OK);
		ck_assert_ptr_eq(value, &hold);
	}
	ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(w.status, CREEL_OK);
	ck_assert_ptr_eq(w.value, &hold);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

/* 1.3 "await": a task is suspended meanwhile, and its worker does other work */
START_TEST(a_task_awaits_one_of_its_own_pool)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *inner = creel_submit(pool, await_it, promise);
	creel_future *outer = creel_submit(pool, await_it, inner);

	settle(pool);
	ck_assert(!creel_future_done(outer));
	ck_assert_int_eq(creel_pool_run(pool, same, NULL, NULL), CREEL_OK);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(outer), CREEL_OK);
	ck_assert_int_eq(take_number(inner), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "other_loop_future": otherwise: futures of several pools mix freely
   1.3 "awaiting a future of another loop": creel's are bound to none */
START_TEST(other_loop_future)
{
	creel_pool *here = pool_of(1), *there = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *far = creel_submit(there, gate_task, &hold);
	wait w = {.future = far};
	creel_future *near = creel_submit(here, await_value, &w);

	settle(here);
	ck_assert(!creel_future_done(near));
	gate_open(&hold);
	ck_assert_int_eq(creel_take(near, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_OK);
	ck_assert_ptr_eq(w.value, &hold);
	creel_future_unref(far);
	creel_pool_destroy(there);
	creel_pool_destroy(here);
}
END_TEST

static atomic_int queued_ran;

static void *
note_ran(void *arg)
{
	atomic_store(&queued_ran, 1);
	return arg;
}

typedef struct done_or_not {
	creel_pool *pool;
	creel_future *done, *taken, *failed, *cancelled;
	bool ran_before, ran_after;
} done_or_not;

static void *
await_what_is_done(void *arg)
{
	done_or_not *d = arg;
	creel_future *queued = creel_submit(d->pool, note_ran, NULL);
	void *value;

	for (int i = 0; i < 100; i++) {
		creel_await(d->done, NULL);
		creel_await_for(d->done, CREEL_FOREVER, NULL);
		creel_wait_for(d->done, 0, NULL);
		creel_await(d->failed, NULL);
		creel_await(d->cancelled, NULL);
		creel_take(creel_future_ref(d->taken), &value);
		creel_await_for(queued, 0, NULL);
	}
	d->ran_before = atomic_load(&queued_ran);
	creel_await(queued, NULL);
	d->ran_after = atomic_load(&queued_ran);
	creel_future_unref(queued);
	return NULL;
}

/* 3.5 "yield_from_twice": awaiting a done future does not suspend: a queued task does not get in
   1.3 "await": awaiting a done future does not suspend
   1.4 "first step": a task never runs inside the call that submits it */
START_TEST(yield_from_twice)
{
	creel_pool *pool = pool_of(1);
	done_or_not d = {pool, creel_future_create(), creel_future_create(), creel_future_create(),
		creel_future_create(), true, false};

	creel_future_set_result(d.done, NULL);
	creel_future_set_result(d.taken, NULL);
	creel_future_set_error(d.failed, 1, "failed");
	creel_future_cancel(d.cancelled);
	ck_assert_int_eq(creel_pool_run(pool, await_what_is_done, &d, NULL), CREEL_OK);
	ck_assert(!d.ran_before);
	ck_assert(d.ran_after);
	creel_future_unref(d.done);
	creel_future_unref(d.taken);
	creel_future_unref(d.failed);
	creel_future_unref(d.cancelled);
	creel_pool_destroy(pool);
}
END_TEST

/* 1.4 "task awaited by several": threads and tasks of two pools all get the value */
START_TEST(many_await_one)
{
	enum { N = 12 };
	creel_pool *one = pool_of(1), *two = pool_of(2);
	gate hold = GATE_INIT;
	creel_future *task = creel_submit(two, gate_task, &hold);
	creel_future *tasks[N];
	pthread_t threads[N];
	wait waits[2 * N];

	for (int i = 0; i < N; i++) {
		waits[i].future = waits[N + i].future = task;
		tasks[i] = creel_submit(i % 2 ? one : two, await_value, &waits[i]);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, await_value, &waits[N + i]), 0);
	}
	settle(one);
	gate_open(&hold);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	}
	for (int i = 0; i < 2 * N; i++) {
		ck_assert_int_eq(waits[i].status, CREEL_OK);
		ck_assert_ptr_eq(waits[i].value, &hold);
	}
	creel_future_unref(task);
	creel_pool_destroy(one);
	creel_pool_destroy(two);
}
END_TEST

/* Those of one worker go on in the order in which they came. */
START_TEST(waiters_go_on_in_order)
{
	enum { N = 50 };
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *tasks[N];
	wait waits[N];

	for (int i = 0; i < N; i++) {
		waits[i] = (wait){.future = promise};
		tasks[i] = creel_submit(pool, await_value, &waits[i]);
	}
	settle(pool);
	creel_future_set_result(promise, pool);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(waits[i].rank, i);
		ck_assert_ptr_eq(waits[i].value, pool);
	}
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* An error, a cancellation, a taken value: the status says so, and the out-parameter is left alone. */
START_TEST(the_value_is_written_on_success_alone)
{
	creel_pool *pool = pool_of(1);
	creel_future *failed = creel_submit(pool, failing, (char[]){"paper"});
	creel_future *promise = creel_future_create(), *taken = creel_future_create();
	wait w = {.future = promise};
	creel_future *suspended = creel_submit(pool, await_value, &w);
	void *value = &value;

	settle(pool);
	creel_future_cancel(promise);
	ck_assert_int_eq(creel_take(suspended, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_ECANCELLED);
	ck_assert_ptr_eq(w.value, &w);
	w.future = failed;
	ck_assert_int_eq(creel_pool_run(pool, await_value, &w, NULL), CREEL_OK);
	ck_assert_int_eq(w.status, CREEL_EFAILED);
	ck_assert_ptr_eq(w.value, &w);
	creel_future_set_result(taken, pool);
	ck_assert_int_eq(creel_take(creel_future_ref(taken), &value), CREEL_OK);
	value = &value;
	ck_assert_int_eq(creel_await(NULL, &value), CREEL_EINVAL);
	ck_assert_int_eq(creel_await(failed, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_await(promise, &value), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_await(taken, &value), CREEL_ESTATE);
	ck_assert_int_eq(creel_await(taken, NULL), CREEL_ESTATE);
	ck_assert_ptr_eq(value, &value);
	creel_future_unref(failed);
	creel_future_unref(promise);
	creel_future_unref(taken);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct own {
	creel_status status[5];
	void *value;
} own;

static void *
await_oneself(void *arg)
{
	own *o = arg;
	creel_future *self = creel_current();

	o->status[0] = creel_await(self, &o->value);
	o->status[1] = creel_await_for(self, CREEL_SECONDS(1), &o->value);
	o->status[2] = creel_await_for(self, 0, &o->value);
	o->status[3] = creel_wait_for(self, CREEL_SECONDS(1), &o->value);
	o->status[4] = creel_take(creel_future_ref(self), &o->value);
	return arg;
}

/* 3.6 "task_awaits_on_itself": EDEADLK, and the task goes on
   1.3 "a task awaiting itself": EDEADLK */
/* 5 "D13": who waits for itself is told so */
START_TEST(task_awaits_on_itself)
{
	creel_pool *pool = pool_of(1);
	own o = {.value = &o};

	ck_assert_int_eq(creel_pool_run(pool, await_oneself, &o, NULL), CREEL_OK);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(o.status[i], CREEL_EDEADLK);
	ck_assert_ptr_eq(o.value, &o);
	creel_pool_destroy(pool);
}
END_TEST

static void *
await_the_other(void *arg)
{
	creel_future **other = arg;

	return pointer_of(creel_await(*other, NULL));
}

/* Two that await each other wait until one of them is cancelled. */
START_TEST(a_cycle_ends_by_a_cancel)
{
	creel_pool *pool = pool_of(1);
	creel_future *first = NULL, *second = NULL;
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold);

	first = creel_submit(pool, await_the_other, &second);
	second = creel_submit(pool, await_the_other, &first);
	gate_open(&hold);
	settle(pool);
	ck_assert(!creel_future_done(first) && !creel_future_done(second));
	ck_assert_int_eq(creel_future_cancel(first), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(take_number(second), CREEL_OK); /* it needs the first until here */
	ck_assert_int_eq(take_number(first), CREEL_ECANCELLED);
	creel_future_unref(holding);
	creel_pool_destroy(pool);
}
END_TEST

static void
count_call(creel_future *future, void *arg)
{
	(void)future;
	atomic_fetch_add((atomic_int *)arg, 1);
}

/* 3.6 "task_basics": pending while it is suspended, then done; the same for who awaits it
   3.6 "step_result_future": the callback is called once, the value is delivered */
START_TEST(task_basics)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	wait in = {.future = promise};
	creel_future *inner = creel_submit(pool, await_value, &in);
	wait out = {.future = inner};
	creel_future *outer = creel_submit(pool, await_value, &out);
	atomic_int calls = 0;

	creel_future_on_done(promise, count_call, &calls);
	settle(pool);
	ck_assert_int_eq(creel_future_status(inner), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(outer), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_result(outer, NULL), CREEL_EPENDING);
	ck_assert_ptr_null(creel_future_error(outer));
	ck_assert_int_eq(atomic_load(&calls), 0);
	creel_future_set_result(promise, &calls);
	ck_assert_int_eq(creel_await(outer, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_status(inner), CREEL_OK);
	ck_assert_int_eq(creel_future_status(outer), CREEL_OK);
	ck_assert_ptr_eq(in.value, &calls);
	ck_assert_ptr_null(out.value);
	ck_assert_int_eq(atomic_load(&calls), 1);
	creel_future_unref(inner);
	creel_future_unref(outer);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.await", a_thread_awaits, a_task_awaits_one_of_its_own_pool,
	other_loop_future, yield_from_twice, many_await_one, waiters_go_on_in_order,
	the_value_is_written_on_success_alone, task_awaits_on_itself, a_cycle_ends_by_a_cancel,
	task_basics)
