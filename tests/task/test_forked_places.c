/* SPDX-License-Identifier: MIT */
/* test_forked_places.c: fork and join where they are not at home, or cannot have what they need. */
#include "support/child.h"
#include "support/coverage.h"
#include "support/faults.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *
fork_two(void *arg)
{
	creel_frame first, second;
	void *a, *b;

	creel_fork(&first, same, arg);
	creel_fork(&second, same, pointer_of(1));
	a = creel_join(&first); /* in another order, too */
	b = creel_join(&second);
	return pointer_of((intptr_t)a + (intptr_t)b);
}

static void *
note_thread(void *arg)
{
	*(pthread_t *)arg = pthread_self();
	return NULL;
}

START_TEST(off_pools_both_run_in_place)
{
	creel_frame frame;
	pthread_t thread;

	creel_fork(&frame, note_thread, &thread);
	ck_assert(pthread_equal(thread, pthread_self()));
	ck_assert_ptr_null(creel_join(&frame));
	ck_assert_int_eq((intptr_t)fork_two(pointer_of(2)), 3);
}
END_TEST

static void *
fail_forked(void *arg)
{
	return creel_fail((int)(intptr_t)arg, "on the loop");
}

static void *
join_failure(void *arg)
{
	creel_frame frame;

	creel_fork(&frame, fail_forked, arg);
	return creel_join(&frame);
}

