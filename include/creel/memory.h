/* SPDX-License-Identifier: MIT */
/*
 * creel/memory.h: where creel takes its memory from.
 *
 *  function             blocks?  from a worker?  from a loop?  from any thread?  from a callback?
 *  creel_set_allocator  no       no              no            before first use  no
 *  creel_set_reuse      no       no              no            before first use  no
 *  creel_trim           no       yes             yes           yes               yes
 *  creel_free           no       yes             yes           yes               yes
 *
 * By default creel calls malloc and free of the program it is linked into, whichever allocator that
 * is. Task stacks are not taken from here: they are mapped.
 *
 * The memory of tasks is used again: a thread that frees some keeps up to 128 of them, 13 KB, for those that it makes,
 * and what is beyond is kept for other threads, as much as was in use at once. That goes back to malloc when the last
 * pool or loop is destroyed, and at a thread's end. Nothing is kept where the program has an allocator of its own, or
 * under valgrind or in a creel that was built with a sanitizer.
 */
#ifndef CREEL_MEMORY_H
#define CREEL_MEMORY_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <stdbool.h>
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

/*
 * creel_set_reuse() says whether the memory of tasks is kept for others (true) or freed each time (false), for
 * example to have a tool see who uses a future that it has let go of. To be called before creel has
 * allocated anything, by one thread.
 *   CREEL_ESTATE  creel has already allocated memory: nothing is changed
 */
CREEL_API creel_status creel_set_reuse(bool reuse);

/*
 * creel_trim() gives back to malloc what is kept for all threads, and what the calling thread keeps, for a program that
 * has needed very many tasks at once and will not again. What other threads keep stays.
 */
CREEL_API void creel_trim(void);

/* creel_free() frees what a creel call handed over for freeing. NULL is fine. */
CREEL_API void creel_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
