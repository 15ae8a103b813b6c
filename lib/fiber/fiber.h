/* SPDX-License-Identifier: MIT */
/*
 * fiber.h: a flow of control with a stack of its own, which a thread enters and leaves by switching.
 *
 * A thread describes its own stack by crl_fiber_init_thread() and switches from there to fibers and
 * between them. A fiber runs in one thread for ever, the one that called crl_fiber_init(), so
 * addresses of thread-local objects stay valid in it. What a switch keeps for the fiber that leaves:
 * errno, the floating-point control words, what C++ knows of exceptions in flight (which lies in a
 * thread-local that its catch blocks rely on), and the registers that calls preserve.
 *
 * A fiber's function never returns: a fiber ends by being switched away from for the last time,
 * after which crl_fiber_fini() releases what the tools of annotate.h keep for it. A fiber allocates
 * nothing; it is meant to live at the upper end of its own stack:
 *
 *     crl_stacks_get(&cache, &stack);
 *     mine = crl_stack_carve(&stack, sizeof *mine);
 *     crl_fiber_init(&mine->fiber, stack, body, mine);
 *     ...
 *     stack = mine->fiber.stack;
 *     crl_fiber_fini(&mine->fiber);
 *     crl_stacks_put(&cache, stack);
 *
 * A program in C that loads its first C++ library by dlopen() gets no care for C++ exceptions: the
 * linker has decided before that there is no C++.
 */
#ifndef CRL_FIBER_FIBER_H
#define CRL_FIBER_FIBER_H

#include "base/attr.h"
#include "base/context.h"
#include "fiber/annotate.h"
#include "fiber/stack.h"
#include "fiber/switch.h"

/* Never returns. */
typedef void crl_fiber_fn(void *arg);

/* What the C++ runtime keeps per thread: the layout is fixed by the Itanium C++ ABI. */
typedef struct crl_fiber_cxx {
	void *caught;
	unsigned uncaught;
} crl_fiber_cxx;

/* Only its thread touches it, from init to fini. Its first cache line is what a switch needs. */
typedef struct crl_fiber {
	crl_switch_state state; /* while switched away */
	int *error;             /* its thread's errno */
	crl_fiber_cxx *cxx;     /* its thread's C++ exceptions; NULL in a program without C++ */
	crl_annotation annotation;
	crl_stack stack; /* all zero: the thread's own */
	crl_fiber_fn *fn;
	void *arg;
	crl_context context; /* for the runner to install; nothing here looks at it */
} crl_fiber;

/* The fiber that the calling thread runs; NULL in a thread that has not switched yet. */
extern CRL_HOT_TLS crl_fiber *crl_fiber_running;

/* Describe the calling thread's own stack, and take its floating-point control words for those of
 * the fibers that it will make. The thread runs no fiber. */
void crl_fiber_init_thread(crl_fiber *fiber);

/* Make a fiber that will run fn(arg) on the (carved) stack, in the calling thread, when it is first
 * switched to. Its context is empty. */
void crl_fiber_init(crl_fiber *fiber, crl_stack stack, crl_fiber_fn *fn, void *arg);

/*
 * Leave `from`, which runs, and go on in `to`, which does not. Returns when somebody switches to
 * `from` again. Inlined, see switch.h: call it in few places.
 */
static CRL_ALWAYS_INLINE void
crl_fiber_switch(crl_fiber *from, crl_fiber *to)
{
	const int error = *from->error;
	crl_fiber_cxx cxx = {0};

	if (from->cxx != NULL)
		cxx = *from->cxx;
	crl_annotate_leave(&from->annotation, &to->annotation);
	crl_switch(&from->state, &to->state);
	crl_annotate_arrive(&from->annotation);
	crl_fiber_running = from;
	*from->error = error;
	if (from->cxx != NULL)
		*from->cxx = cxx;
}

/* Go on under the floating-point control words of a fiber that has been switched away from. */
static inline void
crl_fiber_take_control(const crl_fiber *from)
{
	crl_switch_control now;

	crl_switch_control_get(&now);
	if (crl_unlikely(!crl_switch_control_same(&now, &from->state.control)))
		crl_switch_control_set(&now, &from->state.control);
}

/* The fiber does not run and is never switched to again, or is the thread's own and the thread has
 * done with fibers. The stack remains the caller's. */
void crl_fiber_fini(crl_fiber *fiber);

#endif
