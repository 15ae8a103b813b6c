/* SPDX-License-Identifier: MIT */
/*
 * stable.h: memory that keeps its type: recycled, never freed.
 *
 * A thread that wakes another may come so late that the woken one has long gone on, and even ended.
 * What it touches then, a parker or a runner, must still be one. So these are taken from a cache and
 * go back to it; the cache is never emptied. A late wake-up of the next user is a spurious one, which
 * every user expects.
 *
 * The global lock (sync/fork.h) guards all caches, so that the child of a fork finds them whole. What
 * they hold is not taken over: a thread that is gone may have been inside.
 */
#ifndef CRL_SYNC_STABLE_H
#define CRL_SYNC_STABLE_H

#include <stddef.h>

/* The head of what is recycled: its first member. */
typedef struct crl_stable {
	struct crl_stable *next_free;
	struct crl_stable *next_made; /* all that were ever made, in use or not */
	unsigned generation;          /* of the process that made it: base/process.h */
} crl_stable;

typedef struct crl_stable_cache {
	crl_stable *free;
	crl_stable *made;
} crl_stable_cache;

/* One from the cache, as its last user left it; or a new one of size bytes, zeroed, on a cache line of
 * its own, on which init (NULL: none) has been called before anybody else can see it. NULL: no memory. */
void *crl_stable_get(crl_stable_cache *cache, size_t size, void (*init)(void *object));
void crl_stable_put(crl_stable_cache *cache, void *object);

/* Call fn on all that were ever made. */
void crl_stable_each(crl_stable_cache *cache, void (*fn)(void *object));

#endif
