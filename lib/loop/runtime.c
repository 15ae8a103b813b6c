/* SPDX-License-Identifier: MIT */
/*
 * runtime.c: see runtime.h.
 *
 * Ordering (release -> acquire, what it publishes)
 *   [RT1] unref: fetch_sub, acq_rel -> the last unref: the same    all uses of the runtime are over
 */
#include "loop/runtime.h"

#include "base/mem.h"

#include <stddef.h>

crl_runtime *
crl_runtime_new(unsigned workers)
{
	crl_runtime *runtime = crl_zalloc(sizeof *runtime);

	if (runtime == NULL)
		return NULL;
	crl_store(&runtime->refs, 1, relaxed); /* not shared yet */
	runtime->workers = workers;
	crl_mutex_init(&runtime->lock, CRL_RANK_RUNTIME);
	return runtime;
}

crl_runtime *
crl_runtime_ref(crl_runtime *runtime)
{
	if (runtime != NULL)
		crl_fetch_add(&runtime->refs, 1, relaxed); /* from a reference that exists */
	return runtime;
}

void
crl_runtime_unref(crl_runtime *runtime)
{
	if (runtime == NULL || crl_fetch_sub(&runtime->refs, 1, acq_rel) != 1) /* [RT1] */
		return;
	crl_mutex_fini(&runtime->lock);
	crl_free(runtime);
}
