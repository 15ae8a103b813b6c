/* SPDX-License-Identifier: MIT */
/* promise.c: the future that the program completes. */
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "future/future.h"

#include <stdarg.h>

static void
free_promise(creel_future *future)
{
	crl_free(future);
}

static const crl_future_ops promise_ops = {.destroy = free_promise};

creel_future *
creel_future_create(void)
{
	creel_future *future = crl_alloc(sizeof *future);

	if (future == NULL)
		return crl_future_no_memory();
	crl_future_init(future, &promise_ops, CRL_PENDING, 1);
	return future;
}

/* May the program complete this future? */
static creel_status
check(const creel_future *future)
{
	uint32_t state;

	if (future == NULL)
		return crl_report(CREEL_EINVAL, "the future is NULL");
	state = crl_future_state(future);
	if (crl_state_final(state) || future->ops->cancel != NULL)
		return crl_report(CREEL_ESTATE, "the future is done already, or a task's");
	if (crl_state_inherited(state))
		return crl_report(CREEL_ECLOSED, "the future was made before a fork");
	return CREEL_OK;
}

static creel_status
lost(void)
{
	return crl_report(CREEL_ESTATE, "the future is done already");
}

creel_status
creel_future_set_result(creel_future *future, void *value)
{
	creel_status status = check(future);

	if (status == CREEL_OK && !crl_future_complete(future, CRL_VALUE, value))
		status = lost();
	return status;
}

static creel_status
set_error(const char *file, int line, creel_future *future, int code, const char *format,
	va_list args)
{
	creel_status status = check(future);
	const creel_error *error;

	if (status != CREEL_OK)
		return status;
	error = crl_error_vnew(file, line, code, format, args);
	if (!crl_future_complete(future, CRL_ERROR, (void *)(uintptr_t)error)) {
		crl_error_free(error);
		return lost();
	}
	return CREEL_OK;
}

creel_status
creel_future_set_error_at(
	const char *file, int line, creel_future *future, int code, const char *format, ...)
{
	creel_status status;
	va_list args;

	va_start(args, format);
	status = set_error(file, line, future, code, format, args);
	va_end(args);
	return status;
}

creel_status(creel_future_set_error)(creel_future *future, int code, const char *format, ...)
{
	creel_status status;
	va_list args;

	va_start(args, format);
	status = set_error(NULL, 0, future, code, format, args);
	va_end(args);
	return status;
}
