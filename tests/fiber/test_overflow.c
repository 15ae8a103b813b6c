/* SPDX-License-Identifier: MIT */
/* test_overflow.c: what is reported as an overflow, how, and what is not. */
#include "fiber/cases.h"
#include "fiber/scene.h"
#include "sync/thread.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Loop: the kinds of guard. */
START_TEST(test_overflow_is_reported)
{
	crl_stack_force_guard((crl_guard)_i);
	play(scene_overflow);
	died_of(SIGSEGV);
	ck_assert_str_eq(text, LINE("deep", "64"));
}
END_TEST

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
	scene_overflow();
	return arg;
}

static void
scene_thread(void)
{
	crl_thread thread;

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
	{BASE, -8, BASE, -(int)SCENE_GUARD, true},
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

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_overflow_is_reported, 0, CRL_GUARD_CANARY);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_overflow_in_another_thread);
	tcase_add_loop_test(tcase, test_other_faults_are_no_overflow, 0, 2);
	tcase_add_loop_test(tcase, test_what_an_overflow_is, 0, FAULTS);
}

int
main(void)
{
	return run_cases("fiber overflow", add_tests);
}
