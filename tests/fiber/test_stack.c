/* SPDX-License-Identifier: MIT */
/* test_stack.c: stacks, their guards, and what happens when the kernel refuses. */
#include "fiber/stack.h"
#include "fiber/watched.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KIB ((size_t)1024)
#define PAGE ((size_t)4096)
#define STACK (64 * KIB)
#define GUARD (16 * KIB)
#define GUARD_INSTALL 102

/* What the kernel is to answer. Zero: what it really does. */
static struct {
	size_t largest_map; /* larger mappings fail */
	int mmap_error;
	int guard_error; /* madvise(MADV_GUARD_INSTALL) */
	int huge_error;  /* madvise(MADV_NOHUGEPAGE) */
	int mprotect_error;
	int open_error;
	int open_pipe; /* open() gives this descriptor */
	long fail_at; /* this call of mmap, madvise or mprotect fails with ENOMEM; counted from 1 */
} kernel;

static long calls;
static size_t mapped; /* bytes that stack.c has mapped now */
static size_t maps;   /* calls of mmap that went well */

void *__real_mmap(void *, size_t, int, int, int, off_t);
int __real_munmap(void *, size_t);
int __real_madvise(void *, size_t, int);
int __real_mprotect(void *, size_t, int);
int __real_open(const char *, int, ...);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
int __wrap_munmap(void *, size_t);
int __wrap_madvise(void *, size_t, int);
int __wrap_mprotect(void *, size_t, int);
int __wrap_open(const char *, int, ...);

static bool
fails(int error)
{
	if (++calls == kernel.fail_at)
		error = ENOMEM;
	if (error != 0)
		errno = error;
	return error != 0;
}

void *
__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	const bool large = kernel.largest_map != 0 && size > kernel.largest_map;
	void *map;

	if (fails(large ? ENOMEM : kernel.mmap_error))
		return MAP_FAILED;
	map = __real_mmap(address, size, protection, flags, fd, offset);
	if (map != MAP_FAILED) {
		mapped += size;
		maps++;
	}
	return map;
}

int
__wrap_munmap(void *address, size_t size)
{
	mapped -= size;
	return __real_munmap(address, size);
}

int
__wrap_madvise(void *address, size_t size, int advice)
{
	const int error = advice == GUARD_INSTALL     ? kernel.guard_error
			  : advice == MADV_NOHUGEPAGE ? kernel.huge_error
						      : 0;

	return fails(error) ? -1 : __real_madvise(address, size, advice);
}

int
__wrap_mprotect(void *address, size_t size, int protection)
{
	return fails(kernel.mprotect_error) ? -1 : __real_mprotect(address, size, protection);
}

int
__wrap_open(const char *path, int flags, ...)
{
	if (kernel.open_pipe != 0)
		return kernel.open_pipe;
	if (kernel.open_error != 0) {
		errno = kernel.open_error;
		return -1;
	}
	return __real_open(path, flags);
}

static crl_stacks cache;

static void
setup(void)
{
	signal(SIGSEGV, SIG_DFL); /* AddressSanitizer has a handler of its own */
	crl_stacks_init(&cache, STACK, GUARD);
}

/* Whatever a test did, in the end nothing is left. */
static void
teardown(void)
{
	crl_stacks_fini(&cache);
	ck_assert_uint_eq(mapped, 0);
	ck_assert_int_eq(crl_stack_mappings(), 0);
	memset(&kernel, 0, sizeof kernel); /* whoever writes a report at exit needs it */
}

static crl_stack
get(void)
{
	crl_stack stack;

	ck_assert(crl_stacks_get(&cache, &stack));
	return stack;
}

/* The first kind of guard, of those from `kind` on, that this kernel has. */
static crl_guard
kind_from(crl_guard kind)
{
	crl_stack_force_guard(kind);
	kind = get().kind;
	crl_stacks_fini(&cache);
	return kind;
}

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
	ck_assert_uint_eq(mapped, 0);
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

