/* SPDX-License-Identifier: MIT */
/*
 * context.h: who is running: a task on its fiber, or a plain thread.
 *
 * What belongs to whoever runs, rather than to the thread, stands in a crl_context: the last error, whether
 * suspending is allowed, the innermost scope, and the values that it carries. A plain thread has one of its own; each
 * fiber carries one, and the runner installs it when it switches to the fiber.
 */
#ifndef CRL_BASE_CONTEXT_H
#define CRL_BASE_CONTEXT_H

#include "base/atomic.h"
#include "base/attr.h"

#include <creel/status.h>
#include <stdbool.h>
#include <stdint.h>

/* How much of a task's message the last error keeps. */
#define CRL_LAST_ERROR_TEXT 200

struct crl_scope; /* runner/scope.h */

typedef struct crl_context {
	creel_error last_error; /* code CREEL_OK: none yet */
	unsigned no_suspend;    /* how many creel_no_suspend_enter() are open */
	unsigned inhibited; /* how many crl_inhibit() are: the library runs the program's code */
	struct crl_scope *scope; /* the one that was entered last; NULL: none */
	void *stand_in; /* a task that runs within a caller that is none: task/in_caller.c; NULL: none */
	crl_atomic(uintptr_t) values; /* task/values.h */
	char text[CRL_LAST_ERROR_TEXT + 1];
} crl_context;

/* The present context. Never NULL. */
crl_context *crl_context_self(void);

/* Install a fiber's context; NULL goes back to the thread's own. */
void crl_context_set(crl_context *context);

/* In the child of a fork: whoever runs is a plain thread from now on, and keeps its values. */
void crl_context_become_thread(void);

/* Forget what was said before, when a new job begins. Values are their task's to let go of. */
static inline void
crl_context_reset(crl_context *context)
{
	context->last_error = (creel_error){.code = CREEL_OK};
	context->no_suspend = 0;
	context->scope = NULL;
}

/* All but the values. */
void crl_context_copy(crl_context *to, const crl_context *from);

/* Around the program's own code, where it may not suspend: callbacks, destructors, hooks. What it
 * enters or leaves of its own accord ends with it. */
typedef struct crl_inhibition {
	crl_context *context;
	unsigned no_suspend;
} crl_inhibition;

crl_inhibition crl_inhibit(void);
void crl_inhibit_end(crl_inhibition inhibition);

/* Call such code: fn(arg); NULL: there is none. */
void crl_call_inhibited(void (*fn)(void *arg), void *arg);

/* Is this such code? */
bool crl_in_callback(void);

/* May whoever runs in this context suspend, or block, now? */
static inline bool
crl_context_may_suspend(const crl_context *context)
{
	return context->inhibited == 0 && context->no_suspend == 0;
}

/* The caller? */
bool crl_may_suspend(void);

/* The last error becomes this status and static text. Returns the status: `return crl_report(...)`. */
creel_status crl_report(creel_status status, const char *text);

/* The same with a text that is formatted (and cut off at CRL_LAST_ERROR_TEXT). */
creel_status crl_reportf(creel_status status, const char *format, ...) CRL_PRINTF(2, 3);

/* The last error becomes a copy of this error. Returns CREEL_EFAILED. */
creel_status crl_report_error(const creel_error *error);

#endif
