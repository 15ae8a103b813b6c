/* SPDX-License-Identifier: MIT */
/* unhandled.h: errors that nobody looked at are told to the program's hook, or to stderr. */
#ifndef CRL_FUTURE_UNHANDLED_H
#define CRL_FUTURE_UNHANDLED_H

#include <creel/future.h>

typedef struct crl_unhandled_hook {
	creel_unhandled_fn *fn; /* NULL: none */
	void *ctx;
} crl_unhandled_hook;

/* From now on this thread's errors go to that hook first, if it has a function; NULL: to the program's.
 * Only this thread changes what it points to. */
void crl_unhandled_here(const crl_unhandled_hook *hook);

void crl_unhandled_report(creel_future *future, const creel_error *error);

#endif
