/* SPDX-License-Identifier: MIT */
/*
 * test_no_suspend_hooks.c: the program's code that the library calls may not wait either: callbacks,
 * destructors, the hooks for unseen errors and for memory. Each asks for everything, leaves once too
 * often, and enters once too often: none of that is heard of outside.
 */
#include "support/gate.h"
#include "support/suite.h"
#include "task/answers.h"

#include <stdlib.h>

/* What the hook that is called asks, and what it was answered after it had left too often. */
static answers asked;
static int calls;
static creel_status after_leaving;

static void
ask_everything(void)
{
	calls++;
	answers_ask(&asked);
	creel_no_suspend_leave();
	after_leaving = creel_sleep(0);
	creel_no_suspend_enter();
	creel_no_suspend_enter();
}

static void
ask_in_callback(creel_future *future, void *arg)
{
	(void)future;
	(void)arg;
	ask_everything();
}

static void
ask_in_drop(void *arg)
{
	(void)arg;
	ask_everything();
}

static void
ask_in_unhandled(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	(void)error;
	(void)ctx;
	ask_everything();
}

static const creel_task_options drops_arg = {.size = sizeof drops_arg, .arg_drop = ask_in_drop};
static const creel_task_options drops_value = {
	.size = sizeof drops_value, .result_drop = ask_in_drop};

/* What calls each hook, in whoever calls it. */
typedef struct stage {
	creel_future *promise;   /* pending, with a callback */
	creel_future *completed; /* done */
	creel_future *failed;    /* the last reference, and nobody looked */
	creel_future *valuable;  /* the last reference, and nobody took */
	creel_future *queued;    /* with an argument */
	int hook;
	creel_status after; /* of a sleep afterwards */
} stage;

static void *
call_hook(void *arg)
{
	stage *s = arg;

	switch (s->hook) {
	case 0:
		creel_future_set_result(s->promise, NULL);
		break;
	case 1:
		creel_future_on_done(s->completed, ask_in_callback, NULL);
		break;
	case 2:
		creel_future_unref(s->failed);
		break;
	case 3:
		creel_future_unref(s->valuable);
		break;
	case 4:
		creel_future_cancel(s->queued);
		break;
	default:
		creel_take(creel_submit_with(NULL, &drops_arg, same, NULL), NULL);
		break;
	}
	s->after = creel_sleep(0);
	return NULL;
}
enum { HOOKS = 6 };

static void
prepare(stage *s, creel_pool *busy)
{
	s->promise = creel_future_create();
	s->completed = creel_future_create();
	s->failed = creel_future_create();
	creel_future_on_done(s->promise, ask_in_callback, NULL);
	creel_future_set_result(s->completed, NULL);
	creel_future_set_error(s->failed, 1, "nobody looks");
	s->valuable = creel_submit_with(asked.pool, &drops_value, same, NULL);
	settle(asked.pool);
	s->queued = creel_submit_with(busy, &drops_arg, same, NULL);
}

/* Let go of what the hook in question has left. */
static void
clean_up(const stage *s)
{
	creel_set_unhandled(NULL, NULL);
	creel_future_unref(s->promise);
	creel_future_unref(s->completed);
	if (s->hook != 2) {
		(void)creel_future_error(s->failed);
		creel_future_unref(s->failed);
	}
	if (s->hook != 3) {
		void *value;

		ck_assert_int_eq(creel_take(s->valuable, &value), CREEL_OK);
	}
	creel_future_unref(s->queued);
}

