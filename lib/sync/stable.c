/* SPDX-License-Identifier: MIT */
/* stable.c: the caches of what is never freed, and what happens to them, and to us, at a fork. */
#include "sync/stable.h"

#include "base/context.h"
#include "base/mem.h"
#include "base/process.h"
#include "sync/mutex.h"

static crl_mutex lock = CRL_MUTEX_INIT(CRL_RANK_STABLE);

void *
crl_stable_get(crl_stable_cache *cache, size_t size, int *fresh)
{
	crl_stable *object;

	crl_mutex_lock(&lock);
	object = cache->free;
	if (object != NULL)
		cache->free = object->next_free;
	crl_mutex_unlock(&lock);
	*fresh = object == NULL;
	if (object != NULL || (object = crl_zalloc_line(size)) == NULL)
		return object;

	crl_mutex_lock(&lock);
	object->next_made = cache->made;
	cache->made = object;
	crl_mutex_unlock(&lock);
	return object;
}

void
crl_stable_put(crl_stable_cache *cache, void *memory)
{
	crl_stable *object = memory;

	crl_mutex_lock(&lock);
	object->next_free = cache->free;
	cache->free = object;
	crl_mutex_unlock(&lock);
}

void
crl_stable_each(crl_stable_cache *cache, void (*fn)(void *object))
{
	crl_mutex_lock(&lock);
	for (crl_stable *object = cache->made; object != NULL; object = object->next_made)
		fn(object);
	crl_mutex_unlock(&lock);
}

static void
before_fork(void)
{
	crl_mutex_lock(&lock);
}

static void
in_parent(void)
{
	crl_mutex_unlock(&lock);
}

/* The forking thread is all that is left, and it is a plain thread from now on, whatever it was. */
static void
in_child(void)
{
	crl_mutex_reinit_in_child(&lock);
	crl_store(&crl_process_generation, crl_generation() + 1, relaxed);
	crl_context_set(NULL);
}

/* At load time, so that no object can be made before the handlers stand. */
__attribute__((constructor)) static void
watch_forks(void)
{
	pthread_atfork(before_fork, in_parent, in_child);
}
