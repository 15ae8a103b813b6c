/* SPDX-License-Identifier: MIT */
/* test_submit.c: creel_submit and creel_submit_with: what comes back, what is refused, options. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/task.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static void *
square(void *arg)
{
	intptr_t n = (intptr_t)arg;

	return pointer_of(n * n);
}

/* 3.2 "submit": the value comes back */
START_TEST(submit)
{
	creel_pool *pool = pool_of(2);
	creel_future *future = creel_submit(pool, square, pointer_of(7));
	void *value = NULL;

	ck_assert_int_eq(creel_await(future, &value), CREEL_OK);
	ck_assert_int_eq((intptr_t)value, 49);
	ck_assert_int_eq(creel_future_status(future), CREEL_OK);
	creel_future_unref(future);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "submit_keyword": every argument arrives as it was given */
START_TEST(submit_keyword)
{
	creel_pool *pool = pool_of(1);
	void *const args[] = {NULL, pointer_of(-1), pointer_of(1), pool, &pool};

	for (size_t i = 0; i < sizeof args / sizeof *args; i++) {
		void *value = &value;

		ck_assert_int_eq(creel_take(creel_submit(pool, same, args[i]), &value), CREEL_OK);
		ck_assert_ptr_eq(value, args[i]);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
where_am_i(void *arg)
{
	pthread_t *thread = arg;

	*thread = pthread_self();
	return creel_current_pool();
}

START_TEST(a_task_runs_on_a_worker_of_its_pool)
{
	creel_pool *pool = pool_of(1);
	pthread_t thread;
	void *value = NULL;

	ck_assert_int_eq(creel_take(creel_submit(pool, where_am_i, &thread), &value), CREEL_OK);
	ck_assert(!pthread_equal(thread, pthread_self()));
	ck_assert_ptr_eq(value, pool);
	creel_pool_destroy(pool);
}
END_TEST

static void
ck_refused(creel_future *future, creel_status why)
{
	void *value = &value;

	ck_assert_ptr_nonnull(future);
	ck_assert(creel_future_done(future));
	ck_assert_int_eq(creel_future_status(future), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(future)->code, (int)why);
	ck_assert_int_ne(creel_future_error(future)->message[0], '\0');
	ck_assert_int_eq(creel_await(future, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, (int)why);
	ck_assert_ptr_eq(value, &value);
	ck_assert_int_eq(creel_future_cancel(future), CREEL_CANCEL_TOO_LATE);
	creel_future_unref(future);
}

/* 3.6 "create_task_with_noncoroutine": without a function the future has failed with EINVAL */
START_TEST(create_task_with_noncoroutine)
{
	creel_pool *pool = pool_of(1);

	ck_refused(creel_submit(pool, NULL, NULL), CREEL_EINVAL);
	ck_refused(creel_submit(NULL, same, NULL), CREEL_EINVAL);
	ck_refused(creel_submit(NULL, NULL, NULL), CREEL_EINVAL);
	ck_refused(creel_submit_with(pool, NULL, NULL, NULL), CREEL_EINVAL);
	ck_refused(creel_submit_with(NULL, NULL, same, NULL), CREEL_EINVAL);
	settle(pool);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int drops;

static void
count_drop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&drops, 1);
}

/* 3.6 "error_in_call_soon": what cannot be scheduled comes back failed, and leaks nothing
   3.4 "run_after_shutdown": ECLOSED */
START_TEST(error_in_call_soon)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);

	options.arg_drop = count_drop;
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_refused(creel_submit(pool, same, NULL), CREEL_ECLOSED);
	ck_refused(creel_submit_with(pool, &options, same, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(atomic_load(&drops), 1);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(no_options_are_the_defaults)
{
	const creel_task_options defaults = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);

	ck_assert_uint_eq(defaults.size, sizeof defaults);
	ck_assert_int_eq(take_number(creel_submit_with(pool, NULL, square, pointer_of(3))), 9);
	ck_assert_int_eq(
		take_number(creel_submit_with(pool, &defaults, square, pointer_of(4))), 16);
	creel_pool_destroy(pool);
}
END_TEST

/* Options of a creel that has one member more. */
typedef struct newer_options {
	creel_task_options known;
	void *priority;
} newer_options;

START_TEST(newer_options_are_accepted_unless_set)
{
	newer_options options = {.known = CREEL_TASK_OPTIONS_INIT};
	creel_pool *pool = pool_of(1);

	options.known.size = sizeof options;
	options.known.arg_drop = count_drop;
	ck_assert_int_eq(
		take_number(creel_submit_with(pool, &options.known, square, pointer_of(5))), 25);
	ck_assert_int_eq(atomic_load(&drops), 1);
	options.priority = &options;
	ck_refused(creel_submit_with(pool, &options.known, square, NULL), CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* The argument of a refused task is dropped, whatever the options say besides. */
START_TEST(newer_options_that_are_set_still_drop_the_argument)
{
	newer_options options = {.known = CREEL_TASK_OPTIONS_INIT, .priority = &options};
	creel_pool *pool = pool_of(1);

	options.known.size = sizeof options;
	options.known.arg_drop = count_drop;
	ck_refused(creel_submit_with(pool, &options.known, square, NULL), CREEL_EINVAL);
	ck_assert_int_eq(atomic_load(&drops), 1);
	creel_pool_destroy(pool);
}
END_TEST

/* Those of a creel that knew no more than the name; what lies behind is no option. */
START_TEST(older_options_are_accepted)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);

	options.size = offsetof(creel_task_options, arg_drop);
	options.arg_drop = count_drop;
	ck_assert_int_eq(take_number(creel_submit_with(pool, &options, square, pointer_of(6))), 36);
	ck_assert_int_eq(atomic_load(&drops), 0);
	options.size = 0;
	ck_refused(creel_submit_with(pool, &options, square, NULL), CREEL_EINVAL);
	options.size = sizeof options.size - 1;
	ck_refused(creel_submit_with(pool, &options, square, NULL), CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

static const char *
name_of(creel_future *future)
{
	const crl_job *job = &CRL_CONTAINER_OF(future, crl_task, future)->job;

	return job->ops->name(job);
}

/* 1.4 "names": the task's own, copied, cut off at 31 characters
   3.6 "bare_create_named_task": a task has the name that it was given */
START_TEST(task_set_name)
{
	const char *long_name = "a name that has many more than thirty-one characters";
	char name[64] = "short";
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	creel_future *named, *cut, *nameless, *empty;

	options.name = name;
	named = creel_submit_with(pool, &options, same, NULL);
	strcpy(name, long_name);
	cut = creel_submit_with(pool, &options, same, NULL);
	strcpy(name, "");
	empty = creel_submit_with(pool, &options, same, NULL);
	nameless = creel_submit(pool, same, NULL);
	ck_assert_str_eq(name_of(named), "short");
	ck_assert_uint_eq(strlen(name_of(cut)), 31);
	ck_assert_int_eq(strncmp(name_of(cut), long_name, 31), 0);
	ck_assert_ptr_null(name_of(empty));
	ck_assert_ptr_null(name_of(nameless));
	for (int i = 0; i < 4; i++)
		creel_future_unref((creel_future *[]){named, cut, empty, nameless}[i]);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "coroutine_non_gen_function_return_future": a future that is returned is a value like others */
START_TEST(coroutine_non_gen_function_return_future)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	void *value = NULL;

	ck_assert_int_eq(creel_take(creel_submit(pool, same, promise), &value), CREEL_OK);
	ck_assert_ptr_eq(value, promise);
	ck_assert_int_eq(creel_future_status(promise), CREEL_EPENDING);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
count_run(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return NULL;
}

static void *
await_then_count(void *arg)
{
	void **pair = arg;

	creel_await(pair[0], NULL);
	return count_run(pair[1]);
}

/* 1.4 "strong refs": a task whose last handle is dropped goes on, queued or suspended
   0.2 "Who keeps a running task alive": its pool does */
START_TEST(a_dropped_handle_detaches)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	gate hold = GATE_INIT;
	atomic_int runs = 0;
	void *pair[] = {promise, &runs};

	creel_future_unref(creel_submit(pool, gate_task, &hold));
	creel_future_unref(creel_submit(pool, await_then_count, pair));
	creel_future_unref(creel_submit(pool, count_run, &runs));
	gate_open(&hold);
	settle(pool);
	ck_assert_int_eq(atomic_load(&runs), 1);
	creel_future_set_result(promise, NULL);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&runs), 2);
	creel_future_unref(promise);
}
END_TEST

START_TEST(a_future_outlives_its_pool)
{
	creel_pool *pool = pool_of(2);
	creel_future *value = creel_submit(pool, square, pointer_of(8));
	creel_future *refused;

	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0);
	refused = creel_submit(pool, square, NULL);
	creel_pool_destroy(pool);
	ck_assert_int_eq(take_number(value), 64);
	ck_refused(refused, CREEL_ECLOSED);
}
END_TEST

typedef struct echo {
	creel_pool *pool;
	creel_future *submitted;
} echo;

static void
submit_more(creel_future *future, void *arg)
{
	echo *e = arg;

	(void)future;
	e->submitted = creel_submit(e->pool, square, pointer_of(9));
}

static void *
submit_another(void *arg)
{
	creel_pool *pool = arg;

	return creel_submit(pool, square, pointer_of(10));
}

/* 1.15 "submit from a worker, from a callback": accepted */
START_TEST(tasks_and_callbacks_submit)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	echo e = {pool, NULL};
	void *inner = NULL;

	ck_assert_int_eq(creel_take(creel_submit(pool, submit_another, pool), &inner), CREEL_OK);
	ck_assert_int_eq(take_number(inner), 100);
	creel_future_on_done(promise, submit_more, &e);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(e.submitted), 81);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.submit", submit, submit_keyword, a_task_runs_on_a_worker_of_its_pool,
	create_task_with_noncoroutine, error_in_call_soon, no_options_are_the_defaults,
	newer_options_are_accepted_unless_set, newer_options_that_are_set_still_drop_the_argument,
	older_options_are_accepted, task_set_name, coroutine_non_gen_function_return_future,
	a_dropped_handle_detaches, a_future_outlives_its_pool, tasks_and_callbacks_submit)