START_TEST(on_a_loop_both_run_in_place)
{
	creel_loop *loop = creel_loop_create(NULL);
	creel_future *failed = creel_loop_submit(loop, join_failure, pointer_of(9));

	ck_assert_int_eq(take_number(creel_loop_submit(loop, fork_two, pointer_of(3))), 4);
	ck_assert_int_eq(creel_await(failed, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(failed)->code, 9);
	creel_future_unref(failed);
	creel_loop_destroy(loop);
}
END_TEST

static void
fork_in_callback(creel_future *future, void *arg)
{
	(void)future;
	*(intptr_t *)arg = (intptr_t)fork_two(pointer_of(4));
}

/* Neither in a callback nor in a destructor is there a task that could share anything. */
START_TEST(callbacks_may_fork)
{
	creel_pool *pool = pool_of(2);
	gate hold = GATE_INIT;
	creel_future *task = creel_submit(pool, gate_task, &hold);
	intptr_t sum = 0;

	ck_assert_int_eq(creel_future_on_done(task, fork_in_callback, &sum), CREEL_OK);
	gate_open(&hold);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	settle(pool);
	creel_pool_destroy(pool);
	ck_assert_int_eq(sum, 5);
}
END_TEST

typedef struct two_gates {
	gate begun, may_end;
} two_gates;

static void *
begin_and_wait(void *arg)
{
	two_gates *gates = arg;

	gate_open(&gates->begun);
	gate_pass(&gates->may_end);
	return pointer_of(6);
}

static void *
open_may_end(void *arg)
{
	two_gates *gates = arg;

	gate_await_arrivals(&gates->may_end, 1);
	linger(NULL); /* so that the join has begun to wait */
	gate_open(&gates->may_end);
	return NULL;
}

/* Joins, while another worker has the frame. */
static intptr_t
join_taken(two_gates *gates)
{
	creel_frame frame;
	pthread_t opener;
	intptr_t result;

	creel_fork(&frame, begin_and_wait, gates);
	gate_pass(&gates->begun);
	pthread_create(&opener, NULL, open_may_end, gates);
	result = (intptr_t)creel_join(&frame);
	pthread_join(opener, NULL);
	return result;
}

static void *
join_without_suspending(void *arg)
{
	intptr_t result;

	creel_no_suspend_enter();
	result = join_taken(arg);
	creel_no_suspend_leave();
	return pointer_of(result);
}

START_TEST(a_join_that_must_not_suspend_blocks)
{
	creel_pool *pool = pool_of(2);
	two_gates gates = {GATE_INIT, GATE_INIT};
	void *result = NULL;

	ck_assert_int_eq(creel_pool_run(pool, join_without_suspending, &gates, &result), CREEL_OK);
	ck_assert_int_eq((intptr_t)result, 6);
	creel_pool_destroy(pool);
}
END_TEST

typedef struct starved {
	creel_future *promise;
	two_gates gates;
	atomic_bool refused;
	intptr_t joined;
} starved;

/* Wait for the promise. The first for which its worker has no stack to go on with forks and joins. */
static void *
wait_or_join(void *arg)
{
	starved *s = arg;

	if (creel_await(s->promise, NULL) == CREEL_ENOMEM && !atomic_exchange(&s->refused, true)) {
		s->joined = join_taken(&s->gates);
		fault_disarm();
		creel_future_set_result(s->promise, NULL);
	}
	return NULL;
}

START_TEST(a_join_for_which_there_is_no_stack_blocks)
{
	enum { N = 1000 };
	creel_pool *pool = pool_of_small_stacks(2);
	starved s = {.promise = creel_future_create(), .gates = {GATE_INIT, GATE_INIT}};

	settle(pool);
	fault_arm(FAULT_MMAP, 1, true);
	for (int i = 0; i < N; i++)
		creel_post(pool, wait_or_join, &s);
	ck_assert_int_eq(creel_await(s.promise, NULL), CREEL_OK);
	ck_assert_int_eq(s.joined, 6);
	creel_pool_destroy(pool);
	creel_future_unref(s.promise);
}
END_TEST

static void *
forget_to_join(void *arg)
{
	creel_frame *frame = arg;

	creel_fork(frame, same, NULL);
	return NULL;
}

static void *
forget_what_was_taken(void *arg)
{
	static gate taken = GATE_INIT;

	creel_fork(arg, gate_task, &taken);
	gate_await_arrivals(&taken, 1);
	gate_open(&taken);
	return NULL;
}

static void *
join_twice(void *arg)
{
	creel_fork(arg, same, NULL);
	creel_join(arg);
	return creel_join(arg);
}

static void *
join_what_was_not_forked(void *arg)
{
	memset(arg, 0, sizeof(creel_frame));
	return creel_join(arg);
}

typedef struct misuse {
	creel_fn *fn;
	unsigned workers; /* 0: on a plain thread */
	const char *message;
} misuse;

static void
run_misuse(void *arg)
{
	static creel_frame frame;
	const misuse *m = arg;

	if (m->workers == 0)
		m->fn(&frame);
	else
		creel_pool_run(pool_of(m->workers), m->fn, &frame, NULL);
}

static const misuse misuses[] = {
	{forget_to_join, 1, "returned without having joined"},
	{forget_to_join, 2, "returned without having joined"},
	{forget_what_was_taken, 2, "returned without having joined"},
	{join_twice, 0, "joined that was not forked"},
	{join_twice, 1, "joined that was not forked"},
	{join_twice, 2, "joined that was not forked"},
	{join_what_was_not_forked, 0, "joined that was not forked"},
	{join_what_was_not_forked, 1, "joined that was not forked"},
};

START_TEST(misuse_ends_the_process_with_a_message)
{
	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		misuse m = misuses[i];
		char text[4096];
		int status = child_run_reading_stderr(run_misuse, &m, text, sizeof text);

		ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "case %zu", i);
		ck_assert_msg(strstr(text, m.message) != NULL, "case %zu: %s", i, text);
	}
}
END_TEST

/* In the child of a process that forks within a task: what was forked before and after. */
static void
use_in_child(creel_frame *before)
{
	child_begin();
	child_expect((intptr_t)fork_two(pointer_of(5)) == 6);
	child_expect((intptr_t)creel_join(before) == 8);
	leave(0);
}

static void *
fork_process(void *arg)
{
	creel_frame first, second;
	pid_t child;
	int status = -1;

	creel_fork(&first, same, pointer_of(8));
	creel_fork(&second, same, NULL);
	child = fork();
	if (child == 0)
		use_in_child(&first);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	*(int *)arg = status;
	creel_join(&second);
	return creel_join(&first);
}

START_TEST(in_a_fork_child_both_run_in_place)
{
	creel_pool *pool = pool_of(1);
	int status = -1;

	ck_assert_int_eq(creel_pool_run(pool, fork_process, &status, NULL), CREEL_OK);
	ck_assert(child_exited_with(status, 0));
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.forked_places", off_pools_both_run_in_place, on_a_loop_both_run_in_place,
	callbacks_may_fork, a_join_that_must_not_suspend_blocks,
	a_join_for_which_there_is_no_stack_blocks, misuse_ends_the_process_with_a_message,
	in_a_fork_child_both_run_in_place)
