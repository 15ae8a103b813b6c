/* SPDX-License-Identifier: MIT */
/* test_group_scope.c: groups, locks and streams in scopes that end. */
#include "support/suite.h"
#include "task/turns.h"

/* What a body has found, and what its children are given. */
typedef struct scene {
	creel_future *cue;
	creel_group *group;
	creel_status first, second, left;
	atomic_int ended;
} scene;

static void *
wait_for_cue(void *arg)
{
	scene *s = arg;
	creel_status status = creel_await(s->cue, NULL);

	atomic_fetch_add(&s->ended, 1);
	return status == CREEL_OK ? NULL : creel_fail(CREEL_ECANCELLED, "asked to");
}

static void *
fail_at_cue(void *arg)
{
	scene *s = arg;

	creel_await(s->cue, NULL);
	return creel_fail(7, "at the cue");
}

static void
spawn(scene *s, creel_fn *fn)
{
	creel_future_unref(creel_group_submit(s->group, fn, s));
}

static void *
join_in_ended_scope(void *arg)
{
	scene *s = arg;
	creel_scope scope = CREEL_SCOPE_INIT;

	s->group = creel_group_create(NULL);
	spawn(s, wait_for_cue);
	spawn(s, wait_for_cue);
	creel_sleep(0); /* they have begun */
	creel_scope_enter(&scope, 0);
	s->first = creel_group_join(s->group, CREEL_FOREVER);
	s->second = creel_group_join(s->group, CREEL_FOREVER);
	s->left = creel_scope_leave(&scope);
	return pointer_of((intptr_t)creel_group_pending(s->group));
}

/* 1.11 "exit": waits for all children even when its own time is up, and has them end for that */
START_TEST(join_in_a_scope_that_has_ended)
{
	creel_pool *pool = pool_of(1);
	scene s = {.cue = creel_future_create()};

	ck_assert_int_eq(take_number(creel_submit(pool, join_in_ended_scope, &s)), 0);
	ck_assert_int_gt(atomic_load(&s.ended), 0);
	ck_assert_int_eq(s.first, CREEL_ECANCELLED);
	ck_assert_int_eq(s.second, CREEL_OK);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	creel_group_destroy(s.group);
	creel_future_unref(s.cue);
	creel_pool_destroy(pool);
}
END_TEST

static void *
group_in_scope(void *arg)
{
	scene *s = arg;
	creel_scope scope = CREEL_SCOPE_INIT;

	creel_scope_enter(&scope, CREEL_FOREVER);
	s->group = creel_group_create(NULL);
	spawn(s, fail_at_cue);
	s->first = creel_sleep(CREEL_FOREVER);
	s->second = creel_group_join(s->group, CREEL_FOREVER);
	s->left = creel_scope_leave(&scope);
	return pointer_of(creel_cancel_requested() ? CREEL_ECANCELLED : creel_sleep(0));
}

/* What a group asks its body, in the scope in which it was made, is over when it is joined. */
START_TEST(a_group_made_in_a_scope)
{
	creel_pool *pool = pool_of(1);
	scene s = {.cue = creel_future_create()};
	creel_future *body = creel_submit(pool, group_in_scope, &s);

	settle(pool);
	creel_future_set_result(s.cue, NULL);
	ck_assert_int_eq(take_number(body), CREEL_OK);
	ck_assert_int_eq(s.first, CREEL_ECANCELLED);
	ck_assert_int_eq(s.second, CREEL_EFAILED);
	ck_assert_int_eq(s.left, CREEL_OK);
	creel_group_destroy(s.group);
	creel_future_unref(s.cue);
	creel_pool_destroy(pool);
}
END_TEST

static void *
leave_scope_first(void *arg)
{
	scene *s = arg;
	creel_scope scope = CREEL_SCOPE_INIT;

	creel_scope_enter(&scope, CREEL_FOREVER);
	s->group = creel_group_create(NULL);
	spawn(s, fail_at_cue);
	s->left = creel_scope_leave(&scope);
	s->first = creel_await(s->cue, NULL);
	s->second = creel_group_join(s->group, CREEL_FOREVER);
	return pointer_of(creel_cancel_requested());
}

/* A scope that is left is no body any more: who was in it is left alone. */
START_TEST(a_scope_is_left_before_its_group_is_joined)
{
	creel_pool *pool = pool_of(1);
	scene s = {.cue = creel_future_create()};
	creel_future *body = creel_submit(pool, leave_scope_first, &s);

	settle(pool);
	creel_future_set_result(s.cue, NULL);
	ck_assert_int_eq(take_number(body), false);
	ck_assert_int_eq(s.left, CREEL_OK);
	ck_assert_int_eq(s.first, CREEL_OK);
	ck_assert_int_eq(s.second, CREEL_EFAILED);
	creel_group_destroy(s.group);
	creel_future_unref(s.cue);
	creel_pool_destroy(pool);
}
END_TEST

