/* SPDX-License-Identifier: MIT */
/*
 * local.h: something of a thread's own that is to be let go of when the thread ends.
 *
 * The main thread ends with the process, where nothing is let go of.
 */
#ifndef CRL_SYNC_LOCAL_H
#define CRL_SYNC_LOCAL_H

#include <pthread.h>
#include <stdbool.h>

/* For all threads; static. `end` is called by a thread that ends, if it has set anything but NULL. */
typedef struct crl_local {
	void (*end)(void *value);
	pthread_key_t key;
	bool made; /* guarded by the global lock; then the key is there for ever */
} crl_local;

/* Have local->end(value) called at the end of the calling thread, instead of what was set before. False: the system
 * has no memory or no place for it, and what was set before stands. */
bool crl_local_set(crl_local *local, void *value);

#endif
