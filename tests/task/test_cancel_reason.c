/* SPDX-License-Identifier: MIT */
/* test_cancel_reason.c: the reason of a cancel, and where it is heard: at once, in waits, scopes and parts. */
#include "support/scale.h"
#include "support/suite.h"
#include "task/full.h"
#include "task/turns.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { TEXTS = 4 };

/* A task that notes what it is told. */
typedef struct notes {
	creel_future *promise;
	creel_scope scope;
	creel_status status[TEXTS];
	char text[TEXTS][256];
	atomic_int begun;
} notes;

static void
note(notes *n, int i, creel_status status)
{
	n->status[i] = status;
	snprintf(n->text[i], sizeof n->text[i], "%s", creel_last_error()->message);
}

static void
assert_told(const notes *n, int i, const char *text)
{
	ck_assert_int_eq(n->status[i], CREEL_ECANCELLED);
	ck_assert_str_eq(n->text[i], text);
}

static void
assert_ended(creel_future *future, const char *message)
{
	ck_assert_int_eq(creel_future_status(future), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_error(future)->code, CREEL_ECANCELLED);
	ck_assert_str_eq(creel_future_error(future)->message, message);
}

START_TEST(what_is_queued_ends_with_it)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold);
	creel_future *task = creel_submit(pool, same, NULL),
		     *other = creel_submit(pool, same, NULL);

	ck_assert_int_eq(creel_future_cancel_because(task, "too late"), CREEL_CANCEL_NOW);
	assert_ended(task, "too late");
	ck_assert_int_eq(creel_future_cancel_because(task, "again"), CREEL_CANCEL_ALREADY);
	assert_ended(task, "too late");
	ck_assert_int_eq(creel_future_cancel_because(other, NULL), CREEL_CANCEL_NOW);
	assert_ended(other, "cancelled");
	ck_assert_int_eq(creel_future_cancel_because(NULL, "nothing"), CREEL_CANCEL_TOO_LATE);
	gate_open(&hold);
	creel_future_unref(task);
	creel_future_unref(other);
	creel_future_unref(holding);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.5 "future_cancel_message_getter": a promise keeps the reason with which it was cancelled */
START_TEST(future_cancel_message_getter)
{
	creel_future *promise = creel_future_create();

	ck_assert_ptr_null(creel_future_error(promise));
	ck_assert_int_eq(creel_future_cancel_because(promise, "my message"), CREEL_CANCEL_NOW);
	assert_ended(promise, "my message");
	ck_assert_int_eq(creel_await(promise, NULL), CREEL_ECANCELLED);
	ck_assert_str_eq(creel_last_error()->message, "my message");
	creel_future_unref(promise);
}
END_TEST

