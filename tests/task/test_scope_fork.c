/* SPDX-License-Identifier: MIT */
/* test_scope_fork.c: what is forked in a scope is in it, wherever it runs. */
#include "support/child.h"
#include "support/suite.h"
#include "task/places.h"
#include "task/turns.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* A task on one worker, and what it has forked, which another takes. */
typedef struct fork_scene {
	creel_scope scope, inner;
	atomic_int begun, go_on;
	creel_status checked, waited, left, own;
	bool requested;
	char reason[64];
} fork_scene;

static void *
check_until_told(void *arg)
{
	fork_scene *s = arg;

	atomic_fetch_add(&s->begun, 1);
	while ((s->checked = creel_checkpoint()) == CREEL_OK)
		sched_yield();
	s->requested = creel_cancel_requested();
	s->waited = creel_sleep(CREEL_FOREVER);
	return NULL;
}

static void *
fork_in_scope(void *arg)
{
	fork_scene *s = arg;
	creel_frame part;

	creel_scope_enter(&s->scope, CREEL_SECONDS(60));
	creel_fork(&part, check_until_told, s);
	spin_until(&s->begun, 1); /* by another worker */
	atomic_store(&s->go_on, 1);
	creel_join(&part);
	s->left = creel_scope_leave(&s->scope);
	return NULL;
}

/* 1.18 "trio CancelScope": what it has forked sees the deadline by its checkpoints, on another worker */
START_TEST(a_part_sees_the_deadline)
{
	fork_scene s = {.scope = CREEL_SCOPE_INIT};
	creel_pool *pool = pool_of(2);
	creel_future *task;

	fake_clock_start();
	task = creel_submit(pool, fork_in_scope, &s);
	spin_until(&s.go_on, 1);
	fake_clock_step(CREEL_SECONDS(61));
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.checked, CREEL_ETIMEDOUT);
	ck_assert(s.requested);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	creel_pool_destroy(pool);
}
END_TEST

static void *
sleep_in_part(void *arg)
{
	fork_scene *s = arg;

	atomic_fetch_add(&s->begun, 1);
	s->waited = creel_sleep(CREEL_FOREVER);
	snprintf(s->reason, sizeof s->reason, "%s", creel_last_error()->message);
	return NULL;
}

static void *
fork_a_sleeper(void *arg)
{
	fork_scene *s = arg;
	creel_frame part;

	creel_scope_enter(&s->scope, CREEL_SECONDS(60));
	creel_fork(&part, sleep_in_part, s);
	spin_until(&s->begun, 1);
	s->own = creel_sleep(CREEL_FOREVER);
	creel_join(&part);
	s->left = creel_scope_leave(&s->scope);
	return NULL;
}

