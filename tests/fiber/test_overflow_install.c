/* SPDX-License-Identifier: MIT */
/* test_overflow_install.c: handlers and alternate stacks come and go. */
#include "fiber/cases.h"
#include "fiber/scene.h"

#include <errno.h>
#include <signal.h>

static void
never_called(int signal, siginfo_t *info, void *ucontext)
{
	(void)signal;
	(void)info;
	(void)ucontext;
}

static void
handler_of(int signal, struct sigaction *action)
{
	ck_assert_int_eq(sigaction(signal, NULL, action), 0);
}

START_TEST(test_install_once_and_remove)
{
	struct sigaction segv, bus, now;

	signal(SIGSEGV, exit_46);
	signal(SIGBUS, SIG_DFL);
	crl_overflow_install();
	handler_of(SIGSEGV, &segv);
	handler_of(SIGBUS, &bus);
	ck_assert(segv.sa_flags & SA_SIGINFO);
	ck_assert(segv.sa_flags & SA_ONSTACK);
	ck_assert_ptr_eq(segv.sa_sigaction, bus.sa_sigaction);
	crl_overflow_install();
	crl_overflow_remove();
	handler_of(SIGSEGV, &now);
	ck_assert_ptr_eq(now.sa_handler, exit_46);
	handler_of(SIGBUS, &now);
	ck_assert_ptr_eq(now.sa_handler, SIG_DFL);
	crl_overflow_remove();
	handler_of(SIGSEGV, &now);
	ck_assert_ptr_eq(now.sa_handler, exit_46);
}
END_TEST

START_TEST(test_remove_leaves_later_handlers)
{
	const struct sigaction action = {.sa_sigaction = never_called, .sa_flags = SA_SIGINFO};
	struct sigaction now;

	forget_handlers();
	crl_overflow_install();
	signal(SIGSEGV, exit_46);
	sigaction(SIGBUS, &action, NULL);
	crl_overflow_remove();
	handler_of(SIGSEGV, &now);
	ck_assert_ptr_eq(now.sa_handler, exit_46);
	handler_of(SIGBUS, &now);
	ck_assert_ptr_eq(now.sa_sigaction, never_called);
	signal(SIGSEGV, SIG_DFL);
}
END_TEST

static stack_t
alternate(void)
{
	stack_t now;

	ck_assert_int_eq(sigaltstack(NULL, &now), 0);
	return now;
}

START_TEST(test_alternate_stack)
{
	crl_overflow_thread thread;

	forget_handlers();
	ck_assert(crl_overflow_thread_init(&thread));
	ck_assert_ptr_eq(alternate().ss_sp, thread.memory);
	ck_assert_uint_ge(alternate().ss_size, 32 << 10);
	ck_assert_uint_eq(mapped, thread.size);
	crl_overflow_thread_fini(&thread);
	ck_assert_int_eq(alternate().ss_flags, SS_DISABLE);
	ck_assert_ptr_null(thread.memory);
	crl_overflow_thread_fini(&thread);
}
END_TEST

START_TEST(test_alternate_stack_of_the_program_stays)
{
	static char memory[65536];
	const stack_t own = {.ss_sp = memory, .ss_size = sizeof memory};
	crl_overflow_thread thread;

	forget_handlers();
	ck_assert_int_eq(sigaltstack(&own, NULL), 0);
	ck_assert(crl_overflow_thread_init(&thread));
	ck_assert_ptr_eq(alternate().ss_sp, memory);
	ck_assert_uint_eq(mapped, 0);
	crl_overflow_thread_fini(&thread);
	ck_assert_ptr_eq(alternate().ss_sp, memory);

	forget_handlers();
	ck_assert(crl_overflow_thread_init(&thread));
	ck_assert_int_eq(sigaltstack(&own, NULL), 0);
	crl_overflow_thread_fini(&thread);
	ck_assert_ptr_eq(alternate().ss_sp, memory);
	forget_handlers();
}
END_TEST

START_TEST(test_no_alternate_stack)
{
	crl_overflow_thread thread;

	forget_handlers();
	mmap_error = ENOMEM;
	ck_assert(!crl_overflow_thread_init(&thread));
	crl_overflow_thread_fini(&thread);
	ck_assert_ptr_null(thread.memory);
	ck_assert_int_eq(alternate().ss_flags, SS_DISABLE);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase, test_install_once_and_remove);
	tcase_add_test(tcase, test_remove_leaves_later_handlers);
	tcase_add_test(tcase, test_alternate_stack);
	tcase_add_test(tcase, test_alternate_stack_of_the_program_stays);
	tcase_add_test(tcase, test_no_alternate_stack);
}

int
main(void)
{
	return run_cases("fiber overflow_install", add_tests);
}
