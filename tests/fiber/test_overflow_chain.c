/* SPDX-License-Identifier: MIT */
/* test_overflow_chain.c: whoever handled the fault before handles it still. */
#include "fiber/cases.h"
#include "fiber/scene.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ThreadSanitizer lets no signal interrupt a handler, and gives it an errno of its own. */
#ifdef CRL_TSAN
#define MASKS_ALL true
#define ERRNO_IN_HANDLER errno
#else
#define MASKS_ALL false
#define ERRNO_IN_HANDLER 1234
#endif

/* A handler that was there before: says what it found by the exit code. */
static void
exit_42(int signal, siginfo_t *info, void *ucontext)
{
	const char *address = info->si_addr;
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	if (signal != SIGSEGV || ucontext == NULL || !sigismember(&mask, SIGUSR1) ||
		!sigismember(&mask, SIGSEGV) || (sigismember(&mask, SIGUSR2) && !MASKS_ALL))
		leave(43);
	if (address >= fiber->stack.base || address < fiber->stack.base - fiber->stack.guard)
		leave(44);
	leave(neighbour_is_whole() ? 42 : 45);
}

static void
scene_chain_to_siginfo(void)
{
	struct sigaction action = {.sa_sigaction = exit_42, .sa_flags = SA_SIGINFO};

	sigaddset(&action.sa_mask, SIGUSR1);
	sigaction(SIGSEGV, &action, NULL);
	scene_overflow();
}

START_TEST(test_neighbour_is_untouched)
{
	play(scene_chain_to_siginfo);
	exited(42);
	ck_assert_str_eq(text, LINE("deep", "64"));
}
END_TEST

static void
scene_chain_to_plain(void)
{
	signal(SIGSEGV, exit_46);
	scene_overflow();
}

static void
scene_without_stderr(void)
{
	close(STDERR_FILENO);
	scene_chain_to_plain();
}

START_TEST(test_plain_handler_is_called)
{
	play(scene_chain_to_plain);
	exited(46);
	ck_assert_str_eq(text, LINE("deep", "64"));
	play(scene_without_stderr);
	exited(46);
	ck_assert_str_eq(text, "");
}
END_TEST

static sigjmp_buf out;

static void
jump_out(int signal)
{
	siglongjmp(out, signal);
}

/* A program may live on after a fault, and handle the next one. */
static void
scene_recover(void)
{
	signal(SIGSEGV, jump_out);
	prepare();
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(out, 1) == 0)
			write_to((char *)(uintptr_t)read_only);
}

START_TEST(test_program_may_recover)
{
	play(scene_recover);
	exited(0);
	ck_assert_str_eq(text, "");
}
END_TEST

static void
return_once(int signal)
{
	(void)signal;
	if (write(STDERR_FILENO, "once ", 5) != 5)
		leave(48);
	dump_coverage();
}

static void
scene_one_shot(void)
{
	const struct sigaction action = {.sa_handler = return_once, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGSEGV, &action, NULL);
	prepare();
	write_to((char *)(uintptr_t)read_only);
}

START_TEST(test_one_shot_handler_is_called_once)
{
	play(scene_one_shot);
	died_of(SIGSEGV);
	ck_assert_str_eq(text, "once ");
}
END_TEST

/* A page of a file that is shorter than the mapping. */
static void
fault_bus(void)
{
	FILE *file = tmpfile();
	char *map;

	if (file == NULL)
		leave(95);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	write_to(map);
}

static void
scene_bus(void)
{
	prepare();
	fault_bus();
}

static void
exit_49(int signal)
{
	leave(signal == SIGBUS ? 49 : 50);
}

static void
scene_bus_handled(void)
{
	signal(SIGBUS, exit_49);
	scene_bus();
}

START_TEST(test_bus_errors)
{
	play(scene_bus);
	died_of(SIGBUS);
	ck_assert_str_eq(text, "");
	play(scene_bus_handled);
	exited(49);
}
END_TEST

static void
scene_ignored_fault(void)
{
	signal(SIGSEGV, SIG_IGN);
	scene_overflow();
}

START_TEST(test_faults_cannot_be_ignored)
{
	play(scene_ignored_fault);
	died_of(SIGSEGV);
	ck_assert_str_eq(text, LINE("deep", "64"));
}
END_TEST

static void
scene_sent(void)
{
	prepare();
	kill(getpid(), SIGSEGV);
	leave(51);
}

static void
scene_sent_ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	prepare();
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGSEGV);
	scene_overflow();
}

START_TEST(test_sent_signals)
{
	play(scene_sent);
	died_of(SIGSEGV);
	play(scene_sent_ignored);
	died_of(SIGSEGV);
	ck_assert_str_eq(text, LINE("deep", "64"));
}
END_TEST

/* The signal as the kernel would send it. */
static void
pretend(int signal, int code)
{
	siginfo_t info = {.si_signo = signal, .si_code = code};

	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), signal, &info) != 0)
		leave(53);
}

/* When it finds a broken page that nobody has read yet. */
static void
scene_broken_page(void)
{
	prepare();
	pretend(SIGBUS, BUS_MCEERR_AO);
	leave(54);
}

static void
scene_broken_page_ignored(void)
{
	signal(SIGBUS, SIG_IGN);
	prepare();
	pretend(SIGBUS, BUS_MCEERR_AO);
	leave(55);
}

START_TEST(test_broken_pages)
{
	play(scene_broken_page);
	died_of(SIGBUS);
	play(scene_broken_page_ignored);
	exited(55);
}
END_TEST

/* After a fault the default action is in place, so that the next one, the same again, kills. */
static void
scene_fault_passes(void)
{
	struct sigaction now;

	prepare();
	pretend(SIGSEGV, SEGV_MAPERR);
	sigaction(SIGSEGV, NULL, &now);
	leave(now.sa_handler == SIG_DFL && !(now.sa_flags & SA_SIGINFO) ? 59 : 60);
}

START_TEST(test_default_action_is_put_back)
{
	play(scene_fault_passes);
	exited(59);
	ck_assert_str_eq(text, "");
}
END_TEST

/* A signal keeps errno; the chained handler finds that of the interrupted code. */
static void
look_at_errno(int signal)
{
	(void)signal;
	if (errno != ERRNO_IN_HANDLER)
		leave(56);
	errno = 4321;
}

static void
scene_errno(void)
{
	signal(SIGSEGV, look_at_errno);
	prepare();
	errno = 1234;
	kill(getpid(), SIGSEGV);
	leave(errno == 1234 ? 57 : 58);
}

START_TEST(test_errno_is_kept)
{
	play(scene_errno);
	exited(57);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase, test_neighbour_is_untouched);
	tcase_add_test(tcase, test_plain_handler_is_called);
	tcase_add_test(tcase, test_program_may_recover);
	tcase_add_test(tcase, test_one_shot_handler_is_called_once);
	tcase_add_test(tcase, test_bus_errors);
	tcase_add_test(tcase, test_faults_cannot_be_ignored);
	tcase_add_test(tcase, test_sent_signals);
	if (!on_valgrind()) { /* it would die itself of a signal that pretends to be a fault */
		tcase_add_test(tcase, test_broken_pages);
		tcase_add_test(tcase, test_default_action_is_put_back);
	}
	tcase_add_test(tcase, test_errno_is_kept);
}

int
main(void)
{
	return run_cases("fiber overflow_chain", add_tests);
}
