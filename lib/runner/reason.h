/* SPDX-License-Identifier: MIT */
/*
 * reason.h: why a job is asked to end, in words.
 *
 * It is made before the lock of the job's crl_cancel is taken, and stands in the list of that until the job is freed, or
 * another takes its place. So a request without a reason needs none of this, and no memory is asked for under the lock.
 */
#ifndef CRL_RUNNER_REASON_H
#define CRL_RUNNER_REASON_H

#include "base/attr.h"
#include "base/context.h"
#include "runner/cancel.h"

/* Room for the text of one, with its end: what the last error keeps. */
#define CRL_REASON_SIZE (CRL_LAST_ERROR_TEXT + 1)

typedef struct crl_reason {
	crl_listener place; /* in the job's crl_cancel */
	bool told;          /* guarded by the lock there */
	char text[];
} crl_reason;

/* A copy of this text, shortened to what there is room for. NULL: no memory. To be freed by crl_free(). */
crl_reason *crl_reason_new(const char *text);

static inline crl_reason *
crl_reason_of(crl_listener *place)
{
	return CRL_CONTAINER_OF(place, crl_reason, place);
}

/* By the job: the reason of the request that is pending, or was delivered last, into a text of CRL_REASON_SIZE; false:
 * it has none. To tell it is to have told the job, so that the next one that comes takes its place. */
bool crl_reason_look(crl_cancel *cancel, char *text);
bool crl_reason_tell(crl_cancel *cancel, char *text);

#endif
