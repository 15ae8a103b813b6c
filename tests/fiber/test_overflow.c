/* SPDX-License-Identifier: MIT */
/*
 * test_overflow.c: who is told of an overflow, and that all other faults are what they were.
 *
 * Each scene is played in a child process, whose stderr and end are looked at.
 */
#include "fiber/fiber.h"
#include "fiber/overflow.h"
#include "fiber/watched.h"
#include "sync/thread.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK ((size_t)64 << 10)
#define GUARD ((size_t)16 << 10)

static int mmap_error;
static size_t mapped;

int __real_raise(int);
int __wrap_raise(int);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);

void *
__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (mmap_error != 0) {
		errno = mmap_error;
		return MAP_FAILED;
	}
	mapped += size;
	return __real_mmap(address, size, protection, flags, fd, offset);
}

/* This is the last that a dying process does. */
int
__wrap_raise(int signal)
{
	dump_coverage();
	return __real_raise(signal);
}

#ifdef CRL_TSAN
/* Else every process with fibers sleeps for a second at its end. */
const char *__tsan_default_options(void);
const char *
__tsan_default_options(void)
{
	return "atexit_sleep_ms=0";
}
#endif

/* The child's side: a thread, its stacks and a fiber. */

static crl_stacks cache;
static crl_fiber root;
static crl_fiber *fiber;
static crl_stack neighbour;
static crl_overflow_thread overflow_thread;

/* Without a handler but those that the scene installs, and with no alternate stack yet. */
static void
forget_handlers(void)
{
	const stack_t none = {.ss_flags = SS_DISABLE};

	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	ck_assert_int_eq(sigaltstack(&none, NULL), 0);
}

static void
prepare(void)
{
	crl_overflow_install();
	if (!crl_overflow_thread_init(&overflow_thread))
		leave(90);
	crl_stacks_init(&cache, STACK, GUARD);
	crl_fiber_init_thread(&root);
}

/* Run fn on a fiber; the stack below its guard is the neighbour, filled with 0x5a. */
static void
run(crl_fiber_fn *fn)
{
	crl_stack stack;

	prepare();
	if (!crl_stacks_get(&cache, &stack) || !crl_stacks_get(&cache, &neighbour))
		leave(91);
	if (neighbour.base + neighbour.full != stack.base - stack.guard)
		leave(92);
	memset(neighbour.base, 0x5a, neighbour.size);
	fiber = crl_stack_carve(&stack, sizeof *fiber);
	crl_fiber_init(fiber, stack, fn, NULL);
	crl_fiber_switch(&root, fiber);
}

static bool
neighbour_is_whole(void)
{
	for (size_t i = 0; i < neighbour.size; i++)
		if (neighbour.base[i] != 0x5a)
			return false;
	return true;
}

static volatile unsigned deepest = UINT_MAX; /* for the compiler, which must not know the end */

static unsigned
recurse(unsigned depth)
{
	volatile unsigned frame[50];

	frame[depth % 50] = depth;
	if (depth < deepest)
		frame[0] += recurse(depth + 1);
	return frame[0];
}

static void
overflow(void *arg)
{
	(void)arg;
	recurse(0);
	leave(93);
}

static const char *
name_deep(void)
{
	return "deep";
}

static const char *
name_none(void)
{
	return NULL;
}

static const char *
name_long(void)
{
	static char name[1000];

	memset(name, 'x', sizeof name - 1);
	return name;
}

/* The parent's side. */

static char text[2000]; /* what the child said */
static int status;      /* how it ended */

static void
play(void (*scene)(void))
{
	int ends[2];
	size_t length = 0;
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		forget_handlers();
		scene();
		leave(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)n;
	close(ends[0]);
	text[length] = '\0';
	ck_assert_int_eq(waitpid(child, &status, 0), child);
}

static void
died_of(int signal)
{
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == signal,
		"status %#x instead of signal %d; it said: %s", (unsigned)status, signal, text);
}

static void
exited(int code)
{
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == code,
		"status %#x instead of exit code %d; it said: %s", (unsigned)status, code, text);
}

#define LINE(name, kib) "creel: fatal: task '" name "' overflowed its stack of " kib " KiB\n"

