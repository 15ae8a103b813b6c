/* SPDX-License-Identifier: MIT */
/*
 * atomic.c: accesses to atomics. Three memory models:
 *
 *   sc     each access takes effect at once, for everybody
 *   tso    stores wait in a buffer of their thread (tso.c), as on x86
 *   views  a load may find a value that is no longer the newest (views.c), as C11 allows
 *
 * In all three the orders decide who has learnt of what, which race.c holds plain accesses against.
 *
 * Not every access is a point of choice. One that never happens at the same time as a conflicting one
 * is as good as a plain access. So a site is *visible* from the moment on that race.c sees it race;
 * the strategies then begin anew, until a whole exploration finds no more of them.
 */
#include "explorer/world.h"

#include <stdatomic.h>
#include <string.h>

#define TABLE 1024

static location table[TABLE];
static int made;
static bool visible_sites[SITES];

void
locations_reset(void)
{
	made = 0;
}

location *
location_of(const volatile void *p)
{
	const uintptr_t address = (uintptr_t)p;
	unsigned slot = (unsigned)((address >> 2) * 2654435761u) % TABLE;
	location *at;

	for (;; slot = (slot + 1) % TABLE) {
		at = &table[slot];
		if (at->run != world.run)
			break;
		if (at->address == address)
			return at;
	}
	if (made == LOCATIONS)
		finding("the explorer has room for %d atomics and locks", LOCATIONS);
	at->address = address;
	at->run = world.run;
	at->index = THREADS + made++;
	at->version = 0;
	memset(&at->released, 0, (size_t)world.width * sizeof at->released.at[0]);
	at->owner = -1;
	at->done = false;
	at->sleepers = 0;
	at->latest = -1;
	at->floor = 0;
	at->sc_floor = 0;
	return at;
}

uint64_t
memory_read(uintptr_t address, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, (const void *)address, size);
	return value;
}

void
memory_write(uintptr_t address, unsigned size, uint64_t value)
{
	memcpy((void *)address, &value, size);
}

bool
site_visible(const model_site *site)
{
	return world.all_visible || visible_sites[site - image.sites];
}

void
sites_forget(void)
{
	memset(visible_sites, 0, sizeof visible_sites);
}

void
site_show(const model_site *site)
{
	if (site == NULL || visible_sites[site - image.sites])
		return;
	visible_sites[site - image.sites] = true;
	world.changed_visible = true;
}

void
view_join(view *to, const view *from)
{
	for (int i = 0; i < world.width; i++)
		to->at[i] = to->at[i] > from->at[i] ? to->at[i] : from->at[i];
}

void
view_copy(view *to, const view *from)
{
	memcpy(to, from, (size_t)world.width * sizeof to->at[0]);
}

void
acquire_from(const view *released)
{
	view_join(&world.self->view, released);
}

bool
order_acquires(int order)
{
	return order == memory_order_acquire || order == memory_order_acq_rel ||
	       order == memory_order_seq_cst || order == memory_order_consume;
}

bool
order_releases(int order)
{
	return order == memory_order_release || order == memory_order_acq_rel ||
	       order == memory_order_seq_cst;
}

/* A store that is done in place; by a read-modify-write it goes on with the release sequence. */
static void
put(location *at, uintptr_t address, unsigned size, uint64_t value, int order, bool rmw)
{
	if (world.memory == MEMORY_VIEWS) {
		views_store(at, address, size, value, order, rmw);
		return;
	}
	memory_write(address, size, value);
	if (order_releases(order) && rmw)
		view_join(&at->released, &world.self->view);
	else if (order_releases(order))
		view_copy(&at->released, &world.self->view);
	else if (!rmw)
		memset(&at->released, 0, (size_t)world.width * sizeof at->released.at[0]);
}

static uint64_t
get(location *at, uintptr_t address, unsigned size, const model_site *site, int order)
{
	uint64_t value;

	if (world.memory == MEMORY_VIEWS)
		return views_load(at, address, size, order, site_visible(site));
	if (world.memory == MEMORY_TSO && tso_forward(at, &value))
		return value;
	if (order_acquires(order))
		acquire_from(&at->released);
	return memory_read(address, size);
}

