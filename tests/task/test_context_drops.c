/* SPDX-License-Identifier: MIT */
/* test_context_drops.c: when values are let go of; who has none; and what is without memory. */
#include "support/faults.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/creel.h>
#include <pthread.h>
#include <stdatomic.h>

static creel_context_key *key;
static int mark;

static void
count(void *value)
{
	atomic_fetch_add((atomic_int *)value, 1);
}

static void *
get_it(void *arg)
{
	(void)arg;
	return creel_context_get(key);
}

/* Each value is an atomic_int that counts how often it was dropped. */
static void
begin(void)
{
	key = creel_context_key_create(count);
	ck_assert_ptr_nonnull(key);
}

static void
end(void)
{
	ck_assert_int_eq(creel_context_set(key, NULL), CREEL_OK);
	creel_context_key_destroy(key);
}

/* A value is dropped once, when another is set */
START_TEST(what_is_replaced_is_dropped)
{
	creel_context_key *other = creel_context_key_create(count);
	atomic_int values[3] = {0};

	begin();
	ck_assert_int_eq(creel_context_set(key, &values[0]), CREEL_OK);
	ck_assert_int_eq(creel_context_set(other, &values[1]), CREEL_OK);
	ck_assert_int_eq(creel_context_set(key, &values[2]), CREEL_OK);
	ck_assert_int_eq(atomic_load(&values[0]), 1);
	ck_assert_int_eq(creel_context_set(key, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&values[2]), 1);
	ck_assert_int_eq(atomic_load(&values[1]), 0);
	ck_assert_int_eq(creel_context_set(other, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&values[1]), 1);
	ck_assert_int_eq(atomic_load(&values[0]), 1);
	creel_context_key_destroy(other);
	end();
}
END_TEST

static void *
set_it(void *arg)
{
	creel_context_set(key, arg);
	return NULL;
}

/* A task's values are gone when its end can be seen, though its future is still there. */
START_TEST(before_the_end_is_seen)
{
	creel_pool *pool = pool_of(1);
	atomic_int inherited = 0, own = 0;
	creel_future *tasks[2];

	begin();
	creel_context_set(key, &inherited);
	tasks[0] = creel_submit(pool, get_it, NULL);
	tasks[1] = creel_submit(pool, set_it, &own);
	creel_context_set(key, NULL);
	ck_assert_int_eq(creel_await(tasks[0], NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(tasks[1], NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&inherited), 1);
	ck_assert_int_eq(atomic_load(&own), 1);
	creel_futures_unref(tasks, 2);
	creel_pool_destroy(pool);
	end();
}
END_TEST

/* The maker, and each task that did not come to run, lets go of it: once in all. */
START_TEST(tasks_that_never_run)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	atomic_int value = 0;
	gate busy = GATE_INIT;
	creel_future *tasks[3];

	begin();
	creel_context_set(key, &value);
	tasks[2] = creel_submit(pool, gate_task, &busy);
	gate_await_arrivals(&busy, 1);
	tasks[0] = creel_submit(pool, get_it, NULL);
	ck_assert_int_eq(creel_future_cancel(tasks[0]), CREEL_CANCEL_NOW);
	tasks[1] = creel_then(pool, promise, NULL, NULL); /* refused */
	ck_assert_int_eq(creel_future_status(tasks[1]), CREEL_EFAILED);
	creel_future_error(tasks[1]);
	creel_context_set(key, NULL);
	ck_assert_int_eq(atomic_load(&value), 0); /* the gate's */
	gate_open(&busy);
	creel_await(tasks[2], NULL);
	ck_assert_int_eq(atomic_load(&value), 1);
	creel_future_unref(promise);
	creel_futures_unref(tasks, 3);
	creel_pool_destroy(pool);
	end();
}
END_TEST

START_TEST(what_a_pool_refuses)
{
	creel_pool *pool = pool_of(1);
	atomic_int value = 0;
	creel_future *refused[3];

	begin();
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	creel_context_set(key, &value);
	ck_assert_int_eq(creel_post(pool, get_it, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(creel_submit_many(pool, get_it, NULL, 3, refused), CREEL_ECLOSED);
	ck_assert_int_eq(creel_submit_many(pool, get_it, NULL, 3, NULL), CREEL_ECLOSED);
	for (int i = 0; i < 3; i++)
		creel_future_error(refused[i]);
	creel_context_set(key, NULL);
	ck_assert_int_eq(atomic_load(&value), 1);
	creel_futures_unref(refused, 3);
	creel_pool_destroy(pool);
	end();
}
END_TEST

static void *
get_after(const creel_outcome *outcome, void *arg)
{
	(void)outcome;
	return get_it(arg);
}

/* A continuation that is cancelled before its input has ended. */
START_TEST(what_is_never_submitted)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create(), *then;
	atomic_int value = 0;

	begin();
	creel_context_set(key, &value);
	then = creel_then(pool, promise, get_after, NULL);
	creel_context_set(key, NULL);
	ck_assert_int_eq(atomic_load(&value), 0);
	ck_assert_int_eq(creel_future_cancel(then), CREEL_CANCEL_NOW);
	ck_assert_int_eq(atomic_load(&value), 1);
	creel_future_unref(then);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
	end();
}
END_TEST

/* A stream keeps them for its calls, until it is destroyed. */
static creel_status
no_more(void *source, creel_stream_input *out)
{
	(void)source, (void)out;
	return CREEL_EEMPTY;
}

START_TEST(a_stream_ends)
{
	creel_pool *pool = pool_of(1);
	creel_stream *stream;
	atomic_int value = 0;

	begin();
	creel_context_set(key, &value);
	stream = creel_stream_map(pool, no_more, NULL, get_it, NULL);
	creel_context_set(key, NULL);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&value), 0);
	creel_stream_destroy(stream);
	ck_assert_int_eq(atomic_load(&value), 1);
	creel_pool_destroy(pool);
	end();
}
END_TEST

