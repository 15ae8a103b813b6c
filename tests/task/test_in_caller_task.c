/* SPDX-License-Identifier: MIT */
/* test_in_caller_task.c: tasks that run within a task of another pool, or a callback, since their own pool was full. */
#include "support/suite.h"
#include "task/own_full.h"
#include "task/turns.h"

static void *
text_of(const char *text)
{
	return (void *)(uintptr_t)text;
}

/* What a task sees of itself. */
typedef struct view {
	creel_future *current;
	creel_pool *pool;
	int worker;
} view;

static void *
look(void *arg)
{
	view *v = arg;

	v->current = creel_current();
	v->pool = creel_current_pool();
	v->worker = creel_worker_index();
	return arg;
}

/* A task of another pool, what it has run, and what that waits for. */
typedef struct scene {
	view outer, inner;
	creel_future *promise, *task;
	creel_status waited, inner_status, outer_status;
	bool inner_asked, outer_asked;
} scene;

static void *
wait_inside(void *arg)
{
	scene *s = arg;

	look(&s->inner);
	s->task = creel_current();
	s->waited = creel_await(s->promise, NULL);
	s->inner_asked = creel_cancel_requested();
	return arg;
}

static void *
submit_inside(void *arg)
{
	scene *s = arg;
	creel_future *future;

	look(&s->outer);
	future = creel_submit(full, wait_inside, s);
	s->inner_status = creel_future_status(future);
	s->outer_asked = creel_cancel_requested();
	s->outer_status = creel_sleep(0);
	creel_future_unref(future);
	return creel_current();
}

START_TEST(a_task_of_another_pool_waits_by_suspending)
{
	creel_pool *other = pool_of(1);
	scene s = {.promise = creel_future_create(), .waited = CREEL_ESTATE};
	creel_future *task;
	void *value = NULL;

	make_full();
	task = creel_submit(other, submit_inside, &s);
	settle(other); /* its worker has other work done meanwhile */
	ck_assert_int_eq(s.waited, CREEL_ESTATE);
	ck_assert_ptr_eq(s.outer.current, task);
	ck_assert_ptr_ne(s.inner.current, task);
	ck_assert_ptr_eq(s.inner.pool, other);
	ck_assert_int_eq(s.inner.worker, 0);
	creel_future_set_result(s.promise, NULL);
	ck_assert_int_eq(creel_await(task, &value), CREEL_OK);
	ck_assert_ptr_eq(value, task);
	ck_assert_int_eq(s.waited, CREEL_OK);
	ck_assert_int_eq(s.inner_status, CREEL_OK);
	ck_assert(!s.inner_asked && !s.outer_asked);
	creel_future_unref(task);
	creel_future_unref(s.promise);
	end_full();
	creel_pool_destroy(other);
}
END_TEST

START_TEST(who_asks_the_caller_to_end_asks_it)
{
	creel_pool *other = pool_of(1);
	scene s = {.promise = creel_future_create()};
	creel_future *task;

	make_full();
	task = creel_submit(other, submit_inside, &s);
	settle(other);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert(s.inner_asked && s.outer_asked);
	ck_assert_int_eq(s.inner_status, CREEL_OK);
	ck_assert_int_eq(s.outer_status, CREEL_ECANCELLED); /* it is told as well */
	creel_future_unref(s.promise);
	end_full();
	creel_pool_destroy(other);
}
END_TEST