START_TEST(a_part_that_sleeps_is_woken_by_the_deadline)
{
	fork_scene s = {.scope = CREEL_SCOPE_INIT};
	creel_pool *pool = pool_of(2);
	creel_future *task;

	fake_clock_start();
	task = creel_submit(pool, fork_a_sleeper, &s);
	fake_clock_await_sleepers(2);
	creel_scope_reschedule(&s.scope, CREEL_SECONDS(30));
	fake_clock_step(CREEL_SECONDS(30));
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.own, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_part_that_sleeps_is_woken_by_the_cancel)
{
	fork_scene s = {.scope = CREEL_SCOPE_INIT};
	creel_pool *pool = pool_of(2);
	creel_future *task = creel_submit(pool, fork_a_sleeper, &s);

	spin_until(&s.begun, 1);
	ck_assert_int_eq(creel_scope_cancel(&s.scope, "stop"), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_str_eq(s.reason, "stop");
	ck_assert_int_eq(s.own, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

static void *
fork_before(void *arg)
{
	fork_scene *s = arg;
	creel_frame shared, part;

	creel_fork(&shared, same, s); /* at once: nothing was, so that the next one is private */
	creel_fork(&part, sleep_in_part, s);
	creel_scope_enter(&s->scope, CREEL_FOREVER);
	spin_until(&s->begun, 1);
	creel_scope_cancel(&s->scope, NULL);
	s->own = creel_sleep(CREEL_FOREVER);
	s->left = creel_scope_leave(&s->scope);
	atomic_store(&s->go_on, 1);
	creel_join(&part);
	creel_join(&shared);
	return NULL;
}

/* What was forked before is not of the scope, though it begins while the task is in it. */
START_TEST(a_part_from_before)
{
	fork_scene s = {.scope = CREEL_SCOPE_INIT};
	creel_pool *pool = pool_of(2);
	creel_future *task = creel_submit(pool, fork_before, &s);

	spin_until(&s.go_on, 1);
	linger(NULL);
	ck_assert_int_eq(s.own, CREEL_ECANCELLED);
	ck_assert(!creel_future_done(task));
	creel_future_cancel(task);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_str_eq(s.reason, "the calling task was asked to end");
	creel_pool_destroy(pool);
}
END_TEST

static void *
scope_in_part(void *arg)
{
	fork_scene *s = arg;

	atomic_fetch_add(&s->begun, 1);
	creel_scope_enter(&s->inner, CREEL_FOREVER);
	s->waited = creel_sleep(CREEL_FOREVER);
	s->left = creel_scope_leave(&s->inner);
	return NULL;
}

static void *
fork_with_scope(void *arg)
{
	fork_scene *s = arg;
	creel_frame part;

	creel_scope_enter(&s->scope, CREEL_FOREVER);
	creel_fork(&part, scope_in_part, s);
	spin_until(&s->begun, 1);
	creel_join(&part);
	s->own = creel_scope_leave(&s->scope);
	return NULL;
}

START_TEST(a_part_has_scopes_of_its_own)
{
	for (int outer = 0; outer < 2; outer++) {
		fork_scene s = {.scope = CREEL_SCOPE_INIT, .inner = CREEL_SCOPE_INIT};
		creel_pool *pool = pool_of(2);
		creel_future *task = creel_submit(pool, fork_with_scope, &s);

		spin_until(&s.begun, 1);
		creel_scope_cancel(outer ? &s.scope : &s.inner, NULL);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
		ck_assert_int_eq(s.left, CREEL_ECANCELLED);
		ck_assert_int_eq(s.own, outer ? CREEL_ECANCELLED : CREEL_OK);
		creel_pool_destroy(pool);
	}
}
END_TEST

static void
count_range(size_t begin, size_t end, void *ctx)
{
	atomic_fetch_add((atomic_int *)ctx, (int)(end - begin));
}

static void *
loop_in_scope(void *arg)
{
	fork_scene *s = arg;

	creel_scope_enter(&s->scope, 0);
	s->waited = creel_parallel_for(creel_current_pool(), 0, 100, 1, count_range, &s->begun);
	s->left = creel_scope_leave(&s->scope);
	return NULL;
}

START_TEST(a_parallel_for_in_it)
{
	fork_scene s = {.scope = CREEL_SCOPE_INIT};
	creel_pool *pool = pool_of(2);

	ck_assert_int_eq(creel_pool_run(pool, loop_in_scope, &s, NULL), CREEL_OK);
	ck_assert_int_eq(s.waited, CREEL_ECANCELLED);
	ck_assert_int_eq(s.left, CREEL_ETIMEDOUT);
	ck_assert_int_eq(atomic_load(&s.begun), 0);
	creel_pool_destroy(pool);
}
END_TEST

static void *
leave_too_early(void *arg)
{
	fork_scene *s = arg;
	creel_frame part;

	creel_scope_enter(&s->scope, CREEL_FOREVER);
	creel_fork(&part, sleep_in_part, s);
	creel_scope_leave(&s->scope);
	creel_join(&part);
	return NULL;
}

static void
run_too_early(void *arg)
{
	creel_pool *pool = pool_of(1);

	creel_pool_run(pool, leave_too_early, arg, NULL);
}

START_TEST(leaving_before_a_join_is_fatal)
{
	fork_scene s = {.scope = CREEL_SCOPE_INIT};
	char text[200];
	int status = child_run_reading_stderr(run_too_early, &s, text, sizeof text);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	ck_assert_ptr_nonnull(
		strstr(text, "a scope was left before what was forked in it was joined"));
}
END_TEST

CREEL_SUITE("creel.task.scope_fork", a_part_sees_the_deadline,
	a_part_that_sleeps_is_woken_by_the_deadline, a_part_that_sleeps_is_woken_by_the_cancel,
	a_part_from_before, a_part_has_scopes_of_its_own, a_parallel_for_in_it,
	leaving_before_a_join_is_fatal)
