/* SPDX-License-Identifier: MIT */
/* test_signals.c: signals that a loop listens for. */
#include "loop/loops.h"
#include "support/child.h"
#include "support/faults.h"
#include "support/suite.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static void
handle(int number)
{
	(void)number;
	handled = handled + 1;
}

static void
expect_handler(int number, void (*handler)(int))
{
	struct sigaction now;

	ck_assert_int_eq(sigaction(number, NULL, &now), 0);
	ck_assert(now.sa_handler == handler);
}

/* Run turns until so many calls have been noted. */
static void
run_until_noted(creel_loop *loop, size_t n)
{
	while (noted_count < n)
		ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
}

/* 1.12 "from a signal handler": signals reach a loop by creel_loop_add_signal() alone */
START_TEST(each_is_called)
{
	creel_loop *loop = loop_without_thread();

	signal(SIGUSR1, handle);
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGUSR1, note, pointer_of('u')), CREEL_OK);
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGHUP, note, pointer_of('h')), CREEL_OK);
	for (int i = 0; i < 100; i++) {
		noted_count = 0;
		raise(SIGUSR1);
		run_until_noted(loop, 1);
		raise(SIGHUP);
		run_until_noted(loop, 2);
		ck_assert(noted[0] == 'u' && noted[1] == 'h');
	}
	ck_assert(creel_loop_remove_signal(loop, SIGUSR1));
	ck_assert(!creel_loop_remove_signal(loop, SIGUSR1));
	expect_handler(SIGUSR1, handle);
	raise(SIGUSR1);
	ck_assert_int_eq(handled, 1);
	creel_loop_destroy(loop);
	expect_handler(SIGHUP, SIG_DFL);
}
END_TEST

static void
listen_to_count(void *arg)
{
	creel_loop_add_signal(creel_current_loop(), SIGUSR2, add_one, arg);
}

/* The process gets it, on whichever thread, and wakes the loop. */
/* 3.16 "27. signal handler wakes the loop": a sleeping loop calls its listener each time */
START_TEST(a_loop_with_a_thread)
{
	creel_loop *loop = loop_with_thread();
	atomic_int calls = 0;

	creel_call_soon_threadsafe(loop, listen_to_count, &calls, NULL);
	settle_loop(loop);
	for (int i = 0; i < 100; i++) {
		kill(getpid(), SIGUSR2);
		spin_until(&calls, i + 1);
	}
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(another_takes_its_place)
{
	creel_loop *loop = loop_without_thread();

	creel_loop_add_signal(loop, SIGUSR1, note, pointer_of('a'));
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGUSR1, note, pointer_of('b')), CREEL_OK);
	raise(SIGUSR1);
	run_until_noted(loop, 1);
	ck_assert_str_eq(noted, "b");
	creel_loop_destroy(loop);
}
END_TEST

static creel_loop *the_loop;

static void
remove_and_note(void *arg)
{
	ck_assert(creel_loop_remove_signal(the_loop, SIGUSR1));
	note(arg);
}

START_TEST(takes_itself_back)
{
	creel_loop *loop = the_loop = loop_without_thread();

	signal(SIGUSR1, handle);
	creel_loop_add_signal(loop, SIGUSR1, remove_and_note, pointer_of('x'));
	raise(SIGUSR1);
	run_until_noted(loop, 1);
	raise(SIGUSR1);
	ck_assert_int_eq(handled, 1);
	ck_assert_int_eq(run_out(loop), 0);
	creel_loop_destroy(loop);
}
END_TEST

/* One that has come, but has not been called yet, is not called any more. */
START_TEST(taken_back_on_its_way)
{
	creel_loop *loop = loop_without_thread();

	for (int i = 0; i < 50; i++) {
		creel_loop_add_signal(loop, SIGUSR1, note, pointer_of('u'));
		raise(SIGUSR1);
		ck_assert(creel_loop_remove_signal(loop, SIGUSR1));
		run_out(loop);
	}
	ck_assert_str_eq(noted, "");
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(one_listener)
{
	creel_loop *loop = loop_without_thread(), *other = loop_without_thread();

	ck_assert_int_eq(creel_loop_add_signal(loop, SIGUSR1, note, pointer_of('a')), CREEL_OK);
	ck_assert_int_eq(
		creel_loop_add_signal(other, SIGUSR1, note, pointer_of('b')), CREEL_ESTATE);
	creel_loop_destroy(loop);
	ck_assert_int_eq(creel_loop_add_signal(other, SIGUSR1, note, pointer_of('b')), CREEL_OK);
	raise(SIGUSR1);
	run_until_noted(other, 1);
	ck_assert_str_eq(noted, "b");
	creel_loop_destroy(other);
}
END_TEST

static void *
listen_and_finish(void *arg)
{
	return pointer_of(creel_loop_add_signal(creel_current_loop(), SIGINT, note, arg));
}

static creel_status
run_watched(creel_fn *fn, void **result)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;

	options.flags = CREEL_RUN_SIGINT;
	return creel_run_with(&options, fn, NULL, result);
}

