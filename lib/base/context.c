/* SPDX-License-Identifier: MIT */
/* context.c: the present context and its last error. */
#include "base/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The thread's own; a fiber's stands in `present` while the fiber runs. */
static _Thread_local crl_context thread_context;
static CRL_HOT_TLS crl_context *present;

crl_context *
crl_context_self(void)
{
	return present != NULL ? present : &thread_context;
}

void
crl_context_set(crl_context *context)
{
	present = context;
}

void
crl_context_become_thread(void)
{
	uintptr_t values;

	if (present == NULL)
		return;
	/* Relaxed: one thread is left. The low bit was another's (task/values.h). */
	values = crl_load(&present->values, relaxed) & ~(uintptr_t)1;
	if (values != 0)
		crl_store(&thread_context.values, values, relaxed);
	present = NULL;
}

void
crl_context_copy(crl_context *to, const crl_context *from)
{
	to->last_error = from->last_error;
	to->no_suspend = from->no_suspend;
	to->inhibited = from->inhibited;
	to->scope = from->scope;
	to->stand_in = from->stand_in;
	memcpy(to->text, from->text, sizeof to->text);
}

crl_inhibition
crl_inhibit(void)
{
	crl_context *context = crl_context_self();

	context->inhibited++;
	return (crl_inhibition){context, context->no_suspend};
}

void
crl_inhibit_end(crl_inhibition inhibition)
{
	inhibition.context->inhibited--;
	inhibition.context->no_suspend = inhibition.no_suspend;
}

void
crl_call_inhibited(void (*fn)(void *arg), void *arg)
{
	crl_inhibition inhibition;

	if (fn == NULL)
		return;
	inhibition = crl_inhibit();
	fn(arg);
	crl_inhibit_end(inhibition);
}

bool
crl_in_callback(void)
{
	return crl_context_self()->inhibited > 0;
}

bool
crl_may_suspend(void)
{
	return crl_context_may_suspend(crl_context_self());
}

creel_status
crl_report(creel_status status, const char *text)
{
	creel_error *error = &crl_context_self()->last_error;

	*error = (creel_error){.code = (int)status, .message = text};
	return status;
}

creel_status
crl_reportf(creel_status status, const char *format, ...)
{
	crl_context *context = crl_context_self();
	va_list args;

	va_start(args, format);
	vsnprintf(context->text, sizeof context->text, format, args);
	va_end(args);
	return crl_report(status, context->text);
}

creel_status
crl_report_error(const creel_error *error)
{
	crl_context *context = crl_context_self();

	if (error == &context->last_error)
		return CREEL_EFAILED;
	snprintf(context->text, sizeof context->text, "%s", error->message);
	context->last_error = (creel_error){.code = error->code,
		.message = context->text,
		.file = error->file,
		.line = error->line};
	return CREEL_EFAILED;
}

const creel_error *
creel_last_error(void)
{
	creel_error *error = &crl_context_self()->last_error;

	if (error->code == CREEL_OK && error->message == NULL)
		error->message = creel_status_text(CREEL_OK);
	return error;
}
