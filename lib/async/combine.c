/* SPDX-License-Identifier: MIT */
/* combine.c: see combine.h. */
#include "async/combine.h"

#include "base/attr.h"
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

void
crl_combine_looked(creel_future *future)
{
	const uint32_t state = crl_future_state(future);

	/* Of the others nobody asks whether they were. */
	if (crl_state_phase(state) == CRL_ERROR ||
		(crl_state_final(state) && state & CRL_STATE_NOTE_READ))
		crl_future_look(future, state);
}

bool
crl_combine_borrows(const creel_future *future)
{
	(void)future;
	return true;
}

static void
release(creel_future *future)
{
	((const crl_combine_ops *)future->ops)->release(future);
}

void
crl_combine_destroy(creel_future *future)
{
	static _Thread_local crl_list *dead; /* linked by their lists of wakers, which are empty */
	crl_list own, *link;

	if (dead != NULL) {
		crl_list_push_back(dead, &future->wakers);
		return;
	}
	crl_list_init(&own);
	dead = &own;
	release(future);
	while ((link = crl_list_pop_front(&own)) != NULL)
		release(CRL_CONTAINER_OF(link, creel_future, wakers));
	dead = NULL;
}
