/* SPDX-License-Identifier: MIT */
/* test_bounded_wait.c: who puts in more than there is room for waits, by CREEL_FULL_WAIT. */
#include "pool/bounded.h"
#include "support/fake_clock.h"
#include "support/pools.h"
#include "support/suite.h"

#include <stdatomic.h>

bounded_order bounded_started;

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

static void
assert_started(creel_pool *pool, const char *expected)
{
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	bounded_started.letters[bounded_started.length] = '\0';
	ck_assert_str_eq(bounded_started.letters, expected);
	bounded_started.length = 0;
}

/* 1.16 Queue's put waits on full: who came first is let in first, whole submissions one after the other. */
START_TEST(who_came_first_is_let_in_first)
{
	for (int f = 0; f < 2; f++) {
		gate g = GATE_INIT;
		creel_pool *pool = bounded_at_gate(&g, both[f], 2, CREEL_FULL_WAIT);
		bounded_submission all[] = {{pool, "abcde", 5, CREEL_ESTATE, 0},
			{pool, "f", 1, CREEL_ESTATE, 0}, {pool, "ghi", 3, CREEL_ESTATE, 0}};

		for (int i = 0; i < 3; i++)
			bounded_submit_elsewhere(&all[i]);
		ck_assert_int_eq(
			bounded_code(creel_try_submit(pool, bounded_start, bounded_letter('x'))),
			CREEL_EFULL);
		gate_open(&g);
		for (int i = 0; i < 3; i++) {
			pthread_join(all[i].thread, NULL);
			ck_assert_int_eq(all[i].status, CREEL_OK);
		}
		assert_started(pool, "abcdefghi");
		creel_pool_destroy(pool);
	}
}
END_TEST

