/* SPDX-License-Identifier: MIT */
/* test_context.c: values, and to whom they go: every way to make a task. */
#include "support/child.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/creel.h>

static creel_context_key *key;
static int one, two, three;

static void *
get_it(void *arg)
{
	(void)arg;
	return creel_context_get(key);
}

static void *
taken(creel_future *future)
{
	void *value = &three;

	ck_assert_int_eq(creel_take(future, &value), CREEL_OK);
	return value;
}

static void
begin(void)
{
	key = creel_context_key_create(NULL);
	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(creel_context_set(key, &one), CREEL_OK);
}

static void
end(void)
{
	ck_assert_int_eq(creel_context_set(key, NULL), CREEL_OK);
	creel_context_key_destroy(key);
}

/* A value is there until another is set, or it is taken away */
START_TEST(set_and_get)
{
	key = creel_context_key_create(NULL);
	ck_assert_ptr_null(creel_context_get(key));
	ck_assert_int_eq(creel_context_set(key, NULL), CREEL_OK);
	ck_assert_ptr_null(creel_context_get(key));
	ck_assert_int_eq(creel_context_set(key, &one), CREEL_OK);
	ck_assert_ptr_eq(creel_context_get(key), &one);
	ck_assert_int_eq(creel_context_set(key, &two), CREEL_OK);
	ck_assert_ptr_eq(creel_context_get(key), &two);
	end();
	creel_context_key_destroy(NULL);
}
END_TEST

enum { KEYS = 20 };

START_TEST(keys_do_not_meet)
{
	creel_context_key *keys[KEYS];
	int values[KEYS];

	for (int i = 0; i < KEYS; i++) {
		keys[i] = creel_context_key_create(NULL);
		ck_assert_int_eq(creel_context_set(keys[i], &values[i]), CREEL_OK);
	}
	ck_assert_int_eq(creel_context_set(keys[3], NULL), CREEL_OK);
	ck_assert_int_eq(creel_context_set(keys[5], &one), CREEL_OK);
	for (int i = 0; i < KEYS; i++) {
		void *expected = i == 3 ? NULL : i == 5 ? &one : &values[i];

		ck_assert_ptr_eq(creel_context_get(keys[i]), expected);
	}
	for (int i = 0; i < KEYS; i++) {
		ck_assert_int_eq(creel_context_set(keys[i], NULL), CREEL_OK);
		creel_context_key_destroy(keys[i]);
	}
}
END_TEST

/* Where a key was, there may be another one, with other values. */
START_TEST(a_new_key_has_no_old_values)
{
	creel_context_key *old = creel_context_key_create(NULL);

	ck_assert_int_eq(creel_context_set(old, &one), CREEL_OK);
	for (int i = 0; i < 100; i++) {
		creel_context_key_destroy(old);
		old = creel_context_key_create(NULL);
		ck_assert_ptr_null(creel_context_get(old));
	}
	creel_context_key_destroy(old);
}
END_TEST

static void *posted_saw;

static void *
post_it(void *arg)
{
	posted_saw = creel_context_get(key);
	gate_open(arg);
	return NULL;
}

static void *
get_after(const creel_outcome *outcome, void *arg)
{
	(void)outcome;
	return get_it(arg);
}

/* 3.9 "context_vars": a task has the values of who has made it */
START_TEST(tasks_of_a_pool)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	creel_future *many[3];
	gate posted = GATE_INIT;
	void *value;

	begin();
	options.name = "named";
	ck_assert_ptr_eq(taken(creel_submit(pool, get_it, NULL)), &one);
	ck_assert_ptr_eq(taken(creel_submit_with(pool, &options, get_it, NULL)), &one);
	ck_assert_int_eq(creel_submit_many(pool, get_it, NULL, 3, many), CREEL_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_eq(taken(many[i]), &one);
	ck_assert_int_eq(creel_pool_run(pool, get_it, NULL, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &one);
	ck_assert_int_eq(creel_post(pool, post_it, &posted), CREEL_OK);
	gate_pass(&posted);
	ck_assert_ptr_eq(posted_saw, &one);
	creel_pool_destroy(pool);
	end();
}
END_TEST

/* Whose completion it is does not matter: who has asked for it does. */
START_TEST(continuations)
{
	creel_pool *pool = pool_of(1);
	creel_loop *loop = creel_loop_create(NULL);
	creel_future *promise = creel_future_create(), *here, *there;

	begin();
	here = creel_then(pool, promise, get_after, NULL);
	there = creel_loop_then(loop, promise, get_after, NULL);
	ck_assert_int_eq(creel_context_set(key, &two), CREEL_OK);
	creel_future_set_result(promise, NULL);
	ck_assert_ptr_eq(taken(here), &one);
	ck_assert_ptr_eq(taken(there), &one);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
	end();
}
END_TEST

START_TEST(groups)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	creel_group *group;

	begin();
	options.pool = pool;
	group = creel_group_create(&options);
	ck_assert_ptr_eq(taken(creel_group_submit(group, get_it, NULL)), &one);
	ck_assert_int_eq(creel_group_join(group, CREEL_FOREVER), CREEL_OK);
	creel_group_destroy(group);
	creel_pool_destroy(pool);
	end();
}
END_TEST

typedef struct run_scene {
	void *main, *task, *thread, *from_thread;
} run_scene;

static void *
set_and_make(void *arg)
{
	creel_context_set(key, &three);
	return taken(creel_to_thread(get_it, arg));
}

static void *
run_main(void *arg)
{
	run_scene *s = arg;

	s->main = creel_context_get(key);
	creel_context_set(key, &two);
	s->task = taken(creel_create_task(get_it, NULL));
	s->thread = taken(creel_to_thread(get_it, NULL));
	s->from_thread = taken(creel_to_thread(set_and_make, NULL));
	return creel_context_get(key);
}

