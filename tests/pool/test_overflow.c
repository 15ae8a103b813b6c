/* SPDX-License-Identifier: MIT */
/*
 * test_overflow.c: a task that overflows its stack ends the program, which says which task it was.
 *
 * Each scene is played in a child process, whose end and stderr are looked at. There the program has
 * no handler for faults but those that the scene installs, whatever tool it is built with.
 */
#include "support/child.h"
#include "support/coverage.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include "fiber/stack.h"

#include <creel/await.h>
#include <creel/task.h>

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[4096]; /* what the last child said */

static creel_pool *
pool_of_stacks(size_t stack_size)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 1;
	options.stack_size = stack_size;
	return creel_pool_create(&options);
}

static creel_future *
submit_named(creel_pool *pool, const char *name, creel_fn *fn, void *arg)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.name = name;
	return creel_submit_with(pool, &options, fn, arg);
}

static void
forget_handlers(void)
{
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
}

static int
play(void (*scene)(void *), void *arg)
{
	return child_run_reading_stderr(scene, arg, text, sizeof text);
}

static void
assert_died_of(int status, int signal)
{
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == signal,
		"its wait status is %d, and it said: %s", status, text);
}

static volatile int deepest = INT_MAX;

static int
recurse(int depth)
{
	volatile char frame[1024];

	frame[0] = (char)depth;
	frame[sizeof frame - 1] = 1;
	if (depth < deepest)
		frame[0] = (char)recurse(depth + 1);
	return frame[0] + frame[sizeof frame - 1];
}

static void *
overflow(void *arg)
{
	return recurse(0) != 0 ? arg : NULL;
}

/* What is overflowed, and what is to be said. */
typedef struct overflowing {
	size_t stack_size;
	const char *name;
	bool post;
	const char *line;
} overflowing;

static void
overflow_in_pool(void *arg)
{
	const overflowing *o = arg;
	creel_pool *pool;

	forget_handlers();
	pool = pool_of_stacks(o->stack_size);
	if (o->post)
		child_expect(creel_post(pool, overflow, NULL) == CREEL_OK);
	else
		creel_future_unref(submit_named(pool, o->name, overflow, NULL));
	creel_pool_wait_idle(pool, CREEL_FOREVER);
}

START_TEST(the_task_and_its_stack_are_named)
{
	static const overflowing all[] = {
		{64 << 10, "quick-sort", false,
			"creel: fatal: task 'quick-sort' overflowed its stack of 64 KiB\n"},
		{0, "deep", false, "creel: fatal: task 'deep' overflowed its stack of 1024 KiB\n"},
		{(100 << 10) + 1, "odd", false,
			"creel: fatal: task 'odd' overflowed its stack of 104 KiB\n"},
		{64 << 10, "a-name-that-is-longer-than-thirty-one-characters", false,
			"creel: fatal: task 'a-name-that-is-longer-than-thir' overflowed its stack "
			"of 64 KiB\n"},
		{64 << 10, NULL, false,
			"creel: fatal: task '(unnamed)' overflowed its stack of 64 KiB\n"},
		{64 << 10, NULL, true,
			"creel: fatal: task '(unnamed)' overflowed its stack of 64 KiB\n"},
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		overflowing o = all[i];
		int status = play(overflow_in_pool, &o);

		assert_died_of(status, SIGSEGV);
		ck_assert_str_eq(text, o.line);
	}
}
END_TEST

/* The one that runs is named, not one that is suspended on the same worker, nor one before. */
static void *
await_then_overflow(void *arg)
{
	creel_await(arg, NULL);
	return overflow(arg);
}

static void *
complete(void *arg)
{
	creel_future_set_result(arg, NULL);
	return creel_sleep(CREEL_FOREVER) == CREEL_OK ? arg : NULL;
}

static void
overflow_after_others(void *arg)
{
	creel_pool *pool;
	creel_future *promise;

	forget_handlers();
	creel_pool_destroy(pool_of_stacks(0));
	promise = creel_future_create();
	pool = pool_of_stacks(64 << 10);
	creel_future_unref(submit_named(pool, "culprit", await_then_overflow, promise));
	creel_future_unref(submit_named(pool, "innocent", complete, promise));
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	(void)arg;
}

START_TEST(it_is_the_task_that_runs)
{
	assert_died_of(play(overflow_after_others, NULL), SIGSEGV);
	ck_assert_str_eq(text, "creel: fatal: task 'culprit' overflowed its stack of 64 KiB\n");
}
END_TEST

/* A neighbour, suspended in the middle of its work, and a handler that looks at it. */
static volatile unsigned char *of_neighbour;

