/* SPDX-License-Identifier: MIT */
/* cancel.c: cancelling a future, whoever produces it. */
#include "base/error.h"
#include "future/future.h"

creel_cancel_result
creel_future_cancel(creel_future *future)
{
	uint32_t state;

	if (future == NULL)
		return CREEL_CANCEL_TOO_LATE;
	state = crl_future_state(future);
	if (!crl_state_final(state)) {
		if (crl_state_inherited(state))
			return CREEL_CANCEL_TOO_LATE;
		if (future->ops->cancel != NULL)
			return future->ops->cancel(future);
		if (crl_future_complete(
			    future, CRL_CANCELLED, (void *)(uintptr_t)&crl_error_cancelled))
			return CREEL_CANCEL_NOW;
		state = crl_future_state(future);
	}
	return crl_state_phase(state) == CRL_CANCELLED ? CREEL_CANCEL_ALREADY
						       : CREEL_CANCEL_TOO_LATE;
}
