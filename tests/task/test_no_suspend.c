/* SPDX-License-Identifier: MIT */
/* test_no_suspend.c: creel_no_suspend_enter: waits that would suspend, or block, are EDEADLK. */
#include "support/suite.h"
#include "task/answers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static void *
ask_inside(void *arg)
{
	creel_no_suspend_enter();
	answers_ask(arg);
	creel_no_suspend_leave();
	return pointer_of(creel_sleep(0));
}

START_TEST(waits_are_refused_in_a_task)
{
	answers a;

	answers_init(&a);
	ck_assert_int_eq(take_number(creel_submit(a.pool, ask_inside, &a)), CREEL_OK);
	answers_ck_refused(&a);
	ck_assert_int_eq(a.idle, CREEL_EDEADLK);
	answers_fini(&a);
}
END_TEST

/* Off tasks it is the thread's own affair: others wait as they like. */
START_TEST(waits_are_refused_in_a_thread)
{
	creel_future *task;
	pthread_t thread;
	void *value = NULL;
	answers a;

	answers_init(&a);
	creel_no_suspend_enter();
	answers_ask(&a);
	answers_ck_refused(&a);
	ck_assert_int_eq(pthread_create(&thread, NULL, await_it, a.pending), 0);
	task = creel_submit(a.pool, await_it, a.pending);
	creel_future_set_result(a.pending, NULL);
	ck_assert_int_eq(pthread_join(thread, &value), 0);
	ck_assert_int_eq((intptr_t)value, CREEL_OK);
	creel_no_suspend_leave();
	ck_assert_int_eq(take_number(task), CREEL_OK);
	answers_fini(&a);
}
END_TEST

static void *
nest(void *arg)
{
	answers *a = arg;

	creel_no_suspend_leave(); /* nothing to leave */
	a->status[0] = creel_sleep(0);
	creel_no_suspend_enter();
	creel_no_suspend_enter();
	a->status[1] = creel_sleep(0);
	creel_no_suspend_leave();
	a->status[2] = creel_sleep(0);
	creel_no_suspend_leave();
	a->status[3] = creel_sleep(0);
	creel_no_suspend_leave();
	creel_no_suspend_leave();
	a->status[4] = creel_sleep(0);
	creel_no_suspend_enter();
	a->status[5] = creel_sleep(0);
	creel_no_suspend_leave();
	return NULL;
}

/* They nest; a leave too many does nothing. In a task and in a thread. */
START_TEST(they_nest)
{
	const creel_status expected[] = {
		CREEL_OK, CREEL_EDEADLK, CREEL_EDEADLK, CREEL_OK, CREEL_OK, CREEL_EDEADLK};
	creel_pool *pool = pool_of(1);
	answers in_task, in_thread;

	ck_assert_int_eq(creel_pool_run(pool, nest, &in_task, NULL), CREEL_OK);
	nest(&in_thread);
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(in_task.status[i], expected[i]);
		ck_assert_int_eq(in_thread.status[i], expected[i]);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
enter_and_end(void *arg)
{
	for (int i = 0; i < 3; i++)
		creel_no_suspend_enter();
	return pointer_of(creel_sleep((intptr_t)arg));
}

static void *
try_a_sleep(void *arg)
{
	return pointer_of(creel_sleep((intptr_t)arg));
}

/* What a task leaves entered ends with it; the next on the same worker does not hear of it. */
START_TEST(it_ends_with_the_task)
{
	creel_pool *pool = pool_of(1);

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
			take_number(creel_submit(pool, enter_and_end, NULL)), CREEL_EDEADLK);
		ck_assert_int_eq(take_number(creel_submit(pool, try_a_sleep, NULL)), CREEL_OK);
	}
	creel_pool_destroy(pool);
}
END_TEST

typedef struct mutual {
	pthread_mutex_t lock;
	creel_future *promise;
	bool forbids; /* to suspend with the lock held */
	creel_status status;
	int trylock;
	char *frame, *other_frame;
} mutual;

static void *
wait_with_the_lock_held(void *arg)
{
	mutual *m = arg;
	char here;

	m->frame = &here;
	pthread_mutex_lock(&m->lock);
	if (m->forbids)
		creel_no_suspend_enter();
	m->status = creel_await(m->promise, NULL);
	if (m->forbids)
		creel_no_suspend_leave();
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

static void *
try_the_lock(void *arg)
{
	mutual *m = arg;
	char here;

	m->other_frame = &here;
	m->trylock = pthread_mutex_trylock(&m->lock);
	if (m->trylock == 0)
		pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* 3.16 "12. waiting with a user lock held": others run on other stacks, and find it locked; with
   creel_no_suspend_enter() the wait is refused instead */
START_TEST(a_lock_held_across_a_wait)
{
	creel_pool *pool = pool_of(1);
	mutual m = {.lock = PTHREAD_MUTEX_INITIALIZER, .promise = creel_future_create()};
	creel_future *task = creel_submit(pool, wait_with_the_lock_held, &m);

	ck_assert_int_eq(creel_pool_run(pool, try_the_lock, &m, NULL), CREEL_OK);
	ck_assert(!creel_future_done(task));
	ck_assert_int_eq(m.trylock, EBUSY);
	ck_assert_int_gt(labs(m.other_frame - m.frame), 256 << 10);
	creel_future_set_result(m.promise, NULL);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(m.status, CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, try_the_lock, &m, NULL), CREEL_OK);
	ck_assert_int_eq(m.trylock, 0);
	creel_future_unref(m.promise);
	m.promise = creel_future_create();
	m.forbids = true;
	ck_assert_int_eq(creel_pool_run(pool, wait_with_the_lock_held, &m, NULL), CREEL_OK);
	ck_assert_int_eq(m.status, CREEL_EDEADLK);
	creel_future_unref(m.promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.no_suspend", waits_are_refused_in_a_task, waits_are_refused_in_a_thread,
	they_nest, it_ends_with_the_task, a_lock_held_across_a_wait)