enum { BYTES = 16 << 10, INTACT = 41, SPOILT = 42 };

static void
look_at_neighbour(int signal)
{
	(void)signal;
	for (int i = 0; i < BYTES; i++)
		if (of_neighbour[i] != (unsigned char)(i * 7))
			leave(SPOILT);
	leave(INTACT);
}

static void *
keep_bytes(void *arg)
{
	volatile unsigned char bytes[BYTES];

	for (int i = 0; i < BYTES; i++)
		bytes[i] = (unsigned char)(i * 7);
	of_neighbour = bytes;
	creel_await(arg, NULL);
	return bytes[0] == 0 ? arg : NULL;
}

static void
overflow_beside_neighbours(void *arg)
{
	creel_future *promise;
	creel_pool *pool;

	signal(SIGSEGV, look_at_neighbour); /* before creel's, which passes on to it */
	signal(SIGBUS, SIG_DFL);
	promise = creel_future_create();
	pool = pool_of_stacks(64 << 10);
	if (*(bool *)arg) { /* it has the stack below, or the one above */
		creel_future_unref(submit_named(pool, "first", await_then_overflow, promise));
		creel_future_unref(submit_named(pool, "neighbour", keep_bytes, promise));
		creel_post(pool, complete, promise);
	} else {
		creel_future_unref(submit_named(pool, "neighbour", keep_bytes, promise));
		creel_future_unref(submit_named(pool, "second", overflow, promise));
	}
	creel_pool_wait_idle(pool, CREEL_FOREVER);
}

START_TEST(the_programs_handler_comes_next_and_neighbours_are_untouched)
{
	bool first = false;

	ck_assert(child_exited_with(play(overflow_beside_neighbours, &first), INTACT));
	ck_assert_str_eq(text, "creel: fatal: task 'second' overflowed its stack of 64 KiB\n");
	first = true;
	ck_assert(child_exited_with(play(overflow_beside_neighbours, &first), INTACT));
	ck_assert_str_eq(text, "creel: fatal: task 'first' overflowed its stack of 64 KiB\n");
}
END_TEST

/* Other faults in a task are nobody's overflow. */
static void *
write_to(void *arg)
{
	*(volatile char *)arg = 1;
	return arg;
}

static void
fault_in_pool(void *arg)
{
	void *const page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	creel_pool *pool;

	(void)arg;
	forget_handlers();
	pool = pool_of_stacks(0);
	creel_future_unref(submit_named(pool, "careless", write_to, page));
	creel_pool_wait_idle(pool, CREEL_FOREVER);
}

START_TEST(another_fault_is_no_overflow)
{
	assert_died_of(play(fault_in_pool, NULL), SIGSEGV);
	ck_assert_ptr_null(strstr(text, "overflow"));
}
END_TEST

/* Almost to the end is not too far. */
static void *
recurse_to_limit(void *arg)
{
	deepest = *(int *)arg;
	return overflow(arg);
}

START_TEST(what_fits_fits)
{
	creel_pool *pool = pool_of_stacks(1 << 20);
	int depth = 300;
	void *result = NULL;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_pool_run(pool, recurse_to_limit, &depth, &result), CREEL_OK);
		ck_assert_ptr_eq(result, &depth);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* Where no guard can be had there are canaries: it is noticed when the task ends, or is suspended. */
static void *
use_too_much(void *arg)
{
	volatile char bytes[72 << 10];

	for (size_t i = 0; i < sizeof bytes; i += 64)
		bytes[i] = 1;
	if (arg != NULL)
		creel_sleep(1);
	return bytes[0] == 1 ? arg : NULL;
}

static void
overflow_without_guard(void *arg)
{
	creel_pool *pool;

	forget_handlers();
	crl_stack_force_guard(CRL_GUARD_CANARY);
	pool = pool_of_stacks(64 << 10);
	creel_post(pool, use_too_much, arg);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
}

START_TEST(without_guards_canaries_tell)
{
	void *const suspend[] = {NULL, text};

	for (int i = 0; i < 2; i++) {
		assert_died_of(play(overflow_without_guard, suspend[i]), SIGABRT);
		ck_assert_str_eq(text, "creel: fatal: a task overflowed its stack of 64 KiB\n");
	}
}
END_TEST

CREEL_SUITE("creel.pool.overflow", the_task_and_its_stack_are_named, it_is_the_task_that_runs,
	the_programs_handler_comes_next_and_neighbours_are_untouched, another_fault_is_no_overflow,
	what_fits_fits, without_guards_canaries_tell)
