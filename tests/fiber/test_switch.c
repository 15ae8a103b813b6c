/* SPDX-License-Identifier: MIT */
/* test_switch.c: what a switch keeps, and how fibers begin and end. */
#include "fiber/fiber.h"
#include "fiber/watched.h"
#include "sync/thread.h"

#include <check.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STACK ((size_t)64 << 10)
#define GUARD ((size_t)16 << 10)

/* A fiber, at the upper end of its stack, and what it is to do. */
typedef struct fellow {
	crl_fiber fiber;
	void (*step)(struct fellow *);
	uint64_t seed;
	uint64_t result;
	size_t depth;
	bool done;
} fellow;

static crl_stacks cache;
static crl_fiber root;

static void
setup(void)
{
	crl_stacks_init(&cache, STACK, GUARD);
	crl_fiber_init_thread(&root);
}

static void
teardown(void)
{
	crl_fiber_fini(&root);
	crl_stacks_fini(&cache);
}

static void
back(fellow *self)
{
	crl_fiber_switch(&self->fiber, &root);
}

static void
resume(fellow *worker)
{
	crl_fiber_switch(&root, &worker->fiber);
}

static void
body(void *arg)
{
	fellow *self = arg;

	self->step(self);
	self->done = true;
	for (;;)
		back(self);
}

static fellow *
start(void (*step)(fellow *), uint64_t seed)
{
	crl_stack stack;
	fellow *new;

	ck_assert(crl_stacks_get(&cache, &stack));
	new = crl_stack_carve(&stack, sizeof *new);
	ck_assert_ptr_nonnull(new);
	new->step = step;
	new->seed = seed;
	new->result = 0;
	new->done = false;
	crl_fiber_init(&new->fiber, stack, body, new);
	return new;
}

static void
finish(fellow *worker)
{
	const crl_stack stack = worker->fiber.stack;

	crl_fiber_fini(&worker->fiber);
	crl_stacks_put(&cache, stack);
}

static void
count_up(fellow *self)
{
	for (int i = 0; i < 3; i++) {
		self->result++;
		back(self);
	}
}

START_TEST(test_runs_only_when_switched_to)
{
	fellow *worker = start(count_up, 0);

	ck_assert_uint_eq(worker->result, 0);
	for (unsigned i = 1; i <= 3; i++) {
		resume(worker);
		ck_assert_uint_eq(worker->result, i);
		ck_assert(!worker->done);
	}
	resume(worker);
	ck_assert(worker->done);
	finish(worker);
}
END_TEST

static void
note_running(fellow *self)
{
	self->result = crl_fiber_running == &self->fiber;
	back(self);
	self->result += crl_fiber_running == &self->fiber;
}

START_TEST(test_running_is_who_runs)
{
	fellow *worker = start(note_running, 0);

	ck_assert_ptr_null(crl_fiber_running);
	resume(worker);
	ck_assert_uint_eq(worker->result, 1);
	ck_assert_ptr_eq(crl_fiber_running, &root);
	resume(worker);
	ck_assert_uint_eq(worker->result, 2);
	finish(worker);
	crl_fiber_fini(&root);
	ck_assert_ptr_null(crl_fiber_running);
	crl_fiber_init_thread(&root);
}
END_TEST

START_TEST(test_context_is_empty)
{
	crl_stack stack;
	fellow *worker;

	ck_assert(crl_stacks_get(&cache, &stack));
	memset(stack.base, 0xff, stack.size);
	crl_stacks_put(&cache, stack);
	worker = start(count_up, 0);
	ck_assert_int_eq(worker->fiber.context.last_error.code, CREEL_OK);
	ck_assert_ptr_null(worker->fiber.context.last_error.message);
	ck_assert_uint_eq(worker->fiber.context.no_suspend, 0);
	finish(worker);
}
END_TEST

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

/* Switches away in every frame, on the way down and on the way up. */
static uint64_t
dive(fellow *self, size_t depth, uint64_t value)
{
	volatile uint64_t frame[8];

	for (size_t i = 0; i < 8; i++)
		frame[i] = value + i;
	back(self);
	if (depth > 0)
		value += dive(self, depth - 1, value * 31 + depth);
	back(self);
	for (size_t i = 0; i < 8; i++)
		value = value * 33 + frame[i];
	return value;
}

