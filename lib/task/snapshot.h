/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h: what all listed tasks are doing at one moment, copied, so that it can be looked at and written
 * without a lock.
 */
#ifndef CRL_TASK_SNAPSHOT_H
#define CRL_TASK_SNAPSHOT_H

#include "task/task.h"

/* No index. */
#define CRL_SEEN_NONE SIZE_MAX

/* A task that had not ended. */
typedef struct crl_seen_task {
	const void *id; /* its future's address */
	char name[CRL_TASK_NAME];
	bool posted, begun, asked, lost;
	int64_t made;
	size_t wait; /* the first of its waits: a task that has forked may have several; or NONE */
} crl_seen_task;

/* A wait of a task or of a plain thread. */
typedef struct crl_seen_wait {
	const char *what;
	const void *whose; /* the task's id; NULL: a plain thread's, or a callback's */
	size_t task;       /* the same, by index; or NONE */
	long thread;
	int64_t since;
	size_t edge, n_edges; /* what it waits for: edges[edge] and those after it */
	size_t next;          /* wait of the task; or NONE */
} crl_seen_wait;

/* A future that is waited for, directly or because another that is waited for waits for it, and has not ended. */
typedef struct crl_seen_edge {
	const void *id;
	size_t task; /* whose it is; NONE: not a listed task's */
	bool direct;
} crl_seen_edge;

/* How many of each. */
typedef struct crl_seen_counts {
	size_t tasks, waits, edges;
} crl_seen_counts;

typedef struct crl_snapshot {
	int64_t now;
	crl_seen_task *tasks;
	crl_seen_wait *waits;
	crl_seen_edge *edges;
	crl_seen_counts n;
	crl_seen_counts room;
} crl_snapshot;

/* False: no memory. */
bool crl_snapshot_take(crl_snapshot *shot);
void crl_snapshot_free(crl_snapshot *shot);

#endif
