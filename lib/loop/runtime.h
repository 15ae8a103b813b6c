/* SPDX-License-Identifier: MIT */
/*
 * runtime.h: what a creel_run() gives to all tasks that come from it, however far: its pool. A task has a
 * reference to the runtime of the task that made it, for it may outlive the run.
 */
#ifndef CRL_LOOP_RUNTIME_H
#define CRL_LOOP_RUNTIME_H

#include "base/atomic.h"
#include "sync/mutex.h"

#include <creel/pool.h>
#include <stdbool.h>

typedef struct crl_runtime {
	crl_atomic(unsigned) refs;
	unsigned workers;
	crl_mutex lock;   /* guards the rest */
	creel_pool *pool; /* NULL: not needed yet, or gone */
	unsigned busy;    /* callers that are about to use the pool */
	bool ended;
} crl_runtime;

/* With one reference; NULL: no memory. */
crl_runtime *crl_runtime_new(unsigned workers);

/* NULL is fine, for both. */
crl_runtime *crl_runtime_ref(crl_runtime *runtime);
void crl_runtime_unref(crl_runtime *runtime);

#endif
