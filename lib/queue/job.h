/* SPDX-License-Identifier: MIT */
/*
 * job.h: a piece of work, as pools and runners see it. It lives inside what it is a part of, a task
 * for example, and has no idea of results.
 *
 * A job is either run once or dropped once. From then on its memory is no business of the pool's.
 */
#ifndef CRL_QUEUE_JOB_H
#define CRL_QUEUE_JOB_H

#include "base/attr.h"
#include "queue/letter.h"

#include <stdint.h>

typedef struct crl_job crl_job;

typedef struct crl_job_ops {
	void (*run)(crl_job *);               /* do the work, on a fiber; may suspend */
	void (*drop)(crl_job *);              /* it will never be run; may not suspend */
	const char *(*name)(const crl_job *); /* for diagnostics; async-signal-safe; NULL: none */
} crl_job_ops;

/* Flags of a job. */
#define CRL_JOB_OUTSIDE 1u  /* it came from outside of the pool that runs it */
#define CRL_JOB_POSTED 2u   /* nobody has its future */
#define CRL_JOB_CALLBACK 4u /* no task: a callback of a loop */

struct crl_job {
	const crl_job_ops *ops;
	union {
		crl_letter letter;     /* as a loop sees it: one of many kinds of letters */
		struct {               /* as a pool does: a job among jobs */
			crl_job *link; /* the next in whichever queue it is in */
			uint32_t flags;
			uint32_t kind; /* CRL_LETTER_JOB */
		};
	};
};

_Static_assert(sizeof(crl_job) == 24, "a job is three words");

static inline crl_job *
crl_job_of_letter(crl_letter *letter)
{
	return CRL_CONTAINER_OF(letter, crl_job, letter);
}

#endif
