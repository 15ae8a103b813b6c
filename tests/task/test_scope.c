/* SPDX-License-Identifier: MIT */
/* test_scope.c: scopes of one task or thread: what they end, what they say, and what is wrong use. */
#include "support/child.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/places.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* The waits that a scope ends, by number. */
enum {
	AWAIT,
	AWAIT_FOR,
	POLL,
	WAIT_FOR,
	WAIT_FOR_POLL,
	TAKE,
	SLEEP,
	SLEEP_FOR_EVER,
	YIELD,
	POOL_RUN,
	WAIT_IDLE,
	NEXT,
	WAIT,
	WAIT_POLL,
	PARALLEL_FOR,
	MAP,
	WAITS
};

static void *
await_and_obey(void *arg)
{
	creel_status status = creel_await(arg, NULL);

	return status == CREEL_ECANCELLED ? creel_fail(CREEL_ECANCELLED, "as asked") : NULL;
}

static void
await_range(size_t begin, size_t end, void *ctx)
{
	for (; begin < end; begin++)
		creel_await(ctx, NULL);
}

static creel_status
wait_for_many(const scene *s, int how, creel_future *own)
{
	creel_completions *queue = creel_as_completed(&own, 1);
	creel_completion item;
	creel_status status = CREEL_EINVAL;
	void *args[] = {own, own};
	size_t ndone;

	switch (how) {
	case NEXT:
		status = creel_completions_next(queue, CREEL_FOREVER, &item);
		break;
	case WAIT:
		status = creel_wait(&own, 1, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone);
		break;
	case WAIT_POLL:
		status = creel_wait(&own, 1, CREEL_ALL_COMPLETED, 0, &ndone);
		break;
	case PARALLEL_FOR:
		status = creel_parallel_for(s->pool, 0, 100, 1, await_range, own);
		break;
	case MAP:
		status = creel_map(s->pool, await_and_obey, args, 2, NULL);
		break;
	default:
		break;
	}
	creel_completions_destroy(queue);
	return status;
}

static creel_status
wait_somehow(const scene *s, int how)
{
	creel_future *own = creel_future_create();
	creel_status status;

	switch (how) {
	case AWAIT:
		status = creel_await(own, NULL);
		break;
	case AWAIT_FOR:
		status = creel_await_for(own, LONG, NULL);
		break;
	case POLL:
		status = creel_await_for(own, 0, NULL);
		break;
	case WAIT_FOR:
		status = creel_wait_for(own, LONG, NULL);
		break;
	case WAIT_FOR_POLL:
		status = creel_wait_for(own, 0, NULL);
		break;
	case TAKE:
		status = creel_take(creel_future_ref(own), NULL);
		break;
	case SLEEP:
		status = creel_sleep(LONG);
		break;
	case SLEEP_FOR_EVER:
		status = creel_sleep(CREEL_FOREVER);
		break;
	case YIELD:
		status = creel_sleep(0);
		break;
	case POOL_RUN:
		status = creel_pool_run(s->pool, await_and_obey, own, NULL);
		break;
	case WAIT_IDLE:
		status = creel_pool_wait_idle(s->pool, CREEL_FOREVER);
		break;
	default:
		status = wait_for_many(s, how, own);
		break;
	}
	creel_future_unref(own);
	return status;
}

/* Which waits did not answer so? 0: all did. */
static int
wrong_waits(const scene *s, creel_status expected, const char *message)
{
	int wrong = 0;

	for (int how = 0; how < WAITS; how++)
		if (wait_somehow(s, how) != expected ||
			strcmp(creel_last_error()->message, message) != 0 ||
			creel_last_error()->code != (int)expected)
			wrong |= 1 << how;
	return wrong;
}

static const char late[] = "the deadline of a scope has passed";

static void *
wait_when_expired(void *arg)
{
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], 0);
	s->code = wrong_waits(s, CREEL_ECANCELLED, late);
	s->waited[0] = creel_checkpoint();
	s->waited[1] = creel_cancel_requested() ? CREEL_ECANCELLED : CREEL_OK;
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	s->left[1] = (creel_status)creel_last_error()->code;
	s->waited[2] = creel_sleep(0);
	return NULL;
}

/* 0.2 "Time": the deadline of a scope holds for each wait in it. 1.18 "trio CancelScope": level by level */
START_TEST(every_wait_is_cut)
{
	gate hold = GATE_INIT;
	creel_future *holding;
	scene s = {.pool = pool_of(2)};

	fake_clock_start();
	holding = creel_submit(s.pool, gate_task, &hold);
	EVERYWHERE(PLACES, wait_when_expired, &s)
	{
		ck_assert_int_eq(s.code, 0);
		ck_assert_int_eq(s.waited[0], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[1], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.left[1], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[2], CREEL_OK);
	}
	gate_open(&hold);
	creel_future_unref(holding);
	creel_pool_destroy(s.pool);
}
END_TEST

