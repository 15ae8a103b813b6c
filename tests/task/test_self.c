/* SPDX-License-Identifier: MIT */
/* test_self.c: what a task, a post and a callback know of where they are; what a task refuses. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>

/* What is said of the place. */
typedef struct place {
	creel_future *current;
	creel_pool *pool;
	int worker;
	bool requested;
	creel_status checkpoint;
	pthread_t thread;
} place;

static void
look(place *p)
{
	p->current = creel_current();
	p->pool = creel_current_pool();
	p->worker = creel_worker_index();
	p->requested = creel_cancel_requested();
	p->checkpoint = creel_checkpoint();
	p->thread = pthread_self();
}

static void *
look_task(void *arg)
{
	look(arg);
	return NULL;
}

static void
look_callback(creel_future *future, void *arg)
{
	(void)future;
	look(arg);
}

/* 3.6 "current_task_no_running_loop": off tasks there is none */
/* 3.6 "current_task_no_running_loop_implicit": otherwise: NULL, which is no error */
START_TEST(current_task_no_running_loop)
{
	place p;

	look(&p);
	ck_assert_ptr_null(p.current);
	ck_assert_ptr_null(p.pool);
	ck_assert_int_eq(p.worker, -1);
	ck_assert(!p.requested);
	ck_assert_int_eq(p.checkpoint, CREEL_OK);
}
END_TEST

/* 3.6 "current_task": in a task it is the task's own future; not so on the thread that waits for it */
START_TEST(current_task)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold), *task;
	place p, posted;

	task = creel_submit(pool, look_task, &p);
	creel_post(pool, look_task, &posted);
	gate_open(&hold);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
	settle(pool);
	ck_assert_ptr_eq(p.current, task);
	ck_assert_ptr_eq(p.pool, pool);
	ck_assert_int_eq(p.worker, 0);
	ck_assert_ptr_null(posted.current);
	ck_assert_ptr_eq(posted.pool, pool);
	ck_assert_int_eq(posted.worker, 0);
	ck_assert_ptr_null(creel_current());
	ck_assert_ptr_null(creel_current_pool());
	creel_future_unref(task);
	creel_future_unref(holding);
	creel_pool_destroy(pool);
}
END_TEST

/* What a task saw before and after others ran on its worker. */
typedef struct around {
	creel_future *promise;
	place before, after;
} around;

static void *
look_around_a_wait(void *arg)
{
	around *a = arg;

	look(&a->before);
	creel_await(a->promise, NULL);
	look(&a->after);
	return NULL;
}

/* 3.6 "current_task_with_interleaving_tasks": each has its own, before and after it was suspended
   1.4 "current_task()": across switches */
