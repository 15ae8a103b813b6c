/* SPDX-License-Identifier: MIT */
/* fiber.c: fibers, and the switch between them with all that belongs to it. */
#include "fiber/fiber.h"

#include "base/fatal.h"

#include <errno.h>

CRL_HOT_TLS crl_fiber *crl_fiber_running;

/* The floating-point control words of the thread's own stack: a fiber must not begin with those that
 * the job which happens to make it has set. */
static _Thread_local crl_switch_control thread_control;
static _Thread_local bool thread_control_known;

/* There if the program contains C++. */
crl_fiber_cxx *__cxa_get_globals(void) __attribute__((weak));

/* Note where the calling thread keeps what the switch saves; the addresses last as long as it. */
static void
find_thread_locals(crl_fiber *fiber)
{
	fiber->error = &errno;
	fiber->cxx = __cxa_get_globals != NULL ? __cxa_get_globals() : NULL;
}

/* The first function on every fiber's stack. */
static void
enter(void *arg)
{
	crl_fiber *fiber = arg;

	crl_annotate_arrive(&fiber->annotation);
	crl_fiber_running = fiber;
	find_thread_locals(fiber);
	if (fiber->cxx != NULL)
		*fiber->cxx = (crl_fiber_cxx){0};
	fiber->fn(fiber->arg);
	crl_fatal("the function of a fiber has returned");
}

void
crl_fiber_init_thread(crl_fiber *fiber)
{
	*fiber = (crl_fiber){0};
	crl_switch_control_get(&thread_control);
	thread_control_known = true;
	find_thread_locals(fiber);
	crl_annotate_thread(&fiber->annotation);
}

void
crl_fiber_init(crl_fiber *fiber, crl_stack stack, crl_fiber_fn *fn, void *arg)
{
	const uintptr_t top = ((uintptr_t)stack.base + stack.size) & ~(uintptr_t)15;
	crl_switch_control control = thread_control;

	if (!thread_control_known)
		crl_switch_control_get(&control);
	*fiber = (crl_fiber){.stack = stack, .fn = fn, .arg = arg};
	crl_switch_prepare(&fiber->state, (void *)top, enter, fiber, &control);
	crl_annotate_fiber(&fiber->annotation, stack.base, stack.size);
}

void
crl_fiber_fini(crl_fiber *fiber)
{
	if (crl_fiber_running == fiber)
		crl_fiber_running = NULL;
	crl_annotate_end(&fiber->annotation);
}
