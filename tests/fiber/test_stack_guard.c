/* SPDX-License-Identifier: MIT */
/* test_stack_guard.c: the kinds of guards, what they do, and when which is chosen. */
#include "fiber/cases.h"
#include "fiber/kernel.h"
#include "fiber/watched.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Loop: which end of the guard, and which kind of guard. */
START_TEST(test_guard_faults)
{
	const crl_guard kind = _i / 2 == 0 ? CRL_GUARD_ADVISED : CRL_GUARD_PROTECTED;
	volatile char *byte;

	crl_stack_force_guard(kind);
	for (int i = 0; i < 3; i++) {
		const crl_stack stack = get();

		ck_assert_int_ne(stack.kind, CRL_GUARD_CANARY);
		ck_assert(crl_stack_intact(&stack));
		memset(stack.base, 0, stack.size);
		byte = _i % 2 == 0 ? stack.base - 1 : stack.base - stack.guard;
	}
	*byte = 1;
}
END_TEST

/* Loop: each kind of guard. */
START_TEST(test_guard_survives_the_cache)
{
	crl_stack stack;

	crl_stack_force_guard(kind_from((crl_guard)_i));
	stack = get();
	for (int i = 0; i < 3; i++) {
		const char *base = stack.base;

		crl_stacks_put(&cache, stack);
		crl_stacks_drop(&cache, get());
		stack = get();
		ck_assert_ptr_eq(stack.base, base);
	}
	*(volatile char *)(stack.base - 1) = 1;
}
END_TEST

static size_t
resident(const crl_stack *stack)
{
	unsigned char pages[1024];
	const size_t count = stack->full / PAGE;
	size_t sum = 0;

	ck_assert_uint_le(count, sizeof pages);
	ck_assert_int_eq(mincore(stack->base, stack->full, pages), 0);
	for (size_t i = 0; i < count; i++)
		sum += pages[i] & 1;
	return sum;
}

/* Loop: with each kind of guard. */
START_TEST(test_drop)
{
	const crl_guard kind = kind_from((crl_guard)_i);
	crl_stack stacks[3];

	crl_stack_force_guard(kind);
	for (int i = 0; i < 3; i++) {
		stacks[i] = get();
		ck_assert_uint_eq(resident(&stacks[i]), 1 + (kind == CRL_GUARD_CANARY));
		memset(stacks[i].base + 64, 0x77, stacks[i].size - 64);
		ck_assert_uint_eq(resident(&stacks[i]), STACK / PAGE);
	}
	for (int i = 0; i < 3; i++) {
		crl_stacks_drop(&cache, stacks[i]);
		ck_assert_uint_eq(resident(&stacks[i]), i == 0); /* the slab's own line */
	}
	for (int i = 0; i < 3; i++) {
		const crl_stack again = get();

		ck_assert_ptr_eq(again.base, stacks[i].base);
		ck_assert_int_eq(again.kind, kind);
		ck_assert_uint_eq(again.full, STACK);
		ck_assert(again.base[STACK / 2] == 0);
		ck_assert(crl_stack_intact(&again));
	}
	ck_assert_uint_eq(cache.cold, 0);
}
END_TEST

/* Warm ones are had before cold ones, and cold ones before new ones. */
START_TEST(test_order_of_warm_and_cold)
{
	const crl_stack a = get(), b = get(), c = get();

	crl_stacks_drop(&cache, a);
	crl_stacks_put(&cache, b);
	crl_stacks_drop(&cache, c);
	ck_assert_ptr_eq(get().base, b.base);
	ck_assert_ptr_eq(get().base, a.base);
	ck_assert_ptr_eq(get().base, c.base);
	ck_assert_ptr_eq(get().base, c.base - STACK - GUARD);
}
END_TEST

START_TEST(test_canary)
{
	crl_stack stack;

	crl_stack_force_guard(CRL_GUARD_CANARY);
	stack = get();
	ck_assert_int_eq(stack.kind, CRL_GUARD_CANARY);
	for (size_t i = 0; i < 64; i++) {
		ck_assert(crl_stack_intact(&stack));
		stack.base[i]++;
		ck_assert(!crl_stack_intact(&stack));
		stack.base[i]--;
	}
	memset(stack.base - stack.guard, 1, stack.guard); /* gives way */
	ck_assert(crl_stack_intact(&stack));
	memset(stack.base, 0, stack.size);
	ck_assert(!crl_stack_intact(&stack));
	crl_stacks_put(&cache, stack);
	stack = get();
	ck_assert(crl_stack_intact(&stack));
}
END_TEST

