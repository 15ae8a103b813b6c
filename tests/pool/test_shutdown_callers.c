/* SPDX-License-Identifier: MIT */
/* test_shutdown_callers.c: who may shut a pool down, from where, and in which order. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <pthread.h>

static const creel_shutdown_mode modes[] = {
	CREEL_SHUTDOWN_DRAIN, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_SHUTDOWN_CANCEL_ALL};

static void *
nothing(void *arg)
{
	return arg;
}

/* What a shutdown answers, and whether it has been started. */
typedef struct caller {
	creel_pool *pool;
	creel_shutdown_mode mode;
	creel_status poll, short_wait, forever;
	int error;
	gate called, go_on;
} caller;

static void
shut_down_thrice(caller *c)
{
	c->poll = creel_pool_shutdown(c->pool, c->mode, 0);
	c->short_wait = creel_pool_shutdown(c->pool, c->mode, 1);
	c->forever = creel_pool_shutdown(c->pool, c->mode, CREEL_FOREVER);
	c->error = creel_last_error()->code;
}

static void *
shut_down_own(void *arg)
{
	caller *c = arg;

	shut_down_thrice(c);
	gate_pass(&c->go_on);
	return NULL;
}

/* 1.15 "shutdown from a worker": EDEADLK, with timeout 0 ETIMEDOUT; it is started all the same */
START_TEST(a_task_of_the_pool_starts_it_but_cannot_wait)
{
	for (int i = 0; i < 3; i++) {
		caller c = {.pool = pool_of(1), .mode = modes[i], .go_on = GATE_INIT};
		creel_future *task = creel_submit(c.pool, shut_down_own, &c);

		gate_await_arrivals(&c.go_on, 1);
		ck_assert_int_eq(c.poll, CREEL_ETIMEDOUT);
		ck_assert_int_eq(c.short_wait, CREEL_EDEADLK);
		ck_assert_int_eq(c.forever, CREEL_EDEADLK);
		ck_assert_int_eq(c.error, CREEL_EDEADLK);
		ck_assert_int_eq(creel_post(c.pool, nothing, NULL), CREEL_ECLOSED);
		gate_open(&c.go_on);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(
			creel_pool_shutdown(c.pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
		creel_pool_destroy(c.pool);
	}
}
END_TEST

static void
shut_down_in_callback(creel_future *future, void *arg)
{
	caller *c = arg;

	(void)future;
	shut_down_thrice(c);
}

/* 3.16 "15. shutdown from worker/callback": from a callback, on the pool's own worker */
START_TEST(so_does_a_callback_on_its_worker)
{
	for (int i = 0; i < 3; i++) {
		gate g = GATE_INIT;
		caller c = {.pool = pool_of(1), .mode = modes[i]};
		creel_future *task = creel_submit(c.pool, gate_task, &g);

		ck_assert_int_eq(creel_future_on_done(task, shut_down_in_callback, &c), CREEL_OK);
		gate_open(&g);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(creel_pool_wait_idle(c.pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(c.poll, CREEL_ETIMEDOUT);
		ck_assert_int_eq(c.forever, CREEL_EDEADLK);
		ck_assert_int_eq(creel_post(c.pool, nothing, NULL), CREEL_ECLOSED);
		creel_pool_destroy(c.pool);
	}
}
END_TEST

/* 3.16 "15. shutdown from worker/callback": from a callback on another thread, which may not suspend,
 * and so without callbacks */
START_TEST(who_may_not_suspend_starts_it_but_cannot_wait)
{
	for (int i = 0; i < 6; i++) {
		gate g = GATE_INIT;
		caller c = {.pool = pool_of(1), .mode = modes[i / 2]};
		creel_future *promise = creel_future_create();

		ck_assert_int_eq(creel_post(c.pool, gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		if (i % 2 == 0) {
			ck_assert_int_eq(
				creel_future_on_done(promise, shut_down_in_callback, &c), CREEL_OK);
			ck_assert_int_eq(creel_future_set_result(promise, NULL), CREEL_OK);
		} else {
			creel_no_suspend_enter();
			shut_down_thrice(&c);
			creel_no_suspend_leave();
		}
		ck_assert_int_eq(c.poll, CREEL_ETIMEDOUT);
		ck_assert_int_eq(c.short_wait, CREEL_EDEADLK);
		ck_assert_int_eq(c.forever, CREEL_EDEADLK);
		ck_assert_int_eq(c.error, CREEL_EDEADLK);
		ck_assert_int_eq(creel_post(c.pool, nothing, NULL), CREEL_ECLOSED);
		gate_open(&g);
		creel_pool_destroy(c.pool);
		creel_future_unref(promise);
	}
}
END_TEST

START_TEST(a_pool_without_work_is_closed_at_once_by_anyone)
{
	creel_pool *pool = pool_of(1);

	creel_no_suspend_enter();
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	creel_no_suspend_leave();
	creel_pool_destroy(pool);
}
END_TEST

static void *
shut_down_other(void *arg)
{
	caller *c = arg;

	c->forever = creel_pool_shutdown(c->pool, c->mode, CREEL_FOREVER);
	c->error = creel_last_error()->code;
	return NULL;
}

static void *
open_gate(void *arg)
{
	gate_open(arg);
	return NULL;
}

START_TEST(a_task_of_another_pool_is_suspended_meanwhile)
{
	for (int i = 0; i < 3; i++) {
		gate g = GATE_INIT;
		creel_pool *other = pool_of(1);
		caller c = {.pool = pool_of(1), .mode = modes[i], .forever = CREEL_EPENDING};

		ck_assert_int_eq(creel_post(c.pool, gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		ck_assert_int_eq(creel_post(other, shut_down_other, &c), CREEL_OK);
		ck_assert_int_eq(creel_post(other, open_gate, &g), CREEL_OK); /* same worker */
		ck_assert_int_eq(creel_pool_wait_idle(other, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(c.forever, CREEL_OK);
		creel_pool_destroy(c.pool);
		creel_pool_destroy(other);
	}
}
END_TEST

START_TEST(a_task_of_another_pool_can_be_cancelled_and_the_shutdown_goes_on)
{
	gate g = GATE_INIT;
	creel_pool *other = pool_of(1);
	caller c = {.pool = pool_of(1), .mode = CREEL_SHUTDOWN_DRAIN};
	creel_future *task;

	ck_assert_int_eq(creel_post(c.pool, gate_task, &g), CREEL_OK);
	task = creel_submit(other, shut_down_other, &c);
	ck_assert_int_eq(creel_pool_run(other, nothing, NULL, NULL), CREEL_OK); /* is suspended */
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(c.forever, CREEL_ECANCELLED);
	ck_assert_int_eq(c.error, CREEL_ECANCELLED);
	ck_assert_int_eq(creel_post(c.pool, nothing, NULL), CREEL_ECLOSED);
	gate_open(&g);
	creel_pool_destroy(c.pool);
	creel_pool_destroy(other);
}
END_TEST

/* A pool with a task that runs, one that is suspended and one that is queued. */
typedef struct steps {
	gate g;
	creel_pool *pool;
	creel_future *promise, *running, *suspended, *queued;
	creel_status awaited;
	bool asked;
	creel_status posted;
} steps;

static void *
await_promise(void *arg)
{
	steps *s = arg;

	s->awaited = creel_await(s->promise, NULL);
	return NULL;
}

static void *
hold_then_post(void *arg)
{
	steps *s = arg;

	gate_pass(&s->g);
	s->asked = creel_cancel_requested();
	s->posted = creel_post(s->pool, nothing, NULL);
	return NULL;
}

static void
set_steps(steps *s)
{
	*s = (steps){.g = GATE_INIT, .pool = pool_of(1), .promise = creel_future_create()};
	s->suspended = creel_submit(s->pool, await_promise, s);
	s->running = creel_submit(s->pool, hold_then_post, s);
	s->queued = creel_submit(s->pool, nothing, s);
	gate_await_arrivals(&s->g, 1);
}

static void
end_steps(steps *s)
{
	gate_open(&s->g);
	creel_future_set_result(s->promise, NULL);
	ck_assert_int_eq(
		creel_pool_shutdown(s->pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	creel_future_unref(s->promise);
	creel_future_unref(s->suspended);
	creel_future_unref(s->running);
	creel_future_unref(s->queued);
	creel_pool_destroy(s->pool);
}

static void
step(const steps *s, creel_shutdown_mode mode, creel_status queued)
{
	ck_assert_int_eq(creel_pool_shutdown(s->pool, mode, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_future_status(s->queued), queued);
	ck_assert_int_eq(creel_future_status(s->running), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(s->suspended), CREEL_EPENDING);
}

START_TEST(a_stronger_mode_strengthens_it)
{
	steps s;

	set_steps(&s);
	step(&s, CREEL_SHUTDOWN_DRAIN, CREEL_EPENDING);
	step(&s, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_ECANCELLED);
	step(&s, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_ECANCELLED);
	gate_open(&s.g);
	ck_assert_int_eq(creel_await(s.suspended, NULL), CREEL_OK); /* the promise is pending */
	ck_assert_int_eq(s.awaited, CREEL_ECANCELLED);
	end_steps(&s);
	ck_assert(s.asked);
	ck_assert_int_eq(s.posted, CREEL_ECLOSED);
}
END_TEST

START_TEST(a_weaker_mode_changes_nothing)
{
	steps s;

	set_steps(&s);
	step(&s, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_ECANCELLED);
	step(&s, CREEL_SHUTDOWN_DRAIN, CREEL_ECANCELLED);
	end_steps(&s);
	ck_assert(!s.asked);
	ck_assert_int_eq(s.awaited, CREEL_OK);
	ck_assert_int_eq(s.posted, CREEL_ECLOSED); /* which draining would have accepted */

	set_steps(&s);
	step(&s, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_ECANCELLED);
	step(&s, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_ECANCELLED);
	step(&s, CREEL_SHUTDOWN_DRAIN, CREEL_ECANCELLED);
	gate_open(&s.g);
	ck_assert_int_eq(creel_await(s.suspended, NULL), CREEL_OK);
	ck_assert_int_eq(s.awaited, CREEL_ECANCELLED);
	end_steps(&s);
	ck_assert(s.asked);
}
END_TEST

static void *
shut_down_now(void *arg)
{
	caller *c = arg;

	gate_pass(&c->go_on);
	c->poll = creel_pool_shutdown(c->pool, c->mode, 0);
	return NULL;
}

/* Threads with all modes at once: each is answered, the strongest has its way. */
START_TEST(all_modes_at_once)
{
	for (int round = 0; round < 20; round++) {
		steps s;
		pthread_t threads[3];
		caller callers[3];

		set_steps(&s);
		for (int i = 0; i < 3; i++) {
			callers[i] = (caller){.pool = s.pool, .mode = modes[i], .go_on = GATE_INIT};
			pthread_create(&threads[i], NULL, shut_down_now, &callers[i]);
			gate_await_arrivals(&callers[i].go_on, 1);
		}
		for (int i = 0; i < 3; i++)
			gate_open(&callers[(i + round) % 3].go_on);
		for (int i = 0; i < 3; i++) {
			pthread_join(threads[i], NULL);
			ck_assert_int_eq(callers[i].poll, CREEL_ETIMEDOUT);
		}
		ck_assert_int_eq(creel_future_status(s.queued), CREEL_ECANCELLED);
		gate_open(&s.g);
		ck_assert_int_eq(creel_await(s.suspended, NULL), CREEL_OK);
		ck_assert_int_eq(s.awaited, CREEL_ECANCELLED);
		end_steps(&s);
	}
}
END_TEST

CREEL_SUITE("creel.pool.shutdown_callers", a_task_of_the_pool_starts_it_but_cannot_wait,
	so_does_a_callback_on_its_worker, who_may_not_suspend_starts_it_but_cannot_wait,
	a_pool_without_work_is_closed_at_once_by_anyone,
	a_task_of_another_pool_is_suspended_meanwhile,
	a_task_of_another_pool_can_be_cancelled_and_the_shutdown_goes_on,
	a_stronger_mode_strengthens_it, a_weaker_mode_changes_nothing, all_modes_at_once)