static void *
cancelled_in_inner_scope(void *arg)
{
	scene *s = arg;
	creel_scope outer = CREEL_SCOPE_INIT, inner = CREEL_SCOPE_INIT;

	creel_scope_enter(&outer, CREEL_FOREVER);
	s->group = creel_group_create(NULL);
	spawn(s, fail_at_cue);
	creel_scope_enter(&inner, CREEL_FOREVER);
	s->first = creel_sleep(CREEL_FOREVER); /* the group asks; then the task is asked, too */
	s->second = creel_group_join(s->group, CREEL_FOREVER);
	s->left = creel_scope_leave(&inner);
	creel_scope_leave(&outer);
	return pointer_of(creel_sleep(CREEL_FOREVER));
}

/* 1.11 "outside cancel + child errors": the errors are told, and the cancellation is delivered again */
START_TEST(a_request_from_outside_is_kept)
{
	creel_pool *pool = pool_of(1);
	scene s = {.cue = creel_future_create()};
	creel_future *body = creel_submit(pool, cancelled_in_inner_scope, &s);

	settle(pool);
	ck_assert_int_eq(creel_future_cancel(body), CREEL_CANCEL_REQUESTED);
	creel_future_set_result(s.cue, NULL);
	ck_assert_int_eq(take_number(body), CREEL_ECANCELLED);
	ck_assert_int_eq(s.first, CREEL_ECANCELLED);
	creel_group_destroy(s.group);
	creel_future_unref(s.cue);
	creel_pool_destroy(pool);
}
END_TEST

static void *
submit_in_ended_scope(void *arg)
{
	scene *s = arg;
	creel_scope scope = CREEL_SCOPE_INIT;
	creel_future *refused;

	s->group = creel_group_create(NULL);
	creel_group_set_limit(s->group, 1);
	spawn(s, wait_for_cue);
	creel_scope_enter(&scope, 0);
	refused = creel_group_submit(s->group, wait_for_cue, s);
	s->left = creel_scope_leave(&scope);
	s->first = (creel_status)creel_future_error(refused)->code;
	creel_future_unref(refused);
	creel_group_cancel(s->group);
	s->second = creel_group_join(s->group, CREEL_FOREVER);
	return pointer_of(creel_cancel_requested());
}

START_TEST(a_place_is_not_waited_for_longer_than_the_scope)
{
	creel_pool *pool = pool_of(1);
	scene s = {.cue = creel_future_create()};

	ck_assert_int_eq(take_number(creel_submit(pool, submit_in_ended_scope, &s)), false);
	ck_assert_int_eq(s.first, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	ck_assert_int_eq(s.second, CREEL_OK);
	creel_group_destroy(s.group);
	creel_future_unref(s.cue);
	creel_pool_destroy(pool);
}
END_TEST

static creel_status
next_input(void *source, creel_stream_input *input)
{
	(void)input;
	return creel_await(source, NULL);
}

static void *
wait_in_ended_scope(void *arg)
{
	scene *s = arg;
	creel_scope scope = CREEL_SCOPE_INIT;
	creel_lock *lock = creel_lock_create();
	creel_queue *queue = creel_queue_create(NULL);
	creel_stream *stream =
		creel_stream_map(creel_current_pool(), next_input, s->cue, same, NULL);
	creel_stream_item item;
	void *value;
	int right = 0;

	creel_lock_acquire(lock, CREEL_FOREVER);
	creel_scope_enter(&scope, 0);
	right += creel_lock_acquire(lock, CREEL_FOREVER) == CREEL_ECANCELLED;
	right += creel_queue_get(queue, CREEL_FOREVER, &value) == CREEL_ECANCELLED;
	right += creel_stream_next(stream, CREEL_FOREVER, &item) == CREEL_ECANCELLED;
	right += creel_stream_run(stream, NULL, NULL) == CREEL_ECANCELLED;
	s->left = creel_scope_leave(&scope);
	creel_future_set_error(s->cue, 1, "no more");
	creel_await(s->cue, NULL);
	creel_stream_destroy(stream);
	creel_queue_destroy(queue);
	creel_lock_destroy(lock);
	return pointer_of(right);
}

START_TEST(all_waits_end_with_the_scope)
{
	creel_pool *pool = pool_of(1);
	scene s = {.cue = creel_future_create()};

	ck_assert_int_eq(take_number(creel_submit(pool, wait_in_ended_scope, &s)), 4);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	creel_future_unref(s.cue);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.group_scope", join_in_a_scope_that_has_ended, a_group_made_in_a_scope,
	a_scope_is_left_before_its_group_is_joined, a_request_from_outside_is_kept,
	a_place_is_not_waited_for_longer_than_the_scope, all_waits_end_with_the_scope)
