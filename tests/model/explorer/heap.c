/* SPDX-License-Identifier: MIT */
/*
 * heap.c: memory for the model, from one stretch of addresses that is the same in each run. Each thread
 * has a heap of its own, so that its addresses do not depend on what others do. Nothing is used twice in
 * a run, so whoever touches what was freed is found (race.c). What is left at the end and cannot be
 * reached from the library's own data is a leak.
 */
#include "explorer/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCKS 4096
#define GAP 16 /* between two blocks: not there, so that touching it is noticed */

typedef struct block {
	uintptr_t address;
	size_t size;
	bool freed, reached;
	const void *pc;
} block;

arena arena_at;

static struct {
	size_t used[THREADS];
	block blocks[BLOCKS];
	size_t count, live;
	size_t maps_used;
	size_t maps_live;
	bool dead[MAPS_BYTES / MAP_GRAIN];
} heap;

void
heap_init(void)
{
	const size_t size = THREADS * (HEAP_BYTES + STACK_BYTES) + MAPS_BYTES;
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		abort();
	arena_at.heaps = (uintptr_t)map;
	arena_at.stacks = arena_at.heaps + THREADS * HEAP_BYTES;
	arena_at.maps = arena_at.stacks + THREADS * STACK_BYTES;
	arena_at.end = arena_at.heaps + size;
}

void
heap_reset(void)
{
	memset(heap.used, 0, sizeof heap.used);
	memset(heap.dead, 0, (heap.maps_used + MAP_GRAIN - 1) / MAP_GRAIN);
	heap.count = 0;
	heap.live = 0;
	heap.maps_used = 0;
	heap.maps_live = 0;
}

char *
thread_stack_top(int id)
{
	return (char *)(arena_at.stacks + ((size_t)id + 1) * STACK_BYTES);
}

/* May something that can fail do so now? */
static bool
fails(void)
{
	return world.model->failing_alloc && schedule_value(2, true) != 0;
}

static void *
allocate(size_t size, const void *pc)
{
	const int self = world.self->id;
	const size_t room = (size + GAP + 15) & ~(size_t)15;
	block *b = &heap.blocks[heap.count];

	if (fails()) {
		errno = ENOMEM;
		return NULL;
	}
	if (heap.count == BLOCKS || room > HEAP_BYTES - heap.used[self])
		finding("the explorer has room for %d blocks and %zu bytes a thread", BLOCKS,
			HEAP_BYTES);
	*b = (block){.address = arena_at.heaps + (size_t)self * HEAP_BYTES + heap.used[self] + GAP,
		.size = size,
		.pc = pc};
	heap.count++;
	heap.live++;
	heap.used[self] += room;
	race_allocated(b->address, size);
	memset((void *)b->address, 0xa5, size); /* not what the run before has left there */
	return (void *)b->address;
}

uintptr_t
heap_block_of(uintptr_t address)
{
	for (size_t i = heap.count; i-- > 0;)
		if (address - heap.blocks[i].address < heap.blocks[i].size)
			return heap.blocks[i].address;
	return 0;
}

static block *
find(const void *p)
{
	for (size_t i = heap.count; i-- > 0;)
		if (heap.blocks[i].address == (uintptr_t)p)
			return &heap.blocks[i];
	return NULL;
}

static void
release(void *p, void *pc)
{
	block *b = find(p);

	if (p == NULL)
		return;
	if (b == NULL)
		finding("free of %s, which was not allocated, at %s", name_of((uintptr_t)p),
			place_of(pc));
	if (b->freed)
		finding("free of %s twice, at %s", name_of((uintptr_t)p), place_of(pc));
	b->freed = true;
	heap.live--;
	race_freed(b->address, b->size, pc);
}

static void mark_from(const void *from, size_t bytes);

static void
mark_reached(uintptr_t word)
{
	for (size_t i = 0; i < heap.count; i++) {
		block *b = &heap.blocks[i];

		if (b->freed || b->reached || word - b->address >= (b->size != 0 ? b->size : 1))
			continue;
		b->reached = true;
		mark_from((const void *)b->address, b->size);
	}
}

static void
mark_from(const void *from, size_t bytes)
{
	const uintptr_t *word = from;

	for (size_t i = 0; i < bytes / sizeof *word; i++)
		if (word[i] - arena_at.heaps < arena_at.stacks - arena_at.heaps)
			mark_reached(word[i]);
}

void
heap_check_leaks(void)
{
	if (heap.maps_live > 0)
		finding("leak: %zu bytes are still mapped", heap.maps_live);
	if (heap.live == 0)
		return;
	for (int i = 0; i < 2; i++)
		mark_from((const void *)((image.roots[i][0] + 7) & ~(uintptr_t)7),
			image.roots[i][1] - image.roots[i][0]);
	for (size_t i = 0; i < heap.count; i++) {
		const block *b = &heap.blocks[i];

		if (!b->freed && !b->reached)
			finding("leak: %zu bytes allocated at %s", b->size, place_of(b->pc));
	}
}

bool
heap_map_is_dead(uintptr_t address)
{
	return heap.dead[(address - arena_at.maps) / MAP_GRAIN];
}

/* What the checked code calls. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);
void *__wrap_mmap(void *hint, size_t size, int prot, int flags, int fd, long offset);
int __wrap_munmap(void *map, size_t size);
int __wrap_madvise(void *map, size_t size, int advice);
int __wrap_mprotect(void *map, size_t size, int prot);

void *
__wrap_malloc(size_t size)
{
	return allocate(size, __builtin_return_address(0));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	void *p = allocate(n * size, __builtin_return_address(0));

	return p != NULL ? memset(p, 0, n * size) : NULL;
}

void *
__wrap_realloc(void *old, size_t size)
{
	const block *b = old != NULL ? find(old) : NULL;
	void *p = allocate(size, __builtin_return_address(0));

	if (p != NULL && b != NULL)
		memcpy(p, old, b->size < size ? b->size : size);
	if (p != NULL)
		release(old, __builtin_return_address(0));
	return p;
}

void
__wrap_free(void *p)
{
	release(p, __builtin_return_address(0));
}

void *
__wrap_mmap(void *hint, size_t size, int prot, int flags, int fd, long offset)
{
	const uintptr_t map = arena_at.maps + heap.maps_used;

	(void)hint, (void)prot, (void)flags, (void)fd, (void)offset;
	size = (size + MAP_GRAIN - 1) & ~(MAP_GRAIN - 1);
	if (fails() || size > MAPS_BYTES - heap.maps_used) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	heap.maps_used += size;
	heap.maps_live += size;
	return (void *)map;
}

int
__wrap_munmap(void *map, size_t size)
{
	const size_t first = ((uintptr_t)map - arena_at.maps) / MAP_GRAIN;

	size = (size + MAP_GRAIN - 1) & ~(MAP_GRAIN - 1);
	if (heap.dead[first])
		finding("a mapping is unmapped twice");
	race_unmapped((uintptr_t)map, size, __builtin_return_address(0));
	memset(&heap.dead[first], true, size / MAP_GRAIN);
	heap.maps_live -= size;
	return 0;
}

int
__wrap_madvise(void *map, size_t size, int advice)
{
	(void)map, (void)size, (void)advice;
	return 0;
}

int
__wrap_mprotect(void *map, size_t size, int prot)
{
	(void)map, (void)size, (void)prot;
	return 0;
}
