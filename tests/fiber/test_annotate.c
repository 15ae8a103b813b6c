/* SPDX-License-Identifier: MIT */
/* test_annotate.c: what the sanitizers know of fibers. Without them these tests see little. */
#include "fiber/cases.h"
#include "fiber/fellow.h"
#include "fiber/watched.h"

#include <stdlib.h>
#include <string.h>

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

static void
add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_stack_of_an_abandoned_fiber_can_be_used);
	tcase_add_test(tcase, test_stacks_are_searched_for_pointers);
}

int
main(void)
{
	return run_cases("fiber annotate", add_tests);
}
