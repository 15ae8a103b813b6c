/* SPDX-License-Identifier: MIT */
/*
 * kernel.h: a cache of stacks, and a kernel that refuses what it is told to refuse. For tests that are
 * linked with SOURCES fiber/kernel.c WRAP mmap munmap madvise mprotect open.
 */
#ifndef TESTS_FIBER_KERNEL_H
#define TESTS_FIBER_KERNEL_H

#include "fiber/stack.h"

#include <stdbool.h>
#include <stddef.h>

#define KIB ((size_t)1024)
#define PAGE ((size_t)4096)
#define STACK (64 * KIB)
#define GUARD (16 * KIB)

/* What the kernel is to answer. Zero: what it really does. */
typedef struct kernel_answers {
	size_t largest_map; /* larger mappings fail */
	int mmap_error;
	int guard_error; /* madvise(MADV_GUARD_INSTALL) */
	int huge_error;  /* madvise(MADV_NOHUGEPAGE) */
	int mprotect_error;
	int open_error;
	int open_pipe; /* open() gives this descriptor */
	long fail_at; /* this call of mmap, madvise or mprotect fails with ENOMEM; counted from 1 */
} kernel_answers;

extern kernel_answers kernel;
extern long kernel_calls;    /* of mmap, madvise and mprotect */
extern size_t kernel_mapped; /* bytes that are mapped now */
extern size_t kernel_maps;   /* calls of mmap that went well */

extern crl_stacks cache;

/* A checked fixture. The end fails unless all is unmapped then. */
void setup(void);
void teardown(void);

/* The next stack, which must be there. */
crl_stack get(void);

/* The first kind of guard, of those from `kind` on, that this kernel has. */
crl_guard kind_from(crl_guard kind);

#endif
