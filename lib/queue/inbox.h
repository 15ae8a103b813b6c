/* SPDX-License-Identifier: MIT */
/*
 * inbox.h: a queue of jobs, first in first out. Intrusive: never allocates. Its owner's lock excludes
 * others.
 */
#ifndef CRL_QUEUE_INBOX_H
#define CRL_QUEUE_INBOX_H

#include "queue/job.h"

#include <stddef.h>

typedef struct crl_inbox {
	crl_job *first;
	crl_job *last;
} crl_inbox;

/* Append the chain from first to last, which is linked already. */
static inline void
crl_inbox_append(crl_inbox *inbox, crl_job *first, crl_job *last)
{
	last->link = NULL;
	if (inbox->first == NULL)
		inbox->first = first;
	else
		inbox->last->link = first;
	inbox->last = last;
}

/* The oldest job, or NULL. */
static inline crl_job *
crl_inbox_take(crl_inbox *inbox)
{
	crl_job *job = inbox->first;

	if (job != NULL)
		inbox->first = job->link;
	return job;
}

#endif
