/* SPDX-License-Identifier: MIT */
/* kernel.c: the system calls that stack.c makes. */
#include "fiber/kernel.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARD_INSTALL 102

kernel_answers kernel;
long kernel_calls;
size_t kernel_mapped;
size_t kernel_maps;
crl_stacks cache;

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
	if (++kernel_calls == kernel.fail_at)
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
		kernel_mapped += size;
		kernel_maps++;
	}
	return map;
}

int
__wrap_munmap(void *address, size_t size)
{
	kernel_mapped -= size;
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

void
setup(void)
{
	signal(SIGSEGV, SIG_DFL); /* AddressSanitizer has a handler of its own */
	crl_stacks_init(&cache, STACK, GUARD);
}

void
teardown(void)
{
	crl_stacks_fini(&cache);
	ck_assert_uint_eq(kernel_mapped, 0);
	ck_assert_int_eq(crl_stack_mappings(), 0);
	memset(&kernel, 0, sizeof kernel); /* whoever writes a report at exit needs it */
}

crl_stack
get(void)
{
	crl_stack stack;

	ck_assert(crl_stacks_get(&cache, &stack));
	return stack;
}

crl_guard
kind_from(crl_guard kind)
{
	crl_stack_force_guard(kind);
	kind = get().kind;
	crl_stacks_fini(&cache);
	return kind;
}
