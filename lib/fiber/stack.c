/* SPDX-License-Identifier: MIT */
/* stack.c: slabs of stacks, and the cache. */
#include "fiber/stack.h"

#include "fiber/annotate.h"
#include "fiber/guard.h"

#include <sys/mman.h>
#include <unistd.h>

#define SMALLEST_STACK ((size_t)16 << 10)
#define LARGEST ((size_t)1 << 40) /* sizes above cannot be had, and are cut down to this */
#define FIRST_SLAB 4
#define LARGEST_SLAB 64
#define COLOURS 32

/* The line above a stack. Its members but the last are those of the one stack. */
struct crl_stack_tail {
	crl_stack_tail *next; /* in the cache's list of warm stacks */
	unsigned id;          /* see annotate.h */
	uint16_t colour;
	uint8_t kind;  /* a crl_guard */
	uint8_t place; /* in its slab, counted from the end of that */
	/* The slab; kept in the tail of its last stack alone, which stays when that is cold. */
	struct {
		crl_list link; /* in the cache's list of slabs */
		char *map;
		uint32_t count;
		uint32_t mappings; /* how many it adds to the process's */
		uint64_t cold;     /* a bit for each place */
		uint64_t canaries; /* which of the cold ones have no other guard */
	} slab;
};

_Static_assert(sizeof(crl_stack_tail) <= CRL_CACHE_LINE, "a tail is one cache line");

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t
slab_bytes(const crl_stacks *stacks, size_t count)
{
	return count * (stacks->guard_size + stacks->stack_size);
}

static crl_stack_tail *
tail_of(const crl_stacks *stacks, char *base)
{
	return (crl_stack_tail *)(void *)(base + stacks->stack_size - CRL_CACHE_LINE);
}

static crl_stack_tail *
slab_of_link(crl_list *link)
{
	return CRL_CONTAINER_OF(link, crl_stack_tail, slab.link);
}

static crl_stack_tail *
slab_of(const crl_stacks *stacks, crl_stack_tail *tail)
{
	return (crl_stack_tail *)(void *)((char *)tail + slab_bytes(stacks, tail->place));
}

static char *
base_at(const crl_stacks *stacks, const crl_stack_tail *slab, size_t place)
{
	return slab->slab.map + slab_bytes(stacks, slab->slab.count - place - 1) +
	       stacks->guard_size;
}

