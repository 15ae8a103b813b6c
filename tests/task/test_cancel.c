/* SPDX-License-Identifier: MIT */
/* test_cancel.c: cancelling tasks: what CPython's tests of it show, where creel means the same. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>

/* A task that waits, is told to end, and does one thing or another about it. */
typedef struct script {
	creel_future *first, *second;
	creel_status status[2];
	bool requested[2];
	void *value;
	atomic_int started;
} script;

static void *
obey(void *arg)
{
	script *s = arg;

	atomic_store(&s->started, 1);
	s->status[0] = s->first != NULL ? creel_await(s->first, &s->value)
					: creel_sleep(CREEL_SECONDS(1000));
	s->requested[0] = creel_cancel_requested();
	if (s->status[0] == CREEL_ECANCELLED)
		return creel_fail(CREEL_ECANCELLED, "as asked");
	return pointer_of(1);
}

/* Begin a task on a pool of one worker, and let it get to its wait. */
static creel_future *
begin(creel_pool *pool, creel_fn *fn, script *s)
{
	creel_future *task = creel_submit(pool, fn, s);

	settle(pool);
	ck_assert_int_eq(creel_future_status(task), CREEL_EPENDING);
	return task;
}

/* 3.6 "cancel": a sleeping task ends cancelled; a later cancel is ALREADY
   1.4 "cancelled() right after cancel()": not yet: cancelled means ended */
START_TEST(cancel)
{
	creel_pool *pool = pool_of(1);
	script s = {.first = NULL};
	creel_future *task = begin(pool, obey, &s);
	gate hold = GATE_INIT;

	creel_post(pool, gate_task, &hold);
	gate_await_arrivals(&hold, 1);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_future_status(task), CREEL_EPENDING);
	gate_open(&hold);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_error(task)->code, CREEL_ECANCELLED);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	ck_assert(s.requested[0]);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_ALREADY);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "cancelling": each of two requests is one; the second finds a task that has not been told yet
   1.4 "cancel() return": REQUESTED every time, even if it is ignored later; then TOO_LATE */
START_TEST(cancelling)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *task = creel_submit(pool, gate_task, &hold);

	gate_await_arrivals(&hold, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	gate_open(&hold);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_TOO_LATE);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

static void *
yield_until_told(void *arg)
{
	script *s = arg;

	while ((s->status[0] = creel_sleep(0)) == CREEL_OK)
		atomic_store(&s->started, 1);
	return creel_fail(CREEL_ECANCELLED, "as asked");
}

/* 3.6 "cancel_yield": a cancel at a bare yield */
START_TEST(cancel_yield)
{
	creel_pool *pool = pool_of(1);
	script s = {.first = NULL};
	creel_future *task = creel_submit(pool, yield_until_told, &s);

	spin_until(&s.started, 1);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "cancel_with_message_before_starting_task": the body never runs; the error says why
   1.4 "cancel before the first step": the body function is not called
   1.14 "cancel the AF before the job starts": cancelled at once, the job never runs */
START_TEST(cancel_with_message_before_starting_task)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold), *task;
	script s = {.first = NULL};

	task = creel_submit(pool, obey, &s);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_status(task), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_error(task)->code, CREEL_ECANCELLED);
	ck_assert_int_ne(creel_future_error(task)->message[0], '\0');
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_ALREADY);
	gate_open(&hold);
	settle(pool);
	ck_assert_int_eq(atomic_load(&s.started), 0);
	creel_future_unref(task);
	creel_future_unref(holding);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "cancel_inner_future": who awaits a future that is cancelled hears of it, and was not asked */
