/* SPDX-License-Identifier: MIT */
/* test_stack.c: stacks, and the cache that they come from. */
#include "fiber/cases.h"
#include "fiber/kernel.h"
#include "fiber/watched.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_sizes)
{
	const crl_stack stack = get();

	ck_assert_uint_eq((uintptr_t)stack.base % PAGE, 0);
	ck_assert_uint_eq(stack.full, STACK);
	ck_assert_uint_eq(stack.guard, GUARD);
	ck_assert_uint_lt(stack.size, STACK);
	ck_assert_uint_ge(stack.size, STACK - 2 * KIB);
	memset(stack.base, 0x55, stack.size);
	ck_assert(stack.base[0] == 0x55 && stack.base[stack.size - 1] == 0x55);
}
END_TEST

START_TEST(test_sizes_are_rounded_up)
{
	crl_stacks_init(&cache, 1, 1);
	ck_assert_uint_eq(get().full, 16 * KIB);
	crl_stacks_fini(&cache);
	crl_stacks_init(&cache, 100000, 5000);
	ck_assert_uint_eq(get().full, 25 * PAGE);
	ck_assert_uint_eq(get().guard, 2 * PAGE);
}
END_TEST

START_TEST(test_sizes_without_measure)
{
	crl_stack stack;

	crl_stacks_init(&cache, SIZE_MAX, SIZE_MAX);
	ck_assert_uint_ge(cache.stack_size, (size_t)1 << 40);
	ck_assert_uint_ge(cache.guard_size, (size_t)1 << 40);
	kernel.largest_map = (size_t)1 << 40;
	ck_assert(!crl_stacks_get(&cache, &stack));
	ck_assert_uint_eq(kernel_mapped, 0);
}
END_TEST

START_TEST(test_last_put_is_first_got)
{
	crl_stack a = get(), b = get(), c = get();

	ck_assert_ptr_ne(a.base, b.base);
	ck_assert_ptr_ne(b.base, c.base);
	crl_stacks_put(&cache, b);
	crl_stacks_put(&cache, a);
	crl_stacks_put(&cache, c);
	ck_assert_ptr_eq(get().base, c.base);
	ck_assert_ptr_eq(get().base, a.base);
	ck_assert_ptr_eq(get().base, b.base);
}
END_TEST

START_TEST(test_a_stack_comes_back_whole)
{
	crl_stack stack = get(), again;

	again = stack;
	ck_assert_ptr_nonnull(crl_stack_carve(&again, 1000));
	memset(again.base, 0xff, stack.size);
	crl_stacks_put(&cache, again);
	again = get();
	ck_assert_ptr_eq(again.base, stack.base);
	ck_assert_uint_eq(again.size, stack.size);
	ck_assert_uint_eq(again.full, stack.full);
	ck_assert_uint_eq(again.guard, stack.guard);
	ck_assert_int_eq(again.kind, stack.kind);
}
END_TEST

START_TEST(test_stacks_begin_in_different_lines)
{
	bool seen[KIB * 4 / 64] = {false};

	for (int i = 0; i < 32; i++) {
		const crl_stack stack = get();
		const size_t line = (uintptr_t)(stack.base + stack.size) % PAGE / 64;

		ck_assert_uint_eq((uintptr_t)(stack.base + stack.size) % 64, 0);
		ck_assert(!seen[line]);
		seen[line] = true;
	}
}
END_TEST

START_TEST(test_carve)
{
	crl_stack stack = get();
	char *const end = stack.base + stack.size;
	char *const first = crl_stack_carve(&stack, 100);
	char *const second = crl_stack_carve(&stack, 64);

	ck_assert_uint_eq((uintptr_t)first % 64, 0);
	ck_assert(first + 100 <= end && first + 100 + 64 > end);
	ck_assert_ptr_eq(second, first - 64);
	ck_assert_ptr_eq(stack.base + stack.size, second);
	ck_assert_ptr_null(crl_stack_carve(&stack, stack.size));
	ck_assert_ptr_null(crl_stack_carve(&stack, SIZE_MAX));
	ck_assert_ptr_eq(stack.base + stack.size, second);
	ck_assert_ptr_nonnull(crl_stack_carve(&stack, stack.size / 2));
}
END_TEST