START_TEST(current_task_with_interleaving_tasks)
{
	enum { N = 20 };
	creel_pool *pool = pool_of(3);
	creel_future *promise = creel_future_create(), *tasks[N];
	around arounds[N];

	for (int i = 0; i < N; i++) {
		arounds[i] = (around){.promise = promise};
		tasks[i] = creel_submit(pool, look_around_a_wait, &arounds[i]);
	}
	creel_future_set_result(promise, NULL);
	for (int i = 0; i < N; i++) {
		const place *before = &arounds[i].before, *after = &arounds[i].after;

		ck_assert_int_eq(creel_await(tasks[i], NULL), CREEL_OK);
		ck_assert_ptr_eq(before->current, tasks[i]);
		ck_assert_ptr_eq(after->current, tasks[i]);
		ck_assert_ptr_eq(after->pool, pool);
		ck_assert_int_eq(after->worker, before->worker);
		ck_assert_int_ge(after->worker, 0);
		ck_assert_int_lt(after->worker, 3);
		ck_assert(pthread_equal(after->thread, before->thread));
	}
	creel_futures_unref(tasks, N);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
complete_and_look(void *arg)
{
	creel_future *promise = arg;

	creel_future_set_result(promise, NULL);
	return creel_current();
}

/* A callback runs in who completes: a task's, in that task; a task's own end, after the task. */
START_TEST(callbacks_know_where_they_are)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *task;
	gate hold = GATE_INIT;
	place in_task, at_end, late;

	creel_post(pool, gate_task, &hold);
	creel_future_on_done(promise, look_callback, &in_task);
	task = creel_submit(pool, complete_and_look, promise);
	creel_future_on_done(task, look_callback, &at_end);
	gate_open(&hold);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
	settle(pool);
	creel_future_on_done(task, look_callback, &late);
	ck_assert_ptr_eq(in_task.current, task);
	ck_assert_ptr_eq(in_task.pool, pool);
	ck_assert_int_eq(in_task.worker, 0);
	ck_assert_ptr_null(at_end.current);
	ck_assert_ptr_eq(at_end.pool, pool);
	ck_assert_int_eq(at_end.worker, 0);
	ck_assert(!at_end.requested);
	ck_assert_ptr_null(late.current);
	ck_assert_ptr_null(late.pool);
	ck_assert_int_eq(late.worker, -1);
	creel_future_unref(task);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct nested {
	creel_pool *outer, *inner;
	place before, within, after;
} nested;

static void *
look_around_a_run(void *arg)
{
	nested *n = arg;

	look(&n->before);
	creel_pool_run(n->inner, look_task, &n->within, NULL);
	look(&n->after);
	return NULL;
}

/* A task of one pool that runs one on another: each knows its own. */
START_TEST(pools_are_told_apart)
{
	nested n = {.outer = pool_of(1), .inner = pool_of(2)};

	ck_assert_int_eq(creel_pool_run(n.outer, look_around_a_run, &n, NULL), CREEL_OK);
	ck_assert_ptr_eq(n.before.pool, n.outer);
	ck_assert_ptr_eq(n.within.pool, n.inner);
	ck_assert_ptr_eq(n.after.pool, n.outer);
	ck_assert_ptr_eq(n.after.current, n.before.current);
	ck_assert_ptr_ne(n.within.current, n.before.current);
	ck_assert_uint_eq(creel_pool_size(n.outer), 1);
	ck_assert_uint_eq(creel_pool_size(n.inner), 2);
	creel_pool_destroy(n.inner);
	creel_pool_destroy(n.outer);
}
END_TEST

static void *
pass_and_look(void *arg)
{
	gate_pass(arg);
	return pointer_of(creel_worker_index());
}

/* Each worker has a number of its own. */
START_TEST(workers_are_numbered)
{
	enum { N = 4 };
	creel_pool *pool = pool_of(N);
	gate hold = GATE_INIT;
	creel_future *tasks[N];
	int seen = 0;

	for (int i = 0; i < N; i++)
		tasks[i] = creel_submit(pool, pass_and_look, &hold);
	gate_await_arrivals(&hold, N);
	gate_open(&hold);
	for (int i = 0; i < N; i++)
		seen |= 1 << take_number(tasks[i]);
	ck_assert_int_eq(seen, (1 << N) - 1);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct setter {
	creel_status status[3];
} setter;

static void *
set_oneself(void *arg)
{
	setter *s = arg;

	s->status[0] = creel_future_set_result(creel_current(), arg);
	s->status[1] = creel_future_set_error(creel_current(), 1, "no");
	s->status[2] = creel_future_status(creel_current());
	return NULL;
}

/* 3.6 "task_set_methods": a task's future is not to be set, by nobody and at no time
   1.4 "set_result/set_exception on a task": ESTATE */
START_TEST(task_set_methods)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *running = creel_submit(pool, gate_task, &hold);
	creel_future *queued = creel_submit(pool, same, NULL);
	setter s;

	gate_await_arrivals(&hold, 1);
	ck_assert_int_eq(creel_future_set_result(running, NULL), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(running, 1, "no"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_result(queued, NULL), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(queued, 1, "no"), CREEL_ESTATE);
	gate_open(&hold);
	ck_assert_int_eq(creel_await(queued, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_set_result(queued, NULL), CREEL_ESTATE);
	ck_assert_int_eq(creel_await(running, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, set_oneself, &s, NULL), CREEL_OK);
	ck_assert_int_eq(s.status[0], CREEL_ESTATE);
	ck_assert_int_eq(s.status[1], CREEL_ESTATE);
	ck_assert_int_eq(s.status[2], CREEL_EPENDING);
	creel_future_unref(running);
	creel_future_unref(queued);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "set_result_causes_invalid_state": a promise that a task awaits is completed once
   3.6 "set_exception_causes_invalid_state": nor failed after that */
START_TEST(set_result_causes_invalid_state)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *task = creel_submit(pool, await_it, promise);

	settle(pool);
	ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_set_result(promise, &pool), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(promise, 1, "too late"), CREEL_ESTATE);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	ck_assert_int_eq(creel_future_status(promise), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.self", current_task_no_running_loop, current_task,
	current_task_with_interleaving_tasks, callbacks_know_where_they_are, pools_are_told_apart,
	workers_are_numbered, task_set_methods, set_result_causes_invalid_state)
