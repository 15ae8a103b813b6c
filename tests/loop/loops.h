/* SPDX-License-Identifier: MIT */
/*
 * loops.h: what the tests of loops have in common. Most of them run a loop without a thread, turn by
 * turn, and note in which order things were called:
 *
 *     creel_loop *loop = loop_without_thread();
 *     creel_call_soon(loop, note, pointer_of('a'), NULL);
 *     ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
 *     ck_assert_str_eq(noted, "a");
 */
#ifndef CREEL_TEST_LOOP_LOOPS_H
#define CREEL_TEST_LOOP_LOOPS_H

#include "support/gate.h"
#include "task/turns.h"

#include <pthread.h>

static inline creel_loop *
loop_with(uint32_t flags)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	creel_loop *loop;

	options.flags = flags;
	options.stack_size = (size_t)64 << 10;
	loop = creel_loop_create(&options);
	ck_assert_ptr_nonnull(loop);
	return loop;
}

static inline creel_loop *
loop_without_thread(void)
{
	return loop_with(CREEL_LOOP_NO_THREAD);
}

static inline creel_loop *
loop_with_thread(void)
{
	return loop_with(0);
}

/* By one loop at a time, which is at rest when the test looks. */
static char noted[64];
static size_t noted_count;

/* A callback: its argument is a letter. */
static inline void
note(void *arg)
{
	if (noted_count < sizeof noted - 1)
		noted[noted_count++] = (char)(intptr_t)arg;
}

/* The same as a task. */
static inline void *
note_task(void *arg)
{
	note(arg);
	return arg;
}

static inline void
add_one(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

/* A callback that keeps the loop busy until the gate is open. */
static inline void
hold_loop(void *arg)
{
	gate_task(arg);
}

/* Run the loop until nothing is ready; how many turns that took. */
static inline int
run_out(creel_loop *loop)
{
	int turns = 0;

	while (creel_loop_run_once(loop, 0) == CREEL_OK)
		turns++;
	return turns;
}

/* On a loop with a thread: until all that was scheduled before, by this thread, has been called. */
static inline void
settle_loop(creel_loop *loop)
{
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, same, NULL), NULL), CREEL_OK);
}

/* Have fn(arg) called by a thread of its own, and wait for it. */
static inline void
on_a_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, arg), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

#endif
