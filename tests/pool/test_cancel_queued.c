/* SPDX-License-Identifier: MIT */
/* test_cancel_queued.c: a shutdown that cancels what has not started: at once, for all who look. */
#include "support/fake_clock.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/proc.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/completions.h>
#include <creel/task.h>

#include <pthread.h>
#include <unistd.h>

enum { QUEUED = 20 };

/* What a task is told in its argument, and what becomes of it. */
typedef struct item {
	atomic_int runs, drops, seen_done_before_drop;
	creel_future *future;
} item;

static void *
run_item(void *arg)
{
	item *i = arg;

	atomic_fetch_add(&i->runs, 1);
	return i;
}

static void
drop_item(void *arg)
{
	item *i = arg;

	atomic_fetch_add(&i->drops, 1);
	if (creel_future_done(i->future))
		atomic_store(&i->seen_done_before_drop, 1);
}

static const creel_task_options dropping = {.size = sizeof dropping, .arg_drop = drop_item};

/* One worker, held at the gate, and QUEUED items behind. */
typedef struct scene {
	gate g;
	creel_pool *pool;
	creel_future *running;
	item items[QUEUED];
} scene;

static void
set_scene(scene *s)
{
	*s = (scene){.g = GATE_INIT, .pool = pool_of(1)};
	s->running = creel_submit(s->pool, gate_task, &s->g);
	gate_await_arrivals(&s->g, 1);
	for (int i = 0; i < QUEUED; i++)
		s->items[i].future = creel_submit_with(s->pool, &dropping, run_item, &s->items[i]);
}

static void
assert_all_cancelled(scene *s)
{
	for (int i = 0; i < QUEUED; i++) {
		ck_assert_int_eq(creel_future_status(s->items[i].future), CREEL_ECANCELLED);
		ck_assert_int_eq(atomic_load(&s->items[i].runs), 0);
		ck_assert_int_eq(atomic_load(&s->items[i].drops), 1);
		ck_assert_int_eq(atomic_load(&s->items[i].seen_done_before_drop), 0);
	}
}