static void *
set_and_replace(void *arg)
{
	atomic_int *values = arg;

	creel_context_set(key, &values[0]);
	creel_context_set(key, &values[1]);
	creel_context_set(key, NULL);
	creel_context_set(key, &values[2]);
	return creel_context_get(key);
}

START_TEST(a_thread_ends)
{
	atomic_int values[3] = {0};
	pthread_t thread;
	void *saw;

	begin();
	ck_assert_int_eq(pthread_create(&thread, NULL, set_and_replace, values), 0);
	ck_assert_int_eq(pthread_join(thread, &saw), 0);
	ck_assert_ptr_eq(saw, &values[2]);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(atomic_load(&values[i]), 1);
	ck_assert_ptr_null(creel_context_get(key));
	end();
}
END_TEST

/* What a callback, a destructor or a hook finds. */
typedef struct found {
	void *value, *task_value;
	creel_status set;
	creel_pool *pool;
	creel_future *task;
	gate looked;
} found;

static void
look(void *arg)
{
	found *f = arg;

	f->value = creel_context_get(key);
	f->set = creel_context_set(key, &mark);
	if (f->pool != NULL)
		f->task = creel_submit(f->pool, get_it, NULL);
	gate_open(&f->looked);
}

static void
look_done(creel_future *future, void *arg)
{
	(void)future;
	look(arg);
}

#define NOTHING_YET(p) \
	{ \
		.value = &mark, .set = CREEL_OK, .pool = (p), .looked = GATE_INIT \
	}

static void
expect_none(found *f)
{
	gate_pass(&f->looked);
	ck_assert_ptr_null(f->value);
	ck_assert_int_eq(f->set, CREEL_ESTATE);
	if (f->pool != NULL) {
		ck_assert_int_eq(creel_take(f->task, &f->task_value), CREEL_OK);
		ck_assert_ptr_null(f->task_value);
	}
}

static void *
set_and_complete(void *arg)
{
	static atomic_int value;

	creel_context_set(key, &value);
	creel_future_set_result(arg, NULL);
	return creel_context_get(key) == &value ? &mark : NULL;
}

/* Neither those of who has asked for the callback, nor of who happens to run it. */
START_TEST(callbacks_have_none)
{
	creel_pool *pool = pool_of(1);
	creel_loop *loop = creel_loop_create(NULL);
	creel_future *promise = creel_future_create();
	found done = NOTHING_YET(pool), soon = NOTHING_YET(pool), on_loop = NOTHING_YET(pool);
	atomic_int value = 0;
	void *kept;

	begin();
	creel_context_set(key, &value);
	creel_future_on_done(promise, look_done, &done);
	creel_loop_on_done(loop, promise, look_done, &on_loop);
	creel_call_soon_threadsafe(loop, look, &soon, NULL);
	ck_assert_int_eq(creel_pool_run(pool, set_and_complete, promise, &kept), CREEL_OK);
	ck_assert_ptr_eq(kept, &mark);
	expect_none(&done);
	expect_none(&on_loop);
	expect_none(&soon);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
	end();
}
END_TEST

START_TEST(destructors_have_none)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	found f = NOTHING_YET(NULL);
	atomic_int value = 0;

	begin();
	creel_context_set(key, &value);
	options.arg_drop = look;
	ck_assert_int_eq(creel_take(creel_submit_with(pool, &options, get_it, &f), NULL), CREEL_OK);
	expect_none(&f);
	creel_pool_destroy(pool);
	end();
}
END_TEST

/* Whatever fails changes nothing. */
START_TEST(no_memory)
{
	atomic_int values[2] = {0};

	begin();
	ck_assert_int_eq(creel_context_set(key, &values[0]), CREEL_OK);
	for (int n = 1;; n++) {
		creel_status status;
		bool failed;

		fault_arm(FAULT_MALLOC, n, false);
		status = creel_context_set(key, &values[1]);
		failed = fault_disarm();
		ck_assert_int_eq(status, failed ? CREEL_ENOMEM : CREEL_OK);
		ck_assert_ptr_eq(creel_context_get(key), failed ? &values[0] : &values[1]);
		ck_assert_int_eq(atomic_load(&values[0]), failed ? 0 : 1);
		ck_assert_int_eq(atomic_load(&values[1]), 0);
		if (!failed)
			break;
	}
	fault_arm(FAULT_MALLOC, 1, false);
	ck_assert_ptr_null(creel_context_key_create(NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
	ck_assert(fault_disarm());
	end();
}
END_TEST

START_TEST(no_memory_for_a_task)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	atomic_int value = 0;

	begin();
	creel_context_set(key, &value);
	fault_arm(FAULT_MALLOC, 2, false); /* the first is the task */
	task = creel_submit(pool, get_it, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(creel_future_error(task)->code, CREEL_ENOMEM);
	creel_future_unref(task);
	fault_arm(FAULT_MALLOC, 2, false);
	ck_assert_int_eq(creel_post(pool, get_it, NULL), CREEL_ENOMEM);
	ck_assert(fault_disarm());
	end();
	ck_assert_int_eq(atomic_load(&value), 1);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.context_drops", what_is_replaced_is_dropped, before_the_end_is_seen,
	tasks_that_never_run, what_a_pool_refuses, what_is_never_submitted, a_stream_ends,
	a_thread_ends, callbacks_have_none, destructors_have_none, no_memory, no_memory_for_a_task)