/* The interruption of a run is a listener like others. */
START_TEST(beside_a_run)
{
	creel_loop *loop = loop_without_thread();
	void *status = NULL;

	signal(SIGINT, SIG_DFL);
	ck_assert_int_eq(run_watched(listen_and_finish, &status), CREEL_OK);
	ck_assert_ptr_eq(status, pointer_of(CREEL_ESTATE));
	creel_loop_add_signal(loop, SIGINT, note, pointer_of('i'));
	ck_assert_int_eq(run_watched(same, NULL), CREEL_OK);
	raise(SIGINT);
	run_until_noted(loop, 1);
	creel_loop_destroy(loop);
	expect_handler(SIGINT, SIG_DFL);
}
END_TEST

static void *
listen_and_wait(void *arg)
{
	creel_loop_add_signal(creel_current_loop(), SIGTERM, add_one, arg);
	raise(SIGTERM);
	while (atomic_load((atomic_int *)arg) == 0)
		creel_sleep(CREEL_MILLISECONDS(1));
	return NULL;
}

/* In a task, on the loop of a run; what is left is taken back at the end. */
START_TEST(in_a_run)
{
	atomic_int calls = 0;

	signal(SIGTERM, SIG_DFL);
	ck_assert_int_eq(creel_run(listen_and_wait, &calls, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&calls), 1);
	expect_handler(SIGTERM, SIG_DFL);
}
END_TEST

/* A handler that the program installs meanwhile is not undone. */
START_TEST(the_programs_handler_stays)
{
	creel_loop *loop = loop_without_thread();

	creel_loop_add_signal(loop, SIGUSR1, note, NULL);
	signal(SIGUSR1, handle);
	creel_loop_destroy(loop);
	expect_handler(SIGUSR1, handle);
}
END_TEST

static void
raise_in_child(void *arg)
{
	(void)arg;
	if (fork() == 0)
		raise(SIGTERM); /* the default: ends it */
	else {
		int status = 0;

		wait(&status);
		child_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
}

static void
listen_then_fork(void *arg)
{
	creel_loop *loop = loop_without_thread();

	signal(SIGTERM, SIG_DFL);
	child_expect(creel_loop_add_signal(loop, SIGTERM, note, arg) == CREEL_OK);
	raise_in_child(arg);
	child_expect(run_out(loop) == 0);
	raise(SIGTERM);
	child_expect(creel_loop_run_once(loop, CREEL_FOREVER) == CREEL_OK);
	creel_loop_destroy(loop);
}

/* In a child the signal does what it did before. */
START_TEST(in_the_child_of_a_fork)
{
	ck_assert(child_exited_with(child_run(listen_then_fork, NULL), 0));
}
END_TEST

static void *
try_elsewhere(void *arg)
{
	ck_assert_int_eq(creel_loop_add_signal(arg, SIGUSR1, note, NULL), CREEL_EWRONGTHREAD);
	ck_assert(!creel_loop_remove_signal(arg, SIGUSR1));
	return NULL;
}

START_TEST(what_is_refused)
{
	static const int none[] = {-1, 0, SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGABRT, 10000};
	creel_loop *loop = loop_without_thread();

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		ck_assert_int_eq(creel_loop_add_signal(loop, none[i], note, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_add_signal(NULL, SIGUSR1, note, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGUSR1, NULL, NULL), CREEL_EINVAL);
	ck_assert(!creel_loop_remove_signal(NULL, SIGUSR1));
	ck_assert(!creel_loop_remove_signal(loop, -1));
	on_a_thread(try_elsewhere, loop);
	ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGUSR1, note, NULL), CREEL_ECLOSED);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(without_a_thread_for_it)
{
	creel_loop *loop = loop_without_thread();
	creel_status status;

	signal(SIGUSR1, handle);
	fault_arm(FAULT_THREAD, 1, true);
	status = creel_loop_add_signal(loop, SIGUSR1, note, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(status, CREEL_ESYS);
	expect_handler(SIGUSR1, handle);
	fault_arm(FAULT_MALLOC, 1, true);
	status = creel_loop_add_signal(loop, SIGUSR1, note, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(status, CREEL_ENOMEM);
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGUSR1, note, NULL), CREEL_OK);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.signals", each_is_called, a_loop_with_a_thread, another_takes_its_place,
	takes_itself_back, taken_back_on_its_way, one_listener, beside_a_run, in_a_run,
	the_programs_handler_stays, in_the_child_of_a_fork, what_is_refused,
	without_a_thread_for_it)