/* 3.15 "to_thread: to_thread_contextvars": the thread has the values of the caller */
/* 3.15 "Runner: run_keeps_context": the main task begins with those of the caller, and leaves them alone */
START_TEST(the_runtime)
{
	run_scene s = {.main = NULL};
	void *value;

	begin();
	ck_assert_int_eq(creel_run(run_main, &s, &value), CREEL_OK);
	ck_assert_ptr_eq(s.main, &one);
	ck_assert_ptr_eq(s.task, &two);
	ck_assert_ptr_eq(s.thread, &two);
	ck_assert_ptr_eq(s.from_thread, &three);
	ck_assert_ptr_eq(value, &two);
	ck_assert_ptr_eq(creel_context_get(key), &one);
	end();
}
END_TEST

typedef struct turn {
	creel_future *mine, *other;
	void *mark, *seen;
} turn;

/* Set, let the other one run, and look. */
static void *
take_turns(void *arg)
{
	turn *t = arg;

	creel_context_set(key, t->mark);
	creel_future_set_result(t->mine, NULL);
	creel_await(t->other, NULL);
	t->seen = creel_context_get(key);
	return NULL;
}

/* 3.6 "context_1": what a task sets is its own */
/* 3.6 "context_2": two tasks that take turns on one worker keep their own */
/* 3.6 "context_3": who comes after them on that worker has none */
START_TEST(tasks_keep_their_own)
{
	creel_pool *pool = pool_of(1);
	creel_future *a = creel_future_create(), *b = creel_future_create();
	turn turns[] = {{a, b, &one, NULL}, {b, a, &two, NULL}};
	creel_future *tasks[2];

	key = creel_context_key_create(NULL);
	for (int i = 0; i < 2; i++)
		tasks[i] = creel_submit(pool, take_turns, &turns[i]);
	for (int i = 0; i < 2; i++)
		taken(tasks[i]);
	ck_assert_ptr_eq(turns[0].seen, &one);
	ck_assert_ptr_eq(turns[1].seen, &two);
	ck_assert_ptr_null(taken(creel_submit(pool, get_it, NULL)));
	creel_futures_unref((creel_future *[]){a, b}, 2);
	creel_pool_destroy(pool);
	end();
}
END_TEST

/* What it was made with stays, whatever its maker sets before it begins. */
START_TEST(what_is_set_later_is_not_seen)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	gate busy = GATE_INIT;

	begin();
	creel_post(pool, gate_task, &busy);
	task = creel_submit(pool, get_it, NULL);
	ck_assert_int_eq(creel_context_set(key, &two), CREEL_OK);
	gate_open(&busy);
	ck_assert_ptr_eq(taken(task), &one);
	creel_pool_destroy(pool);
	end();
}
END_TEST

static void *
set_in_scope(void *arg)
{
	creel_scope scope = CREEL_SCOPE_INIT;

	creel_scope_enter(&scope, CREEL_FOREVER);
	creel_context_set(key, arg);
	creel_scope_leave(&scope);
	return creel_context_get(key);
}

START_TEST(a_scope_keeps_nothing_back)
{
	creel_pool *pool = pool_of(1);

	begin();
	ck_assert_ptr_eq(taken(creel_submit(pool, set_in_scope, &two)), &two);
	ck_assert_ptr_eq(set_in_scope(&two), &two);
	creel_pool_destroy(pool);
	end();
}
END_TEST

static creel_status
give_three(void *source, creel_stream_input *out)
{
	int *given = source;

	out->arg = creel_context_get(key);
	creel_context_set(key, &three);
	return (*given)++ < 3 ? CREEL_OK : CREEL_EEMPTY;
}

static void *
get_both(void *arg)
{
	void *seen = creel_context_get(key);

	creel_context_set(key, &three);
	return arg == seen ? seen : NULL;
}

/* Each call of the source and of the function begins as the stream did, whoever takes from it. */
START_TEST(streams)
{
	creel_pool *pool = pool_of(1);
	creel_stream_item item;
	creel_stream *stream;
	int given = 0;

	begin();
	stream = creel_stream_map(pool, give_three, &given, get_both, NULL);
	ck_assert_int_eq(creel_context_set(key, &two), CREEL_OK);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_stream_next(stream, CREEL_FOREVER, &item), CREEL_OK);
		ck_assert_ptr_eq(item.value, &one);
	}
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
	end();
}
END_TEST

static void
expect_it_in_the_child(void *arg)
{
	child_expect(creel_context_get(key) == arg);
	child_expect(creel_context_set(key, &three) == CREEL_OK);
	child_expect(creel_context_get(key) == &three);
}

static void *
fork_process(void *arg)
{
	int *status = arg;

	creel_context_set(key, &two);
	*status = child_run(expect_it_in_the_child, &two);
	return creel_context_get(key);
}

START_TEST(the_child_of_a_fork)
{
	creel_pool *pool = pool_of(1);
	int status;

	begin();
	ck_assert(child_exited_with(child_run(expect_it_in_the_child, &one), 0));
	ck_assert_ptr_eq(taken(creel_submit(pool, fork_process, &status)), &two);
	ck_assert(child_exited_with(status, 0));
	creel_pool_destroy(pool);
	end();
}
END_TEST

CREEL_SUITE("creel.task.context", set_and_get, keys_do_not_meet, a_new_key_has_no_old_values,
	tasks_of_a_pool, continuations, groups, the_runtime, tasks_keep_their_own,
	what_is_set_later_is_not_seen, a_scope_keeps_nothing_back, streams, the_child_of_a_fork)