uint64_t
model_load(const volatile void *p, unsigned size, const model_site *site)
{
	const operation op = {.kind = OP_LOAD, .at = location_of(p), .site = site};
	uint64_t value;

	if (site_visible(site))
		schedule(&op);
	race_access((uintptr_t)p, size, ACCESS_ATOMIC_READ, site, NULL);
	value = get(op.at, (uintptr_t)p, size, site, site->order);
	trace(&op, "%llu", (unsigned long long)value);
	schedule_executed(&op);
	return value;
}

void
model_store(volatile void *p, unsigned size, uint64_t value, const model_site *site)
{
	operation op = {.kind = OP_STORE, .at = location_of(p), .site = site};
	const bool buffered = tso_buffers((uintptr_t)p, site);

	if (buffered)
		op.kind = OP_BUFFER;
	else
		tso_drain();
	if (site_visible(site) && !buffered)
		schedule(&op);
	race_access((uintptr_t)p, size, ACCESS_ATOMIC_WRITE, site, NULL);
	trace(&op, "%llu", (unsigned long long)value);
	if (buffered)
		tso_store(op.at, (uintptr_t)p, size, value, site);
	else
		put(op.at, (uintptr_t)p, size, value, site->order, false);
	schedule_executed(&op);
}

static uint64_t
combine(int what, uint64_t old, uint64_t operand)
{
	switch (what) {
	case MODEL_ADD:
		return old + operand;
	case MODEL_SUB:
		return old - operand;
	case MODEL_OR:
		return old | operand;
	case MODEL_AND:
		return old & operand;
	default:
		return operand;
	}
}

/* The newest value, for a read-modify-write. */
static uint64_t
newest(location *at, uintptr_t address, unsigned size, int order)
{
	if (world.memory == MEMORY_VIEWS)
		return views_load(at, address, size, order, false);
	if (order_acquires(order))
		acquire_from(&at->released);
	return memory_read(address, size);
}

static operation
begin_rmw(volatile void *p, unsigned size, const model_site *site)
{
	const operation op = {.kind = OP_RMW, .at = location_of(p), .site = site};

	tso_drain();
	if (site_visible(site))
		schedule(&op);
	race_access((uintptr_t)p, size, ACCESS_ATOMIC_WRITE, site, NULL);
	return op;
}

uint64_t
model_rmw(volatile void *p, unsigned size, int what, uint64_t operand, const model_site *site)
{
	const operation op = begin_rmw(p, size, site);
	const uint64_t old = newest(op.at, (uintptr_t)p, size, site->order);
	const uint64_t new = combine(what, old, operand);

	trace(&op, "%llu -> %llu", (unsigned long long)old, (unsigned long long)new);
	put(op.at, (uintptr_t)p, size, new, site->order, true);
	schedule_executed(&op);
	return old;
}

bool
model_cas(volatile void *p, unsigned size, void *expected, uint64_t desired, bool weak,
	const model_site *site)
{
	operation op = begin_rmw(p, size, site);
	const uint64_t wanted = memory_read((uintptr_t)expected, size);
	const uint64_t old = memory_read((uintptr_t)p, size);
	const bool fails = weak && schedule_value(2, true) != 0;
	const bool same = old == wanted && !fails;

	world.self->stale = fails; /* to try again is not in vain */
	newest(op.at, (uintptr_t)p, size, same ? site->order : site->failure);
	trace(&op, "%llu -> %llu%s", (unsigned long long)old,
		(unsigned long long)(same ? desired : old), same ? "" : " failed");
	if (same) {
		put(op.at, (uintptr_t)p, size, desired, site->order, true);
	} else {
		op.kind = OP_LOAD;
		memory_write((uintptr_t)expected, size, old);
	}
	schedule_executed(&op);
	return same;
}