static void
scene_overflow(void)
{
	crl_overflow_set_name(name_deep);
	run(overflow);
}

/* Loop: the kinds of guard. */
START_TEST(test_overflow_is_reported)
{
	crl_stack_force_guard((crl_guard)_i);
	play(scene_overflow);
	died_of(SIGSEGV);
	ck_assert_str_eq(text, LINE("deep", "64"));
}
END_TEST

static void
exit_46(int signal)
{
	leave(signal == SIGSEGV ? 46 : 47);
}

static void
scene_no_hook(void)
{
	signal(SIGSEGV, exit_46);
	run(overflow);
}

static void
scene_no_name(void)
{
	crl_overflow_set_name(name_none);
	scene_no_hook();
}

static void
scene_long_name(void)
{
	crl_overflow_set_name(name_long);
	scene_no_hook();
}

START_TEST(test_names)
{
	char expected[400];

	play(scene_no_hook);
	exited(46);
	ck_assert_str_eq(text, LINE("(unnamed)", "64"));
	play(scene_no_name);
	exited(46);
	ck_assert_str_eq(text, LINE("(unnamed)", "64"));
	play(scene_long_name);
	exited(46);
	snprintf(expected, sizeof expected, LINE("%.*s", "64"), 128, name_long());
	ck_assert_str_eq(text, expected);
}
END_TEST

static void *
overflow_in_thread(void *arg)
{
	run(overflow);
	return arg;
}

static void
scene_thread(void)
{
	crl_thread thread;

	crl_overflow_set_name(name_deep);
	if (crl_thread_start(&thread, overflow_in_thread, NULL) != 0)
		leave(94);
	crl_thread_join(&thread);
}

START_TEST(test_overflow_in_another_thread)
{
	play(scene_thread);
	died_of(SIGSEGV);
	ck_assert_str_eq(text, LINE("deep", "64"));
}
END_TEST

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

/* What a wild pointer may hit. Memory that can be read, so that valgrind makes no remark. */
static const char read_only[64] = "read only";

static void
write_to(char *address)
{
	*(volatile char *)address = 1;
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

static void
wild_pointer(void *arg)
{
	(void)arg;
	write_to((char *)(uintptr_t)read_only);
}

static void
wild_pointer_to_guard(void *arg)
{
	(void)arg;
	write_to(fiber->stack.base - 100);
}

static void
wild_pointer_to_other_guard(void *arg)
{
	(void)arg;
	write_to(neighbour.base - 100);
}

/* A page of the thread's own stack, which lies above all mappings. */
static char *above;

static char *
read_only_page(char *pages)
{
	char *const page = pages + 4096 - (uintptr_t)pages % 4096;

	if (mprotect(page, 4096, PROT_READ) != 0)
		leave(48);
	return page;
}

static void
wild_pointer_above(void *arg)
{
	(void)arg;
	write_to(above);
}

static bool handled; /* the program has a handler */

static void
run_wild(crl_fiber_fn *fn)
{
	if (handled)
		signal(SIGSEGV, exit_46);
	run(fn);
}

static void
scene_wild(void)
{
	run_wild(wild_pointer);
}

static void
scene_wild_guard(void)
{
	run_wild(wild_pointer_to_guard);
}

static void
scene_wild_other_guard(void)
{
	run_wild(wild_pointer_to_other_guard);
}

static void
scene_wild_above(void)
{
	char pages[3 * 4096];

	above = read_only_page(pages);
	run_wild(wild_pointer_above);
}

static void
scene_wild_in_thread(void)
{
	if (handled)
		signal(SIGSEGV, exit_46);
	prepare();
	write_to((char *)(uintptr_t)read_only);
}

/* Loop: without and with a handler of the program. */
START_TEST(test_other_faults_are_no_overflow)
{
	void (*const scenes[])(void) = {scene_wild, scene_wild_guard, scene_wild_other_guard,
		scene_wild_above, scene_wild_in_thread};

	handled = _i != 0;
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
		play(scenes[i]);
		if (handled)
			exited(46);
		else
			died_of(SIGSEGV);
		ck_assert_str_eq(text, "");
	}
}
END_TEST

