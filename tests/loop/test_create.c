/* SPDX-License-Identifier: MIT */
/*
 * test_create.c: options of loops, what the system refuses them, at every point, and the child of a
 * fork. Runners and parkers are cached, so each attempt is made in a child process.
 */
#include "loop/loops.h"
#include "support/child.h"
#include "support/faults.h"
#include "support/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static void *
get_name(void *arg)
{
	prctl(PR_GET_NAME, arg);
	return NULL;
}

START_TEST(defaults_and_names)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	char name[16] = "";
	creel_loop *loop = creel_loop_create(NULL);

	ck_assert_int_eq(creel_take(creel_loop_submit(loop, get_name, name), NULL), CREEL_OK);
	ck_assert_str_eq(name, "creel-loop");
	creel_loop_destroy(loop);
	options.name = "a name that is too long";
	options.stack_size = CREEL_STACK_MIN;
	options.guard_size = 1;
	loop = creel_loop_create(&options);
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, get_name, name), NULL), CREEL_OK);
	ck_assert_str_eq(name, "a name that is ");
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(bad_options)
{
	const creel_loop_options good = CREEL_LOOP_OPTIONS_INIT;
	creel_loop_options bad[6];

	for (int i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].flags = UINT32_C(1) << 31;
	bad[1].flags = CREEL_LOOP_NO_THREAD | 2;
	bad[2].stack_size = 1;
	bad[3].stack_size = SIZE_MAX;
	bad[4].guard_size = SIZE_MAX;
	bad[5].size = 0;
	for (int i = 0; i < 6; i++) {
		creel_fail(0, "nothing yet");
		ck_assert_ptr_null(creel_loop_create(&bad[i]));
		ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	}
}
END_TEST

static bool
works(creel_loop *loop, uint32_t flags)
{
	creel_future *task = creel_loop_submit(loop, same, pointer_of(3));
	void *value = NULL;

	if (flags & CREEL_LOOP_NO_THREAD)
		creel_loop_run_once(loop, CREEL_FOREVER);
	return creel_take(task, &value) == CREEL_OK && value == pointer_of(3);
}

/* What is tried in a child: the n-th call fails. */
typedef struct attempt {
	fault_kind kind;
	int n;
	bool all;
	uint32_t flags;
} attempt;

enum { REFUSED = 10, CREATED, CREATED_AT_ONCE };

static void
try_once(void *arg)
{
	const attempt *a = arg;
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	creel_loop *loop;
	bool failed;

	options.flags = a->flags;
	fault_arm(a->kind, a->n, a->all);
	loop = creel_loop_create(&options);
	failed = fault_disarm();
	if (loop != NULL) {
		child_expect(works(loop, a->flags));
		creel_loop_destroy(loop);
		_Exit(failed ? CREATED : CREATED_AT_ONCE);
	}
	child_expect(failed);
	child_expect(
		creel_last_error()->code == (a->kind == FAULT_THREAD ? CREEL_ESYS : CREEL_ENOMEM));
	child_expect(strcmp(creel_last_error()->message, "") != 0);
	loop = creel_loop_create(&options);
	child_expect(loop != NULL);
	child_expect(works(loop, a->flags));
	creel_loop_destroy(loop);
	_Exit(REFUSED);
}

static int
outcome(fault_kind kind, int n, bool all, uint32_t flags)
{
	attempt a = {kind, n, all, flags};
	int status = child_run(try_once, &a);

	for (int end = REFUSED; end <= CREATED_AT_ONCE; end++)
		if (child_exited_with(status, end))
			return end;
	ck_abort_msg("the child ended with wait status %d", status);
	return 0;
}

/* 3.16 "26. allocation-failure injection": creel_loop_create: NULL and ENOMEM, and a retry works */
START_TEST(there_is_no_memory)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		int n = 1;

		while (outcome(FAULT_MALLOC, n, true, flags) == REFUSED) {
			ck_assert_int_eq(outcome(FAULT_MALLOC, n, false, flags), REFUSED);
			n++;
		}
		ck_assert_int_eq(n - 1, 3); /* the loop, its runner, and that one's parker */
		ck_assert_int_eq(outcome(FAULT_MMAP, 1, true, flags), REFUSED);
	}
}
END_TEST

