/* SPDX-License-Identifier: MIT */
/* stack.c: slabs of stacks, their guards, and the cache. */
#include "fiber/stack.h"

#include "base/atomic.h"
#include "fiber/annotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 6.13; older C libraries do not have the name. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define SMALLEST_STACK ((size_t)16 << 10)
#define LARGEST ((size_t)1 << 40) /* sizes above cannot be had, and are cut down to this */
#define FIRST_SLAB 4
#define LARGEST_SLAB 64
#define COLOURS 32
#define USUAL_MAPPINGS 65530 /* the kernel's default, where /proc cannot be read */

#define CANARY_WORDS 8
#define CANARY ((uint64_t)0x5ca1ab1edeadf1be)

/* The line above a stack. Its members but the last are those of the one stack. */
struct crl_stack_tail {
	crl_stack_tail *next; /* in the cache's list of free stacks */
	unsigned id;          /* see annotate.h */
	uint16_t colour;
	uint8_t kind; /* a crl_guard */
	/* The slab; kept in the tail of its last stack alone. */
	struct {
		crl_stack_tail *next;
		char *map;
		size_t count;
		size_t mappings; /* how many it adds to the process's */
	} slab;
};

_Static_assert(sizeof(crl_stack_tail) <= CRL_CACHE_LINE, "a tail is one cache line");

/* Relaxed, all three: each is a number that stands for itself and publishes nothing. */
static crl_atomic(int) first_kind;     /* the guard to try first */
static crl_atomic(long) mappings;      /* of this process, made by creel */
static crl_atomic(long) most_mappings; /* 0: not read yet */

void
crl_stack_force_guard(crl_guard kind)
{
	crl_store(&first_kind, (int)kind, relaxed);
}

void
crl_stack_limit_mappings(long limit)
{
	crl_store(&most_mappings, limit, relaxed);
}

long
crl_stack_mappings(void)
{
	return crl_load(&mappings, relaxed);
}

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Half of vm.max_map_count: the program has mappings, too. */
static long
read_most_mappings(void)
{
	char text[24] = "";
	const int fd = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
	long count = 0;

	if (fd >= 0) {
		if (read(fd, text, sizeof text - 1) > 0)
			count = strtol(text, NULL, 10);
		close(fd);
	}
	return (count > 0 ? count : USUAL_MAPPINGS) / 2;
}

/* Reserve n of the process's mappings; false if that would be more than creel's share. */
static bool
reserve_mappings(long n)
{
	long most = crl_load(&most_mappings, relaxed);

	if (most == 0) {
		most = read_most_mappings();
		crl_store(&most_mappings, most, relaxed);
	}
	if (crl_fetch_add(&mappings, n, relaxed) + n <= most)
		return true;
	crl_fetch_sub(&mappings, n, relaxed);
	return false;
}

static void
write_canary(const crl_stack *stack)
{
	uint64_t *word = (uint64_t *)(void *)stack->base;

	for (int i = 0; i < CANARY_WORDS; i++)
		word[i] = CANARY;
}

bool
crl_stack_canary_intact(const crl_stack *stack)
{
	const uint64_t *word = (const uint64_t *)(const void *)stack->base;
	uint64_t difference = 0;

	for (int i = 0; i < CANARY_WORDS; i++)
		difference |= word[i] ^ CANARY;
	return difference == 0;
}

/* Whether mprotect() made the guard; *failed tells a lack of mappings from other errors. */
static bool
protect(const crl_stack *stack, bool *failed)
{
	*failed = false;
	if (!reserve_mappings(2))
		return false;
	if (mprotect(stack->base - stack->guard, stack->guard, PROT_NONE) == 0)
		return true;
	crl_fetch_sub(&mappings, 2, relaxed);
	*failed = errno != ENOMEM; /* the program itself has used up the mappings */
	return false;
}

