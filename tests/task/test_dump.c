/* SPDX-License-Identifier: MIT */
/* test_dump.c: creel_dump() says what every task does, and which wait for each other. */
#include "support/child.h"
#include "support/faults.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is written, as a string to free. */
static char *
dumped(creel_status wanted)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	creel_status status = creel_dump(file);

	fclose(file);
	ck_assert_int_eq(status, wanted);
	return text;
}

/* Does the text say this? */
static bool __attribute__((format(printf, 2, 3))) says(const char *text, const char *format, ...)
{
	char wanted[256];
	va_list args;

	va_start(args, format);
	vsnprintf(wanted, sizeof wanted, format, args);
	va_end(args);
	return strstr(text, wanted) != NULL;
}

static creel_future *
submit_named(creel_pool *pool, const char *name, creel_fn *fn, void *arg)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.name = name;
	return creel_submit_with(pool, &options, fn, arg);
}

START_TEST(nothing_is_listed_unless_asked)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *task = submit_named(pool, "reader", await_it, promise);
	char *text;

	settle(pool);
	text = dumped(CREEL_ESTATE);
	ck_assert_str_eq(text, "");
	free(text);
	ck_assert_int_eq(creel_dump(NULL), CREEL_EINVAL);
	ck_assert(!creel_debug(true));
	ck_assert(creel_debug(true));
	text = dumped(CREEL_OK);
	ck_assert(says(text, "creel: 0 tasks, 0 waits"));
	free(text);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* 1.17 "task list, names": every task that has not ended, those that are queued too */
START_TEST(tasks_that_have_not_ended)
{
	creel_pool *pool = pool_of(1);
	creel_future *done, *busy, *later;
	gate shut = GATE_INIT;
	char *text;

	creel_debug(true);
	done = submit_named(pool, "done", same, NULL);
	settle(pool);
	busy = submit_named(pool, "busy", gate_task, &shut);
	later = creel_submit(pool, same, NULL);
	gate_await_arrivals(&shut, 1);

	text = dumped(CREEL_OK);
	ck_assert_msg(says(text, "\"busy\": running, "), "%s", text);
	ck_assert_msg(says(text, "task %p: queued, ", (void *)later), "%s", text);
	ck_assert_msg(!says(text, "\"done\""), "%s", text);
	free(text);

	gate_open(&shut);
	creel_future_unref(done);
	creel_future_unref(busy);
	creel_future_unref(later);
	creel_pool_destroy(pool);
	text = dumped(CREEL_OK);
	ck_assert_msg(says(text, "creel: 0 tasks, 0 waits"), "%s", text);
	free(text);
}
END_TEST

/* 1.17 "call graph": what each task awaits */
/* 3.6 "task_repr_wait_for": the dump names the future that a task waits for */
START_TEST(what_is_suspended_says_for_what)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *tasks[3];
	char *text;

	creel_debug(true);
	tasks[0] = submit_named(pool, "reader", await_it, promise);
	tasks[1] = submit_named(pool, "writer", await_it, tasks[0]);
	tasks[2] = submit_named(pool, "sleeper", sleep_for_ever, NULL);
	settle(pool);
	text = dumped(CREEL_OK);
	ck_assert_msg(says(text, "creel: 3 tasks, 3 waits"), "%s", text);
	ck_assert_msg(says(text, "\"reader\": suspended, 0."), "%s", text);
	ck_assert_msg(says(text, "    awaits future %p, for 0.", (void *)promise), "%s", text);
	ck_assert_msg(
		says(text, "    awaits task %p \"reader\", for", (void *)tasks[0]), "%s", text);
	ck_assert_msg(says(text, "    sleeps, for 0."), "%s", text);
	ck_assert_msg(!says(text, "circle"), "%s", text);
	free(text);
	creel_future_set_result(promise, NULL);
	creel_future_cancel(tasks[2]);
	ck_assert_int_eq(take_number(tasks[1]), CREEL_OK);
	ck_assert_int_eq(take_number(tasks[0]), CREEL_OK);
	creel_future_unref(tasks[2]);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

static void *
suspend_after_request(void *arg)
{
	creel_await(arg, NULL);
	return pointer_of(creel_await(arg, NULL));
}

START_TEST(who_was_asked_to_end_is_named)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *task;
	char *text;

	creel_debug(true);
	task = submit_named(pool, "stubborn", suspend_after_request, promise);
	settle(pool);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	settle(pool);
	text = dumped(CREEL_OK);
	ck_assert_msg(says(text, "\"stubborn\": suspended, asked to end, "), "%s", text);
	free(text);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* Tasks that wait for each other, the first by way of a gather and a shield. */
typedef struct ring {
	creel_future *known; /* promise: all tasks stand below */
	creel_future *task[3];
} ring;

static void *
first_of_ring(void *arg)
{
	ring *r = arg;
	creel_future *members[2], *gathered;
	creel_status status;

	creel_await(r->known, NULL);
	members[0] = r->known;
	members[1] = creel_shield(r->task[1]);
	gathered = creel_gather(members, 2, 0);
	status = creel_await(gathered, NULL);
	creel_future_unref(members[1]);
	creel_future_unref(gathered);
	return pointer_of(status);
}

static void *
second_of_ring(void *arg)
{
	ring *r = arg;

	creel_await(r->known, NULL);
	return pointer_of(creel_await(r->task[2], NULL));
}

static void *
third_of_ring(void *arg)
{
	ring *r = arg;
	creel_future *some[1];
	size_t done;

	creel_await(r->known, NULL);
	some[0] = r->task[0];
	return pointer_of(creel_wait(some, 1, CREEL_ALL_COMPLETED, CREEL_FOREVER, &done));
}