/* The same without the switches. */
static uint64_t
dive_alone(size_t depth, uint64_t value)
{
	const uint64_t first = value;

	if (depth > 0)
		value += dive_alone(depth - 1, value * 31 + depth);
	for (size_t i = 0; i < 8; i++)
		value = value * 33 + first + i;
	return value;
}

static void
dive_deep(fellow *self)
{
	self->result = dive(self, self->depth, self->seed);
}

START_TEST(test_many_fibers_deep_down)
{
	const size_t count = scaled(1000, 300), depth = 20;
	fellow **workers = calloc(count, sizeof *workers);

	ck_assert_ptr_nonnull(workers);
	for (size_t i = 0; i < count; i++) {
		workers[i] = start(dive_deep, i);
		workers[i]->depth = i % depth;
	}
	for (size_t round = 0; round < 2 * depth + 1; round++)
		for (size_t i = 0; i < count; i++)
			resume(workers[i]);
	for (size_t i = 0; i < count; i++) {
		ck_assert(workers[i]->done);
		ck_assert_uint_eq(workers[i]->result, dive_alone(i % depth, i));
		finish(workers[i]);
	}
	free(workers);
}
END_TEST

static void
take_backtrace(fellow *self)
{
	void *frames[64];
	const int count = backtrace(frames, 64);
	const uintptr_t last = (uintptr_t)frames[count - 1] - (uintptr_t)crl_switch_first;

	self->depth = (size_t)count;
	self->result = last <= 16;
}

START_TEST(test_backtrace_ends)
{
	fellow *worker = start(take_backtrace, 0);

	resume(worker);
	ck_assert_uint_gt(worker->depth, 2);
	ck_assert_uint_lt(worker->depth, 16);
	ck_assert_uint_eq(worker->result, 1);
	finish(worker);
}
END_TEST

static void
return_at_once(void *arg)
{
	(void)arg;
}

static void
dump_when_aborted(int signal)
{
	(void)signal;
	dump_coverage();
}

START_TEST(test_returning_is_fatal)
{
	fellow *worker = start(count_up, 0);

	signal(SIGABRT, dump_when_aborted); /* abort() kills when the handler returns */
	crl_fiber_init(&worker->fiber, worker->fiber.stack, return_at_once, NULL);
	resume(worker);
}
END_TEST