/* Each hook, called by a thread, and by a task that goes on afterwards. */
START_TEST(hooks_may_not_wait)
{
	for (int i = 0; i < 2 * HOOKS; i++) {
		stage s = {.hook = i / 2, .after = CREEL_EINVAL};
		creel_pool *busy = pool_of(1);
		gate hold = GATE_INIT;

		answers_init(&asked);
		creel_post(busy, gate_task, &hold);
		gate_await_arrivals(&hold, 1);
		prepare(&s, busy);
		creel_set_unhandled(ask_in_unhandled, NULL);
		calls = 0;
		if (i % 2)
			call_hook(&s);
		else
			ck_assert_int_eq(creel_pool_run(asked.pool, call_hook, &s, NULL), CREEL_OK);
		ck_assert_int_eq(calls, 1);
		answers_ck_refused(&asked);
		ck_assert_int_eq(after_leaving, CREEL_EDEADLK);
		ck_assert_int_eq(s.after, CREEL_OK);
		ck_assert_int_eq(creel_sleep(0), CREEL_OK);
		if (s.hook != 4) /* it would ask again */
			ck_assert_int_eq(creel_future_cancel(s.queued), CREEL_CANCEL_NOW);
		gate_open(&hold);
		clean_up(&s);
		creel_pool_destroy(busy);
		answers_fini(&asked);
	}
}
END_TEST

/* And those that a worker calls when a task ends. */
START_TEST(a_workers_hooks_may_not_wait)
{
	creel_pool *pool = pool_of(1);

	answers_init(&asked);
	ck_assert_int_eq(
		creel_take(creel_submit_with(pool, &drops_arg, same, NULL), NULL), CREEL_OK);
	ck_assert_int_eq(calls, 1);
	answers_ck_refused(&asked);
	ck_assert_int_eq(after_leaving, CREEL_EDEADLK);
	creel_future_unref(creel_submit_with(pool, &drops_value, same, NULL));
	settle(pool);
	ck_assert_int_eq(calls, 2);
	answers_ck_refused(&asked);
	creel_pool_destroy(pool);
	answers_fini(&asked);
}
END_TEST

/* The program's allocator, called by the library in a task and in a thread. */
static struct {
	_Atomic(creel_future *) pending; /* NULL: do not ask */
	atomic_int asked, refused;
} memory;

static void
wait_in_allocator(void)
{
	creel_future *pending = atomic_load(&memory.pending);

	if (pending == NULL)
		return;
	atomic_fetch_add(&memory.asked, 1);
	if (creel_await(pending, NULL) == CREEL_EDEADLK && creel_sleep(0) == CREEL_EDEADLK)
		atomic_fetch_add(&memory.refused, 1);
}

static void *
hook_malloc(size_t size, void *ctx)
{
	(void)ctx;
	wait_in_allocator();
	return malloc(size);
}

static void *
hook_realloc(void *at, size_t size, void *ctx)
{
	(void)ctx;
	wait_in_allocator();
	return realloc(at, size);
}

static void
hook_free(void *at, void *ctx)
{
	(void)ctx;
	wait_in_allocator();
	free(at);
}

static void *
allocate(void *arg)
{
	creel_future_unref(creel_future_create());
	return pointer_of(creel_sleep((intptr_t)arg));
}

START_TEST(an_allocator_may_not_wait)
{
	const creel_allocator hooks = {hook_malloc, hook_realloc, hook_free, NULL};
	creel_future *pending;
	creel_pool *pool;

	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_OK);
	pool = pool_of(1);
	pending = creel_future_create();
	settle(pool);
	atomic_store(&memory.pending, pending);
	ck_assert_int_eq((intptr_t)allocate(NULL), CREEL_OK);
	ck_assert_int_ge(atomic_load(&memory.asked), 2);
	ck_assert_int_eq(take_number(creel_submit(pool, allocate, NULL)), CREEL_OK);
	ck_assert_int_ge(atomic_load(&memory.asked), 5);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&memory.refused), atomic_load(&memory.asked));
	atomic_store(&memory.pending, NULL);
	creel_future_unref(pending);
}
END_TEST

CREEL_SUITE("creel.task.no_suspend_hooks", hooks_may_not_wait, a_workers_hooks_may_not_wait,
	an_allocator_may_not_wait)
