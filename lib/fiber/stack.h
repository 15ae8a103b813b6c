/* SPDX-License-Identifier: MIT */
/*
 * stack.h: stacks for fibers, cut from large mappings and cached by whoever uses them.
 *
 * A slab is one mapping of several stacks, each above a guard of its own:
 *
 *     low                                                                       high
 *     | guard | usable ............ | tail | guard | usable ............ | tail |  ...
 *             ^base                 ^base + size (less what was carved)         ^base + full
 *
 * The first slab of a cache has 4 stacks, each further one twice as many, up to 64; when so large a
 * mapping cannot be had, smaller ones are tried, down to one stack. Address space is all that a
 * stack costs until it is touched. The tail, one cache line, links the stack into the cache; the
 * tail of a slab's last stack describes the slab too. So a cache never allocates, and a stack that
 * is in use has touched no page for its bookkeeping but the topmost, which its fiber uses anyway.
 *
 *     fresh ──get──► in use ──put──► warm        its pages stay
 *                     ▲  ▲  ◄──get──┘
 *                     │  └───────── cold         its pages, the tail's too, are the kernel's
 *                     └──────get──  ◄──drop── in use
 *
 * A cold stack is a bit in the slab's description. A slab of which all stacks are cold is unmapped,
 * with its guards and page tables, except that so many stay cold as a large slab has. What a million
 * stacks leave behind in a slab that lives on is one page for 64 of them.
 *
 * A guard is made when its stack is first handed out. Which kind:
 *   advised    madvise(MADV_GUARD_INSTALL), Linux 6.13: costs neither a mapping nor a page
 *   protected  mprotect(PROT_NONE), where the kernel does not know the former: costs two of the
 *              process's mappings, so only until creel's come to half of vm.max_map_count
 *   canary     words at the lowest usable end (and their page), where neither can be had: an
 *              overflow is noticed when somebody asks crl_stack_intact(), not when it happens; the
 *              guard is ordinary memory that gives way first
 *
 * Stacks begin at the same offset of their pages, hence their hottest lines would compete for the
 * same sets of the cache; so every stack of a cache starts a different multiple of 64 bytes, up to
 * 31, below its tail.
 *
 * Rejected: canaries that are all zero, which would cost no page: frames are full of zeros.
 */
#ifndef CRL_FIBER_STACK_H
#define CRL_FIBER_STACK_H

#include "base/attr.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum crl_guard {
	CRL_GUARD_ADVISED,
	CRL_GUARD_PROTECTED,
	CRL_GUARD_CANARY,
} crl_guard;

/* One stack, held by whoever got it from a cache. All zero: a thread's own, of which nothing is known. */
typedef struct crl_stack {
	char *base;   /* the lowest usable byte; a page begins here */
	size_t size;  /* usable bytes from base upwards; carving lowers it */
	size_t full;  /* bytes from base to the end of the stack's last page */
	size_t guard; /* bytes of guard below base */
	crl_guard kind;
} crl_stack;

/* How a cache keeps its stacks; see stack.c. */
typedef struct crl_stack_tail crl_stack_tail;

/*
 * A cache of stacks of one size. One thread at a time may use it; there is no lock.
 */
typedef struct crl_stacks {
	size_t stack_size;      /* of each, without its guard; whole pages */
	size_t guard_size;      /* whole pages */
	crl_stack_tail *free;   /* the warm ones, put back last first */
	crl_list slabs;         /* all of them; those with cold stacks before those without */
	crl_stack_tail *newest; /* the newest slab; NULL, or stale, if it has no fresh stacks */
	size_t fresh;           /* stacks of the newest slab that were never handed out */
	size_t cold;            /* stacks, of all slabs */
	size_t next_slab;       /* how many stacks the next slab should have */
	unsigned colour;        /* of the next stack that is touched first */
} crl_stacks;

/* A cache of no stacks. Sizes are rounded up to whole pages, the stack's to at least 16 KiB. */
void crl_stacks_init(crl_stacks *stacks, size_t stack_size, size_t guard_size);

/* The stack that was put back last, or a cold one, or a new one. False: no memory, nothing has changed. */
bool crl_stacks_get(crl_stacks *stacks, crl_stack *out);

/* Put back a stack that nothing runs on, carved or not. What lies in it is gone. */
void crl_stacks_put(crl_stacks *stacks, crl_stack stack);

/* The same, and its memory, what was carved off included, goes back to the kernel. */
void crl_stacks_drop(crl_stacks *stacks, crl_stack stack);

/* Unmap every stack, also those that were not put back. The cache may be used again. */
void crl_stacks_fini(crl_stacks *stacks);

/*
 * Take size bytes off the upper end of a stack that is not in use yet, for what shall live as long as
 * it. Returns them, aligned to a cache line, or NULL if so much is not left.
 */
static inline void *
crl_stack_carve(crl_stack *stack, size_t size)
{
	uintptr_t top;

	if (size > stack->size - CRL_CACHE_LINE)
		return NULL;
	top = ((uintptr_t)stack->base + stack->size - size) & ~(uintptr_t)(CRL_CACHE_LINE - 1);
	stack->size = top - (uintptr_t)stack->base;
	return stack->base + stack->size;
}

bool crl_stack_canary_intact(const crl_stack *stack);

/* False if a stack without a guard has overflowed: memory is corrupt, and all that remains is to stop. */
static inline bool
crl_stack_intact(const crl_stack *stack)
{
	return crl_likely(stack->kind != CRL_GUARD_CANARY) || crl_stack_canary_intact(stack);
}

/* For tests: the first kind of guard to try from now on, in the whole process. */
void crl_stack_force_guard(crl_guard kind);

/* For tests: how many of the process's mappings may be creel's; 0 goes back to the kernel's limit. */
void crl_stack_limit_mappings(long limit);

/* For tests: how many are. */
long crl_stack_mappings(void);

#endif
