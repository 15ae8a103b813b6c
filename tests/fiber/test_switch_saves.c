/* SPDX-License-Identifier: MIT */
/* test_switch_saves.c: what a switch keeps for the fiber that leaves. */
#include "fiber/cases.h"
#include "fiber/fellow.h"
#include "fiber/watched.h"
#include "sync/thread.h"

#include <errno.h>

/*
 * Calls hop with a pattern made of seed in every register that a call preserves. Returns 0 if they
 * are the same afterwards.
 */
uint64_t registers_changed(uint64_t seed, void (*hop)(void));
__asm__(".text\n"
	".type registers_changed, @function\n"
	"registers_changed:\n"
	"	pushq %rbp\n	pushq %rbx\n	pushq %r12\n	pushq %r13\n"
	"	pushq %r14\n	pushq %r15\n	pushq %rdi\n"
	"	leaq 1(%rdi), %rbx\n	leaq 2(%rdi), %rbp\n	leaq 3(%rdi), %r12\n"
	"	leaq 4(%rdi), %r13\n	leaq 5(%rdi), %r14\n	leaq 6(%rdi), %r15\n"
	"	call *%rsi\n"
	"	popq %rdi\n"
	"	subq %rdi, %rbx\n	subq %rdi, %rbp\n	subq %rdi, %r12\n"
	"	subq %rdi, %r13\n	subq %rdi, %r14\n	subq %rdi, %r15\n"
	"	xorq $1, %rbx\n	xorq $2, %rbp\n	xorq $3, %r12\n"
	"	xorq $4, %r13\n	xorq $5, %r14\n	xorq $6, %r15\n"
	"	movq %rbx, %rax\n	orq %rbp, %rax\n	orq %r12, %rax\n"
	"	orq %r13, %rax\n	orq %r14, %rax\n	orq %r15, %rax\n"
	"	popq %r15\n	popq %r14\n	popq %r13\n	popq %r12\n	popq %rbx\n	"
	"popq %rbp\n"
	"	ret\n"
	".size registers_changed, . - registers_changed\n");

static fellow *hopper;

static void
hop_back(void)
{
	back(hopper);
}

static void
hop_in(void)
{
	resume(hopper);
}

static void
hold_registers(fellow *self)
{
	for (;;)
		self->result |= registers_changed(self->seed, hop_back);
}

START_TEST(test_registers_survive)
{
	hopper = start(hold_registers, 0x1111111100000000u);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(
			registers_changed(UINT64_C(0x2222222200000000) + (unsigned)i, hop_in), 0);
	ck_assert_uint_eq(hopper->result, 0);
	finish(hopper);
}
END_TEST

static uint32_t
get_mxcsr(void)
{
	return __builtin_ia32_stmxcsr();
}

static void
set_mxcsr(uint32_t mxcsr)
{
	__builtin_ia32_ldmxcsr(mxcsr);
}

static uint16_t
get_x87(void)
{
	uint16_t word;

	__asm__ volatile("fnstcw %0" : "=m"(word));
	return word;
}

static void
set_x87(uint16_t word)
{
	__asm__ volatile("fldcw %0" : : "m"(word));
}

#define MXCSR_USUAL 0x1f80u
#define MXCSR_STATUS 0x3fu
#define MXCSR_INEXACT 0x20u
#define X87_USUAL 0x37fu

/* What can be read after these bits were written: valgrind simulates the rounding modes alone. */
static uint32_t
mxcsr_of(uint32_t mxcsr)
{
	return on_valgrind() ? MXCSR_USUAL | (mxcsr & 0x6000u) : mxcsr;
}

static uint32_t
x87_of(uint32_t x87)
{
	return on_valgrind() ? X87_USUAL | (x87 & 0xc00u) : x87;
}

/* Rounding up, down and to zero; flushing to zero, denormals as zero; an exception unmasked. */
static const struct {
	uint32_t mxcsr;
	uint16_t x87;
} controls[] = {
	{MXCSR_USUAL, X87_USUAL},
	{0x5f80, X87_USUAL},
	{MXCSR_USUAL, 0xb7f},
	{0x3f80, 0x77f},
	{0x7f80, 0xf7f},
	{0x9f80, X87_USUAL},
	{0x1fc0, X87_USUAL},
	{0x1d80, X87_USUAL},
	{MXCSR_USUAL, 0x37b},
};
#define CONTROLS ((int)(sizeof controls / sizeof *controls))

static void
hold_controls(fellow *self)
{
	const int i = (int)self->seed;

	set_mxcsr(controls[i].mxcsr);
	set_x87(controls[i].x87);
	for (;;) {
		back(self);
		self->result |= (get_mxcsr() & ~MXCSR_STATUS) ^ mxcsr_of(controls[i].mxcsr);
		self->result |= get_x87() ^ x87_of(controls[i].x87);
	}
}

START_TEST(test_floating_point_controls_survive)
{
	fellow *workers[CONTROLS];

	for (int i = 0; i < CONTROLS; i++)
		workers[i] = start(hold_controls, (uint64_t)i);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < CONTROLS; i++) {
			resume(workers[i]);
			ck_assert_uint_eq(get_mxcsr() & ~MXCSR_STATUS, MXCSR_USUAL);
			ck_assert_uint_eq(get_x87(), X87_USUAL);
		}
	}
	for (int i = 0; i < CONTROLS; i++) {
		ck_assert_uint_eq(workers[i]->result, 0);
		finish(workers[i]);
	}
}
END_TEST

