/* SPDX-License-Identifier: MIT */
/* cancel.c: cancelling a future, whoever produces it. */
#include "base/error.h"
#include "future/future.h"

bool
crl_future_complete_cancelled(creel_future *future, const char *reason)
{
	const creel_error *error = crl_error_new_cancelled(reason);

	if (crl_future_complete(future, CRL_CANCELLED, (void *)(uintptr_t)error))
		return true;
	crl_error_free(error);
	return false;
}

creel_cancel_result
crl_future_cancel(creel_future *future, const char *reason)
{
	uint32_t state;

	if (future == NULL)
		return CREEL_CANCEL_TOO_LATE;
	state = crl_future_state(future);
	if (!crl_state_final(state)) {
		if (crl_state_inherited(state))
			return CREEL_CANCEL_TOO_LATE;
		if (future->ops->cancel != NULL)
			return future->ops->cancel(future, reason);
		if (crl_future_complete_cancelled(future, reason))
			return CREEL_CANCEL_NOW;
		state = crl_future_state(future);
	}
	return crl_state_phase(state) == CRL_CANCELLED ? CREEL_CANCEL_ALREADY
						       : CREEL_CANCEL_TOO_LATE;
}

creel_cancel_result
creel_future_cancel(creel_future *future)
{
	return crl_future_cancel(future, NULL);
}

creel_cancel_result
creel_future_cancel_because(creel_future *future, const char *reason)
{
	return crl_future_cancel(future, reason);
}
