/* SPDX-License-Identifier: MIT */
/* guard.c: how the guards of stacks are made, and how many mappings that takes. */
#include "fiber/guard.h"

#include "base/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 6.13; older C libraries do not have the name. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define USUAL_MAPPINGS 65530 /* the kernel's default, where /proc cannot be read */

#define CANARY_WORDS 8
#define CANARY ((uint64_t)0x5ca1ab1edeadf1be)

/* Relaxed, all three: each is a number that stands for itself and publishes nothing. */
static crl_atomic(int) first_kind;     /* the guard to try first */
static crl_atomic(long) mappings;      /* of this process, made by creel */
static crl_atomic(long) most_mappings; /* 0: not read yet */

void
crl_stack_force_guard(crl_guard kind)
{
	crl_store(&first_kind, (int)kind, relaxed);
}

void
crl_stack_limit_mappings(long limit)
{
	crl_store(&most_mappings, limit, relaxed);
}

long
crl_stack_mappings(void)
{
	return crl_load(&mappings, relaxed);
}

void
crl_guard_count_mappings(long n)
{
	crl_fetch_add(&mappings, n, relaxed);
}

/* Half of vm.max_map_count: the program has mappings, too. */
static long
read_most_mappings(void)
{
	char text[24] = "";
	const int fd = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
	long count = 0;

	if (fd >= 0) {
		if (read(fd, text, sizeof text - 1) > 0)
			count = strtol(text, NULL, 10);
		close(fd);
	}
	return (count > 0 ? count : USUAL_MAPPINGS) / 2;
}

/* Reserve n of the process's mappings; false if that would be more than creel's share. */
static bool
reserve_mappings(long n)
{
	long most = crl_load(&most_mappings, relaxed);

	if (most == 0) {
		most = read_most_mappings();
		crl_store(&most_mappings, most, relaxed);
	}
	if (crl_fetch_add(&mappings, n, relaxed) + n <= most)
		return true;
	crl_fetch_sub(&mappings, n, relaxed);
	return false;
}

void
crl_guard_write_canary(const crl_stack *stack)
{
	uint64_t *word = (uint64_t *)(void *)stack->base;

	for (int i = 0; i < CANARY_WORDS; i++)
		word[i] = CANARY;
}

bool
crl_stack_canary_intact(const crl_stack *stack)
{
	const uint64_t *word = (const uint64_t *)(const void *)stack->base;
	uint64_t difference = 0;

	for (int i = 0; i < CANARY_WORDS; i++)
		difference |= word[i] ^ CANARY;
	return difference == 0;
}

/* Whether mprotect() made the guard; *failed tells a lack of mappings from other errors. */
static bool
protect(const crl_stack *stack, bool *failed)
{
	*failed = false;
	if (!reserve_mappings(2))
		return false;
	if (mprotect(stack->base - stack->guard, stack->guard, PROT_NONE) == 0)
		return true;
	crl_fetch_sub(&mappings, 2, relaxed);
	*failed = errno != ENOMEM; /* the program itself has used up the mappings */
	return false;
}

bool
crl_guard_make(crl_stack *stack)
{
	crl_guard kind = (crl_guard)crl_load(&first_kind, relaxed);
	bool failed;

	if (stack->guard == 0)
		kind = CRL_GUARD_CANARY;
	if (kind == CRL_GUARD_ADVISED &&
		madvise(stack->base - stack->guard, stack->guard, MADV_GUARD_INSTALL) != 0) {
		if (errno != EINVAL)
			return false;
		kind = CRL_GUARD_PROTECTED;
	}
	if (kind == CRL_GUARD_PROTECTED && !protect(stack, &failed)) {
		if (failed)
			return false;
		kind = CRL_GUARD_CANARY;
	}
	stack->kind = kind;
	return true;
}