START_TEST(test_slabs_grow)
{
	const size_t stride = STACK + GUARD;
	size_t sum = 0;

	for (size_t slab = 4; slab <= 64; slab *= 2) {
		sum += slab;
		while (kernel_mapped < sum * stride)
			get();
		ck_assert_uint_eq(kernel_mapped, sum * stride);
	}
	for (int i = 0; i < 64; i++)
		get();
	ck_assert_uint_eq(kernel_mapped, (sum + 64) * stride);
}
END_TEST

START_TEST(test_usable_after_fini)
{
	get();
	crl_stacks_put(&cache, get());
	crl_stacks_fini(&cache);
	ck_assert_uint_eq(kernel_mapped, 0);
	memset(get().base, 1, 64);
	ck_assert_uint_eq(kernel_mapped, 4 * (STACK + GUARD));
}
END_TEST

/* Whole slabs go back to the kernel, but for as many cold stacks as a large slab has; what is left can be
 * used, and grows again. Loop: the order in which they are dropped. */
START_TEST(test_cold_slabs_are_unmapped)
{
	enum { COUNT = 4 + 8 + 16 + 32 + 5 * 64 };
	static crl_stack stacks[COUNT];
	const size_t stride = STACK + GUARD;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < COUNT; i++)
			stacks[i] = get();
		ck_assert_uint_ge(kernel_mapped, COUNT * stride);
		for (int i = 0; i < COUNT; i++)
			crl_stacks_drop(&cache, stacks[_i == 0    ? i
							: _i == 1 ? COUNT - 1 - i
								  : i * 7 % COUNT]);
		ck_assert_uint_ge(cache.cold, 64);
		ck_assert_uint_le(cache.cold, 2 * 64);
		ck_assert_uint_eq(kernel_mapped, (cache.cold + cache.fresh) * stride);
	}
	for (size_t left = cache.cold + cache.fresh; left > 0; left--)
		get();
	ck_assert_uint_eq(cache.cold, 0);
	ck_assert_uint_eq(cache.fresh, 0);
}
END_TEST

START_TEST(test_a_hundred_thousand)
{
	const size_t count = scaled(100000, 2000);
	crl_stack *stacks = calloc(count, sizeof *stacks);
	crl_guard kind;

	ck_assert_ptr_nonnull(stacks);
	kind = kind_from(CRL_GUARD_ADVISED);
	crl_stacks_init(&cache, 1024 * KIB, 64 * KIB);
	for (size_t i = 0; i < count; i++) {
		stacks[i] = get();
		if (kind == CRL_GUARD_ADVISED)
			ck_assert_int_eq(stacks[i].kind, kind);
		memcpy(stacks[i].base + stacks[i].size - sizeof i, &i, sizeof i);
	}
	for (size_t i = 0; i < count; i++) {
		size_t mark;

		memcpy(&mark, stacks[i].base + stacks[i].size - sizeof i, sizeof i);
		ck_assert_uint_eq(mark, i);
		ck_assert(crl_stack_intact(&stacks[i]));
		crl_stacks_put(&cache, stacks[i]);
	}
	for (size_t i = count; i-- > 0;)
		ck_assert_ptr_eq(get().base, stacks[i].base);
	free(stacks);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_sizes);
	tcase_add_test(tcase, test_sizes_are_rounded_up);
	tcase_add_test(tcase, test_sizes_without_measure);
	tcase_add_test(tcase, test_last_put_is_first_got);
	tcase_add_test(tcase, test_a_stack_comes_back_whole);
	tcase_add_test(tcase, test_stacks_begin_in_different_lines);
	tcase_add_test(tcase, test_carve);
	tcase_add_test(tcase, test_slabs_grow);
	tcase_add_test(tcase, test_usable_after_fini);
	tcase_add_loop_test(tcase, test_cold_slabs_are_unmapped, 0, 3);
	tcase_add_test(tcase, test_a_hundred_thousand);
}

int
main(void)
{
	return run_cases("fiber stack", add_tests);
}
