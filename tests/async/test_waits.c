/* SPDX-License-Identifier: MIT */
/* test_waits.c: what holds for every wait at a lock, a queue and their like, wherever the caller is. */
#include "async/waits.h"
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>

#define LONG CREEL_SECONDS(1000)

/* One call that waits. */
typedef struct call {
	const wait_kind *kind;
	void *object;
	creel_duration timeout;
	creel_status status;
	int last_code;
	bool requested;
	gate *before; /* a gate that it passes first, or NULL */
	pthread_t thread;
} call;

static void *
wait_here(void *arg)
{
	call *c = arg;

	if (c->before != NULL)
		gate_pass(c->before);
	c->status = c->kind->wait(c->object, c->timeout);
	c->last_code = creel_last_error()->code;
	c->requested = creel_cancel_requested();
	return c;
}

static call
call_of(const wait_kind *kind, void *object, creel_duration timeout)
{
	return (call){.kind = kind, .object = object, .timeout = timeout};
}

/* A thread, a task of a pool and one of a loop wait, for so long, one after the other. */
static void
each_place(const wait_kind *kind, creel_duration timeout, void (*then)(call *))
{
	for (int place = 0; place < 3; place++) {
		call c = call_of(kind, kind->make(), timeout);
		creel_pool *pool = pool_of(1);
		creel_loop *loop = creel_loop_create(NULL);
		creel_future *task = NULL;

		if (place == 0)
			pthread_create(&c.thread, NULL, wait_here, &c);
		else
			task = place == 1 ? creel_submit(pool, wait_here, &c)
					  : creel_loop_submit(loop, wait_here, &c);
		fake_clock_await_sleepers(1);
		then(&c);
		if (place == 0)
			pthread_join(c.thread, NULL);
		else
			ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		creel_loop_destroy(loop);
		creel_pool_destroy(pool);
		ck_wait(kind, c.status, timeout == LONG ? CREEL_OK : CREEL_ETIMEDOUT);
		kind->destroy(c.object);
	}
}

static void
give(call *c)
{
	c->kind->give(c->object);
}

/* 1.16 "binding": to no loop: threads, tasks of pools and of loops wait for the same things */
START_TEST(anybody_waits)
{
	fake_clock_start();
	EACH_WAIT(kind)
	each_place(kind, LONG, give);
}
END_TEST

static void
step(call *c)
{
	(void)c;
	fake_clock_step(CREEL_SECONDS(5));
}

START_TEST(the_time_is_up_anywhere)
{
	fake_clock_start();
	EACH_WAIT(kind)
	each_place(kind, CREEL_SECONDS(5), step);
}
END_TEST

