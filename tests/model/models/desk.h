/* SPDX-License-Identifier: MIT */
/*
 * desk.h: a source of jobs for one runner: those that were put on it before it began. When all have
 * ended the runner is told to stop.
 */
#ifndef MODEL_DESK_H
#define MODEL_DESK_H

#include "runner/runner.h"
#include "task/task.h"

#define DESK_JOBS 3

typedef struct desk {
	crl_source source;
	crl_runner *runner;
	crl_job *jobs[DESK_JOBS];
	int count, next, ended;
} desk;

/* Open it, with a runner. */
void desk_open(desk *d);

/* Put a task on it. The future is to be let go of. */
creel_future *desk_put(desk *d, creel_fn *fn, void *arg);

/* Run the desk's jobs on the calling thread until all have ended; arg is the desk. */
void *desk_run(void *arg);

#endif