/* Make the guard of a new stack by the first means that can be had. False: no memory. */
static bool
make_guard(crl_stack *stack)
{
	crl_guard kind = (crl_guard)crl_load(&first_kind, relaxed);
	bool failed;

	if (stack->guard == 0)
		kind = CRL_GUARD_CANARY;
	if (kind == CRL_GUARD_ADVISED &&
		madvise(stack->base - stack->guard, stack->guard, MADV_GUARD_INSTALL) != 0) {
		if (errno != EINVAL)
			return false;
		kind = CRL_GUARD_PROTECTED;
	}
	if (kind == CRL_GUARD_PROTECTED && !protect(stack, &failed)) {
		if (failed)
			return false;
		kind = CRL_GUARD_CANARY;
	}
	stack->kind = kind;
	return true;
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

/* The base of the stack that stands n-th from the end of a slab. */
static char *
base_from_end(const crl_stacks *stacks, const crl_stack_tail *slab, size_t n)
{
	const size_t stride = stacks->guard_size + stacks->stack_size;

	return slab->slab.map + (slab->slab.count - n - 1) * stride + stacks->guard_size;
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
	crl_fetch_add(&mappings, 1, relaxed);

	slab = tail_of(stacks, map + slab_bytes(stacks, count) - stacks->stack_size);
	slab->slab.map = map;
	slab->slab.count = count;
	slab->slab.mappings = 1;
	slab->slab.next = stacks->slabs;
	stacks->slabs = slab;
	stacks->fresh = count;
	stacks->next_slab = count < LARGEST_SLAB ? count * 2 : LARGEST_SLAB;
	return true;
}

/* Hand out the next stack of the newest slab: the last first, whose page holds the slab's tail. */
static bool
take_fresh(crl_stacks *stacks, crl_stack *out)
{
	crl_stack_tail *slab, *tail;

	if (stacks->fresh == 0 && !map_slab(stacks))
		return false;
	slab = stacks->slabs;
	out->base = base_from_end(stacks, slab, slab->slab.count - stacks->fresh);
	if (!make_guard(out))
		return false;
	if (out->kind == CRL_GUARD_PROTECTED)
		slab->slab.mappings += 2;
	stacks->fresh--;
	tail = tail_of(stacks, out->base);
	tail->kind = (uint8_t)out->kind;
	tail->colour = (uint16_t)(stacks->colour++ % COLOURS * CRL_CACHE_LINE);
	tail->id = crl_annotate_mapped(out->base, stacks->stack_size);
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
	} else if (take_fresh(stacks, &stack)) {
		tail = tail_of(stacks, stack.base);
	} else {
		return false;
	}
	if (stack.kind == CRL_GUARD_CANARY)
		write_canary(&stack);
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

void
crl_stack_trim(const crl_stack *stack, const void *live_from)
{
	const uintptr_t page = page_size();
	const uintptr_t end = (uintptr_t)live_from & ~(page - 1);
	uintptr_t begin = (uintptr_t)stack->base;

	if (stack->kind == CRL_GUARD_CANARY)
		begin += page;
	if (begin < end)
		madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static void
unmap_slab(const crl_stacks *stacks, crl_stack_tail *slab, size_t fresh)
{
	const size_t used = crl_annotate_stacks() ? slab->slab.count - fresh : 0;

	crl_fetch_sub(&mappings, (long)slab->slab.mappings, relaxed);
	/* The last stack, which holds the slab's own tail, comes first; unmapping is last. */
	for (size_t n = 0; n < used; n++) {
		char *base = base_from_end(stacks, slab, n);

		crl_annotate_unmapped(base, stacks->stack_size, tail_of(stacks, base)->id);
	}
	munmap(slab->slab.map, slab_bytes(stacks, slab->slab.count));
}

void
crl_stacks_fini(crl_stacks *stacks)
{
	size_t fresh = stacks->fresh;

	while (stacks->slabs != NULL) {
		crl_stack_tail *slab = stacks->slabs;

		stacks->slabs = slab->slab.next;
		unmap_slab(stacks, slab, fresh);
		fresh = 0;
	}
	crl_stacks_init(stacks, stacks->stack_size, stacks->guard_size);
}
