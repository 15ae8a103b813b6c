/* SPDX-License-Identifier: MIT */
/* test_context_parts.c: the values of a task in what it has forked, on whichever worker that runs. */
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/creel.h>
#include <stdatomic.h>
#include <stdlib.h>

static creel_context_key *key;
static int one, two, three;

typedef struct parts_scene {
	atomic_int begun, go_on;
	void *in_part, *in_part_later, *nested, *after;
} parts_scene;

static void *
look_twice(void *arg)
{
	parts_scene *s = arg;

	s->in_part = creel_context_get(key);
	atomic_fetch_add(&s->begun, 1);
	spin_until(&s->go_on, 1);
	s->in_part_later = creel_context_get(key);
	creel_context_set(key, &three);
	s->nested = creel_context_get(key);
	return NULL;
}

static void *
fork_and_set(void *arg)
{
	parts_scene *s = arg;
	creel_frame part;

	creel_context_set(key, &one);
	creel_fork(&part, look_twice, s);
	spin_until(&s->begun, 1); /* by another worker */
	creel_context_set(key, &two);
	atomic_store(&s->go_on, 1);
	creel_join(&part);
	s->after = creel_context_get(key);
	return NULL;
}

/* What was forked sees the values of then, and its own, and neither sees what the other sets */
START_TEST(a_part_on_another_worker)
{
	parts_scene s = {.begun = 0};
	creel_pool *pool = pool_of(2);

	key = creel_context_key_create(NULL);
	ck_assert_int_eq(creel_pool_run(pool, fork_and_set, &s, NULL), CREEL_OK);
	ck_assert_ptr_eq(s.in_part, &one);
	ck_assert_ptr_eq(s.in_part_later, &one);
	ck_assert_ptr_eq(s.nested, &three);
	ck_assert_ptr_eq(s.after, &two);
	creel_pool_destroy(pool);
	creel_context_key_destroy(key);
}
END_TEST

/* In a scope, too, with what was forked before it. */
static void *
fork_around_a_scope(void *arg)
{
	parts_scene *s = arg;
	creel_scope scope = CREEL_SCOPE_INIT;
	creel_frame part;

	creel_context_set(key, &one);
	creel_scope_enter(&scope, CREEL_FOREVER);
	creel_fork(&part, look_twice, s);
	spin_until(&s->begun, 1);
	atomic_store(&s->go_on, 1);
	creel_join(&part);
	creel_scope_leave(&scope);
	return NULL;
}

START_TEST(a_part_in_a_scope)
{
	parts_scene s = {.begun = 0};
	creel_pool *pool = pool_of(2);

	key = creel_context_key_create(NULL);
	ck_assert_int_eq(creel_pool_run(pool, fork_around_a_scope, &s, NULL), CREEL_OK);
	ck_assert_ptr_eq(s.in_part, &one);
	creel_pool_destroy(pool);
	creel_context_key_destroy(key);
}
END_TEST

static atomic_int wrong;

static void
look_in_range(size_t from, size_t to, void *ctx)
{
	for (; from < to; from++)
		atomic_fetch_add(&wrong, creel_context_get(key) != ctx);
}

static void *
look_in_call(void *arg)
{
	look_in_range(0, 1, arg);
	return NULL;
}

static void *
in_parallel(void *arg)
{
	void *args[] = {&one, &one, &one, &one};

	creel_parallel_for(arg, 0, 1000, 1, look_in_range, &one);
	creel_map(arg, look_in_call, args, 4, NULL);
	return NULL;
}

START_TEST(loops_and_maps)
{
	creel_pool *pool = pool_of(2);

	key = creel_context_key_create(NULL);
	ck_assert_int_eq(creel_context_set(key, &one), CREEL_OK);
	in_parallel(pool);
	ck_assert_int_eq(creel_pool_run(pool, in_parallel, pool, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	creel_context_set(key, NULL);
	creel_context_key_destroy(key);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int made, dropped;

static void
free_number(void *number)
{
	atomic_fetch_add(&dropped, 1);
	free(number);
}

/* A value of its own, which is read for as long as it is there. */
static void
set_number(int n)
{
	int *number = malloc(sizeof *number);

	*number = n;
	atomic_fetch_add(&made, 1);
	if (creel_context_set(key, number) != CREEL_OK)
		free_number(number);
}

static void *
fork_down(void *arg)
{
	const int *depth = arg, *number = creel_context_get(key);
	int below = *depth - 1;
	creel_frame part;

	if (number != NULL && (*number < *depth || *number > 100))
		atomic_fetch_add(&wrong, 1);
	if (*depth == 0)
		return NULL;
	creel_fork(&part, fork_down, &below);
	set_number(100 - *depth);
	fork_down(&below);
	set_number(100);
	creel_join(&part);
	return NULL;
}

/* Parts begin while who has forked them sets; each value is dropped once. */
START_TEST(parts_that_begin_while_it_is_set)
{
	creel_pool *pool = pool_of(3);
	int depth = 8;

	key = creel_context_key_create(free_number);
	for (int i = 0; i < SCALE_TIMES(20); i++)
		ck_assert_int_eq(creel_pool_run(pool, fork_down, &depth, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_gt(atomic_load(&made), 0);
	ck_assert_int_eq(atomic_load(&made), atomic_load(&dropped));
	creel_pool_destroy(pool);
	creel_context_key_destroy(key);
}
END_TEST

static void *
make_two(void *arg)
{
	creel_pool *pool = arg;
	int *number = creel_context_get(key);
	creel_future *children[2];

	if (number == NULL || *number < 0)
		return NULL;
	set_number(*number - 1);
	for (int i = 0; i < 2; i++)
		children[i] = creel_submit(pool, make_two, pool);
	for (int i = 0; i < 2; i++)
		creel_take(children[i], NULL);
	return NULL;
}

/* Tasks on several workers share one table, and let go of it at the same time. */
START_TEST(tasks_that_share)
{
	creel_pool *pool = pool_of(3);

	key = creel_context_key_create(free_number);
	for (int i = 0; i < SCALE_TIMES(20); i++) {
		set_number(6);
		ck_assert_int_eq(creel_pool_run(pool, make_two, pool, NULL), CREEL_OK);
	}
	creel_context_set(key, NULL);
	ck_assert_int_gt(atomic_load(&made), 0);
	ck_assert_int_eq(atomic_load(&made), atomic_load(&dropped));
	creel_pool_destroy(pool);
	creel_context_key_destroy(key);
}
END_TEST

CREEL_SUITE("creel.task.context_parts", a_part_on_another_worker, a_part_in_a_scope, loops_and_maps,
	parts_that_begin_while_it_is_set, tasks_that_share)
