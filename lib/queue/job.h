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

#include <creel/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct crl_job crl_job;

typedef struct crl_job_ops {
	void (*run)(crl_job *); /* do the work, on a fiber; may suspend */
	/* It will never be run, and ends with this static error; CREEL_ECANCELLED: cancelled. May not suspend.
	 * False: it had been cancelled before, and ends as that. */
	bool (*drop)(crl_job *, const creel_error *why);
	const char *(*name)(const crl_job *); /* for diagnostics; async-signal-safe; NULL: none */
} crl_job_ops;

/* Flags of a job, and of what runs it. */
#define CRL_JOB_OUTSIDE 1u  /* it came from outside of the pool that runs it */
#define CRL_JOB_POSTED 2u   /* nobody has its future */
#define CRL_JOB_CALLBACK 4u /* no task: a callback of a loop */
#define CRL_JOB_FORKED 8u   /* a part of a task that runs elsewhere */
#define CRL_JOB_HIGH 16u    /* goes before those that have neither of these two, */
#define CRL_JOB_LOW 32u     /* or behind them */
#define CRL_JOB_PRIORITY (CRL_JOB_HIGH | CRL_JOB_LOW)
#define CRL_JOB_UNBOUNDED \
	64u /* a bounded inbox has room for it in any case, and does not count it */
#define CRL_JOB_FAILED \
	128u /* so it has ended; neither of the two: it has done what it was to do. Set while it */
#define CRL_JOB_CANCELLED \
	256u /* runs, in crl_strand.flags, not in its own: it may be gone when that is asked */

#define CRL_JOB_IN_ORDER 512u /* what of the pool's own goes behind what is queued */

struct crl_job {
	const crl_job_ops *ops;
	crl_letter letter; /* by which it is in a queue; its kind is CRL_LETTER_JOB */
};

_Static_assert(sizeof(crl_job) == 24, "a job is three words");

static inline crl_job *
crl_job_of_letter(crl_letter *letter)
{
	return CRL_CONTAINER_OF(letter, crl_job, letter);
}

/* The job will soon be run, maybe after some others: have the processor fetch what it is a part of, and lies
 * before and behind it. */
static inline void
crl_job_prefetch(const crl_job *job)
{
	crl_prefetch((const char *)(job - 1));
	crl_prefetch((const char *)(job + 1) + sizeof *job / 2);
}

/* The oldest of a queue of jobs; NULL: there is none. */
static inline crl_job *
crl_jobs_take(crl_letters *jobs)
{
	crl_letter *letter = crl_letters_take(jobs);

	return letter != NULL ? crl_job_of_letter(letter) : NULL;
}

#endif
