/* SPDX-License-Identifier: MIT */
/*
 * race.c: plain memory. The compiler, told to instrument for ThreadSanitizer, calls these functions at
 * each plain access. For every 8 bytes that were touched in this run there is a cell: is the memory
 * there (heap), and when did each thread last read and write it? Two accesses conflict when one writes,
 * they overlap, and neither thread had learnt of the other's: that is a data race, whatever the order in
 * which this run happened to do them. A free counts as a write. Between two atomic accesses the
 * same only says that both are points of choice (atomic.c).
 *
 * After       Flanagan, Freund: FastTrack (2009), with a plain vector for each cell.
 */
#include "explorer/world.h"

#include <string.h>
#include <sys/mman.h>

#define KINDS 4
#define MARKS 65536

typedef enum memory_state { NOT_THERE, THERE, FREED } memory_state;

/* The last access of a kind by one thread to the same ones of 8 bytes; of atomic accesses, by one site,
 * since each site that races has to be known. */
typedef struct mark {
	uint16_t next; /* another one of these 8 bytes; 0: none */
	uint8_t thread, bytes, kind;
	int16_t clock;
	uint32_t cell;
	uint32_t place; /* where: a site, or a place in the code, from the image's base */
} mark;

typedef struct head {
	unsigned run;
	uint16_t first; /* of its marks */
	uint8_t state;
	uint8_t bytes; /* which of the eight are there */
} head;

static head *heads;
static size_t arena_cells;
static mark all_marks[MARKS]; /* those of a run lie close together */
static unsigned marks_used;