START_TEST(cancel_inner_future)
{
	creel_pool *pool = pool_of(1);
	script s = {.first = creel_future_create(), .value = &s};
	creel_future *task = begin(pool, obey, &s);

	ck_assert_int_eq(creel_future_cancel(s.first), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
	ck_assert(!s.requested[0]);
	ck_assert_ptr_eq(s.value, &s);
	creel_future_unref(s.first);
	creel_pool_destroy(pool);
}
END_TEST

static void
count_call(creel_future *future, void *arg)
{
	(void)future;
	++*(int *)arg;
}

/* 3.6 "cancel_both_task_and_inner_future": the task ends once, cancelled */
START_TEST(cancel_both_task_and_inner_future)
{
	creel_pool *pool = pool_of(1);
	script s = {.first = creel_future_create()};
	creel_future *task = begin(pool, obey, &s);
	gate hold = GATE_INIT;
	int calls = 0;

	creel_future_on_done(task, count_call, &calls);
	creel_post(pool, gate_task, &hold);
	gate_await_arrivals(&hold, 1);
	ck_assert_int_eq(creel_future_cancel(s.first), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	gate_open(&hold);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_ECANCELLED);
	ck_assert(s.requested[0]);
	settle(pool);
	ck_assert_int_eq(calls, 1);
	creel_future_unref(task);
	creel_future_unref(s.first);
	creel_pool_destroy(pool);
}
END_TEST

static void *
catch_it(void *arg)
{
	script *s = arg;

	s->status[0] = creel_sleep(CREEL_FOREVER);
	return pointer_of(42);
}

/* 3.6 "cancel_task_catching": swallow the request, and return 42
   1.4 "coroutine swallows the cancel and returns a value": the task ends with the value */
START_TEST(cancel_task_catching)
{
	creel_pool *pool = pool_of(1);
	script s = {.first = NULL};
	creel_future *task = begin(pool, catch_it, &s);

	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(take_number(task), 42);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

static void *
go_on_waiting(void *arg)
{
	script *s = arg;

	s->status[0] = creel_await(s->first, NULL);
	s->status[1] = creel_await(s->second, &s->value);
	s->requested[1] = creel_cancel_requested();
	return s->value;
}

/* 3.6 "cancel_task_ignoring": swallow it and await again: the second await is not affected
   1.4 "coroutine swallows and continues": only a new cancel interrupts again; the level stays */
START_TEST(cancel_task_ignoring)
{
	creel_pool *pool = pool_of(1);
	script s = {creel_future_create(), creel_future_create(), {0}, {false}, NULL, 0};
	creel_future *task = begin(pool, go_on_waiting, &s);

	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	settle(pool);
	ck_assert_int_eq(creel_future_status(task), CREEL_EPENDING);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	creel_future_set_result(s.second, pointer_of(42));
	ck_assert_int_eq(take_number(task), 42);
	ck_assert_int_eq(s.status[1], CREEL_OK);
	ck_assert(s.requested[1]);
	creel_future_unref(s.first);
	creel_future_unref(s.second);
	creel_pool_destroy(pool);
}
END_TEST

static void *
cancel_self_and_sleep(void *arg)
{
	script *s = arg;

	s->requested[0] = creel_future_cancel(creel_current()) == CREEL_CANCEL_REQUESTED;
	s->status[0] = creel_sleep(CREEL_SECONDS(1000));
	return creel_fail(CREEL_ECANCELLED, "as it asked itself");
}

/* 3.6 "cancel_current_task": a task that cancels itself is told by its next wait
   1.4 "cancel while running (self-cancel)": the next await answers at once */
START_TEST(cancel_current_task)
{
	creel_pool *pool = pool_of(1);
	script s = {.first = NULL};

	ck_assert_int_eq(
		creel_take(creel_submit(pool, cancel_self_and_sleep, &s), NULL), CREEL_ECANCELLED);
	ck_assert(s.requested[0]);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

static void *
cancel_self_and_return(void *arg)
{
	creel_future_cancel(creel_current());
	return arg;
}

/* 3.6 "cancel_at_end": otherwise: a task that cancels itself and then returns keeps its value */
/* 5 "D15": the value wins */
START_TEST(cancel_at_end)
{
	creel_pool *pool = pool_of(1);
	void *value = NULL;

	ck_assert_int_eq(
		creel_take(creel_submit(pool, cancel_self_and_return, &pool), &value), CREEL_OK);
	ck_assert_ptr_eq(value, &pool);
	creel_pool_destroy(pool);
}
END_TEST

static void *
cancel_self_and_await(void *arg)
{
	creel_future_cancel(creel_current());
	return go_on_waiting(arg);
}

/* 3.6 "cancel_awaited_task": otherwise: what a cancelled task awaits next is left, at once; it is not cancelled */
START_TEST(cancel_awaited_task)
{
	creel_pool *pool = pool_of(1);
	script nested = {.first = NULL}, s = {.second = creel_future_create()};
	creel_future *inner = begin(pool, obey, &nested);
	creel_future *outer;

	s.first = inner;
	outer = creel_submit(pool, cancel_self_and_await, &s);
	settle(pool);
	ck_assert_int_eq(s.status[0], CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(inner), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(outer), CREEL_EPENDING);
	creel_future_set_result(s.second, NULL);
	ck_assert_int_eq(creel_take(outer, NULL), CREEL_OK);
	creel_future_cancel(inner);
	ck_assert_int_eq(creel_take(inner, NULL), CREEL_ECANCELLED);
	creel_future_unref(s.second);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.6 "task_cancel_waiter_future": otherwise: the awaited future is left alone
   3.6 "yield_future_passes_cancel": otherwise: nothing passes from outer to inner
   1.4 "cancel while waiting on future F": otherwise: F is not cancelled, for futures are shared
   1.4 "task awaited by several": the cancel of one who awaits it leaves it, and the others, alone */
/* 5 "D18": the future goes on */
START_TEST(task_cancel_waiter_future)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	script in = {.first = promise}, out = {.first = NULL}, beside = {.first = NULL};
	creel_future *inner = begin(pool, obey, &in), *outer, *other;

	out.first = beside.first = inner;
	outer = begin(pool, obey, &out);
	other = begin(pool, obey, &beside);
	ck_assert_int_eq(creel_future_cancel(outer), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(outer, NULL), CREEL_ECANCELLED);
	settle(pool);
	ck_assert_int_eq(creel_future_status(inner), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(promise), CREEL_EPENDING);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(other), 1);
	ck_assert_int_eq(take_number(inner), 1);
	ck_assert(!in.requested[0] && !beside.requested[0]);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
fail_when_told(void *arg)
{
	script *s = arg;

	s->status[0] = creel_sleep(CREEL_FOREVER);
	return creel_fail(EPIPE, "while cleaning up");
}

/* 3.6 "baseexception_during_cancel": a task that fails when it is told to end has ended, failed
   1.4 "coroutine raises another error on cancel": the task fails with that error */
START_TEST(baseexception_during_cancel)
{
	creel_pool *pool = pool_of(1);
	script s = {.first = NULL};
	creel_future *task = begin(pool, fail_when_told, &s);

	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(task)->code, EPIPE);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_TOO_LATE);
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

/* Who waits for the same future as others do, each in its own way. */
typedef struct onlooker {
	creel_future *future;
	int way;
	creel_status status;
	bool requested;
} onlooker;

static void *
look_on(void *arg)
{
	onlooker *o = arg;

	switch (o->way) {
	case 0:
		o->status = creel_await(o->future, NULL);
		break;
	case 1:
		o->status = creel_await_for(o->future, CREEL_SECONDS(1000), NULL);
		break;
	case 2:
		o->status = creel_wait_for(o->future, CREEL_SECONDS(1000), NULL);
		break;
	default:
		o->status = creel_take(creel_future_ref(o->future), NULL);
		break;
	}
	o->requested = creel_cancel_requested();
	return NULL;
}

/* 1.2 "cancel() and blocked result()": every kind of wait, of tasks and of threads, ends by the cancel of
   a task that has not started; nobody who waits was asked to end
   1.4 "cancel before the first step": it has ended when the call returns */
START_TEST(a_cancel_ends_every_wait)
{
	enum { WAYS = 4 };
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	script never = {.first = NULL};
	onlooker o[2 * WAYS];
	creel_future *queued, *tasks[WAYS];
	pthread_t threads[WAYS];
	gate hold = GATE_INIT;

	creel_post(pool, gate_task, &hold);
	queued = creel_submit(pool, obey, &never);
	for (int i = 0; i < 2 * WAYS; i++)
		o[i] = (onlooker){.future = queued, .way = i % WAYS, .status = CREEL_EPENDING};
	for (int i = 0; i < WAYS; i++) {
		tasks[i] = creel_submit(other, look_on, &o[i]);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look_on, &o[WAYS + i]), 0);
	}
	settle(other);
	linger(NULL); /* the threads wait by now, most likely; if not, they hear it all the same */
	ck_assert_int_eq(creel_future_cancel(queued), CREEL_CANCEL_NOW);
	ck_assert(creel_future_done(queued));
	for (int i = 0; i < WAYS; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	}
	for (int i = 0; i < 2 * WAYS; i++) {
		ck_assert_int_eq(o[i].status, CREEL_ECANCELLED);
		ck_assert(!o[i].requested);
	}
	gate_open(&hold);
	creel_future_unref(queued);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
	ck_assert_int_eq(atomic_load(&never.started), 0);
}
END_TEST

CREEL_SUITE("creel.task.cancel", cancel, cancelling, cancel_yield,
	cancel_with_message_before_starting_task, cancel_inner_future,
	cancel_both_task_and_inner_future, cancel_task_catching, cancel_task_ignoring,
	cancel_current_task, cancel_at_end, cancel_awaited_task, task_cancel_waiter_future,
	baseexception_during_cancel, a_cancel_ends_every_wait)