START_TEST(more_than_a_chunk_is_let_in)
{
	enum { N = 1000 };
	static creel_future *futures[N];
	creel_pool *pool = bounded_pool(2, 0, 3, CREEL_FULL_WAIT);

	ck_assert_int_eq(creel_submit_many(pool, bounded_nothing, NULL, N, futures), CREEL_OK);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(creel_take(futures[i], NULL), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

/* A task of another pool waits, and its worker goes on with another one. */
START_TEST(a_task_of_another_pool_suspends)
{
	gate g = GATE_INIT;
	creel_pool *pool = bounded_at_gate(&g, 0, 1, CREEL_FULL_WAIT), *other = pool_of(1);
	bounded_submission s = {pool, "abc", 3, CREEL_ESTATE, 0};
	creel_future *submitting = creel_submit(other, bounded_submit, &s);

	bounded_await_waiting(pool, 1);
	ck_assert_int_eq(creel_pool_run(other, bounded_nothing, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_status(submitting), CREEL_EPENDING);
	gate_open(&g);
	ck_assert_int_eq(creel_take(submitting, NULL), CREEL_OK);
	ck_assert_int_eq(s.status, CREEL_OK);
	assert_started(pool, "abc");
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

START_TEST(a_task_of_a_loop_suspends)
{
	gate g = GATE_INIT;
	creel_pool *pool = bounded_at_gate(&g, 0, 1, CREEL_FULL_WAIT);
	creel_loop *loop = creel_loop_create(NULL);
	bounded_submission s = {pool, "ab", 2, CREEL_ESTATE, 0};
	creel_future *submitting = creel_loop_submit(loop, bounded_submit, &s);

	bounded_await_waiting(pool, 1);
	ck_assert_int_eq(
		creel_take(creel_loop_submit(loop, bounded_nothing, NULL), NULL), CREEL_OK);
	gate_open(&g);
	ck_assert_int_eq(creel_take(submitting, NULL), CREEL_OK);
	assert_started(pool, "ab");
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct callback {
	creel_pool *pool;
	int code;
	creel_status posted;
	atomic_int called;
} callback;

static void
submit_in_callback(void *arg)
{
	callback *c = arg;

	c->code = bounded_code(creel_submit(c->pool, bounded_nothing, NULL));
	c->posted = creel_post(c->pool, bounded_nothing, NULL);
	atomic_store(&c->called, 1);
}

START_TEST(where_waiting_is_not_allowed_it_is_refused)
{
	gate g = GATE_INIT;
	creel_pool *pool = bounded_at_gate(&g, 0, 1, CREEL_FULL_WAIT);
	creel_loop *loop = creel_loop_create(NULL);
	callback c = {.pool = pool};

	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_OK);
	ck_assert_int_eq(creel_call_soon_threadsafe(loop, submit_in_callback, &c, NULL), CREEL_OK);
	spin_until(&c.called, 1);
	ck_assert_int_eq(c.code, CREEL_EDEADLK);
	ck_assert_int_eq(c.posted, CREEL_EDEADLK);
	creel_no_suspend_enter();
	ck_assert_int_eq(creel_post(pool, bounded_nothing, NULL), CREEL_EDEADLK);
	creel_no_suspend_leave();
	gate_open(&g);
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
}
END_TEST

/* A task that is asked to end while it waits for room. */
typedef struct asked {
	creel_pool *pool;
	creel_status submitted, posted, slept;
	bool requested;
} asked;

static void *
submit_until_asked(void *arg)
{
	asked *a = arg;
	creel_future *future = creel_submit(a->pool, bounded_start, bounded_letter('x'));

	a->submitted = creel_await(future, NULL);
	a->requested = creel_cancel_requested();
	a->slept = creel_sleep(0); /* the request has been delivered */
	creel_future_unref(future);
	creel_future_cancel(creel_current());
	a->posted = creel_post(a->pool, bounded_start, bounded_letter('y'));
	return arg;
}

/* 1.4 "cancel": a task that waits for room in a queue is woken by it; what it submits is cancelled, and never runs */
START_TEST(a_waiting_task_can_be_cancelled)
{
	gate g = GATE_INIT;
	creel_pool *pool = bounded_at_gate(&g, 0, 1, CREEL_FULL_WAIT), *other = pool_of(1);
	asked a = {.pool = pool, .submitted = CREEL_ESTATE, .posted = CREEL_ESTATE};
	creel_future *task;

	ck_assert_int_eq(creel_post(pool, bounded_start, bounded_letter('o')), CREEL_OK);
	task = creel_submit(other, submit_until_asked, &a);
	bounded_await_waiting(pool, 1);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(a.submitted, CREEL_ECANCELLED);
	ck_assert_int_eq(a.posted, CREEL_ECANCELLED);
	ck_assert_int_eq(a.slept, CREEL_OK);
	ck_assert(a.requested);
	ck_assert_int_eq(bounded_waiting(pool), 0);
	gate_open(&g);
	assert_started(pool, "o");
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

/* 1.15 "submit after shutdown": so is what waits for room when it begins; nothing hangs */
START_TEST(a_shutdown_wakes_who_waits)
{
	static const creel_shutdown_mode modes[] = {
		CREEL_SHUTDOWN_DRAIN, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_SHUTDOWN_CANCEL_ALL};

	for (int m = 0; m < 3; m++) {
		gate g = GATE_INIT;
		creel_pool *pool = bounded_at_gate(&g, 0, 2, CREEL_FULL_WAIT), *other = pool_of(1);
		bounded_submission all[] = {{pool, "abcd", 4, CREEL_ESTATE, 0},
			{pool, "e", 1, CREEL_ESTATE, 0}, {pool, "f", 1, CREEL_ESTATE, 0}};
		creel_future *task;

		bounded_submit_elsewhere(&all[0]);
		bounded_submit_elsewhere(&all[1]);
		task = creel_submit(other, bounded_submit, &all[2]);
		bounded_await_waiting(pool, 3);
		ck_assert_int_eq(creel_pool_shutdown(pool, modes[m], 0), CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		for (int i = 0; i < 2; i++)
			pthread_join(all[i].thread, NULL);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(all[i].status, CREEL_ECLOSED);
		gate_open(&g);
		assert_started(pool, m == 0 ? "ab" : "");
		creel_pool_destroy(pool);
		creel_pool_destroy(other);
	}
}
END_TEST

static gate init_gate = GATE_INIT;

static int
fail_to_begin(unsigned index, void **local, void *arg)
{
	(void)index, (void)local, (void)arg;
	gate_pass(&init_gate);
	return 1;
}

/* 1.15 "initializer": a pool that turns out to be broken refuses what waits for room in it, too */
START_TEST(a_broken_pool_wakes_who_waits)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	bounded_submission s = {.letters = "ab", .n = 2};
	creel_future *first;

	options.workers = 1;
	options.queue_limit = 1;
	options.worker_init = fail_to_begin;
	s.pool = creel_pool_create(&options);
	first = creel_submit(s.pool, bounded_nothing, NULL);
	bounded_submit_elsewhere(&s);
	gate_open(&init_gate);
	pthread_join(s.thread, NULL);
	ck_assert_int_eq(s.status, CREEL_EBROKEN);
	creel_await(first, NULL);
	ck_assert_int_eq(bounded_code(first), CREEL_EBROKEN);
	creel_pool_destroy(s.pool);
}
END_TEST

typedef struct dated {
	creel_pool *pool;
	int64_t deadline;
	int code;
	pthread_t thread;
} dated;

static void *
submit_dated(void *arg)
{
	dated *d = arg;
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.start_deadline = d->deadline;
	d->code = bounded_code(
		creel_submit_with(d->pool, &options, bounded_start, bounded_letter('x')));
	return arg;
}

START_TEST(the_wait_ends_when_the_task_is_too_late)
{
	gate g = GATE_INIT;
	creel_pool *pool, *other;
	dated here, there;
	creel_future *task;

	fake_clock_start();
	pool = bounded_at_gate(&g, 0, 1, CREEL_FULL_WAIT);
	other = pool_of(1);
	here = there = (dated){.pool = pool, .deadline = creel_now() + CREEL_SECONDS(5)};
	ck_assert_int_eq(creel_post(pool, bounded_start, bounded_letter('o')), CREEL_OK);
	pthread_create(&here.thread, NULL, submit_dated, &here);
	bounded_await_waiting(pool, 1);
	task = creel_submit(other, submit_dated, &there);
	fake_clock_await_sleepers(2);
	fake_clock_step(CREEL_SECONDS(5));
	pthread_join(here.thread, NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(here.code, CREEL_ETIMEDOUT);
	ck_assert_int_eq(there.code, CREEL_ETIMEDOUT);
	ck_assert_int_eq(bounded_waiting(pool), 0);
	gate_open(&g);
	assert_started(pool, "o");
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

/* A job that waits for the one that was let in when it was taken: an idle worker has to come for that. */
static void *
await_second(void *arg)
{
	gate_pass(arg);
	return arg;
}

static void *
open_gate(void *arg)
{
	gate_open(arg);
	return arg;
}

START_TEST(what_is_let_in_wakes_a_worker)
{
	for (int i = 0; i < 300; i++) {
		creel_pool *pool = bounded_pool(2, both[i % 2], 1, CREEL_FULL_WAIT);
		gate g = GATE_INIT;

		ck_assert_int_eq(creel_post(pool, await_second, &g), CREEL_OK);
		ck_assert_int_eq(creel_post(pool, open_gate, &g), CREEL_OK);
		ck_assert_int_eq(creel_post(pool, bounded_nothing, &g), CREEL_OK);
		creel_pool_destroy(pool);
	}
}
END_TEST

CREEL_SUITE("creel.pool.bounded_wait", who_came_first_is_let_in_first, more_than_a_chunk_is_let_in,
	a_task_of_another_pool_suspends, a_task_of_a_loop_suspends,
	where_waiting_is_not_allowed_it_is_refused, a_waiting_task_can_be_cancelled,
	a_shutdown_wakes_who_waits, a_broken_pool_wakes_who_waits,
	the_wait_ends_when_the_task_is_too_late, what_is_let_in_wakes_a_worker)