void
race_init(void)
{
	const size_t image_cells = (image.data_end - image.data) / 8 + 1;
	size_t n;

	arena_cells = (arena_at.end - arena_at.heaps) / 8;
	n = arena_cells + image_cells;
	heads = mmap(NULL, n * sizeof *heads, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void
race_reset(void)
{
	marks_used = 1;
}

/* Which cell; -1: not memory of the model. */
static long
cell_of(uintptr_t address)
{
	if (address - arena_at.heaps < arena_at.end - arena_at.heaps)
		return (long)((address - arena_at.heaps) / 8);
	if (address - image.data < image.data_end - image.data)
		return (long)(arena_cells + (address - image.data) / 8);
	return -1;
}

static bool
is_heap(uintptr_t address)
{
	return address - arena_at.heaps < arena_at.stacks - arena_at.heaps;
}

static head *
head_at(long cell, uintptr_t address)
{
	head *h = &heads[cell];

	if (h->run != world.run) {
		h->run = world.run;
		h->state = is_heap(address) ? NOT_THERE : THERE;
		h->first = 0;
		h->bytes = 0xff;
	}
	return h;
}

static const char *
kind_name(access_kind kind)
{
	static const char *const names[] = {"read", "write", "atomic read", "atomic write"};

	return names[kind];
}

static const char *
mark_place(uint32_t place)
{
	return place != 0 ? place_of((const void *)(image.base + place)) : "an unknown place";
}

static uint32_t
make_place(const model_site *site, const void *pc)
{
	const uintptr_t at = site != NULL ? (uintptr_t)site : (uintptr_t)pc;

	return at != 0 ? (uint32_t)(at - image.base) : 0;
}

static void
report(uintptr_t address, access_kind kind, uint32_t place, int other, access_kind other_kind,
	uint32_t other_place)
{
	char mine[256];

	strncpy(mine, mark_place(place), sizeof mine - 1);
	mine[sizeof mine - 1] = '\0';
	finding("data race on %s: %s by thread %d at %s, not ordered after the %s by thread %d at "
		"%s",
		name_of(address), kind_name(kind), world.self->id, mine, kind_name(other_kind),
		other, mark_place(other_place));
}

/* Which kinds of earlier accesses an access conflicts with. */
static const bool conflicts[KINDS][KINDS] = {
	[ACCESS_READ] = {[ACCESS_WRITE] = true, [ACCESS_ATOMIC_WRITE] = true},
	[ACCESS_WRITE] = {true, true, true, true},
	[ACCESS_ATOMIC_READ] = {[ACCESS_WRITE] = true, [ACCESS_ATOMIC_WRITE] = true},
	[ACCESS_ATOMIC_WRITE] = {true, true, true, true},
};

static bool
is_atomic(access_kind kind)
{
	return kind >= ACCESS_ATOMIC_READ;
}

static void
conflict(uintptr_t address, const mark *theirs, access_kind kind, const model_site *site,
	uint32_t place)
{
	if (!is_atomic(kind) || !is_atomic(theirs->kind))
		report(address, kind, place, theirs->thread, theirs->kind, theirs->place);
	/* A lock is an atomic without a site; both are points of choice anyway. */
	site_show(site);
	if (theirs->place != 0 && site != NULL)
		site_show((const model_site *)(image.base + theirs->place));
}

static mark *
new_mark(head *h, long cell, access_kind kind, uint8_t bytes)
{
	mark *m = &all_marks[marks_used];

	if (marks_used == MARKS)
		finding("the explorer has room for %d marks", MARKS);
	*m = (mark){.next = h->first,
		.thread = (uint8_t)world.self->id,
		.bytes = bytes,
		.kind = (uint8_t)kind,
		.cell = (uint32_t)cell};
	h->first = (uint16_t)marks_used++;
	return m;
}

static void
not_there(const head *h, uintptr_t address, access_kind kind, uint32_t place)
{
	finding("%s of %s, which is %s, by thread %d at %s", kind_name(kind), name_of(address),
		h->state == FREED ? "freed" : "not allocated", world.self->id, mark_place(place));
}

static inline void
access_cell(long cell, uintptr_t address, uint8_t bytes, access_kind kind, const model_site *site,
	uint32_t place)
{
	head *h = head_at(cell, address);
	const model_thread *self = world.self;
	mark *mine = NULL;

	if (h->state != THERE || bytes & ~h->bytes)
		not_there(h, address, kind, place);
	for (unsigned i = h->first; i != 0; i = all_marks[i].next) {
		mark *m = &all_marks[i];

		if (m->thread == self->id) {
			if (m->kind == kind && m->bytes == bytes &&
				(m->place == place || !is_atomic(kind)))
				mine = m;
		} else if (m->clock > self->view.at[m->thread] && m->bytes & bytes &&
			   conflicts[kind][m->kind]) {
			conflict(address, m, kind, site, place);
		}
	}
	if (mine == NULL)
		mine = new_mark(h, cell, kind, bytes);
	mine->clock = self->view.at[self->id];
	mine->place = place;
}

/* Is the mapping still there, or the thread whose stack it is? */
static void
check_mapped(uintptr_t address, access_kind kind, uint32_t place)
{
	if (address < arena_at.maps) {
		const model_thread *t = &world.threads[(address - arena_at.stacks) / STACK_BYTES];

		if (t->phase == THREAD_ENDED)
			finding("%s of the stack of thread %d, which has ended, by thread %d at %s",
				kind_name(kind), t->id, world.self->id, mark_place(place));
	} else if (heap_map_is_dead(address))
		finding("%s of memory that is not mapped any more, by thread %d at %s",
			kind_name(kind), world.self->id, mark_place(place));
}

void
race_access(uintptr_t address, size_t size, access_kind kind, const model_site *site, void *pc)
{
	const uint32_t place = make_place(site, pc);
	long cell = cell_of(address);

	if (cell < 0 || world.self == NULL)
		return;
	if (!is_atomic(kind) && world.self->count > 0)
		tso_settle(address, size);
	if (address >= arena_at.stacks && address < arena_at.end)
		check_mapped(address, kind, place);
	while (size > 0) {
		const unsigned offset = address % 8;
		const unsigned n = size < 8 - offset ? (unsigned)size : 8 - offset;

		access_cell(
			cell++, address, (uint8_t)(((1u << n) - 1) << offset), kind, site, place);
		address += n;
		size -= n;
	}
}

void
race_allocated(uintptr_t address, size_t size)
{
	for (uintptr_t end = address + size; address < end; address += 8) {
		head *h = head_at(cell_of(address), address);

		h->state = THERE;
		h->first = 0;
		h->bytes = (uint8_t)(end - address < 8 ? (1u << (end - address)) - 1 : 0xff);
	}
}

void
race_freed(uintptr_t address, size_t size, void *pc)
{
	for (uintptr_t end = address + size; address < end; address += 8) {
		const long cell = cell_of(address);

		access_cell(
			cell, address, heads[cell].bytes, ACCESS_WRITE, NULL, make_place(NULL, pc));
		heads[cell].state = FREED;
	}
}

/* As if all that was touched of it in this run were written. */
void
race_unmapped(uintptr_t address, size_t size, void *pc)
{
	const uint32_t first = (uint32_t)cell_of(address), cells = (uint32_t)(size / 8);

	for (unsigned i = 1; i < marks_used; i++) {
		const mark *m = &all_marks[i];

		if (m->cell - first < cells && m->clock > world.self->view.at[m->thread])
			conflict(address + (m->cell - first) * 8, m, ACCESS_WRITE, NULL,
				make_place(NULL, pc));
	}
}

/* What the compiler calls. */
#define PLAIN(size) \
	void __tsan_read##size(void *p); \
	void __tsan_write##size(void *p); \
	void __tsan_unaligned_read##size(void *p); \
	void __tsan_unaligned_write##size(void *p); \
	void __tsan_read##size(void *p) \
	{ \
		race_access((uintptr_t)p, size, ACCESS_READ, NULL, __builtin_return_address(0)); \
	} \
	void __tsan_write##size(void *p) \
	{ \
		race_access((uintptr_t)p, size, ACCESS_WRITE, NULL, __builtin_return_address(0)); \
	} \
	void __tsan_unaligned_read##size(void *p) \
	{ \
		race_access((uintptr_t)p, size, ACCESS_READ, NULL, __builtin_return_address(0)); \
	} \
	void __tsan_unaligned_write##size(void *p) \
	{ \
		race_access((uintptr_t)p, size, ACCESS_WRITE, NULL, __builtin_return_address(0)); \
	}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_init(void);
void __tsan_read_range(void *p, size_t size);
void __tsan_write_range(void *p, size_t size);
void *__tsan_memset(void *p, int c, size_t n);
void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__wrap_memset(void *p, int c, size_t n);
void *__wrap_memcpy(void *to, const void *from, size_t n);
void *__wrap_memmove(void *to, const void *from, size_t n);

void
__tsan_init(void)
{
}

void
__tsan_read_range(void *p, size_t size)
{
	race_access((uintptr_t)p, size, ACCESS_READ, NULL, __builtin_return_address(0));
}

void
__tsan_write_range(void *p, size_t size)
{
	race_access((uintptr_t)p, size, ACCESS_WRITE, NULL, __builtin_return_address(0));
}

void *
__wrap_memset(void *p, int c, size_t n)
{
	race_access((uintptr_t)p, n, ACCESS_WRITE, NULL, __builtin_return_address(0));
	return memset(p, c, n);
}

void *
__wrap_memcpy(void *to, const void *from, size_t n)
{
	race_access((uintptr_t)from, n, ACCESS_READ, NULL, __builtin_return_address(0));
	race_access((uintptr_t)to, n, ACCESS_WRITE, NULL, __builtin_return_address(0));
	return memcpy(to, from, n);
}

void *
__wrap_memmove(void *to, const void *from, size_t n)
{
	race_access((uintptr_t)from, n, ACCESS_READ, NULL, __builtin_return_address(0));
	race_access((uintptr_t)to, n, ACCESS_WRITE, NULL, __builtin_return_address(0));
	return memmove(to, from, n);
}

/* clang has its own names for these. */
void *
__tsan_memset(void *p, int c, size_t n)
{
	return __wrap_memset(p, c, n);
}

void *
__tsan_memcpy(void *to, const void *from, size_t n)
{
	return __wrap_memcpy(to, from, n);
}

void *
__tsan_memmove(void *to, const void *from, size_t n)
{
	return __wrap_memmove(to, from, n);
}