/* Without the root in between: from one fiber to the next. */
static void
pass_on(fellow *self)
{
	fellow *next = (fellow *)(uintptr_t)self->seed;

	set_mxcsr(0x3f80);
	crl_fiber_switch(&self->fiber, &next->fiber);
	self->result = get_mxcsr() & ~MXCSR_STATUS;
}

static void
note_controls(fellow *self)
{
	self->result = (uint64_t)get_x87() << 32 | (get_mxcsr() & ~MXCSR_STATUS);
}

START_TEST(test_new_fiber_begins_with_the_threads_controls)
{
	fellow *second, *first;

	set_mxcsr(0x9f80);
	set_x87(0xb7f);
	crl_fiber_init_thread(&root);
	set_mxcsr(0x5f80);
	set_x87(0x77f);
	second = start(note_controls, 0);
	first = start(pass_on, (uintptr_t)second);
	resume(first);
	ck_assert_uint_eq(second->result, (uint64_t)x87_of(0xb7f) << 32 | mxcsr_of(0x9f80));
	resume(first);
	ck_assert_uint_eq(first->result, 0x3f80);
	set_mxcsr(MXCSR_USUAL);
	set_x87(X87_USUAL);
	finish(first);
	finish(second);
}
END_TEST

static void
note_and_rest(void *arg)
{
	fellow *self = arg;

	note_controls(self);
	for (;;)
		back(self);
}

/* In a thread that has not told its own control words: those of the moment. */
static void *
make_fiber_first(void *arg)
{
	fellow *worker = arg;

	set_mxcsr(0x3f80);
	crl_fiber_init(&worker->fiber, worker->fiber.stack, note_and_rest, worker);
	crl_fiber_init_thread(&root);
	resume(worker);
	return NULL;
}

START_TEST(test_new_fiber_in_a_new_thread)
{
	fellow *worker = start(note_controls, 0);
	crl_thread thread;

	crl_fiber_fini(&worker->fiber);
	ck_assert_int_eq(crl_thread_start(&thread, make_fiber_first, worker), 0);
	crl_thread_join(&thread);
	ck_assert_uint_eq(worker->result, (uint64_t)X87_USUAL << 32 | 0x3f80);
	finish(worker);
}
END_TEST

static void
raise_inexact(fellow *self)
{
	set_mxcsr(controls[self->seed].mxcsr | MXCSR_INEXACT);
}

/* With equal control words and with different ones. */
START_TEST(test_floating_point_flags_stay_with_the_thread)
{
	fellow *worker = start(raise_inexact, (uint64_t)_i);

	set_mxcsr(MXCSR_USUAL);
	resume(worker);
	ck_assert_uint_eq(get_mxcsr(), mxcsr_of(MXCSR_USUAL | MXCSR_INEXACT));
	finish(worker);
}
END_TEST

static void
set_errno(fellow *self)
{
	errno = 1000;
	back(self);
	self->result = (uint64_t)errno;
	errno = 1001;
}

START_TEST(test_errno_survives)
{
	fellow *worker = start(set_errno, 0);

	errno = 2000;
	resume(worker);
	ck_assert_int_eq(errno, 2000);
	errno = 2001;
	resume(worker);
	ck_assert_int_eq(errno, 2001);
	ck_assert_uint_eq(worker->result, 1000);
	finish(worker);
}
END_TEST

/* In place of the C++ runtime. */
static _Thread_local crl_fiber_cxx exceptions;
crl_fiber_cxx *__cxa_get_globals(void);
crl_fiber_cxx *
__cxa_get_globals(void)
{
	return &exceptions;
}

static void catch (fellow *self)
{
	self->result = exceptions.caught == NULL && exceptions.uncaught == 0;
	exceptions = (crl_fiber_cxx){.caught = self, .uncaught = 7};
	back(self);
	self->result += exceptions.caught == self && exceptions.uncaught == 7;
}

START_TEST(test_cxx_exceptions_survive)
{
	fellow *worker = start(catch, 0);

	exceptions = (crl_fiber_cxx){.caught = &root, .uncaught = 3};
	resume(worker);
	ck_assert_uint_eq(worker->result, 1);
	ck_assert_ptr_eq(exceptions.caught, &root);
	ck_assert_uint_eq(exceptions.uncaught, 3);
	exceptions = (crl_fiber_cxx){0};
	resume(worker);
	ck_assert_uint_eq(worker->result, 2);
	ck_assert_ptr_null(exceptions.caught);
	finish(worker);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_registers_survive);
	tcase_add_test(tcase, test_floating_point_controls_survive);
	tcase_add_test(tcase, test_new_fiber_begins_with_the_threads_controls);
	tcase_add_test(tcase, test_new_fiber_in_a_new_thread);
	tcase_add_loop_test(tcase, test_floating_point_flags_stay_with_the_thread, 0, CONTROLS);
	tcase_add_test(tcase, test_errno_survives);
	tcase_add_test(tcase, test_cxx_exceptions_survive);
}

int
main(void)
{
	return run_cases("fiber switch_saves", add_tests);
}