/* Where the stack pointer and the address of a fault may lie. */
enum place { BASE, GUARD_END, ELSEWHERE, ABOVE };

static const struct {
	enum place sp;
	int sp_offset;
	enum place address;
	int offset;
	bool reported;
} faults[] = {
	{BASE, -1, BASE, -1, true},
	{BASE, 127, BASE, -1, true},
	{BASE, 128, BASE, -1, false},
	{BASE, -8, BASE, -(int)GUARD, true},
	{GUARD_END, -4096, GUARD_END, 0, true},
	{BASE, -8, ELSEWHERE, 0, false},
	{BASE, -8, ABOVE, 0, false},
};
#define FAULTS ((int)(sizeof faults / sizeof *faults))

static int fault;

static uintptr_t
address_of(enum place place, int offset)
{
	const char *const base = fiber->stack.base;
	const char *const places[] = {[BASE] = base,
		[GUARD_END] = base - fiber->stack.guard,
		[ELSEWHERE] = read_only,
		[ABOVE] = above};

	return (uintptr_t)places[place] + (uintptr_t)offset;
}

static void
fault_there(void *arg)
{
	(void)arg;
	__asm__ volatile("movq %0, %%rsp\n\t"
			 "movb $1, (%1)"
			 :
			 : "r"(address_of(faults[fault].sp, faults[fault].sp_offset)),
			 "r"(address_of(faults[fault].address, faults[fault].offset))
			 : "memory");
}

static void
scene_fault_there(void)
{
	char pages[3 * 4096];

	above = read_only_page(pages);
	signal(SIGSEGV, exit_46);
	run(fault_there);
}

/* Loop: the rows above. */
START_TEST(test_what_an_overflow_is)
{
	fault = _i;
	if (on_valgrind()) /* which reads at the stack pointer, and knows of no other guards */
		crl_stack_force_guard(CRL_GUARD_PROTECTED);
	play(scene_fault_there);
	exited(46);
	ck_assert_str_eq(text, faults[fault].reported ? LINE("(unnamed)", "64") : "");
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
	map = __real_mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
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
	const struct sigaction action = {.sa_sigaction = exit_42, .sa_flags = SA_SIGINFO};
	struct sigaction now;

	forget_handlers();
	crl_overflow_install();
	signal(SIGSEGV, exit_46);
	sigaction(SIGBUS, &action, NULL);
	crl_overflow_remove();
	handler_of(SIGSEGV, &now);
	ck_assert_ptr_eq(now.sa_handler, exit_46);
	handler_of(SIGBUS, &now);
	ck_assert_ptr_eq(now.sa_sigaction, exit_42);
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

static Suite *
overflow_suite(void)
{
	Suite *suite = suite_create("fiber overflow");
	TCase *tcase = tcase_create("overflow");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, test_overflow_is_reported, 0, CRL_GUARD_CANARY);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_overflow_in_another_thread);
	tcase_add_test(tcase, test_neighbour_is_untouched);
	tcase_add_test(tcase, test_plain_handler_is_called);
	tcase_add_test(tcase, test_program_may_recover);
	tcase_add_test(tcase, test_one_shot_handler_is_called_once);
	tcase_add_loop_test(tcase, test_other_faults_are_no_overflow, 0, 2);
	tcase_add_loop_test(tcase, test_what_an_overflow_is, 0, FAULTS);
	tcase_add_test(tcase, test_bus_errors);
	tcase_add_test(tcase, test_faults_cannot_be_ignored);
	tcase_add_test(tcase, test_sent_signals);
	if (!on_valgrind()) { /* it would die itself of a signal that pretends to be a fault */
		tcase_add_test(tcase, test_broken_pages);
		tcase_add_test(tcase, test_default_action_is_put_back);
	}
	tcase_add_test(tcase, test_errno_is_kept);
	tcase_add_test(tcase, test_install_once_and_remove);
	tcase_add_test(tcase, test_remove_leaves_later_handlers);
	tcase_add_test(tcase, test_alternate_stack);
	tcase_add_test(tcase, test_alternate_stack_of_the_program_stays);
	tcase_add_test(tcase, test_no_alternate_stack);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(overflow_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
