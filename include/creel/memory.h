/* SPDX-License-Identifier: MIT */
/*
 * creel/memory.h: where creel takes its memory from.
 *
 *  function             blocks?  from a worker?  from a loop?  from any thread?  from a callback?
 *  creel_set_allocator  no       no              no            before first use  no
 *  creel_free           no       yes             yes           yes               yes
 *
 * By default creel calls malloc and free of the program it is linked into, whichever allocator that
 * is. Task stacks are not taken from here: they are mapped.
 */
#ifndef CREEL_MEMORY_H
#define CREEL_MEMORY_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * creel_allocator: three hooks with the contracts of malloc, realloc and free, each given ctx.
 * They may be called from any thread at any time and must not call creel: a call that would wait
 * answers CREEL_EDEADLK there.
 */
typedef struct creel_allocator {
	void *(*malloc)(size_t size, void *ctx);
	void *(*realloc)(void *memory, size_t size, void *ctx);
	void (*free)(void *memory, void *ctx);
	void *ctx;
} creel_allocator;

/*
 * creel_set_allocator() makes creel use these hooks from now on; NULL means malloc, realloc and
 * free again. The struct is copied. To be called before creel has allocated anything, by one thread.
 *   CREEL_EINVAL  a hook is missing
 *   CREEL_ESTATE  creel has already allocated memory: nothing is changed
 */
CREEL_API creel_status creel_set_allocator(const creel_allocator *allocator);

/* creel_free() frees what a creel call handed over for freeing. NULL is fine. */
CREEL_API void creel_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
