/* SPDX-License-Identifier: MIT */
/*
 * mem.c: malloc and free, or the hooks that stand in for them.
 *
 * Hooks are the program's code, so suspending is not allowed while one runs. They can be set only
 * until the first allocation: a block must be freed by the allocator that it came from.
 */
#include "base/mem.h"

#include "base/atomic.h"
#include "base/attr.h"
#include "base/context.h"
#include "base/sanitizer.h"

#include <creel/memory.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static creel_allocator hooks;
static bool hooked;
static enum { BY_DEFAULT, REUSED, NOT_REUSED } reuse;
static crl_atomic(bool) used; /* relaxed: creel_set_allocator() is not to race with first use */

static void *
hooked_alloc(size_t size)
{
	crl_inhibition inhibition = crl_inhibit();
	void *memory = hooks.malloc(size, hooks.ctx);

	crl_inhibit_end(inhibition);
	return memory;
}

void *
crl_alloc(size_t size)
{
	if (crl_unlikely(!crl_load(&used, relaxed)))
		crl_store(&used, true, relaxed);
	return crl_unlikely(hooked) ? hooked_alloc(size) : malloc(size);
}

void *
crl_zalloc(size_t size)
{
	void *memory = crl_alloc(size);

	return memory != NULL ? memset(memory, 0, size) : NULL;
}

void *
crl_zalloc_line(size_t size)
{
	const size_t extra = CRL_CACHE_LINE + sizeof(void *);
	char *block, *line;

	if (size > SIZE_MAX - extra || (block = crl_zalloc(size + extra)) == NULL)
		return NULL;
	line = block + sizeof(void *);
	line += -(uintptr_t)line % CRL_CACHE_LINE;
	memcpy(line - sizeof(void *), &block, sizeof block);
	return line;
}

void
crl_free_line(void *memory)
{
	char *block;

	if (memory == NULL)
		return;
	memcpy(&block, (char *)memory - sizeof block, sizeof block);
	crl_free(block);
}

void
crl_free(void *memory)
{
	crl_inhibition inhibition;

	if (crl_likely(!hooked)) {
		free(memory);
		return;
	}
	if (memory == NULL)
		return;
	inhibition = crl_inhibit();
	hooks.free(memory, hooks.ctx);
	crl_inhibit_end(inhibition);
}

bool
crl_memory_is_reused(void)
{
	return reuse == BY_DEFAULT ? !hooked && !crl_is_watched() : reuse == REUSED;
}

bool
crl_size_of(size_t *size, size_t header, size_t n, size_t each)
{
	return !__builtin_mul_overflow(n, each, size) &&
	       !__builtin_add_overflow(*size, header, size);
}

creel_status
creel_set_allocator(const creel_allocator *allocator)
{
	if (allocator != NULL && (allocator->malloc == NULL || allocator->realloc == NULL ||
					 allocator->free == NULL))
		return crl_report(CREEL_EINVAL, "an allocator needs malloc, realloc and free");
	if (crl_load(&used, relaxed))
		return crl_report(CREEL_ESTATE, "creel has already allocated memory");
	hooked = allocator != NULL;
	hooks = hooked ? *allocator : (creel_allocator){0};
	return CREEL_OK;
}

creel_status
creel_set_reuse(bool reused)
{
	if (crl_load(&used, relaxed))
		return crl_report(CREEL_ESTATE, "creel has already allocated memory");
	reuse = reused ? REUSED : NOT_REUSED;
	return CREEL_OK;
}

void
creel_free(void *memory)
{
	crl_free(memory);
}
