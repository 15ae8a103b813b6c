/* SPDX-License-Identifier: MIT */
/*
 * annotate.h: tell the tools that watch a program what fibers do to its stacks. Without such a tool
 * every function here is empty.
 *
 *   AddressSanitizer   knows one stack per thread: each switch is announced with the bounds of the
 *                      stack that it goes to. Poison that dead frames left behind is wiped before
 *                      the memory is used for something else.
 *   LeakSanitizer      looks for pointers in the stacks of threads only: every fiber's stack is
 *                      registered as a root for as long as it is mapped, and so is a thread's own
 *                      stack, which the tool overlooks while the thread runs a fiber. Guard pages
 *                      are left out: reading them faults.
 *   ThreadSanitizer    keeps a clock and a call stack per thread: each fiber gets its own, and a
 *                      switch orders what came before it with what comes after. What leaves one
 *                      fiber and arrives at another is always inlined: the tool must not see it
 *                      enter a function on one call stack and return on the other. Compiled with
 *                      CRL_TSAN_SCALE no fiber is announced, which is exact for pinned fibers as
 *                      long as function entries are not instrumented either.
 *   valgrind           takes a jump of the stack pointer for a large frame unless it knows the stacks.
 *                      It does not know of guards by madvise, and may itself die of an overflow.
 *
 * A pointer that lies only in AddressSanitizer's fake frames of a suspended fiber
 * (detect_stack_use_after_return=1) is not seen by LeakSanitizer: it offers no way to say so.
 */
#ifndef CRL_FIBER_ANNOTATE_H
#define CRL_FIBER_ANNOTATE_H

#include "base/attr.h"
#include "base/sanitizer.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(CRL_TSAN) && !defined(CRL_TSAN_SCALE)
#define CRL_TSAN_FIBERS 1
#endif

#if defined(CRL_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#elif defined(CRL_TSAN_FIBERS)
#include <sanitizer/tsan_interface.h>
#endif

/* What the tools know of one fiber. */
typedef struct crl_annotation {
	bool thread; /* a thread's own stack */
#if defined(CRL_ASAN)
	const void *bottom; /* of its stack; a thread's is learnt when it is first left */
	size_t size;
	void *fake;                  /* its fake stack while it is suspended */
	struct crl_annotation *from; /* who switched to it last */
#elif defined(CRL_TSAN_FIBERS)
	void *fiber;
#endif
} crl_annotation;

/* The calling thread's own stack. */
static inline void
crl_annotate_thread(crl_annotation *self)
{
	*self = (crl_annotation){.thread = true};
#if defined(CRL_TSAN_FIBERS)
	self->fiber = __tsan_get_current_fiber();
#endif
}

/* A new fiber, which has not run yet, with its stack. */
static inline void
crl_annotate_fiber(crl_annotation *self, const void *bottom, size_t size)
{
	*self = (crl_annotation){.thread = false};
#if defined(CRL_ASAN)
	self->bottom = bottom;
	self->size = size;
#elif defined(CRL_TSAN_FIBERS)
	self->fiber = __tsan_create_fiber(0);
#endif
	(void)bottom;
	(void)size;
}

/* The last thing that is done on the stack which is left. */
static CRL_ALWAYS_INLINE void
crl_annotate_leave(crl_annotation *self, crl_annotation *to)
{
#if defined(CRL_ASAN)
	to->from = self;
	__sanitizer_start_switch_fiber(&self->fake, to->bottom, to->size);
#elif defined(CRL_TSAN_FIBERS)
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
	(void)self;
	(void)to;
}

/* The first thing that is done on the stack which is entered, for the first time or again. */
static CRL_ALWAYS_INLINE void
crl_annotate_arrive(crl_annotation *self)
{
#if defined(CRL_ASAN)
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(self->fake, &bottom, &size);
	self->fake = NULL;
	if (self->from->thread && self->from->size == 0) {
		self->from->bottom = bottom;
		self->from->size = size;
		__lsan_register_root_region(bottom, size);
	}
#endif
	(void)self;
}

/* The fiber does not run and never will again. */
static inline void
crl_annotate_end(crl_annotation *self)
{
#if defined(CRL_ASAN)
	const void *bottom;
	size_t size;
	void *mine;

	if (self->thread && self->size != 0)
		__lsan_unregister_root_region(self->bottom, self->size);
	if (!self->thread && self->fake != NULL) {
		/* A fake stack is freed by whoever leaves it for ever: play its owner. */
		__sanitizer_start_switch_fiber(&mine, self->bottom, self->size);
		__sanitizer_finish_switch_fiber(self->fake, &bottom, &size);
		__sanitizer_start_switch_fiber(NULL, bottom, size);
		__sanitizer_finish_switch_fiber(mine, NULL, NULL);
	}
#elif defined(CRL_TSAN_FIBERS)
	if (!self->thread)
		__tsan_destroy_fiber(self->fiber);
#endif
	(void)self;
}

/* A stack has been mapped. Returns what crl_annotate_unmapped() wants back. */
static inline unsigned
crl_annotate_mapped(void *base, size_t size)
{
#if defined(CRL_ASAN)
	__lsan_register_root_region(base, size);
#elif defined(CRL_VALGRIND)
	return VALGRIND_STACK_REGISTER(base, (char *)base + size);
#endif
	(void)base;
	(void)size;
	return 0;
}

/* The frames on a stack are dead: its memory will be used for something else. */
static inline void
crl_annotate_recycled(void *base, size_t size)
{
#if defined(CRL_ASAN)
	__asan_unpoison_memory_region(base, size);
#endif
	(void)base;
	(void)size;
}

/* A stack is about to be unmapped. */
static inline void
crl_annotate_unmapped(void *base, size_t size, unsigned id)
{
#if defined(CRL_ASAN)
	__asan_unpoison_memory_region(base, size);
	__lsan_unregister_root_region(base, size);
#elif defined(CRL_VALGRIND)
	VALGRIND_STACK_DEREGISTER(id);
#endif
	(void)base;
	(void)size;
	(void)id;
}

/* Whether anybody wants to hear of stacks that are unmapped. */
static inline bool
crl_annotate_stacks(void)
{
#if defined(CRL_ASAN)
	return true;
#elif defined(CRL_VALGRIND)
	return RUNNING_ON_VALGRIND != 0;
#else
	return false;
#endif
}

#endif
