/* SPDX-License-Identifier: MIT */
/* test_stack_faults.c: what happens when the kernel refuses. */
#include "fiber/cases.h"
#include "fiber/kernel.h"

#include <errno.h>
#include <string.h>

START_TEST(test_without_mappings_there_are_canaries)
{
	crl_stack stack;

	crl_stack_force_guard(CRL_GUARD_PROTECTED);
	kernel.mprotect_error = ENOMEM;
	stack = get();
	ck_assert_int_eq(stack.kind, CRL_GUARD_CANARY);
	ck_assert_int_eq(crl_stack_mappings(), 1);
	memset(stack.base - stack.guard, 1, stack.guard);
}
END_TEST

START_TEST(test_other_errors_of_mprotect)
{
	crl_stack stack;

	crl_stack_force_guard(CRL_GUARD_PROTECTED);
	kernel.mprotect_error = EACCES;
	ck_assert(!crl_stacks_get(&cache, &stack));
	ck_assert_int_eq(crl_stack_mappings(), 1);
	kernel.mprotect_error = 0;
	ck_assert_int_eq(get().kind, CRL_GUARD_PROTECTED);
}
END_TEST

START_TEST(test_guard_without_memory)
{
	crl_stack stack;
	char *first;

	first = get().base;
	kernel.guard_error = ENOMEM;
	ck_assert(!crl_stacks_get(&cache, &stack));
	ck_assert(!crl_stacks_get(&cache, &stack));
	kernel.guard_error = 0;
	ck_assert_ptr_eq(get().base, first - STACK - GUARD);
	ck_assert_uint_eq(kernel_maps, 1);
}
END_TEST

START_TEST(test_kernel_without_huge_pages)
{
	kernel.huge_error = EINVAL;
	get();
}
END_TEST

START_TEST(test_no_mappings)
{
	crl_stack stack;

	kernel.mmap_error = ENOMEM;
	ck_assert(!crl_stacks_get(&cache, &stack));
	ck_assert(!crl_stacks_get(&cache, &stack));
	ck_assert_uint_eq(kernel_mapped, 0);
	kernel.mmap_error = 0;
	get();
}
END_TEST

START_TEST(test_slabs_shrink_when_they_must)
{
	const size_t stride = STACK + GUARD;
	crl_stack stack;

	for (int i = 0; i < 4; i++)
		get();
	kernel.largest_map = 3 * stride;
	get();
	ck_assert_uint_eq(kernel_mapped, (4 + 2) * stride);
	kernel.largest_map = stride;
	get();
	get();
	ck_assert_uint_eq(kernel_mapped, (4 + 2 + 1) * stride);
	kernel.largest_map = stride - 1;
	ck_assert(!crl_stacks_get(&cache, &stack));
	kernel.largest_map = 0;
	get();
	ck_assert_uint_eq(kernel_maps, 4);
}
END_TEST

/* Loop: each kind of guard; inside, each call of the kernel fails once. */
START_TEST(test_every_failure)
{
	crl_stack stack;

	crl_stack_force_guard((crl_guard)_i);
	for (long at = 1; at < 40; at++) {
		size_t got = 0;

		kernel_calls = 0;
		kernel.fail_at = at;
		for (int i = 0; i < 12; i++) {
			if (!crl_stacks_get(&cache, &stack))
				continue;
			got++;
			memset(stack.base + 64, 1, stack.size - 64);
			if (i % 3 == 0)
				crl_stacks_put(&cache, stack);
		}
		ck_assert_uint_ge(got, 11);
		crl_stacks_fini(&cache);
		ck_assert_uint_eq(kernel_mapped, 0);
		ck_assert_int_eq(crl_stack_mappings(), 0);
	}
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_without_mappings_there_are_canaries);
	tcase_add_test(tcase, test_other_errors_of_mprotect);
	tcase_add_test(tcase, test_guard_without_memory);
	tcase_add_test(tcase, test_kernel_without_huge_pages);
	tcase_add_test(tcase, test_no_mappings);
	tcase_add_test(tcase, test_slabs_shrink_when_they_must);
	tcase_add_loop_test(tcase, test_every_failure, 0, 3);
}

int
main(void)
{
	return run_cases("fiber stack_faults", add_tests);
}
