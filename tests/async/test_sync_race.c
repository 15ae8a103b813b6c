/* SPDX-License-Identifier: MIT */
/*
 * test_sync_race.c: tasks of a pool, tasks of a loop and threads at the same locks and queues at the same time,
 * with time that is up and requests to end in between.
 */
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/creel.h>

#include <pthread.h>
#include <stdint.h>

enum { TASKS = 6, LOOP_TASKS = 2, THREADS = 2, ALL = TASKS + LOOP_TASKS + THREADS };

/* All who take part, with a number each. */
typedef struct crowd {
	creel_pool *pool;
	creel_loop *loop;
	creel_future *tasks[TASKS + LOOP_TASKS];
	pthread_t threads[THREADS];
} crowd;

static void
crowd_start(crowd *c, creel_fn *fn)
{
	c->pool = pool_of(2);
	c->loop = creel_loop_create(NULL);
	for (int i = 0; i < TASKS; i++)
		c->tasks[i] = creel_submit(c->pool, fn, (void *)(intptr_t)i);
	for (int i = TASKS; i < TASKS + LOOP_TASKS; i++)
		c->tasks[i] = creel_loop_submit(c->loop, fn, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		pthread_create(
			&c->threads[i], NULL, fn, (void *)(intptr_t)(TASKS + LOOP_TASKS + i));
}

static void
crowd_end(crowd *c)
{
	for (int i = 0; i < THREADS; i++)
		pthread_join(c->threads[i], NULL);
	for (int i = 0; i < TASKS + LOOP_TASKS; i++)
		creel_take(c->tasks[i], NULL);
	creel_loop_destroy(c->loop);
	creel_pool_destroy(c->pool);
}

/* Now and then a short limit, else none. */
static creel_duration
some_limit(int turn)
{
	return turn % 4 == 0 ? 1000 : turn % 4 == 1 ? 0 : CREEL_FOREVER;
}

static creel_lock *lock;
static creel_semaphore *semaphore;
static creel_queue *queue;
static creel_barrier *barrier;
static creel_condition *condition;
static int inside, turns, wrong; /* guarded by the lock */
static atomic_int atomic_inside, atomic_wrong, ended;

static void *
lock_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < SCALE_TIMES(2000); i++) {
		if (creel_lock_acquire(lock, some_limit(i)) != CREEL_OK)
			continue;
		wrong += ++inside != 1;
		turns++;
		if (i % 8 == 0)
			creel_sleep(0); /* a lock may be held across a wait */
		inside--;
		creel_lock_release(lock);
	}
	return NULL;
}

/* One at a time has the lock, and what one has done the next sees. */
START_TEST(a_lock_is_held_by_one)
{
	crowd c;

	lock = creel_lock_create();
	crowd_start(&c, lock_often);
	crowd_end(&c);
	ck_assert_int_eq(wrong, 0);
	ck_assert_int_ge(turns, ALL * SCALE_TIMES(2000) / 2);
	ck_assert(!creel_lock_locked(lock));
	creel_lock_destroy(lock);
}
END_TEST

static void *
take_permits(void *arg)
{
	(void)arg;
	for (int i = 0; i < SCALE_TIMES(2000); i++) {
		if (creel_semaphore_acquire(semaphore, some_limit(i)) != CREEL_OK)
			continue;
		if (atomic_fetch_add(&atomic_inside, 1) >= 3)
			atomic_fetch_add(&atomic_wrong, 1);
		if (i % 8 == 0)
			creel_sleep(0);
		atomic_fetch_sub(&atomic_inside, 1);
		if (creel_semaphore_release(semaphore) != CREEL_OK)
			atomic_fetch_add(&atomic_wrong, 1);
	}
	return NULL;
}

static void *
cancel_often(void *arg)
{
	crowd *c = arg;

	while (atomic_load(&ended) == 0)
		for (int i = 0; i < TASKS; i++) {
			creel_future_cancel(c->tasks[i]);
			creel_sleep(1000);
		}
	return NULL;
}

/* Never more than there are permits; and none is lost, though tasks are cancelled again and again. */
START_TEST(a_semaphore_keeps_its_permits)
{
	pthread_t canceller;
	crowd c;

	semaphore = creel_semaphore_create_bounded(3);
	crowd_start(&c, take_permits);
	for (int i = 0; i < TASKS; i++)
		creel_future_ref(c.tasks[i]);
	pthread_create(&canceller, NULL, cancel_often, &c);
	crowd_end(&c);
	atomic_store(&ended, 1);
	pthread_join(canceller, NULL);
	creel_futures_unref(c.tasks, TASKS);
	ck_assert_int_eq(atomic_load(&atomic_wrong), 0);
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 3);
	creel_semaphore_destroy(semaphore);
}
END_TEST

