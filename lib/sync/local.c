/* SPDX-License-Identifier: MIT */
/* local.c: see local.h. */
#include "sync/local.h"

#include "sync/fork.h"

/* Where there was no key to be had, there may be one the next time. */
static bool
make_key(crl_local *local)
{
	bool made;

	crl_global_lock();
	if (!local->made)
		local->made = pthread_key_create(&local->key, local->end) == 0;
	made = local->made;
	crl_global_unlock();
	return made;
}

bool
crl_local_set(crl_local *local, void *value)
{
	return make_key(local) && pthread_setspecific(local->key, value) == 0;
}