START_TEST(who_asks_it_to_end_does_not_ask_the_caller)
{
	creel_pool *other = pool_of(1);
	scene s = {.promise = creel_future_create()};
	creel_future *task;

	make_full();
	task = creel_submit(other, submit_inside, &s);
	settle(other);
	ck_assert_int_eq(creel_future_cancel(s.task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert(s.inner_asked && !s.outer_asked);
	ck_assert_int_eq(s.outer_status, CREEL_OK);
	creel_future_unref(s.promise);
	end_full();
	creel_pool_destroy(other);
}
END_TEST

/* The pool of the caller is shut down, which asks its tasks. */
START_TEST(a_shutdown_of_the_callers_pool_asks_it)
{
	creel_pool *other = pool_of(1);
	scene s = {.promise = creel_future_create()};
	creel_future *task;

	make_full();
	task = creel_submit(other, submit_inside, &s);
	settle(other);
	ck_assert_int_eq(
		creel_pool_shutdown(other, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert(s.inner_asked && s.outer_asked);
	creel_future_unref(s.promise);
	end_full();
	creel_pool_destroy(other);
}
END_TEST

static void *
double_it(void *arg)
{
	return pointer_of(2 * (intptr_t)arg);
}

/* Forks, waits with what it has forked outstanding, and joins. */
static void *
fork_and_wait(void *arg)
{
	creel_frame a, b;
	intptr_t sum;

	creel_fork(&a, double_it, pointer_of(1));
	creel_fork(&b, double_it, pointer_of(2));
	creel_sleep(0);
	creel_await(arg, NULL);
	sum = (intptr_t)creel_join(&b);
	return pointer_of(sum + (intptr_t)creel_join(&a));
}

static void *
fork_around(void *arg)
{
	creel_frame a, b;
	creel_future *inner;
	intptr_t sum;

	creel_fork(&a, double_it, pointer_of(10));
	creel_fork(&b, double_it, pointer_of(20));
	inner = creel_submit(full, fork_and_wait, arg);
	sum = (intptr_t)creel_join(&b);
	sum += (intptr_t)creel_join(&a);
	return pointer_of(sum + take_number(inner));
}

START_TEST(caller_and_it_may_have_forked)
{
	make_full();
	for (unsigned workers = 1; workers <= 2; workers++) {
		creel_pool *other = pool_of(workers);
		creel_future *promise = creel_future_create();
		creel_future *task = creel_submit(other, fork_around, promise);

		for (unsigned i = 0; i < 3; i++)
			ck_assert_int_eq(creel_pool_run(other, same, NULL, NULL), CREEL_OK);
		creel_future_set_result(promise, NULL);
		ck_assert_int_eq(take_number(task), 66);
		ck_assert_int_eq(take_number(creel_submit(full, fork_and_wait, promise)), 6);
		creel_future_unref(promise);
		creel_pool_destroy(other);
	}
	end_full();
}
END_TEST

static void *
fail_in_fork(void *arg)
{
	return creel_fail(9, "%s", (const char *)arg);
}

static void *
fork_failing(void *arg)
{
	creel_frame frame;

	creel_fork(&frame, fail_in_fork, arg);
	creel_sleep(0); /* on a pool it is run by another fiber now */
	creel_sleep(0);
	return creel_join(&frame);
}

static void *
submit_fork_failing(void *arg)
{
	creel_future *future = creel_submit(full, fork_failing, arg);
	const int code = creel_future_error(future)->code;

	creel_future_unref(future);
	return pointer_of(code);
}

START_TEST(it_fails_as_what_it_has_forked)
{
	creel_pool *other = pool_of(1);

	make_full();
	ck_assert_int_eq(
		take_number(creel_submit(other, submit_fork_failing, text_of("forked"))), 9);
	end_full();
	creel_pool_destroy(other);
}
END_TEST

/* In a callback of a future it may not suspend, and ends what it forbids itself. */
static void *
try_to_wait(void *arg)
{
	creel_status *slept = arg;

	creel_no_suspend_enter();
	*slept = creel_sleep(0);
	return arg;
}

static void
submit_in_callback(creel_future *future, void *arg)
{
	creel_frame frame;

	(void)future;
	creel_fork(&frame, double_it, NULL);
	creel_future_unref(creel_submit(full, try_to_wait, arg));
	creel_join(&frame);
}

static void *
complete(void *arg)
{
	return pointer_of(creel_future_set_result(arg, NULL));
}

START_TEST(in_a_callback_it_may_not_suspend)
{
	creel_pool *other = pool_of(1);

	make_full();
	for (int i = 0; i < 2; i++) {
		creel_future *promise = creel_future_create();
		creel_status slept = CREEL_ESTATE;

		ck_assert_int_eq(
			creel_future_on_done(promise, submit_in_callback, &slept), CREEL_OK);
		if (i == 0)
			complete(promise);
		else
			ck_assert_int_eq(take_number(creel_submit(other, complete, promise)), 0);
		ck_assert_int_eq(slept, CREEL_EDEADLK);
		ck_assert_int_eq(creel_sleep(0), CREEL_OK);
		creel_future_unref(promise);
	}
	end_full();
	creel_pool_destroy(other);
}
END_TEST

CREEL_SUITE("creel.task.in_caller_task", a_task_of_another_pool_waits_by_suspending,
	who_asks_the_caller_to_end_asks_it, who_asks_it_to_end_does_not_ask_the_caller,
	a_shutdown_of_the_callers_pool_asks_it, caller_and_it_may_have_forked,
	it_fails_as_what_it_has_forked, in_a_callback_it_may_not_suspend)
