/* SPDX-License-Identifier: MIT */
/* scenes_context.c: values that go with tasks, while calls fail. */
#include "faults/scenes.h"
#include "support/pools.h"

enum { TASKS = 3 };

static creel_context_key *key;
static atomic_int dropped;

static void
count_drop(void *value)
{
	(void)value;
	atomic_fetch_add(&dropped, 1);
}

/* Whoever could be made has the values of its maker; true: a value of its own was set. */
static void *
look_and_set(void *value)
{
	child_expect(creel_context_get(key) == value);
	if (!expect_served(creel_context_set(key, &dropped))) {
		child_expect(creel_context_get(key) == value);
		return NULL;
	}
	child_expect(creel_context_get(key) == &dropped);
	return &dropped;
}

static int
run_tasks(creel_pool *pool, void *value)
{
	creel_future *tasks[TASKS];
	void *set = NULL;
	int count = 0;

	for (int i = 0; i < TASKS; i++)
		tasks[i] = creel_submit(pool, look_and_set, value);
	for (int i = 0; i < TASKS; i++) {
		const bool refused = scene_refused(tasks[i]);

		while (!creel_future_done(tasks[i])) /* to wait there may be no memory */
			sched_yield();
		set = NULL;
		child_expect((creel_take(tasks[i], &set) == CREEL_OK) == !refused);
		count += set != NULL;
	}
	return count;
}

/* What was set has been dropped, once; what could not be set is as it was. */
static void
use_values(creel_pool *pool)
{
	static int value;
	int count = 0;

	atomic_store(&dropped, 0);
	if (expect_served(creel_context_set(key, &value))) {
		child_expect(creel_context_get(key) == &value);
		count = run_tasks(pool, &value);
		child_expect(atomic_load(&dropped) == count);
		child_expect(creel_context_set(key, NULL) == CREEL_OK);
		count++;
	}
	child_expect(creel_context_get(key) == NULL);
	child_expect(atomic_load(&dropped) == count);
}

/* On a thread that ends with a value. */
static void *
end_with_a_value(void *arg)
{
	static int value;

	return expect_served(creel_context_set(key, &value)) ? arg : NULL;
}

static void
use_thread(void)
{
	pthread_t thread;
	void *set;

	atomic_store(&dropped, 0);
	sweep_thread(&thread, end_with_a_value, &set);
	pthread_join(thread, &set);
	child_expect(atomic_load(&dropped) == (set != NULL));
}

void
scene_context(void)
{
	creel_pool *pool = scene_need_pool(1);

	key = creel_context_key_create(count_drop);
	if (key == NULL) {
		child_expect(sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM);
		sweep_calm();
		key = creel_context_key_create(count_drop);
	}
	use_values(pool);
	use_thread();
	sweep_calm();
	use_values(pool);
	use_thread();
	creel_context_key_destroy(key);
	creel_pool_destroy(pool);
}
