/* SPDX-License-Identifier: MIT */
/* test_sigint.c: CREEL_RUN_SIGINT: the first one cancels the main task, the next one acts as before. */
#include "facade/runs.h"
#include "support/child.h"
#include "support/faults.h"
#include "support/suite.h"

#include <creel/run.h>
#include <signal.h>
#include <sys/wait.h>

static volatile sig_atomic_t handled;

static void
handle(int number)
{
	(void)number;
	handled = handled + 1;
}

static void
expect_handler(void (*handler)(int))
{
	struct sigaction now;

	ck_assert_int_eq(sigaction(SIGINT, NULL, &now), 0);
	ck_assert(now.sa_handler == handler);
}

static void *
raise_and_sleep(void *arg)
{
	const int times = (int)(intptr_t)arg;

	for (int i = 0; i < times; i++)
		raise(SIGINT);
	return creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED
		       ? creel_fail(CREEL_ECANCELLED, "interrupted")
		       : NULL;
}

static creel_status
run_watched(creel_fn *fn, void *arg, void **result)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;

	options.flags = CREEL_RUN_SIGINT;
	return creel_run_with(&options, fn, arg, result);
}

/* 1.13 "Ctrl-C": opt-in: the first one cancels the main task */
/* 3.15 "interrupt_wait": the main task is cancelled, and the handler put back */
START_TEST(the_first_cancels)
{
	signal(SIGINT, SIG_DFL); /* Check has one of its own */
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(
			run_watched(raise_and_sleep, pointer_of(1), NULL), CREEL_ECANCELLED);
	expect_handler(SIG_DFL);
}
END_TEST

/* 1.13 "Ctrl-C": the next one acts as before */
START_TEST(the_next_acts_as_before)
{
	signal(SIGINT, handle);
	ck_assert_int_eq(run_watched(raise_and_sleep, pointer_of(1), NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(handled, 0);
	ck_assert_int_eq(run_watched(raise_and_sleep, pointer_of(3), NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(handled, 2);
	expect_handler(handle);
}
END_TEST

static void
interrupt_twice(void *arg)
{
	signal(SIGINT, SIG_DFL);
	run_watched(raise_and_sleep, pointer_of(2), arg);
}

START_TEST(the_second_ends_the_program)
{
	const int status = child_run(interrupt_twice, NULL);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGINT);
}
END_TEST

static void *
raise_and_go_on(void *arg)
{
	raise(SIGINT);
	creel_sleep(CREEL_FOREVER); /* cancelled, and nothing more of it */
	return arg;
}

/* 3.15 "interrupt_cancelled_task": a main task that makes nothing of it ends as it likes */
START_TEST(the_task_may_ignore_it)
{
	void *value = NULL;

	ck_assert_int_eq(run_watched(raise_and_go_on, pointer_of(5), &value), CREEL_OK);
	ck_assert_ptr_eq(value, pointer_of(5));
}
END_TEST

static void
raise_in_callback(void *arg)
{
	(void)arg;
	raise(SIGINT);
}

static void *
have_it_raised(void *arg)
{
	creel_call_soon(creel_current_loop(), raise_in_callback, NULL, NULL);
	return raise_and_sleep(arg);
}

/* 3.15 "interrupt_call_soon": raised while a callback runs */
START_TEST(raised_in_a_callback)
{
	signal(SIGINT, SIG_DFL);
	ck_assert_int_eq(run_watched(have_it_raised, pointer_of(0), NULL), CREEL_ECANCELLED);
	expect_handler(SIG_DFL);
}
END_TEST

START_TEST(none_comes)
{
	void *value = NULL;

	signal(SIGINT, handle);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(run_watched(same, pointer_of(i), &value), CREEL_OK);
	expect_handler(handle);
	raise(SIGINT);
	ck_assert_int_eq(handled, 1);
}
END_TEST

static void *
raise_only(void *arg)
{
	raise(SIGINT);
	return arg;
}

/* Without the option it is the program's own. */
START_TEST(it_is_opt_in)
{
	signal(SIGINT, handle);
	ck_assert_int_eq(creel_run(raise_only, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(handled, 1);
}
END_TEST

static void *
take_the_handler(void *arg)
{
	signal(SIGINT, handle);
	return arg;
}

/* A handler that the program installs meanwhile is not undone. */
START_TEST(the_programs_handler_stays)
{
	ck_assert_int_eq(run_watched(take_the_handler, NULL, NULL), CREEL_OK);
	expect_handler(handle);
}
END_TEST

static void *
run_second(void *arg)
{
	gate *g = arg;

	gate_pass(g);
	return pointer_of(run_watched(raise_only, NULL, NULL));
}

static pthread_t second_thread;

static void *
let_second_run(void *arg)
{
	void *status = NULL;

	gate_open(arg);
	pthread_join(second_thread, &status);
	return pointer_of(creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED && status == NULL);
}

/* One run at a time watches it: the first; the others run without. */
START_TEST(two_runs_at_once)
{
	gate g = GATE_INIT;
	void *fine = NULL;

	pthread_create(&second_thread, NULL, run_second, &g);
	ck_assert_int_eq(run_watched(let_second_run, &g, &fine), CREEL_OK);
	ck_assert_ptr_eq(fine, pointer_of(true));
}
END_TEST

/* 3.15 "signal_install_not_supported_ok": without a thread for it, it stays what it was */
START_TEST(no_thread_for_it)
{
	creel_status status;

	signal(SIGINT, handle);
	fault_arm(FAULT_THREAD, 1, true);
	status = run_watched(raise_only, NULL, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(status, CREEL_OK);
	ck_assert_int_eq(handled, 1);
	ck_assert_int_eq(run_watched(raise_and_sleep, pointer_of(1), NULL), CREEL_ECANCELLED);
}
END_TEST

CREEL_SUITE("creel.facade.sigint", the_first_cancels, the_next_acts_as_before,
	the_second_ends_the_program, the_task_may_ignore_it, raised_in_a_callback, none_comes,
	it_is_opt_in, the_programs_handler_stays, two_runs_at_once, no_thread_for_it)
