/* SPDX-License-Identifier: MIT */
/* faults.c: the wrappers that the linker puts in front of the system's functions. */
#include "support/faults.h"

#include <creel/memory.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

static atomic_int armed_kind = -1;
static atomic_int calls_left;
static atomic_bool fail_all;
static atomic_bool has_failed;

void *__real_malloc(size_t);
void *__wrap_malloc(size_t);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* Each task is to be allocated, so that it can fail. */
__attribute__((constructor)) static void
reuse_nothing(void)
{
	creel_set_reuse(false);
}

void
fault_arm(fault_kind kind, int n, bool all)
{
	atomic_store(&calls_left, n);
	atomic_store(&fail_all, all);
	atomic_store(&has_failed, false);
	atomic_store(&armed_kind, (int)kind);
}

bool
fault_disarm(void)
{
	atomic_store(&armed_kind, -1);
	return atomic_load(&has_failed);
}

bool
fault_hits(fault_kind kind)
{
	int left;

	if (atomic_load(&armed_kind) != (int)kind)
		return false;
	left = atomic_fetch_sub(&calls_left, 1);
	if (left == 1 || (left < 1 && atomic_load(&fail_all))) {
		atomic_store(&has_failed, true);
		return true;
	}
	return false;
}

void *
__wrap_malloc(size_t size)
{
	return fault_hits(FAULT_MALLOC) ? NULL : __real_malloc(size);
}

void *
__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (fault_hits(FAULT_MMAP)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(at, size, protection, flags, fd, offset);
}

int
__wrap_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	return fault_hits(FAULT_THREAD) ? EAGAIN : __real_pthread_create(thread, attr, start, arg);
}