START_TEST(a_thread_cannot_be_started)
{
	ck_assert_int_eq(outcome(FAULT_THREAD, 1, true, 0), REFUSED);
	ck_assert_int_eq(outcome(FAULT_THREAD, 1, true, CREEL_LOOP_NO_THREAD), CREATED_AT_ONCE);
	fault_arm(FAULT_THREAD, 1, true);
	ck_assert_ptr_null(creel_loop_create(NULL));
	ck_assert(fault_disarm());
	ck_assert_ptr_nonnull(strstr(creel_last_error()->message, strerror(EAGAIN)));
}
END_TEST

static void
ignore_done(creel_future *future, void *arg)
{
	(void)future, (void)arg;
}

/* 3.16 "26. allocation-failure injection": callbacks, timers, tasks: ENOMEM, and the loop goes on */
START_TEST(no_memory_for_what_is_put_in)
{
	creel_loop *loop = loop_without_thread();
	creel_future *f = creel_future_create(), *task;
	creel_handle *handle = NULL;
	creel_status answers[6];

	fault_arm(FAULT_MALLOC, 1, true); /* Check's assertions allocate, too */
	answers[0] = creel_call_soon(loop, note, NULL, &handle);
	answers[1] = creel_call_soon_threadsafe(loop, note, NULL, &handle);
	answers[2] = creel_call_later(loop, 0, note, NULL, &handle);
	answers[3] = creel_call_at(loop, 0, note, NULL, &handle);
	answers[4] = creel_loop_on_done(loop, f, ignore_done, NULL);
	task = creel_loop_submit(loop, same, NULL);
	ck_assert(fault_disarm());
	fault_arm(FAULT_MALLOC, 2, false); /* the second block of it */
	answers[5] = creel_loop_on_done(loop, f, ignore_done, NULL);
	ck_assert(fault_disarm());
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(answers[i], CREEL_ENOMEM);
	ck_assert_ptr_null(handle);
	ck_assert_int_eq(creel_future_error(task)->code, CREEL_ENOMEM);
	creel_future_unref(task);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_call_soon(loop, note, pointer_of('a'), NULL);
	run_out(loop);
	ck_assert_str_eq(noted, "a");
	creel_future_unref(f);
	creel_loop_destroy(loop);
}
END_TEST

static void
be_the_child(void *arg)
{
	creel_loop *loop = arg;
	creel_future *f = creel_future_create();
	creel_future *task = creel_loop_submit(loop, same, NULL);

	child_expect(creel_future_error(task)->code == CREEL_ECLOSED);
	creel_future_unref(task);
	child_expect(creel_call_soon(loop, note, NULL, NULL) == CREEL_ECLOSED);
	child_expect(creel_call_soon_threadsafe(loop, note, NULL, NULL) == CREEL_ECLOSED);
	child_expect(creel_call_later(loop, 0, note, NULL, NULL) == CREEL_ECLOSED);
	child_expect(creel_loop_on_done(loop, f, ignore_done, NULL) == CREEL_ECLOSED);
	child_expect(creel_loop_run_once(loop, 0) == CREEL_ECLOSED);
	child_expect(creel_loop_close(loop, CREEL_FOREVER) == CREEL_ECLOSED);
	child_expect(creel_current_loop() == NULL);
	creel_future_unref(f);
	creel_loop_destroy(loop);
	loop = creel_loop_create(NULL);
	child_expect(loop != NULL && works(loop, 0));
	creel_loop_destroy(loop);
}

/* 3.16 "16. fork with queued+running jobs": a parent's loop answers ECLOSED, a new one works */
START_TEST(in_the_child_of_a_fork)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);

		ck_assert(works(loop, flags));
		ck_assert(child_exited_with(child_run(be_the_child, loop), 0));
		ck_assert(works(loop, flags));
		creel_loop_destroy(loop);
	}
}
END_TEST

CREEL_SUITE("creel.loop.create", defaults_and_names, bad_options, there_is_no_memory,
	a_thread_cannot_be_started, no_memory_for_what_is_put_in, in_the_child_of_a_fork)