/* Map a slab, of fewer stacks than wished for if need be. */
static bool
map_slab(crl_stacks *stacks)
{
	char *map = MAP_FAILED;
	size_t count = stacks->next_slab * 2;
	crl_stack_tail *slab;

	while (map == MAP_FAILED) {
		count /= 2;
		if (count == 0)
			return false;
		map = mmap(NULL, slab_bytes(stacks, count), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	}
	/* A huge page would commit many stacks for the sake of one. A kernel without them refuses. */
	madvise(map, slab_bytes(stacks, count), MADV_NOHUGEPAGE);
	crl_guard_count_mappings(1);

	slab = tail_of(stacks, map + slab_bytes(stacks, count) - stacks->stack_size);
	slab->slab.map = map;
	slab->slab.count = (uint32_t)count;
	slab->slab.mappings = 1;
	crl_list_push_back(&stacks->slabs, &slab->slab.link);
	stacks->newest = slab;
	stacks->fresh = count;
	stacks->next_slab = count < LARGEST_SLAB ? count * 2 : LARGEST_SLAB;
	return true;
}

/* A stack that is about to be handed out has a page for its tail now. */
static void
fill_tail(crl_stacks *stacks, const crl_stack *stack, size_t place)
{
	crl_stack_tail *tail = tail_of(stacks, stack->base);

	tail->kind = (uint8_t)stack->kind;
	tail->place = (uint8_t)place;
	tail->colour = (uint16_t)(stacks->colour++ % COLOURS * CRL_CACHE_LINE);
	tail->id = crl_annotate_mapped(stack->base, stacks->stack_size);
}

/* Hand out the next stack of the newest slab: the last first, whose page holds the slab's tail. */
static bool
take_fresh(crl_stacks *stacks, crl_stack *out)
{
	crl_stack_tail *slab;
	size_t place;

	if (stacks->fresh == 0 && !map_slab(stacks))
		return false;
	slab = stacks->newest;
	place = slab->slab.count - stacks->fresh;
	out->base = base_at(stacks, slab, place);
	if (!crl_guard_make(out))
		return false;
	if (out->kind == CRL_GUARD_PROTECTED)
		slab->slab.mappings += 2;
	stacks->fresh--;
	fill_tail(stacks, out, place);
	return true;
}

static bool
take_cold(crl_stacks *stacks, crl_stack *out)
{
	crl_stack_tail *slab;
	uint64_t bit;
	size_t place;

	if (stacks->cold == 0)
		return false;
	slab = slab_of_link(stacks->slabs.next);
	bit = slab->slab.cold & -slab->slab.cold;
	place = (size_t)__builtin_ctzll(bit);
	out->base = base_at(stacks, slab, place);
	/* It has its guard still. All that have one in a slab have the same kind, or nobody minds. */
	out->kind = slab->slab.canaries & bit ? CRL_GUARD_CANARY
		    : slab->slab.mappings > 1 ? CRL_GUARD_PROTECTED
					      : CRL_GUARD_ADVISED;
	stacks->cold--;
	slab->slab.cold &= ~bit;
	slab->slab.canaries &= ~bit;
	if (slab->slab.cold == 0) {
		crl_list_unlink(&slab->slab.link);
		crl_list_push_back(&stacks->slabs, &slab->slab.link);
	}
	fill_tail(stacks, out, place);
	return true;
}

static size_t
whole_pages(size_t size, size_t least)
{
	const size_t mask = page_size() - 1;

	size = size < least ? least : size > LARGEST ? LARGEST : size;
	return (size + mask) & ~mask;
}

void
crl_stacks_init(crl_stacks *stacks, size_t stack_size, size_t guard_size)
{
	*stacks = (crl_stacks){
		.stack_size = whole_pages(stack_size, SMALLEST_STACK),
		.guard_size = whole_pages(guard_size, 0),
		.next_slab = FIRST_SLAB,
	};
	crl_list_init(&stacks->slabs);
}

bool
crl_stacks_get(crl_stacks *stacks, crl_stack *out)
{
	crl_stack_tail *tail = stacks->free;
	crl_stack stack = {.full = stacks->stack_size, .guard = stacks->guard_size};

	if (tail != NULL) {
		stacks->free = tail->next;
		stack.base = (char *)tail + CRL_CACHE_LINE - stacks->stack_size;
		stack.kind = (crl_guard)tail->kind;
	} else if (take_cold(stacks, &stack) || take_fresh(stacks, &stack)) {
		tail = tail_of(stacks, stack.base);
	} else {
		return false;
	}
	if (stack.kind == CRL_GUARD_CANARY)
		crl_guard_write_canary(&stack);
	stack.size = stacks->stack_size - CRL_CACHE_LINE - tail->colour;
	*out = stack;
	return true;
}

void
crl_stacks_put(crl_stacks *stacks, crl_stack stack)
{
	crl_stack_tail *tail = tail_of(stacks, stack.base);

	crl_annotate_recycled(stack.base, stack.full);
	tail->next = stacks->free;
	stacks->free = tail;
}

static void
unmap_slab(crl_stacks *stacks, crl_stack_tail *slab)
{
	crl_guard_count_mappings(-(long)slab->slab.mappings);
	crl_list_unlink(&slab->slab.link);
	munmap(slab->slab.map, slab_bytes(stacks, slab->slab.count));
}

/* Give the pages back; the line that describes the slab stays. */
static void
cool(const crl_stacks *stacks, char *base, size_t place)
{
	const size_t kept = place == 0 ? page_size() : 0;

	madvise(base, stacks->stack_size - kept, MADV_DONTNEED);
}

void
crl_stacks_drop(crl_stacks *stacks, crl_stack stack)
{
	crl_stack_tail *const tail = tail_of(stacks, stack.base);
	crl_stack_tail *const slab = slab_of(stacks, tail);
	const size_t place = tail->place, count = slab->slab.count;
	const uint64_t bit = (uint64_t)1 << place;

	crl_annotate_unmapped(stack.base, stack.full, tail->id);
	if (slab->slab.cold == 0) {
		crl_list_unlink(&slab->slab.link);
		crl_list_push_front(&stacks->slabs, &slab->slab.link);
	}
	stacks->cold++;
	slab->slab.cold |= bit;
	if (stack.kind == CRL_GUARD_CANARY)
		slab->slab.canaries |= bit;
	if (slab->slab.cold == ~(uint64_t)0 >> (LARGEST_SLAB - count) &&
		stacks->cold - count >= LARGEST_SLAB) {
		stacks->cold -= count;
		unmap_slab(stacks, slab);
	} else {
		cool(stacks, stack.base, place);
	}
}

/* Tell the tools of the stacks that were handed out and not dropped. The last one holds the slab's own
 * tail. */
static void
annotate_slab(const crl_stacks *stacks, const crl_stack_tail *slab)
{
	const size_t used = slab->slab.count - (slab == stacks->newest ? stacks->fresh : 0);

	for (size_t place = 0; place < used; place++) {
		char *const base = base_at(stacks, slab, place);

		if (!(slab->slab.cold >> place & 1))
			crl_annotate_unmapped(base, stacks->stack_size, tail_of(stacks, base)->id);
	}
}

void
crl_stacks_fini(crl_stacks *stacks)
{
	while (!crl_list_empty(&stacks->slabs)) {
		crl_stack_tail *slab = slab_of_link(stacks->slabs.next);

		if (crl_annotate_stacks())
			annotate_slab(stacks, slab);
		unmap_slab(stacks, slab);
	}
	crl_stacks_init(stacks, stacks->stack_size, stacks->guard_size);
}