static void
end_scene(scene *s)
{
	void *result = NULL;

	ck_assert_int_eq(creel_future_status(s->running), CREEL_EPENDING);
	gate_open(&s->g);
	ck_assert_int_eq(
		creel_pool_shutdown(s->pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_take(s->running, &result), CREEL_OK);
	ck_assert_ptr_eq(result, &s->g);
	assert_all_cancelled(s);
	for (int i = 0; i < QUEUED; i++)
		creel_future_unref(s->items[i].future);
	creel_pool_destroy(s->pool);
}

/* 1.15 "futures cancelled by shutdown": terminal when the call returns, arg dropped once, none runs */
START_TEST(what_is_queued_is_cancelled_at_once)
{
	scene s;

	set_scene(&s);
	ck_assert_int_eq(
		creel_pool_shutdown(s.pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	assert_all_cancelled(&s);
	ck_assert_int_eq(creel_future_error(s.items[0].future)->code, CREEL_ECANCELLED);
	end_scene(&s);
}
END_TEST

/* Those who wait, each in its own way. */
typedef struct waiting {
	scene *s;
	creel_completions *completions;
	atomic_int tid;
	creel_status await, await_for, wait_for, next, task;
	int handed_out, callbacks;
} waiting;

static void *
wait_by_await(void *arg)
{
	waiting *w = arg;

	atomic_store(&w->tid, gettid());
	w->await = creel_await(w->s->items[0].future, NULL);
	return NULL;
}

static void *
wait_by_await_for(void *arg)
{
	waiting *w = arg;

	w->await_for = creel_await_for(w->s->items[1].future, CREEL_SECONDS(9), NULL);
	return NULL;
}

static void *
wait_by_wait_for(void *arg)
{
	waiting *w = arg;

	w->wait_for = creel_wait_for(w->s->items[2].future, CREEL_SECONDS(9), NULL);
	return NULL;
}

static void *
wait_by_completions(void *arg)
{
	waiting *w = arg;
	creel_completion c;

	while ((w->next = creel_completions_next(w->completions, CREEL_SECONDS(9), &c)) ==
		CREEL_OK) {
		w->handed_out += creel_future_status(c.future) == CREEL_ECANCELLED;
		creel_future_unref(c.future);
	}
	return NULL;
}

static void *
wait_as_a_task(void *arg)
{
	waiting *w = arg;

	w->task = creel_await(w->s->items[3].future, NULL);
	if (creel_cancel_requested()) /* it is not the task that was cancelled */
		w->task = CREEL_OK;
	return NULL;
}

static void *
nothing(void *arg)
{
	return arg;
}

static void
count_callback(creel_future *future, void *arg)
{
	waiting *w = arg;

	w->callbacks += creel_future_status(future) == CREEL_ECANCELLED;
}

/* 3.16 "14. shutdown(CANCEL_QUEUED)": every kind of waiter of every cancelled future is woken by it */
START_TEST(all_who_wait_are_woken)
{
	creel_fn *const fns[] = {
		wait_by_await_for, wait_by_wait_for, wait_by_completions, wait_by_await};
	pthread_t threads[4];
	creel_future *futures[QUEUED];
	creel_pool *other;
	scene s;
	waiting w = {.s = &s};

	fake_clock_start(); /* to see them wait; it stands still */
	set_scene(&s);
	for (int i = 0; i < QUEUED; i++)
		futures[i] = s.items[i].future;
	w.completions = creel_as_completed(futures, QUEUED);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, fns[i], &w);
	other = pool_of(1);
	ck_assert_int_eq(creel_post(other, wait_as_a_task, &w), CREEL_OK);
	ck_assert_int_eq(
		creel_pool_run(other, nothing, NULL, NULL), CREEL_OK); /* it is suspended */
	ck_assert_int_eq(creel_future_on_done(futures[4], count_callback, &w), CREEL_OK);
	ck_assert_int_eq(creel_future_on_done(futures[0], count_callback, &w), CREEL_OK);
	fake_clock_await_sleepers(3);
	spin_until(&w.tid, 1);
	proc_await_asleep(atomic_load(&w.tid));

	ck_assert_int_eq(
		creel_pool_shutdown(s.pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(w.callbacks, 2);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(creel_pool_wait_idle(other, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(w.await, CREEL_ECANCELLED);
	ck_assert_int_eq(w.await_for, CREEL_ECANCELLED);
	ck_assert_int_eq(w.wait_for, CREEL_ECANCELLED);
	ck_assert_int_eq(w.task, CREEL_ECANCELLED);
	ck_assert_int_eq(w.next, CREEL_EEMPTY);
	ck_assert_int_eq(w.handed_out, QUEUED);
	creel_completions_destroy(w.completions);
	creel_pool_destroy(other);
	end_scene(&s);
}
END_TEST

/* A task that is running: what it submitted before is cancelled, what it submits then is refused. */
typedef struct runner {
	gate g;
	item before;
	creel_future *after;
	creel_status posted, awaited;
	creel_future *promise;
} runner;

static void *
submit_before_and_after(void *arg)
{
	runner *r = arg;

	r->before.future = creel_submit_with(creel_current_pool(), &dropping, run_item, &r->before);
	gate_pass(&r->g);
	r->after = creel_submit(creel_current_pool(), run_item, &r->before);
	r->posted = creel_post(creel_current_pool(), run_item, &r->before);
	r->awaited = creel_await(r->promise, NULL);
	return creel_cancel_requested() ? NULL : r;
}

START_TEST(what_runs_goes_on_but_submits_no_more)
{
	runner r = {.g = GATE_INIT, .promise = creel_future_create()};
	creel_pool *pool = pool_of(1);
	creel_future *running = creel_submit(pool, submit_before_and_after, &r);
	void *result = NULL;

	gate_await_arrivals(&r.g, 1);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_status(r.before.future), CREEL_ECANCELLED);
	ck_assert_int_eq(atomic_load(&r.before.drops), 1);
	gate_open(&r.g);
	creel_future_set_result(r.promise, NULL);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_take(running, &result), CREEL_OK);
	ck_assert_ptr_eq(result, &r);
	ck_assert_int_eq(r.posted, CREEL_ECLOSED);
	ck_assert_int_eq(r.awaited, CREEL_OK);
	ck_assert_int_eq(creel_future_error(r.after)->code, CREEL_ECLOSED);
	ck_assert_int_eq(atomic_load(&r.before.runs), 0);
	creel_future_unref(r.before.future);
	creel_future_unref(r.after);
	creel_future_unref(r.promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(posted_work_that_is_cancelled_never_runs)
{
	gate g = GATE_INIT;
	item i = {.runs = 0};
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(creel_post(pool, gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	for (int k = 0; k < 10; k++)
		ck_assert_int_eq(creel_post(pool, run_item, &i), CREEL_OK);
	ck_assert_int_eq(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	gate_open(&g);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&i.runs), 0);
}
END_TEST

/* The callback of the first one uses the others, which are next, and the pool. */
typedef struct meddler {
	scene *s;
	creel_cancel_result cancels;
	creel_status posted, shutdown, idle;
} meddler;

static void
meddle(creel_future *future, void *arg)
{
	meddler *m = arg;

	(void)future;
	m->cancels = creel_future_cancel(m->s->items[QUEUED - 1].future);
	m->posted = creel_post(m->s->pool, run_item, &m->s->items[0]);
	m->idle = creel_pool_wait_idle(m->s->pool, 0);
	m->shutdown = creel_pool_shutdown(m->s->pool, CREEL_SHUTDOWN_CANCEL_ALL, 0);
}

/* 3.16 "15. shutdown from worker/callback": a shutdown from a callback, of the very pool whose
 * shutdown runs it */
START_TEST(callbacks_may_use_the_pool_meanwhile)
{
	scene s;
	meddler m = {.s = &s, .cancels = CREEL_CANCEL_ALREADY};

	set_scene(&s);
	ck_assert_int_eq(creel_future_on_done(s.items[0].future, meddle, &m), CREEL_OK);
	ck_assert_int_eq(
		creel_pool_shutdown(s.pool, CREEL_SHUTDOWN_CANCEL_QUEUED, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(m.cancels, CREEL_CANCEL_NOW);
	ck_assert_int_eq(m.posted, CREEL_ECLOSED);
	ck_assert_int_eq(m.idle, CREEL_ETIMEDOUT);
	ck_assert_int_eq(m.shutdown, CREEL_ETIMEDOUT);
	end_scene(&s);
}
END_TEST

CREEL_SUITE("creel.pool.cancel_queued", what_is_queued_is_cancelled_at_once, all_who_wait_are_woken,
	what_runs_goes_on_but_submits_no_more, posted_work_that_is_cancelled_never_runs,
	callbacks_may_use_the_pool_meanwhile)
