/* SPDX-License-Identifier: MIT */
/*
 * error.h: the error object of a failed future: immutable, with its text in one allocation, owned by
 * the one future that it is put into.
 *
 * Making one never fails. Without memory it comes from a small reserve, which keeps the code, file
 * and line but has a static text; when even the reserve is spent it is the static error with the
 * code CREEL_ENOMEM.
 */
#ifndef CRL_BASE_ERROR_H
#define CRL_BASE_ERROR_H

#include "base/attr.h"

#include <creel/status.h>
#include <stdarg.h>

/* Errors that are always there; crl_error_free() leaves them alone. */
extern const creel_error crl_error_no_memory;
extern const creel_error crl_error_cancelled;
extern const creel_error crl_error_closed;
extern const creel_error crl_error_broken;
extern const creel_error crl_error_pool_full;
extern const creel_error crl_error_pool_full_here;
extern const creel_error crl_error_late;
extern const creel_error crl_error_loop_closed;
extern const creel_error crl_error_no_loop;
extern const creel_error crl_error_no_runtime;
extern const creel_error crl_error_no_future;
extern const creel_error crl_error_too_few;
extern const creel_error crl_error_forked;
extern const creel_error crl_error_invalid;
extern const creel_error crl_error_no_failure;
extern const creel_error crl_error_group_ended;
extern const creel_error crl_error_full;
extern const creel_error crl_error_no_wait;

const creel_error *crl_error_vnew(
	const char *file, int line, int code, const char *format, va_list args) CRL_PRINTF(4, 0);

/* That of a future that is cancelled for this reason, of which it keeps so much as the last error does. Static where
 * there is none (NULL), or no memory. */
const creel_error *crl_error_new_cancelled(const char *reason);

void crl_error_free(const creel_error *error);

#endif