START_TEST(a_long_one_is_shortened)
{
	creel_future *promise = creel_future_create();
	char text[1000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	creel_future_cancel_because(promise, text);
	text[200] = '\0';
	assert_ended(promise, text);
	creel_future_unref(promise);
}
END_TEST

START_TEST(a_shield_ends_alone_with_it)
{
	creel_future *promise = creel_future_create(), *shield = creel_shield(promise);

	ck_assert_int_eq(creel_future_cancel_because(shield, "alone"), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_cancel_because(shield, "again"), CREEL_CANCEL_ALREADY);
	assert_ended(shield, "alone");
	ck_assert(!creel_future_done(promise));
	creel_future_unref(shield);
	shield = creel_shield(promise);
	creel_future_cancel_because(promise, "both");
	assert_ended(shield, "both");
	creel_future_unref(shield);
	creel_future_unref(promise);
}
END_TEST

/* Waits; then notes what a checkpoint says, and another wait. */
static void *
wait_and_look(void *arg)
{
	notes *n = arg;

	atomic_store(&n->begun, 1);
	note(n, 0, creel_await(n->promise, NULL));
	note(n, 1, creel_checkpoint());
	note(n, 2, creel_await(n->promise, NULL));
	return creel_fail(CREEL_ECANCELLED, "%s", n->text[0]);
}

static creel_future *
begin(creel_pool *pool, notes *n, creel_fn *fn)
{
	creel_future *task;

	*n = (notes){.promise = creel_future_create(), .scope = CREEL_SCOPE_INIT};
	task = creel_submit(pool, fn, n);
	settle(pool);
	return task;
}

START_TEST(a_wait_tells_it_and_a_checkpoint_again)
{
	creel_pool *pool = pool_of(1);
	notes n;
	creel_future *task = begin(pool, &n, wait_and_look);

	ck_assert_int_eq(creel_future_cancel_because(task, "first"), CREEL_CANCEL_REQUESTED);
	settle(pool);
	assert_told(&n, 0, "first");
	assert_told(&n, 1, "first");
	ck_assert_int_eq(creel_future_cancel_because(task, "second"), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(task, NULL), CREEL_ECANCELLED);
	ck_assert_str_eq(creel_last_error()->message, "first"); /* its own text */
	assert_told(&n, 2, "second");
	assert_ended(task, "first");
	creel_future_unref(task);
	creel_future_unref(n.promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(without_one_the_text_is_the_usual)
{
	creel_pool *pool = pool_of(1);
	notes n;
	creel_future *task = begin(pool, &n, wait_and_look);

	creel_future_cancel_because(task, "first");
	settle(pool);
	creel_future_cancel(task);
	settle(pool);
	assert_told(&n, 0, "first");
	assert_told(&n, 2, "the calling task was asked to end");
	creel_future_unref(task);
	creel_future_unref(n.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* Cancels itself, more than once, before it waits. */
static void *
cancel_self(void *arg)
{
	notes *n = arg;

	creel_future_cancel(creel_current());
	creel_future_cancel_because(creel_current(), "first");
	creel_future_cancel_because(creel_current(), "second");
	creel_future_cancel(creel_current());
	note(n, 0, creel_sleep(0));
	creel_future_cancel_because(creel_current(), "third");
	note(n, 1, creel_checkpoint());
	note(n, 2, creel_checkpoint());
	creel_future_cancel_because(creel_current(), "never told");
	return NULL;
}

START_TEST(the_first_stands_until_it_is_told)
{
	creel_pool *pool = pool_of(1);
	notes n;
	creel_future *task = begin(pool, &n, cancel_self);

	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	assert_told(&n, 0, "first");
	assert_told(&n, 1, "third");
	assert_told(&n, 2, "third");
	creel_future_unref(n.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* In a scope it is asked twice and told once; the second time it hears of outside. */
static void *
cancel_self_in_scope(void *arg)
{
	notes *n = arg;

	creel_scope_enter(&n->scope, CREEL_FOREVER);
	creel_future_cancel_because(creel_current(), "inside");
	note(n, 0, creel_sleep(0));
	creel_future_cancel_because(creel_current(), "later");
	note(n, 1, creel_scope_leave(&n->scope));
	note(n, 2, creel_sleep(0));
	note(n, 3, creel_sleep(0));
	return NULL;
}

START_TEST(scopes_pass_it_in_and_out)
{
	creel_pool *pool = pool_of(1);
	notes n;
	creel_future *task = begin(pool, &n, cancel_self_in_scope);

	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	assert_told(&n, 0, "inside");
	assert_told(&n, 1, "later");
	assert_told(&n, 2, "later");
	ck_assert_int_eq(n.status[3], CREEL_OK);
	creel_future_unref(n.promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
sleep_in_part(void *arg)
{
	notes *n = arg;

	atomic_fetch_add(&n->begun, 1);
	note(n, 1, creel_sleep(CREEL_FOREVER));
	return NULL;
}

static void *
fork_and_sleep(void *arg)
{
	notes *n = arg;
	creel_frame part;

	creel_scope_enter(&n->scope, CREEL_FOREVER);
	creel_fork(&part, sleep_in_part, n);
	spin_until(&n->begun, 1);
	note(n, 0, creel_sleep(CREEL_FOREVER));
	creel_join(&part);
	note(n, 2, creel_scope_leave(&n->scope));
	return NULL;
}

START_TEST(parts_are_told_it)
{
	creel_pool *pool = pool_of(2);
	notes n = {.scope = CREEL_SCOPE_INIT};
	creel_future *task = creel_submit(pool, fork_and_sleep, &n);

	spin_until(&n.begun, 1);
	creel_future_cancel_because(task, "all of you");
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	for (int i = 0; i < 3; i++)
		assert_told(&n, i, "all of you");
	creel_pool_destroy(pool);
}
END_TEST

static creel_pool *full;

/* Runs in its caller. */
static void *
look_around(void *arg)
{
	notes *n = arg;

	creel_future_cancel_because(n->promise, "the caller");
	note(n, 0, creel_checkpoint());
	creel_future_cancel_because(creel_current(), "itself");
	note(n, 1, creel_checkpoint());
	return NULL;
}

static void *
submit_to_full(void *arg)
{
	notes *n = arg;

	n->promise = creel_current();
	creel_future_unref(creel_submit(full, look_around, n));
	note(n, 2, creel_checkpoint());
	return NULL;
}

START_TEST(a_task_in_its_caller_is_told_its_callers_and_its_own)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	notes n = {.begun = 0};

	full = full_pool(&hold);
	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(creel_pool_run(pool, submit_to_full, &n, NULL), CREEL_OK);
	assert_told(&n, 0, "the caller");
	assert_told(&n, 1, "itself");
	assert_told(&n, 2, "the caller");
	/* In a thread. */
	n = (notes){.promise = creel_future_create()};
	creel_future_unref(creel_submit(full, look_around, &n));
	assert_told(&n, 1, "itself");
	creel_future_unref(n.promise);
	gate_open(&hold);
	creel_pool_destroy(full);
	creel_pool_destroy(pool);
}
END_TEST

static void *
obey(void *arg)
{
	return creel_await(arg, NULL) == CREEL_ECANCELLED
		       ? creel_fail(CREEL_ECANCELLED, "told: %s", creel_last_error()->message)
		       : NULL;
}

START_TEST(a_gather_passes_it_on_and_has_it)
{
	creel_pool *pool = pool_of(1);
	creel_future *never = creel_future_create(), *members[2], *all;

	members[0] = creel_future_create();
	members[1] = creel_submit(pool, obey, never);
	settle(pool);
	all = creel_gather(members, 2, 0);
	ck_assert_int_eq(creel_future_cancel_because(all, "enough"), CREEL_CANCEL_REQUESTED);
	creel_future_cancel_because(all, "more than enough");
	ck_assert_int_eq(creel_await(all, NULL), CREEL_ECANCELLED);
	ck_assert_str_eq(creel_last_error()->message, "enough");
	assert_ended(all, "enough");
	assert_ended(members[0], "enough");
	assert_ended(members[1], "told: enough");
	creel_future_unref(all);
	creel_futures_unref(members, 2);
	creel_future_unref(never);
	creel_pool_destroy(pool);
}
END_TEST

/* So many that not all are cancelled one inside the other. */
START_TEST(wholes_of_wholes_pass_it_on)
{
	enum { DEPTH = 100 };
	creel_future *inner = creel_future_create(), *whole[DEPTH + 1] = {inner};

	for (int i = 0; i < DEPTH; i++)
		whole[i + 1] = creel_gather(&whole[i], 1, 0);
	ck_assert_int_eq(creel_future_cancel_because(whole[DEPTH], "deep"), CREEL_CANCEL_REQUESTED);
	for (int i = 0; i <= DEPTH; i++)
		assert_ended(whole[i], "deep");
	creel_futures_unref(whole, DEPTH + 1);
}
END_TEST

/* A task that waits for its promise in a way that ends it. */
typedef struct waits {
	notes notes;
	creel_pool *other;
	creel_future *child; /* what is waited for */
	int how;
} waits;

enum { WAIT_FOR, POOL_RUN, GROUP_JOIN, GROUP_JOIN_LATER, WAYS };

static creel_status
join_group(waits *w)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_group *group;
	creel_status status;

	options.pool = w->other;
	group = creel_group_create(&options);
	w->child = creel_group_submit(group, obey, w->notes.promise);
	atomic_store(&w->notes.begun, 1);
	if (w->how == GROUP_JOIN_LATER) /* it has not heard of it when it joins */
		while (!creel_cancel_requested())
			sched_yield();
	status = creel_group_join(group, CREEL_FOREVER);
	creel_group_destroy(group);
	return status;
}

static void *
wait_and_pass_on(void *arg)
{
	waits *w = arg;
	creel_status status = CREEL_OK;

	if (w->how == WAIT_FOR) {
		w->child = creel_submit(w->other, obey, w->notes.promise);
		atomic_store(&w->notes.begun, 1);
		status = creel_wait_for(w->child, CREEL_FOREVER, NULL);
	} else if (w->how == POOL_RUN) {
		atomic_store(&w->notes.begun, 1);
		status = creel_pool_run(w->other, obey, w->notes.promise, NULL);
	} else {
		status = join_group(w);
	}
	note(&w->notes, 0, status);
	return NULL;
}

START_TEST(waits_that_cancel_pass_it_on)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);

	for (int how = 0; how < WAYS; how++) {
		waits w = {.other = other, .how = how, .notes = {.begun = 0}};
		creel_future *task;

		w.notes.promise = creel_future_create();
		task = creel_submit(pool, wait_and_pass_on, &w);
		spin_until(&w.notes.begun, 1);
		if (how != GROUP_JOIN_LATER)
			settle(pool);
		settle(other);
		creel_future_cancel_because(task, "no time");
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		assert_told(&w.notes, 0, "no time");
		if (w.child != NULL)
			assert_ended(w.child, "told: no time");
		creel_future_unref(w.child);
		creel_future_unref(w.notes.promise);
	}
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

static void *
sleep_and_obey(void *arg)
{
	(void)arg;
	return creel_sleep(CREEL_SECONDS(10)) == CREEL_ECANCELLED
		       ? creel_fail(CREEL_ECANCELLED, "%s", creel_last_error()->message)
		       : NULL;
}

/* Cancels a task that sleeps, waits for its end, and has what its result says as its own end. */
static void *
cancel_and_look(void *arg)
{
	notes *n = arg;
	creel_future *task = creel_submit(creel_current_pool(), sleep_and_obey, NULL);
	size_t done;

	creel_sleep(0);
	creel_future_cancel_because(task, "my message");
	creel_wait(&task, 1, CREEL_ALL_COMPLETED, CREEL_FOREVER, &done);
	note(n, 0, creel_future_result(task, NULL));
	note(n, 1, (creel_status)creel_future_error(task)->code);
	snprintf(n->text[1], sizeof n->text[1], "%s", creel_future_error(task)->message);
	creel_future_unref(task);
	return creel_fail((int)n->status[0], "%s", n->text[0]);
}

/* 3.6 "cancel_with_message_then_future_result": result() tells the message with which the task was cancelled, also to
   who waits for who asked
   3.6 "cancel_with_message_then_future_exception": so does exception() */
START_TEST(cancel_with_message_then_future_result)
{
	creel_pool *pool = pool_of(1);
	notes n = {.begun = 0};
	creel_future *task = creel_submit(pool, cancel_and_look, &n);

	ck_assert_int_eq(creel_await(task, NULL), CREEL_ECANCELLED);
	ck_assert_str_eq(creel_last_error()->message, "my message");
	assert_ended(task, "my message");
	assert_told(&n, 0, "my message");
	assert_told(&n, 1, "my message");
	creel_future_unref(task);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct race {
	creel_future *task;
	const char *reason;
} race;

static void *
cancel_in_thread(void *arg)
{
	const race *r = arg;

	for (int i = 0; i < 3; i++)
		creel_future_cancel_because(r->task, r->reason);
	return NULL;
}

/* Ends when it has been told, or by itself. */
static void *
sleep_a_little(void *arg)
{
	notes *n = arg;

	for (int i = 0; i < 3; i++)
		if (creel_sleep(CREEL_MICROSECONDS(5)) == CREEL_ECANCELLED)
			note(n, 0, CREEL_ECANCELLED);
	return NULL;
}

START_TEST(two_cancel_while_it_ends)
{
	creel_pool *pool = pool_of(1);

	for (int i = 0; i < SCALE_TIMES(2000); i++) {
		notes n = {.begun = 0};
		creel_future *task = creel_submit(pool, sleep_a_little, &n);
		race a = {task, "one"}, b = {task, "another"};
		pthread_t thread;

		pthread_create(&thread, NULL, cancel_in_thread, &a);
		cancel_in_thread(&b);
		pthread_join(thread, NULL);
		creel_take(task, NULL);
		if (n.status[0] == CREEL_ECANCELLED)
			ck_assert(
				strcmp(n.text[0], "one") == 0 || strcmp(n.text[0], "another") == 0);
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.cancel_reason", what_is_queued_ends_with_it, future_cancel_message_getter,
	a_long_one_is_shortened, a_shield_ends_alone_with_it,
	a_wait_tells_it_and_a_checkpoint_again, without_one_the_text_is_the_usual,
	the_first_stands_until_it_is_told, scopes_pass_it_in_and_out, parts_are_told_it,
	a_task_in_its_caller_is_told_its_callers_and_its_own, a_gather_passes_it_on_and_has_it,
	wholes_of_wholes_pass_it_on, waits_that_cancel_pass_it_on,
	cancel_with_message_then_future_result, two_cancel_while_it_ends)
