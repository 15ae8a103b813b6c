/* SPDX-License-Identifier: MIT */
/* test_in_caller.c: tasks that run in the caller, since the pool was full (CREEL_FULL_CALLER_RUNS). */
#include "future/capture.h"
#include "support/suite.h"
#include "task/own_full.h"
#include "task/turns.h"

#include <pthread.h>
#include <string.h>

static void *
text_of(const char *text)
{
	return (void *)(uintptr_t)text;
}

/* What a task sees of itself. */
typedef struct view {
	pthread_t thread;
	creel_future *current;
	creel_pool *pool;
	creel_loop *loop;
	creel_status status;
	int worker, runs;
} view;

static void *
look(void *arg)
{
	view *v = arg;
	creel_future *self = creel_current();

	v->thread = pthread_self();
	v->current = self;
	v->status = self != NULL ? creel_future_status(self) : CREEL_OK;
	v->pool = creel_current_pool();
	v->loop = creel_current_loop();
	v->worker = creel_worker_index();
	v->runs++;
	return arg;
}

START_TEST(a_plain_thread_runs_it_at_once)
{
	view v = {0};
	creel_future *future;
	void *value = NULL;

	make_full();
	future = creel_submit(full, look, &v);
	ck_assert(creel_future_done(future));
	ck_assert(pthread_equal(v.thread, pthread_self()));
	ck_assert_ptr_eq(v.current, future);
	ck_assert_int_eq(v.status, CREEL_EPENDING);
	ck_assert_ptr_null(v.pool);
	ck_assert_ptr_null(v.loop);
	ck_assert_int_eq(v.worker, -1);
	ck_assert_int_eq(creel_take(future, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &v);
	ck_assert_ptr_null(creel_current());
	end_full();
	ck_assert_int_eq(v.runs, 1);
}
END_TEST

static int drops;

static void
drop(void *arg)
{
	(void)arg;
	drops++;
}

static void *
fail_after_another(void *arg)
{
	creel_fail(1, "not this");
	creel_await(NULL, NULL);
	return creel_fail(7, "in %s", (const char *)arg);
}

/* What it fails with is its own, and the caller's last error is what it was. */
START_TEST(it_can_fail)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_future *future;

	make_full();
	drops = 0;
	options.arg_drop = drop;
	creel_fail(3, "the caller's");
	future = creel_submit_with(full, &options, fail_after_another, text_of("a caller"));
	ck_assert_int_eq(drops, 1);
	ck_assert_int_eq(creel_last_error()->code, 3);
	ck_assert_str_eq(creel_last_error()->message, "the caller's");
	ck_assert_int_eq(creel_take(creel_future_ref(future), NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(future)->code, 7);
	ck_assert_str_eq(creel_future_error(future)->message, "in a caller");
	creel_future_unref(future);
	end_full();
}
END_TEST

START_TEST(posts_run_too_and_their_errors_are_reported)
{
	view v = {.current = (creel_future *)(void *)&v};
	capture caught;
	char text[512];

	make_full();
	ck_assert_int_eq(creel_post(full, look, &v), CREEL_OK);
	ck_assert_int_eq(v.runs, 1);
	ck_assert_ptr_null(v.current);
	capture_start(&caught);
	ck_assert_int_eq(creel_post(full, fail_after_another, text_of("a post")), CREEL_OK);
	capture_end(&caught, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "in a post"));
	end_full();
}
END_TEST

static int order[8], length;

static void *
note(void *arg)
{
	order[length++] = (int)(intptr_t)arg;
	return arg;
}

START_TEST(of_many_each_runs_in_order)
{
	void *args[5];
	creel_future *futures[5];

	make_full();
	length = 0;
	for (int i = 0; i < 5; i++)
		args[i] = pointer_of(i);
	ck_assert_int_eq(creel_submit_many(full, note, args, 5, futures), CREEL_OK);
	ck_assert_int_eq(length, 5);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(order[i], i);
		ck_assert_int_eq(take_number(futures[i]), i);
	}
	end_full();
}
END_TEST

/* Ends, however deep, with the number of tasks. */
static void *
nest(void *arg)
{
	const intptr_t depth = (intptr_t)arg;
	creel_future *self = creel_current(), *inner;
	int deeper;

	if (depth == 0)
		return pointer_of(0);
	inner = creel_submit(full, nest, pointer_of(depth - 1));
	if (creel_current() != self || inner == self)
		return pointer_of(-1000);
	if (creel_await(self, NULL) != CREEL_EDEADLK)
		return pointer_of(-1000);
	deeper = take_number(inner);
	return pointer_of(deeper + 1);
}

START_TEST(one_runs_within_the_other)
{
	creel_pool *other = pool_of(1);

	make_full();
	ck_assert_int_eq(take_number(creel_submit(full, nest, pointer_of(5))), 5);
	ck_assert_int_eq(take_number(creel_submit(other, nest, pointer_of(5))), 5);
	end_full();
	creel_pool_destroy(other);
}
END_TEST

/* On a plain thread requests are seen by who asks for them. */
static void *
ask_oneself(void *arg)
{
	const bool before = creel_cancel_requested();

	creel_future_cancel(creel_current());
	if (before || creel_checkpoint() != CREEL_ECANCELLED || !creel_cancel_requested())
		return NULL;
	return arg;
}

START_TEST(on_a_plain_thread_requests_can_be_seen)
{
	void *value = NULL;

	make_full();
	ck_assert_int_eq(creel_take(creel_submit(full, ask_oneself, &value), &value), CREEL_OK);
	ck_assert_ptr_eq(value, &value);
	ck_assert(!creel_cancel_requested());
	end_full();
}
END_TEST

static void *
double_it(void *arg)
{
	return pointer_of(2 * (intptr_t)arg);
}

/* The regions of the facade, run by whoever calls. */
static void
count_range(size_t begin, size_t end, void *ctx)
{
	atomic_fetch_add((atomic_int *)ctx, (int)(end - begin));
}

static void *
double_in_map(void *arg)
{
	return arg == NULL ? creel_fail(5, "nothing to double") : double_it(arg);
}

START_TEST(parallel_work_runs_in_the_caller)
{
	atomic_int count = 0;
	void *args[3] = {pointer_of(1), pointer_of(2), pointer_of(3)}, *results[3];

	make_full();
	ck_assert_int_eq(creel_parallel_for(full, 0, 1000, 10, count_range, &count), CREEL_OK);
	ck_assert_int_eq(atomic_load(&count), 1000);
	ck_assert_int_eq(creel_map(full, double_in_map, args, 3, results), CREEL_OK);
	ck_assert_ptr_eq(results[2], pointer_of(6));
	args[1] = NULL;
	ck_assert_int_eq(creel_map(full, double_in_map, args, 3, results), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 5);
	end_full();
}
END_TEST

CREEL_SUITE("creel.task.in_caller", a_plain_thread_runs_it_at_once, it_can_fail,
	posts_run_too_and_their_errors_are_reported, of_many_each_runs_in_order,
	one_runs_within_the_other, on_a_plain_thread_requests_can_be_seen,
	parallel_work_runs_in_the_caller)