START_TEST(test_guard_survives_trimming_and_the_cache)
{
	crl_stack stack = get();

	crl_stack_trim(&stack, stack.base + stack.size);
	crl_stacks_put(&cache, stack);
	stack = get();
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
START_TEST(test_trim)
{
	const crl_guard kind = kind_from((crl_guard)_i);
	const size_t kept = kind == CRL_GUARD_CANARY; /* its page */
	crl_stack stack = get();
	char *live;

	ck_assert_uint_eq(resident(&stack), 1 + kept);
	memset(stack.base + 64, 0x77, stack.size - 64);
	ck_assert_uint_eq(resident(&stack), STACK / PAGE);
	live = stack.base + 10 * PAGE + 100;
	crl_stack_trim(&stack, live);
	ck_assert_uint_eq(resident(&stack), STACK / PAGE - 10 + kept);
	for (char *byte = stack.base + 10 * PAGE; byte < stack.base + stack.size; byte++)
		ck_assert(*byte == 0x77);
	ck_assert(stack.base[9 * PAGE] == 0);
	ck_assert(crl_stack_intact(&stack));
	crl_stack_trim(&stack, stack.base + 100);
	ck_assert_uint_eq(resident(&stack), STACK / PAGE - 9 + kept);
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
	ck_assert_uint_eq(mapped, 12 * STACK);
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
	ck_assert_uint_eq(maps, 1);
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
	ck_assert_uint_eq(mapped, 0);
	kernel.mmap_error = 0;
	get();
}
END_TEST

START_TEST(test_slabs_grow)
{
	const size_t stride = STACK + GUARD;
	size_t sum = 0;

	for (size_t slab = 4; slab <= 64; slab *= 2) {
		sum += slab;
		while (mapped < sum * stride)
			get();
		ck_assert_uint_eq(mapped, sum * stride);
	}
	for (int i = 0; i < 64; i++)
		get();
	ck_assert_uint_eq(mapped, (sum + 64) * stride);
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
	ck_assert_uint_eq(mapped, (4 + 2) * stride);
	kernel.largest_map = stride;
	get();
	get();
	ck_assert_uint_eq(mapped, (4 + 2 + 1) * stride);
	kernel.largest_map = stride - 1;
	ck_assert(!crl_stacks_get(&cache, &stack));
	kernel.largest_map = 0;
	get();
	ck_assert_uint_eq(maps, 4);
}
END_TEST

/* Loop: each kind of guard; inside, each call of the kernel fails once. */
START_TEST(test_every_failure)
{
	crl_stack stack;

	crl_stack_force_guard((crl_guard)_i);
	for (long at = 1; at < 40; at++) {
		size_t got = 0;

		calls = 0;
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
		ck_assert_uint_eq(mapped, 0);
		ck_assert_int_eq(crl_stack_mappings(), 0);
	}
}
END_TEST

START_TEST(test_usable_after_fini)
{
	get();
	crl_stacks_put(&cache, get());
	crl_stacks_fini(&cache);
	ck_assert_uint_eq(mapped, 0);
	memset(get().base, 1, 64);
	ck_assert_uint_eq(mapped, 4 * (STACK + GUARD));
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
add_guards(TCase *tcase)
{
	tcase_add_loop_test_raise_signal(tcase, test_guard_faults, SIGSEGV, 0, 4);
	tcase_add_test_raise_signal(tcase, test_guard_survives_trimming_and_the_cache, SIGSEGV);
	tcase_add_loop_test(tcase, test_trim, 0, 3);
	tcase_add_test(tcase, test_canary);
	tcase_add_test(tcase, test_no_guard_wanted);
	tcase_add_test(tcase, test_kinds_of_guard_in_their_order);
	tcase_add_test(tcase, test_mappings_are_limited);
	tcase_add_test(tcase, test_limit_is_half_of_the_kernels);
	tcase_add_loop_test(tcase, test_limit_where_proc_cannot_be_read, 0, 3);
}

static void
add_failures(TCase *tcase)
{
	tcase_add_test(tcase, test_without_mappings_there_are_canaries);
	tcase_add_test(tcase, test_other_errors_of_mprotect);
	tcase_add_test(tcase, test_guard_without_memory);
	tcase_add_test(tcase, test_kernel_without_huge_pages);
	tcase_add_test(tcase, test_no_mappings);
	tcase_add_test(tcase, test_slabs_shrink_when_they_must);
	tcase_add_loop_test(tcase, test_every_failure, 0, 3);
}

static Suite *
stack_suite(void)
{
	Suite *suite = suite_create("fiber stack");
	TCase *tcase = tcase_create("stack");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_sizes);
	tcase_add_test(tcase, test_sizes_are_rounded_up);
	tcase_add_test(tcase, test_sizes_without_measure);
	tcase_add_test(tcase, test_last_put_is_first_got);
	tcase_add_test(tcase, test_a_stack_comes_back_whole);
	tcase_add_test(tcase, test_stacks_begin_in_different_lines);
	tcase_add_test(tcase, test_carve);
	tcase_add_test(tcase, test_slabs_grow);
	tcase_add_test(tcase, test_usable_after_fini);
	tcase_add_test(tcase, test_a_hundred_thousand);
	add_guards(tcase);
	add_failures(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(stack_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
