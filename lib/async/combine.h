/* SPDX-License-Identifier: MIT */
/* combine.h: what all that stands for other futures has in common. */
#ifndef CRL_ASYNC_COMBINE_H
#define CRL_ASYNC_COMBINE_H

#include "future/future.h"

#include <creel/combine.h>

/* Can this future be waited for? NULL, or why not. */
const creel_error *crl_combine_refuses(const creel_future *future);

/* A future that has failed with this static error. */
creel_future *crl_combine_failed(const creel_error *error);

/* The operations of a future that stands for others: their `destroy` is crl_combine_destroy(), which
 * calls release(). Releasing one may destroy others of the kind, which wait for their turn: a chain of
 * any length uses the same few stack frames. */
typedef struct crl_combine_ops {
	crl_future_ops future; /* its first member */
	void (*release)(creel_future *);
} crl_combine_ops;

void crl_combine_destroy(creel_future *future);

/* The operation borrows_error of one whose errors are always others'. */
bool crl_combine_borrows(const creel_future *future);

/* What is kept of a future that is waited for. */
typedef union crl_place {
	crl_waker waker;       /* in it, until it has ended */
	creel_outcome outcome; /* then */
} crl_place;

_Static_assert(
	sizeof(crl_place) == sizeof(creel_outcome), "places can become outcomes as they stand");

/* How a done future has ended, without looking at it. */
static inline creel_outcome
crl_combine_outcome(const creel_future *future)
{
	const creel_status status = crl_state_status(crl_future_state(future));

	return (creel_outcome){.status = status,
		.value = status == CREEL_OK ? future->value : NULL,
		.error = status == CREEL_OK ? NULL : future->error};
}

/* The outcome of a done future was read through another. */
void crl_combine_looked(creel_future *future);

#endif
