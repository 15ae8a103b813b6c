/* SPDX-License-Identifier: MIT */
/* combine.c: see combine.h. */
#include "async/combine.h"

#include "base/error.h"

const creel_error *
crl_combine_refuses(const creel_future *future)
{
	if (future == NULL)
		return &crl_error_no_future;
	if (crl_future_is_lost(future))
		return &crl_error_forked;
	return NULL;
}

creel_future *
crl_combine_failed(const creel_error *error)
{
	creel_future *future = creel_future_create();

	crl_future_complete(future, CRL_ERROR, (void *)(uintptr_t)error);
	return future;
}
