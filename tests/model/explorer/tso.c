/* SPDX-License-Identifier: MIT */
/*
 * tso.c: store buffers, as on x86. A store waits in its thread's buffer, first in first out; the thread
 * itself sees it there. It reaches memory as a step of the buffer, an actor of its own, or when
 * the thread does something that empties the buffer first: a read-modify-write, a seq_cst store, anything
 * with a lock. A thread that runs on leaves its stores in the buffer for as long as it can, since to have
 * them leave early takes a preemption.
 */
#include "explorer/world.h"

#include <stdatomic.h>
#include <string.h>

static const buffered_store *
find(const model_thread *t, const location *at)
{
	for (unsigned i = t->count; i-- > 0;) {
		const buffered_store *entry = &t->buffer[(t->first + i) % BUFFER];

		if (entry->at == at)
			return entry;
	}
	return NULL;
}

bool
tso_forward(const location *at, uint64_t *value)
{
	const buffered_store *entry = world.self->count > 0 ? find(world.self, at) : NULL;

	if (entry != NULL)
		*value = entry->value;
	return entry != NULL;
}

static void
take_effect(const buffered_store *entry)
{
	memory_write(entry->address, entry->size, entry->value);
	view_copy(&entry->at->released, &entry->released);
}

/* Does this store wait? */
bool
tso_buffers(uintptr_t address, const model_site *site)
{
	const bool stack = address - arena_at.stacks < arena_at.end - arena_at.stacks;

	return world.memory == MEMORY_TSO && site->order != memory_order_seq_cst && !stack;
}

void
tso_store(location *at, uintptr_t address, unsigned size, uint64_t value, const model_site *site)
{
	model_thread *self = world.self;
	buffered_store *entry;

	if (self->count == BUFFER)
		tso_drain();
	entry = &self->buffer[(self->first + self->count++) % BUFFER];
	entry->at = at;
	entry->address = address;
	entry->size = size;
	entry->value = value;
	entry->site = site;
	if (order_releases(site->order))
		view_copy(&entry->released, &self->view);
	else
		memset(&entry->released, 0, (size_t)world.width * sizeof entry->released.at[0]);
}

/* A store that is no point of choice stands in the buffer like all others, but when it leaves does not
 * matter. */
bool
tso_visible(const model_thread *t)
{
	for (unsigned i = 0; i < t->count; i++)
		if (site_visible(t->buffer[(t->first + i) % BUFFER].site))
			return true;
	return false;
}

void
tso_flush(int id)
{
	model_thread *t = &world.threads[id];
	const buffered_store *entry = &t->buffer[t->first];
	const operation op = {.kind = OP_FLUSH, .at = entry->at, .site = entry->site};

	t->first = (t->first + 1) % BUFFER;
	t->count--;
	take_effect(entry);
	trace(&op, "%llu of thread %d", (unsigned long long)entry->value, id);
	schedule_flushed(&op, id);
}

void
tso_drain(void)
{
	const operation before = {.kind = OP_NONE};
	model_thread *self = world.self;

	/* Here the buffer may still go ahead of the thread; from now on it is the thread that flushes. */
	if (self->count > 0 && tso_visible(self))
		schedule(&before);
	while (self->count > 0) {
		const buffered_store *entry = &self->buffer[self->first];
		const operation op = {.kind = OP_FLUSH, .at = entry->at};

		if (site_visible(entry->site))
			schedule(&op);
		if (self->count > 0) /* else a barrier came before */
			tso_flush(self->id);
	}
}

void
tso_drain_all(void)
{
	for (int i = 0; i < world.made; i++)
		while (world.threads[i].count > 0)
			tso_flush(i);
}

void
tso_settle(uintptr_t address, size_t size)
{
	const model_thread *self = world.self;

	for (unsigned i = 0; i < self->count; i++) {
		const buffered_store *entry = &self->buffer[(self->first + i) % BUFFER];

		if (entry->address < address + size && address < entry->address + entry->size) {
			tso_drain();
			return;
		}
	}
}