/* 1.17 "external tool": await cycles are found and named */
START_TEST(circles_are_named)
{
	creel_pool *pool = pool_of(1);
	ring r = {.known = creel_future_create()};
	char *text;

	creel_debug(true);
	r.task[0] = submit_named(pool, "one", first_of_ring, &r);
	r.task[1] = submit_named(pool, "two", second_of_ring, &r);
	r.task[2] = submit_named(pool, "three", third_of_ring, &r);
	creel_future_set_result(r.known, NULL);
	settle(pool);
	text = dumped(CREEL_OK);
	ck_assert_msg(
		says(text,
			"circle: task %p \"one\" is awaited by task %p \"three\" is awaited by "
			"task %p \"two\" is awaited by task %p \"one\"\n",
			(void *)r.task[0], (void *)r.task[2], (void *)r.task[1], (void *)r.task[0]),
		"%s", text);
	ck_assert_msg(
		says(text, "waits for some of task %p \"one\"", (void *)r.task[0]), "%s", text);
	free(text);
	ck_assert_int_eq(creel_future_cancel(r.task[2]), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(take_number(r.task[2]), CREEL_ECANCELLED);
	ck_assert_int_eq(take_number(r.task[1]), CREEL_OK);
	ck_assert_int_eq(take_number(r.task[0]), CREEL_OK);
	creel_future_unref(r.known);
	creel_pool_destroy(pool);
}
END_TEST

static void *
thread_awaits(void *arg)
{
	creel_await(arg, NULL);
	return NULL;
}

START_TEST(threads_that_wait_are_named)
{
	creel_future *promises[12], *gathered;
	pthread_t thread;
	char *text;

	creel_debug(true);
	for (int i = 0; i < 12; i++)
		promises[i] = creel_future_create();
	gathered = creel_gather(promises, 12, 0);
	pthread_create(&thread, NULL, thread_awaits, gathered);
	for (;;) {
		text = dumped(CREEL_OK);
		if (says(text, "thread "))
			break;
		free(text);
	}
	ck_assert_msg(says(text, ": awaits future %p, for ", (void *)gathered), "%s", text);
	ck_assert_msg(!says(text, "%p", (void *)promises[0]), "%s", text);
	free(text);
	for (int i = 0; i < 12; i++)
		creel_future_set_result(promises[i], NULL);
	pthread_join(thread, NULL);
	creel_futures_unref(promises, 12);
	creel_future_unref(gathered);
}
END_TEST

static void *
wait_for_eleven(void *arg)
{
	creel_future *futures[11];
	size_t done;

	memcpy(futures, arg, sizeof futures);
	return pointer_of(creel_wait(futures, 11, CREEL_ALL_COMPLETED, CREEL_FOREVER, &done));
}

START_TEST(of_many_futures_some_are_named)
{
	creel_pool *pool = pool_of(1);
	creel_future *promises[11], *task;
	char *text;

	creel_debug(true);
	for (int i = 0; i < 11; i++)
		promises[i] = creel_future_create();
	task = creel_submit(pool, wait_for_eleven, promises);
	settle(pool);
	text = dumped(CREEL_OK);
	ck_assert_msg(says(text, "future %p and 3 more, for ", (void *)promises[7]), "%s", text);
	free(text);
	for (int i = 0; i < 11; i++)
		creel_future_set_result(promises[i], NULL);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_futures_unref(promises, 11);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(without_memory)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *task, *refused;
	creel_status status;
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int n;

	creel_debug(true);
	task = submit_named(pool, "reader", await_it, promise);
	settle(pool);
	fault_arm(FAULT_MALLOC, 2, true);
	refused = creel_submit(pool, same, NULL); /* the task is there, its extra block is not */
	ck_assert(fault_disarm());
	ck_assert_int_eq(creel_take(refused, NULL), CREEL_EFAILED);
	for (n = 1;; n++) {
		fault_arm(FAULT_MALLOC, n, false);
		status = creel_dump(file);
		if (!fault_disarm())
			break;
		ck_assert(status == CREEL_ENOMEM || status == CREEL_OK || status == CREEL_ESYS);
		if (status == CREEL_ENOMEM)
			ck_assert_int_eq(ftell(file), 0);
	}
	ck_assert_int_gt(n, 4);
	fclose(file);
	ck_assert_msg(says(text, "\"reader\""), "%s", text);
	free(text);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_file_that_cannot_be_written)
{
	FILE *file = fopen("/dev/full", "w");

	creel_debug(true);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(creel_dump(file), CREEL_ESYS);
	fclose(file);
}
END_TEST

static void
dump_in_child(void *arg)
{
	creel_future *task = arg, *promise = creel_future_create();
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	child_expect(creel_await_for(promise, 1, NULL) == CREEL_ETIMEDOUT); /* a wait of its own */
	child_expect(creel_dump(file) == CREEL_OK);
	fclose(file);
	child_expect(says(text, "creel: 1 tasks, 0 waits"));
	child_expect(says(text, "\"reader\": lost by a fork, "));
	free(text);
	creel_future_unref(task);
	creel_future_unref(promise);
}

START_TEST(in_the_child_of_a_fork)
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create();
	creel_future *task;

	creel_debug(true);
	task = submit_named(pool, "reader", await_it, promise);
	settle(pool);
	ck_assert(child_exited_with(child_run(dump_in_child, task), 0));
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.dump", nothing_is_listed_unless_asked, tasks_that_have_not_ended,
	what_is_suspended_says_for_what, who_was_asked_to_end_is_named, circles_are_named,
	threads_that_wait_are_named, of_many_futures_some_are_named, without_memory,
	a_file_that_cannot_be_written, in_the_child_of_a_fork)
