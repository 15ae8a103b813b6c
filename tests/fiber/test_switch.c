/* SPDX-License-Identifier: MIT */
/* test_switch.c: how fibers begin, go on and end. */
#include "fiber/cases.h"
#include "fiber/fellow.h"
#include "fiber/watched.h"
#include "sync/thread.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void
count_up(fellow *self)
{
	for (int i = 0; i < 3; i++) {
		self->result++;
		back(self);
	}
}

START_TEST(test_runs_only_when_switched_to)
{
	fellow *worker = start(count_up, 0);

	ck_assert_uint_eq(worker->result, 0);
	for (unsigned i = 1; i <= 3; i++) {
		resume(worker);
		ck_assert_uint_eq(worker->result, i);
		ck_assert(!worker->done);
	}
	resume(worker);
	ck_assert(worker->done);
	finish(worker);
}
END_TEST

static void
note_running(fellow *self)
{
	self->result = crl_fiber_running == &self->fiber;
	back(self);
	self->result += crl_fiber_running == &self->fiber;
}

START_TEST(test_running_is_who_runs)
{
	fellow *worker = start(note_running, 0);

	ck_assert_ptr_null(crl_fiber_running);
	resume(worker);
	ck_assert_uint_eq(worker->result, 1);
	ck_assert_ptr_eq(crl_fiber_running, &root);
	resume(worker);
	ck_assert_uint_eq(worker->result, 2);
	finish(worker);
	crl_fiber_fini(&root);
	ck_assert_ptr_null(crl_fiber_running);
	crl_fiber_init_thread(&root);
}
END_TEST

START_TEST(test_context_is_empty)
{
	crl_stack stack;
	fellow *worker;

	ck_assert(crl_stacks_get(&cache, &stack));
	memset(stack.base, 0xff, stack.size);
	crl_stacks_put(&cache, stack);
	worker = start(count_up, 0);
	ck_assert_int_eq(worker->fiber.context.last_error.code, CREEL_OK);
	ck_assert_ptr_null(worker->fiber.context.last_error.message);
	ck_assert_uint_eq(worker->fiber.context.no_suspend, 0);
	finish(worker);
}
END_TEST

/* Switches away in every frame, on the way down and on the way up. */
static uint64_t
dive(fellow *self, size_t depth, uint64_t value)
{
	volatile uint64_t frame[8];

	for (size_t i = 0; i < 8; i++)
		frame[i] = value + i;
	back(self);
	if (depth > 0)
		value += dive(self, depth - 1, value * 31 + depth);
	back(self);
	for (size_t i = 0; i < 8; i++)
		value = value * 33 + frame[i];
	return value;
}

/* The same without the switches. */
static uint64_t
dive_alone(size_t depth, uint64_t value)
{
	const uint64_t first = value;

	if (depth > 0)
		value += dive_alone(depth - 1, value * 31 + depth);
	for (size_t i = 0; i < 8; i++)
		value = value * 33 + first + i;
	return value;
}

static void
dive_deep(fellow *self)
{
	self->result = dive(self, self->depth, self->seed);
}

START_TEST(test_many_fibers_deep_down)
{
	const size_t count = scaled(1000, 300), depth = 20;
	fellow **workers = calloc(count, sizeof *workers);

	ck_assert_ptr_nonnull(workers);
	for (size_t i = 0; i < count; i++) {
		workers[i] = start(dive_deep, i);
		workers[i]->depth = i % depth;
	}
	for (size_t round = 0; round < 2 * depth + 1; round++)
		for (size_t i = 0; i < count; i++)
			resume(workers[i]);
	for (size_t i = 0; i < count; i++) {
		ck_assert(workers[i]->done);
		ck_assert_uint_eq(workers[i]->result, dive_alone(i % depth, i));
		finish(workers[i]);
	}
	free(workers);
}
END_TEST

static void
take_backtrace(fellow *self)
{
	void *frames[64];
	const int count = backtrace(frames, 64);
	const uintptr_t last = (uintptr_t)frames[count - 1] - (uintptr_t)crl_switch_first;

	self->depth = (size_t)count;
	self->result = last <= 16;
}

START_TEST(test_backtrace_ends)
{
	fellow *worker = start(take_backtrace, 0);

	resume(worker);
	ck_assert_uint_gt(worker->depth, 2);
	ck_assert_uint_lt(worker->depth, 16);
	ck_assert_uint_eq(worker->result, 1);
	finish(worker);
}
END_TEST

static void *left_in;

static void
leave_in_a_frame_of_its_own(fellow *self)
{
	left_in = __builtin_frame_address(0);
	crl_fiber_switch(&self->fiber, &root);
}

/* ThreadSanitizer would see a frame of the switch's own entered here, and left elsewhere. */
START_TEST(test_a_switch_has_no_frame)
{
	fellow *worker = start(leave_in_a_frame_of_its_own, 0);

	resume(worker);
	ck_assert_ptr_eq(worker->fiber.state.bp, left_in);
	resume(worker);
	finish(worker);
}
END_TEST

static void
return_at_once(void *arg)
{
	(void)arg;
}

static void
dump_when_aborted(int signal)
{
	(void)signal;
	dump_coverage();
}

START_TEST(test_returning_is_fatal)
{
	fellow *worker = start(count_up, 0);

	signal(SIGABRT, dump_when_aborted); /* abort() kills when the handler returns */
	crl_fiber_init(&worker->fiber, worker->fiber.stack, return_at_once, NULL);
	resume(worker);
}
END_TEST

static _Thread_local crl_fiber thread_root;

static void
switch_to_thread(void *arg)
{
	fellow *self = arg;

	for (;;) {
		errno++;
		self->result++;
		crl_fiber_switch(&self->fiber, &thread_root);
	}
}

/* A thread with a cache and fibers of its own. */
static void *
run_thread(void *arg)
{
	crl_stacks own;
	crl_stack stack;
	fellow *worker;
	const uint64_t rounds = 1000;
	bool *right = arg;

	crl_stacks_init(&own, FELLOW_STACK, FELLOW_GUARD);
	crl_fiber_init_thread(&thread_root);
	if (!crl_stacks_get(&own, &stack))
		return NULL;
	worker = crl_stack_carve(&stack, sizeof *worker);
	worker->result = 0;
	crl_fiber_init(&worker->fiber, stack, switch_to_thread, worker);
	errno = 77;
	for (uint64_t i = 0; i < rounds; i++)
		crl_fiber_switch(&thread_root, &worker->fiber);
	*right = worker->result == rounds && errno == 77;
	crl_fiber_fini(&worker->fiber);
	crl_fiber_fini(&thread_root);
	crl_stacks_fini(&own);
	return NULL;
}

START_TEST(test_threads_have_fibers_of_their_own)
{
	crl_thread threads[4];
	bool right[4] = {false};

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(crl_thread_start(&threads[i], run_thread, &right[i]), 0);
	for (int i = 0; i < 4; i++) {
		crl_thread_join(&threads[i]);
		ck_assert(right[i]);
	}
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_runs_only_when_switched_to);
	tcase_add_test(tcase, test_running_is_who_runs);
	tcase_add_test(tcase, test_context_is_empty);
	tcase_add_test(tcase, test_many_fibers_deep_down);
	tcase_add_test(tcase, test_backtrace_ends);
	tcase_add_test(tcase, test_a_switch_has_no_frame);
	tcase_add_test_raise_signal(tcase, test_returning_is_fatal, SIGABRT);
	tcase_add_test(tcase, test_threads_have_fibers_of_their_own);
}

int
main(void)
{
	return run_cases("fiber switch", add_tests);
}