START_TEST(test_no_guard_wanted)
{
	crl_stacks_init(&cache, STACK, 0);
	for (int i = 0; i < 10; i++) {
		crl_stack stack = get();

		ck_assert_int_eq(stack.kind, CRL_GUARD_CANARY);
		ck_assert_uint_eq(stack.guard, 0);
		memset(stack.base + 64, 1, stack.size - 64);
		ck_assert(crl_stack_intact(&stack));
	}
	ck_assert_uint_eq(kernel_mapped, 12 * STACK);
}
END_TEST

START_TEST(test_kinds_of_guard_in_their_order)
{
	ck_assert_int_ne(get().kind, CRL_GUARD_CANARY);
	crl_stacks_fini(&cache);
	kernel.guard_error = EINVAL;
	crl_stack_limit_mappings(1 + 2 * 2);
	ck_assert_int_eq(get().kind, CRL_GUARD_PROTECTED);
	ck_assert_int_eq(crl_stack_mappings(), 1 + 2);
	ck_assert_int_eq(get().kind, CRL_GUARD_PROTECTED);
	ck_assert_int_eq(crl_stack_mappings(), 1 + 2 * 2);
	ck_assert_int_eq(get().kind, CRL_GUARD_CANARY);
	ck_assert_int_eq(crl_stack_mappings(), 1 + 2 * 2);
}
END_TEST

START_TEST(test_mappings_are_limited)
{
	crl_stack_force_guard(CRL_GUARD_PROTECTED);
	crl_stack_limit_mappings(2 + 6 * 2);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(get().kind, i < 6 ? CRL_GUARD_PROTECTED : CRL_GUARD_CANARY);
	ck_assert_int_eq(crl_stack_mappings(), 2 + 6 * 2);
	crl_stacks_fini(&cache);
	ck_assert_int_eq(crl_stack_mappings(), 0);
	ck_assert_int_eq(get().kind, CRL_GUARD_PROTECTED);
}
END_TEST

/* Half of what /proc says, or of the kernel's default. */
static void
check_limit(long most)
{
	crl_stack_force_guard(CRL_GUARD_PROTECTED);
	crl_stack_limit_mappings(0);
	crl_stacks_init(&cache, 16 * KIB, PAGE);
	for (long protected = 0;; protected ++) {
		const long before = crl_stack_mappings();

		if (get().kind != CRL_GUARD_PROTECTED) {
			ck_assert_int_gt(before + 2 + 1, most);
			ck_assert_int_le(crl_stack_mappings(), most + 1);
			break;
		}
		ck_assert_int_le(protected, most);
	}
}

START_TEST(test_limit_is_half_of_the_kernels)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "300\n", 4), 4);
	close(ends[1]);
	kernel.open_pipe = ends[0];
	check_limit(150);
	ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
}
END_TEST

/* Loop: /proc is closed, empty, and not a number. */
START_TEST(test_limit_where_proc_cannot_be_read)
{
	int ends[2];

	if (_i == 0) {
		kernel.open_error = EACCES;
	} else {
		ck_assert_int_eq(pipe(ends), 0);
		if (_i == 2)
			ck_assert_int_eq(write(ends[1], "many", 4), 4);
		close(ends[1]);
		kernel.open_pipe = ends[0];
	}
	if (scaled(1000, 0) == 1000) {
		check_limit(65530 / 2);
	} else {
		crl_stack_force_guard(CRL_GUARD_PROTECTED);
		crl_stack_limit_mappings(0);
		ck_assert_int_eq(get().kind, CRL_GUARD_PROTECTED);
	}
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test_raise_signal(tcase, test_guard_faults, SIGSEGV, 0, 4);
	tcase_add_loop_test_raise_signal(tcase, test_guard_survives_the_cache, SIGSEGV, 0, 2);
	tcase_add_loop_test(tcase, test_drop, 0, 3);
	tcase_add_test(tcase, test_order_of_warm_and_cold);
	tcase_add_test(tcase, test_canary);
	tcase_add_test(tcase, test_no_guard_wanted);
	tcase_add_test(tcase, test_kinds_of_guard_in_their_order);
	tcase_add_test(tcase, test_mappings_are_limited);
	tcase_add_test(tcase, test_limit_is_half_of_the_kernels);
	tcase_add_loop_test(tcase, test_limit_where_proc_cannot_be_read, 0, 3);
}

int
main(void)
{
	return run_cases("fiber stack_guard", add_tests);
}