#define ITEMS 500

static atomic_int seen[ALL * ITEMS];

/* Half of them put, half of them get; each item is got once. */
static void *
put_or_get(void *arg)
{
	const int me = (int)(intptr_t)arg;
	void *item;

	if (me % 2 == 0) {
		for (int i = 0; i < SCALE_TIMES(ITEMS);)
			i += creel_queue_put(queue, (void *)(intptr_t)(me * ITEMS + i),
				     some_limit(i)) == CREEL_OK;
		return NULL;
	}
	for (int i = 0;; i++) {
		const creel_status status = creel_queue_get(queue, some_limit(i), &item);

		if (status == CREEL_ECLOSED)
			return NULL;
		if (status != CREEL_OK)
			continue;
		atomic_fetch_add(&seen[(intptr_t)item], 1);
		creel_queue_task_done(queue);
		atomic_fetch_add(&atomic_inside, 1);
	}
}

static void
check_items(void)
{
	for (int i = 0; i < ALL * ITEMS; i++) {
		const bool was_put = i / ITEMS % 2 == 0 && i % ITEMS < SCALE_TIMES(ITEMS);

		ck_assert_int_eq(atomic_load(&seen[i]), was_put);
		atomic_store(&seen[i], 0);
	}
}

START_TEST(each_item_is_got_once)
{
	for (creel_queue_order order = CREEL_QUEUE_FIFO; order <= CREEL_QUEUE_PRIORITY;
		order = (creel_queue_order)(order + 1)) {
		creel_queue_options options = CREEL_QUEUE_OPTIONS_INIT;
		crowd c;

		options.maxsize = 3;
		options.order = order;
		queue = creel_queue_create(&options);
		atomic_store(&atomic_inside, 0);
		crowd_start(&c, put_or_get);
		spin_until(&atomic_inside, (ALL + 1) / 2 * SCALE_TIMES(ITEMS));
		ck_assert_int_eq(creel_queue_join(queue, CREEL_FOREVER), CREEL_OK);
		creel_queue_shutdown(queue, CREEL_QUEUE_GRACEFUL);
		crowd_end(&c);
		check_items();
		creel_queue_destroy(queue);
	}
}
END_TEST

static atomic_int arrived[SCALE_TIMES(500)];

static void *
pass_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < SCALE_TIMES(500); i++) {
		atomic_fetch_add(&arrived[i], 1);
		if (creel_barrier_wait(barrier, CREEL_FOREVER, NULL) != CREEL_OK ||
			atomic_load(&arrived[i]) != ALL)
			atomic_fetch_add(&atomic_wrong, 1);
	}
	return NULL;
}

/* Nobody passes before all have come, round after round. */
START_TEST(a_barrier_holds_all_back)
{
	crowd c;

	barrier = creel_barrier_create(ALL);
	crowd_start(&c, pass_often);
	crowd_end(&c);
	ck_assert_int_eq(atomic_load(&atomic_wrong), 0);
	ck_assert_uint_eq(creel_barrier_waiting(barrier), 0);
	creel_barrier_destroy(barrier);
}
END_TEST

static int tokens, taken; /* guarded by the lock */

/* The even ones give tokens, the odd ones take them, one for each notification. */
static void *
give_or_take(void *arg)
{
	for (int i = 0; i < SCALE_TIMES(1000);) {
		creel_status status = CREEL_OK;

		creel_lock_acquire(lock, CREEL_FOREVER);
		if ((intptr_t)arg % 2 == 0) {
			tokens++;
			i++;
			creel_condition_notify(condition, 1);
		} else {
			while (tokens == 0 && status == CREEL_OK)
				status = creel_condition_wait(condition, some_limit(i));
			if (tokens > 0) {
				tokens--;
				taken++;
				i++;
			} else {
				creel_condition_wait(condition, 1000);
			}
		}
		creel_lock_release(lock);
	}
	return NULL;
}

/* As many are taken as were given: no notification is lost to one whose time was up. */
START_TEST(a_condition_loses_no_notification)
{
	crowd c;

	lock = creel_lock_create();
	condition = creel_condition_create(lock);
	crowd_start(&c, give_or_take);
	crowd_end(&c);
	ck_assert_int_eq(tokens, 0);
	ck_assert_int_eq(taken, ALL / 2 * SCALE_TIMES(1000));
	creel_condition_destroy(condition);
	creel_lock_destroy(lock);
}
END_TEST

CREEL_SUITE("creel.async.sync_race", a_lock_is_held_by_one, a_semaphore_keeps_its_permits,
	each_item_is_got_once, a_barrier_holds_all_back, a_condition_loses_no_notification)