static void *
wait_when_cancelled(void *arg)
{
	scene *s = arg;

	creel_scope_cancel(&s->scopes[0], "no more of this");
	creel_scope_cancel(&s->scopes[0], "and another reason");
	creel_scope_enter(&s->scopes[0], CREEL_FOREVER);
	s->code = wrong_waits(s, CREEL_ECANCELLED, "no more of this");
	s->waited[0] = creel_checkpoint();
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	s->value = strcmp(creel_last_error()->message, "no more of this") == 0 ? s : NULL;
	s->waited[1] = creel_cancel_requested() ? CREEL_ECANCELLED : CREEL_OK;
	return s->value;
}

/* 1.18 "trio CancelScope": cancelled before it is entered, it ends what waits inside, with the first reason.
 * 1.18 "context.WithCancelCause": the first cause is kept */
START_TEST(a_reason_travels)
{
	gate hold = GATE_INIT;
	creel_future *holding;
	scene s = {.pool = pool_of(2)};

	fake_clock_start();
	holding = creel_submit(s.pool, gate_task, &hold);
	EVERYWHERE(PLACES, wait_when_cancelled, &s)
	{
		ck_assert_int_eq(s.code, 0);
		ck_assert_int_eq(s.waited[0], CREEL_ECANCELLED);
		ck_assert_int_eq(s.left[0], CREEL_ECANCELLED);
		ck_assert_ptr_eq(s.value, &s);
		ck_assert_int_eq(s.waited[1], CREEL_OK);
		ck_assert(!creel_scope_expired(&s.scopes[0]));
	}
	gate_open(&hold);
	creel_future_unref(holding);
	creel_pool_destroy(s.pool);
}
END_TEST

static void *
wait_within_its_own_time(void *arg)
{
	creel_future *own = creel_future_create();
	scene *s = arg;

	creel_scope_enter(&s->scopes[0], LONG);
	s->waited[0] = creel_await_for(own, MS, NULL);
	s->waited[1] = creel_await_for(own, 0, NULL);
	s->waited[2] = creel_checkpoint();
	s->code = creel_cancel_requested();
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	creel_future_unref(own);
	return NULL;
}

START_TEST(a_waits_own_timeout_is_not_the_scopes)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, wait_within_its_own_time, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[1], CREEL_ETIMEDOUT);
		ck_assert_int_eq(s.waited[2], CREEL_OK);
		ck_assert_int_eq(s.code, false);
		ck_assert_int_eq(s.left[0], CREEL_OK);
	}
}
END_TEST

static atomic_int begun;

static void *
value_all_the_same(void *arg)
{
	atomic_store(&begun, 1);
	creel_await(arg, NULL);
	return arg;
}

static void *
let_it_end(void *arg)
{
	scene *s = arg;
	creel_future *never = creel_future_create();
	creel_future *task;

	atomic_store(&begun, 0);
	task = creel_submit(s->pool, value_all_the_same, never);
	spin_until(&begun, 1);
	creel_scope_enter(&s->scopes[0], MS);
	s->waited[0] = creel_wait_for(task, LONG, NULL);
	s->left[0] = creel_scope_leave(&s->scopes[0]);
	creel_future_unref(task);
	creel_future_unref(never);
	return NULL;
}

/* 1.8 "expiry but task swallows the cancel and returns v": nobody was told, the value counts */
START_TEST(a_value_in_spite_of_it)
{
	scene s = {.pool = pool_of(1)};

	fake_clock_start();
	EVERYWHERE(PLACES, let_it_end, &s)
	{
		ck_assert_int_eq(s.waited[0], CREEL_OK);
		ck_assert_int_eq(s.left[0], CREEL_OK);
	}
	creel_pool_destroy(s.pool);
}
END_TEST

static void *
take_the_minimum(void *arg)
{
	const int64_t now = creel_now();
	int64_t seen[6];
	scene *s = arg;

	seen[0] = creel_current_deadline();
	creel_scope_enter_at(&s->scopes[0], now + 20 * MS);
	seen[1] = creel_current_deadline();
	creel_scope_enter_at(&s->scopes[1], now + 30 * MS);
	seen[2] = creel_current_deadline();
	creel_scope_reschedule_at(&s->scopes[1], now + 10 * MS);
	seen[3] = creel_current_deadline();
	creel_scope_enter_shielded(&s->scopes[2], 40 * MS);
	seen[4] = creel_current_deadline();
	creel_scope_leave(&s->scopes[2]);
	creel_scope_leave(&s->scopes[1]);
	seen[5] = creel_current_deadline();
	creel_scope_leave(&s->scopes[0]);
	s->code = seen[0] == INT64_MAX && seen[1] == now + 20 * MS && seen[2] == now + 20 * MS &&
		  seen[3] == now + 10 * MS && seen[4] == now + 40 * MS && seen[5] == now + 20 * MS;
	return NULL;
}