/* In a thread that has not told its own control words: those of the moment. */
static void *
make_fiber_first(void *arg)
{
	fellow *worker = arg;

	set_mxcsr(0x3f80);
	crl_fiber_init(&worker->fiber, worker->fiber.stack, body, worker);
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

static _Thread_local crl_fiber thread_root;

static void
switch_to_thread(void *arg)
{
	fellow *self = arg;

	for (;;) {
		errno++;
		self->result++;
		crl_fiber_switch(&self->fiber, &thread_root);
	}
}

/* A thread with a cache and fibers of its own. */
static void *
run_thread(void *arg)
{
	crl_stacks own;
	crl_stack stack;
	fellow *worker;
	const uint64_t rounds = 1000;
	bool *right = arg;

	crl_stacks_init(&own, STACK, GUARD);
	crl_fiber_init_thread(&thread_root);
	if (!crl_stacks_get(&own, &stack))
		return NULL;
	worker = crl_stack_carve(&stack, sizeof *worker);
	worker->result = 0;
	crl_fiber_init(&worker->fiber, stack, switch_to_thread, worker);
	errno = 77;
	for (uint64_t i = 0; i < rounds; i++)
		crl_fiber_switch(&thread_root, &worker->fiber);
	*right = worker->result == rounds && errno == 77;
	crl_fiber_fini(&worker->fiber);
	crl_fiber_fini(&thread_root);
	crl_stacks_fini(&own);
	return NULL;
}

START_TEST(test_threads_have_fibers_of_their_own)
{
	crl_thread threads[4];
	bool right[4] = {false};

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(crl_thread_start(&threads[i], run_thread, &right[i]), 0);
	for (int i = 0; i < 4; i++) {
		crl_thread_join(&threads[i]);
		ck_assert(right[i]);
	}
}
END_TEST

/* What a function without calls of its own keeps below its stack pointer is alive, too. */
START_TEST(test_trim_spares_the_red_zone)
{
	const size_t page = 4096;
	fellow *worker = start(count_up, 0);
	char *const base = worker->fiber.stack.base;

	memset(base, 1, 12 * page);
	worker->fiber.state.sp = base + 10 * page + CRL_SWITCH_RED_ZONE - 1;
	crl_fiber_trim(&worker->fiber);
	ck_assert(base[9 * page] == 1);
	ck_assert(base[9 * page - 1] == 0);
	worker->fiber.state.sp = base + 10 * page + CRL_SWITCH_RED_ZONE;
	crl_fiber_trim(&worker->fiber);
	ck_assert(base[10 * page] == 1);
	ck_assert(base[10 * page - 1] == 0);
	finish(worker);
}
END_TEST

static void
be_abandoned(fellow *self)
{
	volatile char buffer[4000];

	memset((void *)(uintptr_t)buffer, (int)self->seed, sizeof buffer);
	back(self);
}

/* AddressSanitizer would complain of the frame that the fiber never left. */
START_TEST(test_stack_of_an_abandoned_fiber_can_be_used)
{
	fellow *worker = start(be_abandoned, 1);
	crl_stack stack;

	resume(worker);
	finish(worker);
	ck_assert(crl_stacks_get(&cache, &stack));
	memset(stack.base, 0, stack.size);
	for (size_t i = 0; i < stack.size; i++)
		ck_assert(stack.base[i] == 0);
	crl_stacks_put(&cache, stack);
}
END_TEST

#ifdef CRL_ASAN
/* With fake stacks the next test fails: annotate.h says why. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_stack_use_after_return=0";
}
#endif

/* The one pointer to a block lies on the stack of a fiber, then on that of the root. */
static void
keep_block(fellow *self)
{
	void *volatile block = malloc(100);

#ifdef CRL_ASAN
	self->result = (uint64_t)__lsan_do_recoverable_leak_check();
#endif
	back(self);
	free(block);
}

static void
leave_block(fellow *self)
{
#ifdef CRL_ASAN
	self->result = (uint64_t)__lsan_do_recoverable_leak_check();
#endif
	back(self);
}

START_TEST(test_stacks_are_searched_for_pointers)
{
	fellow *keeper = start(keep_block, 0), *leaver = start(leave_block, 0);
	void *volatile block = malloc(100);

	resume(keeper);
	ck_assert_uint_eq(keeper->result, 0);
	resume(leaver);
	ck_assert_uint_eq(leaver->result, 0);
#ifdef CRL_ASAN
	ck_assert_int_eq(__lsan_do_recoverable_leak_check(), 0);
#endif
	resume(keeper);
	free(block);
	finish(keeper);
	finish(leaver);
}
END_TEST

static Suite *
switch_suite(void)
{
	Suite *suite = suite_create("fiber switch");
	TCase *tcase = tcase_create("switch");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_runs_only_when_switched_to);
	tcase_add_test(tcase, test_running_is_who_runs);
	tcase_add_test(tcase, test_context_is_empty);
	tcase_add_test(tcase, test_registers_survive);
	tcase_add_test(tcase, test_floating_point_controls_survive);
	tcase_add_test(tcase, test_new_fiber_begins_with_the_threads_controls);
	tcase_add_loop_test(tcase, test_floating_point_flags_stay_with_the_thread, 0, CONTROLS);
	tcase_add_test(tcase, test_errno_survives);
	tcase_add_test(tcase, test_cxx_exceptions_survive);
	tcase_add_test(tcase, test_many_fibers_deep_down);
	tcase_add_test(tcase, test_backtrace_ends);
	tcase_add_test_raise_signal(tcase, test_returning_is_fatal, SIGABRT);
	tcase_add_test(tcase, test_new_fiber_in_a_new_thread);
	tcase_add_test(tcase, test_trim_spares_the_red_zone);
	tcase_add_test(tcase, test_threads_have_fibers_of_their_own);
	tcase_add_test(tcase, test_stack_of_an_abandoned_fiber_can_be_used);
	tcase_add_test(tcase, test_stacks_are_searched_for_pointers);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(switch_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
