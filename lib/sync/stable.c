/* SPDX-License-Identifier: MIT */
/* stable.c: the caches of what is never freed. */
#include "sync/stable.h"

#include "base/mem.h"
#include "base/process.h"
#include "sync/fork.h"

void *
crl_stable_get(crl_stable_cache *cache, size_t size, void (*init)(void *object))
{
	crl_stable *object;

	crl_global_lock();
	while ((object = cache->free) != NULL) {
		cache->free = object->next_free;
		if (object->generation == crl_generation())
			break;
	}
	crl_global_unlock();
	if (object != NULL || (object = crl_zalloc_line(size)) == NULL)
		return object;

	if (init != NULL)
		init(object);
	crl_global_lock();
	object->generation = crl_generation();
	object->next_made = cache->made;
	cache->made = object;
	crl_global_unlock();
	return object;
}

void
crl_stable_put(crl_stable_cache *cache, void *memory)
{
	crl_stable *object = memory;

	crl_global_lock();
	object->next_free = cache->free;
	cache->free = object;
	crl_global_unlock();
}

void
crl_stable_each(crl_stable_cache *cache, void (*fn)(void *object))
{
	crl_global_lock();
	for (crl_stable *object = cache->made; object != NULL; object = object->next_made)
		fn(object);
	crl_global_unlock();
}