/* What comes after one has given up is there for the next. */
START_TEST(a_timeout_takes_nothing)
{
	EACH_WAIT(kind)
	{
		void *object = kind->make();

		ck_wait(kind, kind->wait(object, 1), CREEL_ETIMEDOUT);
		ck_wait(kind, kind->wait(object, 0), CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
		kind->give(object);
		if (kind->wait != wait_condition && kind->wait != wait_barrier)
			ck_wait(kind, kind->wait(object, 0), CREEL_OK);
		kind->destroy(object);
	}
}
END_TEST

static void
wait_in_callback(creel_future *future, void *arg)
{
	(void)future;
	wait_here(arg);
}

static void
wait_on_loop(void *arg)
{
	wait_here(arg);
}

/* In a done-callback, in a callback of a loop, and where the program has said so. */
static void
wait_in_wrong_places(const wait_kind *kind, creel_duration timeout, creel_status expected)
{
	for (int place = 0; place < 3; place++) {
		call c = call_of(kind, kind->make(), timeout);
		creel_future *promise = creel_future_create();
		creel_loop *loop;

		switch (place) {
		case 0:
			creel_future_on_done(promise, wait_in_callback, &c);
			creel_future_set_result(promise, NULL);
			break;
		case 1:
			loop = creel_loop_create(NULL);
			creel_call_soon_threadsafe(loop, wait_on_loop, &c, NULL);
			creel_take(creel_loop_submit(loop, same, NULL), NULL);
			creel_loop_destroy(loop);
			break;
		default:
			creel_no_suspend_enter();
			wait_here(&c);
			creel_no_suspend_leave();
			break;
		}
		ck_wait(kind, c.status, expected);
		ck_assert_int_eq(c.last_code, (int)expected);
		creel_future_unref(promise);
		kind->destroy(c.object);
	}
}

/* 3.16 "23. a waiting call on the loop thread outside any task": EDEADLK, and nobody is left in line */
START_TEST(not_where_waiting_is_not_allowed)
{
	EACH_WAIT(kind)
	{
		wait_in_wrong_places(kind, CREEL_FOREVER, CREEL_EDEADLK);
		wait_in_wrong_places(kind, 1, CREEL_EDEADLK);
		wait_in_wrong_places(kind, 0, CREEL_ETIMEDOUT);
	}
}
END_TEST

/* A task that is asked to end before it waits, with what it waits for there, or not. */
static call
wait_when_asked(const wait_kind *kind, creel_duration timeout, bool given)
{
	creel_pool *pool = pool_of(1);
	gate before = GATE_INIT;
	call c = call_of(kind, kind->make(), timeout);
	creel_future *task;

	c.before = &before;
	if (given)
		kind->give(c.object);
	task = creel_submit(pool, wait_here, &c);
	gate_await_arrivals(&before, 1);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	gate_open(&before);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	creel_pool_destroy(pool);
	kind->destroy(c.object);
	return c;
}

START_TEST(a_request_comes_before_the_wait)
{
	EACH_WAIT(kind)
	{
		ck_wait(kind, wait_when_asked(kind, CREEL_FOREVER, false).status, CREEL_ECANCELLED);
		ck_wait(kind, wait_when_asked(kind, 0, false).status, CREEL_ECANCELLED);
	}
}
END_TEST

START_TEST(what_is_there_beats_a_request)
{
	EACH_WAIT(kind)
	{
		call c;

		if (kind->wait == wait_condition || kind->wait == wait_barrier)
			continue; /* there is never anything there */
		c = wait_when_asked(kind, CREEL_FOREVER, true);
		ck_wait(kind, c.status, CREEL_OK);
		ck_assert(c.requested);
		ck_wait(kind, wait_when_asked(kind, 0, true).status, CREEL_OK);
	}
}
END_TEST

/* 3.16 "22. cancel after done-but-not-resumed": given and cancelled, or cancelled and given, before it runs: it
 * has what it was given, and the next wait is told of the request */
START_TEST(given_and_cancelled_at_once)
{
	for (int cancel_first = 0; cancel_first < 2; cancel_first++)
		EACH_WAIT(kind)
		{
			creel_pool *pool = pool_of(1);
			gate busy = GATE_INIT;
			call c = call_of(kind, kind->make(), CREEL_FOREVER);
			creel_future *task = creel_submit(pool, wait_here, &c), *holder;

			settle(pool);
			holder = creel_submit(pool, gate_task, &busy);
			gate_await_arrivals(&busy, 1);
			if (cancel_first)
				creel_future_cancel(task);
			kind->give(c.object);
			if (!cancel_first)
				creel_future_cancel(task);
			gate_open(&busy);
			ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
			ck_assert_int_eq(creel_take(holder, NULL), CREEL_OK);
			ck_wait(kind, c.status, CREEL_OK);
			ck_assert(c.requested);
			creel_pool_destroy(pool);
			kind->destroy(c.object);
		}
}
END_TEST

/* Time is up when it is given: it has it. */
START_TEST(given_when_the_time_is_up)
{
	fake_clock_start();
	EACH_WAIT(kind)
	{
		creel_pool *pool = pool_of(1);
		gate busy = GATE_INIT;
		call c = call_of(kind, kind->make(), CREEL_SECONDS(5));
		creel_future *task = creel_submit(pool, wait_here, &c), *holder;

		fake_clock_await_sleepers(1);
		holder = creel_submit(pool, gate_task, &busy);
		gate_await_arrivals(&busy, 1);
		fake_clock_step(CREEL_SECONDS(5));
		kind->give(c.object);
		gate_open(&busy);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(creel_take(holder, NULL), CREEL_OK);
		ck_wait(kind, c.status, CREEL_OK);
		creel_pool_destroy(pool);
		kind->destroy(c.object);
	}
}
END_TEST

/* A thread and a task wait when it is destroyed; a condition comes first, and its lock when they have gone. */
START_TEST(destroying_tells_who_waits)
{
	fake_clock_start();
	EACH_WAIT(kind)
	{
		creel_pool *pool = pool_of(1);
		void *object = kind->make();
		call of_thread = call_of(kind, object, LONG);
		call of_task = call_of(kind, object, LONG);
		creel_future *task;

		if (kind->wait == wait_barrier) { /* two would go on */
			kind->destroy(object);
			object = of_thread.object = of_task.object = creel_barrier_create(3);
		}
		pthread_create(&of_thread.thread, NULL, wait_here, &of_thread);
		fake_clock_await_sleepers(1);
		task = creel_submit(pool, wait_here, &of_task);
		fake_clock_await_sleepers(2);
		if (kind->wait == wait_condition)
			creel_condition_destroy(((conditional *)object)->condition);
		else
			kind->destroy(object);
		pthread_join(of_thread.thread, NULL);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_wait(kind, of_thread.status, CREEL_ECLOSED);
		ck_assert_int_eq(of_thread.last_code, CREEL_ECLOSED);
		ck_wait(kind, of_task.status, CREEL_ECLOSED);
		if (kind->wait == wait_condition)
			creel_lock_destroy(((conditional *)object)->lock);
		creel_pool_destroy(pool);
	}
}
END_TEST

CREEL_SUITE("creel.async.waits", anybody_waits, the_time_is_up_anywhere, a_timeout_takes_nothing,
	not_where_waiting_is_not_allowed, a_request_comes_before_the_wait,
	what_is_there_beats_a_request, given_and_cancelled_at_once, given_when_the_time_is_up,
	destroying_tells_who_waits)
