/* SPDX-License-Identifier: MIT */
/* test_fork.c: the global lock, and what the child of a fork finds. */
#include "sync/fork.h"

#include "base/context.h"
#include "base/process.h"
#include "support/child.h"
#include "support/coverage.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"

#include <pthread.h>
#include <stdbool.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds, for a child that hangs */

/* To be called in each test: a reference from outside keeps the handlers in the program. */
static void
use_the_lock(void)
{
	crl_global_lock();
	crl_global_unlock();
}

static void
exit_with_the_generation(void *arg)
{
	(void)arg;
	leave((int)crl_generation());
}

static void
exit_with_a_childs_generation(void *arg)
{
	leave(WEXITSTATUS(child_run(exit_with_the_generation, arg)));
}

START_TEST(a_fork_counts)
{
	int own = (int)crl_generation();

	use_the_lock();
	ck_assert(child_exited_with(child_run(exit_with_the_generation, NULL), own + 1));
	ck_assert(child_exited_with(child_run(exit_with_a_childs_generation, NULL), own + 2));
	ck_assert(child_exited_with(child_run(exit_with_the_generation, NULL), own + 1));
	ck_assert_int_eq((int)crl_generation(), own);
}
END_TEST

static void
expect_the_threads_own(void *context)
{
	child_expect(crl_context_self() == context);
	child_expect(crl_context_self()->no_suspend == 0);
}

/* Whatever ran here before the fork, in the child it is a plain thread. */
START_TEST(the_child_is_a_plain_thread)
{
	crl_context fiber = {.no_suspend = 1}, *own = crl_context_self();

	use_the_lock();
	crl_context_set(&fiber);
	ck_assert(child_exited_with(child_run(expect_the_threads_own, own), 0));
	ck_assert_ptr_eq(crl_context_self(), &fiber);
	crl_context_set(NULL);
}
END_TEST

#define ROUNDS SCALE_TIMES(50000)
#define THREADS 2

static gate start = GATE_INIT;
static long total;

static void *
count(void *arg)
{
	gate_pass(&start);
	for (int i = 0; i < ROUNDS; i++) {
		crl_global_lock();
		total++;
		crl_global_unlock();
	}
	return arg;
}

START_TEST(the_lock_excludes)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count, NULL), 0);
	gate_await_arrivals(&start, THREADS);
	gate_open(&start);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(total, (long)THREADS * ROUNDS);
}
END_TEST

/* Two words that are equal whenever the lock is free. */
static crl_atomic(long) first, second;
static crl_atomic(bool) stop;

static void *
change_both(void *arg)
{
	gate_pass(arg);
	while (!crl_load(&stop, relaxed)) {
		crl_global_lock();
		crl_store(&first, crl_load(&first, relaxed) + 1, relaxed);
		for (int i = 0; i < 100; i++) /* most of the time is spent here */
			crl_pause();
		crl_store(&second, crl_load(&second, relaxed) + 1, relaxed);
		crl_global_unlock();
	}
	return NULL;
}

static void
lock_and_compare(void *arg)
{
	(void)arg;
	signal(SIGALRM, SIG_DFL); /* not what Check does with it */
	alarm(PATIENCE);
	crl_global_lock();
	child_expect(crl_load(&first, relaxed) == crl_load(&second, relaxed));
	crl_global_unlock();
	use_the_lock();
}

/* 3.2 "hang_global_shutdown_lock": what others lock in the moment of a fork is free in the child */
START_TEST(the_lock_is_free_in_the_child)
{
	pthread_t thread;
	int failed = 0;

	ck_assert_int_eq(pthread_create(&thread, NULL, change_both, &start), 0);
	gate_await_arrivals(&start, 1);
	gate_open(&start);
	for (int i = 0; i < SCALE_TIMES(400) && failed == 0; i++)
		failed += !child_exited_with(child_run(lock_and_compare, NULL), 0);
	crl_store(&stop, true, relaxed);
	pthread_join(thread, NULL);
	ck_assert_int_eq(failed, 0);
}
END_TEST

CREEL_SUITE("creel.sync.fork", a_fork_counts, the_child_is_a_plain_thread, the_lock_excludes,
	the_lock_is_free_in_the_child)