/* 1.8 "nested": the effective deadline is the minimum over the stack */
START_TEST(the_minimum_holds)
{
	scene s = {.pool = NULL};

	fake_clock_start();
	EVERYWHERE(PLACES, take_the_minimum, &s)
	ck_assert_int_eq(s.code, true);
}
END_TEST

static void *
fail_inside(void *arg)
{
	scene *s = arg;
	void *failed;

	creel_fail(1, "before");
	creel_scope_enter(&s->scopes[0], LONG);
	failed = creel_fail(2, "inside");
	creel_scope_leave(&s->scopes[0]);
	return failed;
}

static void *
fail_before(void *arg)
{
	scene *s = arg;
	void *failed = creel_fail(1, "before");

	creel_scope_enter(&s->scopes[0], LONG);
	creel_scope_leave(&s->scopes[0]);
	return failed;
}

START_TEST(a_failure_is_the_tasks)
{
	creel_pool *pool = pool_of(1);
	creel_fn *const fns[] = {fail_before, fail_inside};

	for (int i = 0; i < 2; i++) {
		scene s = {.scopes = {CREEL_SCOPE_INIT}};

		ck_assert_int_eq(creel_pool_run(pool, fns[i], &s, NULL), CREEL_EFAILED);
		ck_assert_int_eq(creel_last_error()->code, i + 1);
	}
	creel_pool_destroy(pool);
}
END_TEST

static void *
leave_in_disorder(void *arg)
{
	scene *s = arg;
	int wrong = 0;

	creel_scope_enter(&s->scopes[0], LONG);
	creel_scope_enter(&s->scopes[1], LONG);
	wrong += creel_scope_leave(&s->scopes[0]) != CREEL_ESTATE;
	wrong += creel_scope_leave(&s->scopes[1]) != CREEL_OK;
	wrong += creel_scope_leave(&s->scopes[0]) != CREEL_OK;
	s->code = wrong;
	return NULL;
}

START_TEST(the_innermost_is_left_first)
{
	scene s = {.pool = NULL};

	EVERYWHERE(PLACES, leave_in_disorder, &s)
	ck_assert_int_eq(s.code, 0);
}
END_TEST

static void *
leave_it(void *arg)
{
	return (void *)(uintptr_t)creel_scope_leave(arg);
}

START_TEST(only_the_owner_leaves)
{
	creel_scope scope = CREEL_SCOPE_INIT;
	creel_pool *pool = pool_of(1);
	void *status;

	ck_assert_int_eq(creel_scope_enter(&scope, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, leave_it, &scope, &status), CREEL_OK);
	ck_assert_uint_eq((uintptr_t)status, CREEL_EWRONGTHREAD);
	ck_assert_int_eq(creel_scope_leave(&scope), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

static creel_scope forgotten = CREEL_SCOPE_INIT;

static void *
forget_to_leave(void *arg)
{
	creel_scope_enter(arg, CREEL_FOREVER);
	return NULL;
}

static void
run_forgetful(void *arg)
{
	creel_pool *pool = pool_of(1);

	creel_pool_run(pool, forget_to_leave, arg, NULL);
}

START_TEST(a_task_that_forgets_dies)
{
	char text[200];
	int status = child_run_reading_stderr(run_forgetful, &forgotten, text, sizeof text);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	ck_assert_ptr_nonnull(strstr(text, "a task returned without having left a scope"));
}
END_TEST

static void
use_inherited(void *arg)
{
	creel_scope fresh = CREEL_SCOPE_INIT;

	child_expect(creel_current_deadline() == INT64_MAX);
	child_expect(creel_sleep(1) == CREEL_OK);
	child_expect(creel_scope_cancel(arg, "too late") == CREEL_ECLOSED);
	child_expect(creel_scope_reschedule(arg, 0) == CREEL_ECLOSED);
	child_expect(creel_scope_enter(&fresh, 0) == CREEL_OK);
	child_expect(creel_sleep(1) == CREEL_ECANCELLED);
	child_expect(creel_scope_leave(&fresh) == CREEL_ETIMEDOUT);
	child_expect(creel_scope_leave(arg) == CREEL_ECLOSED);
}

START_TEST(in_the_child_of_a_fork)
{
	creel_scope scope = CREEL_SCOPE_INIT;

	creel_scope_enter(&scope, 0);
	ck_assert(child_exited_with(child_run(use_inherited, &scope), 0));
	ck_assert_int_eq(creel_sleep(1), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_scope_leave(&scope), CREEL_ETIMEDOUT);
}
END_TEST

CREEL_SUITE("creel.task.scope", every_wait_is_cut, a_reason_travels,
	a_waits_own_timeout_is_not_the_scopes, a_value_in_spite_of_it, the_minimum_holds,
	a_failure_is_the_tasks, the_innermost_is_left_first, only_the_owner_leaves,
	a_task_that_forgets_dies, in_the_child_of_a_fork)
