/* SPDX-License-Identifier: MIT */
/*
 * views.c: memory as C11 has it, without load buffering. Each location keeps all values that were ever
 * stored to it, as messages in the order of the stores. A thread's view says how new each location
 * is to it; a load finds any message that is not older. A message carries the view that an acquire of it
 * learns. A seq_cst load finds nothing older than the last seq_cst store to the location.
 *
 * What C11 allows and is left out: loads that see stores that come later in program order; a store that
 * takes its place before one that was executed earlier; a failed compare and swap that sees an old value.
 * That seq_cst is done location by location gives C11's order, since steps are executed in one order.
 *
 * After       Kang, Hur, Lahav, Vafeiadis, Dreyer: A promising semantics (2017), without the promises.
 */
#include "explorer/world.h"

#include <stdatomic.h>
#include <string.h>

#define MESSAGES 32768 /* as many as there can be steps */
#define OLDEST 3       /* so many messages back a load looks at most */

typedef struct message {
	uint64_t value;
	int before; /* -1: none */
	int16_t time;
	view view;
} message;

static message messages[MESSAGES];
static int count;

void
views_reset(void)
{
	count = 0;
}

static message *
append(location *at, uint64_t value)
{
	message *m;

	if (count == MESSAGES)
		finding("the explorer has room for %d stores", MESSAGES);
	m = &messages[count];
	m->value = value;
	m->before = at->latest;
	m->time = (int16_t)(at->latest >= 0 ? messages[at->latest].time + 1 : 0);
	memset(&m->view, 0, sizeof m->view);
	at->latest = count++;
	return m;
}

static int
newer(int a, int b)
{
	return a > b ? a : b;
}

/* A barrier orders accesses to memory, it does not make anybody learn what a release would: clocks stay. */
void
views_join_all(void)
{
	for (int to = 0; to < world.made; to++)
		for (int from = 0; from < world.made; from++)
			for (int i = THREADS; i < world.width; i++)
				world.threads[to].view.at[i] =
					(int16_t)newer(world.threads[to].view.at[i],
						world.threads[from].view.at[i]);
}

static uint64_t
cut(uint64_t value, unsigned size)
{
	return size < 8 ? value & ((UINT64_C(1) << size * 8) - 1) : value;
}

/* Plain accesses go to memory: what they have put there is older than nothing. */
static message *
latest(location *at, uintptr_t address, unsigned size)
{
	const uint64_t value = memory_read(address, size);

	if (at->latest < 0 || messages[at->latest].value != value)
		at->floor = append(at, value)->time;
	return &messages[at->latest];
}

uint64_t
views_load(location *at, uintptr_t address, unsigned size, int order, bool visible)
{
	model_thread *self = world.self;
	const message *m = latest(at, address, size);
	int floor = newer(self->view.at[at->index], at->floor);
	unsigned older;

	if (order == memory_order_seq_cst)
		floor = newer(floor, at->sc_floor);
	if (visible && !self->fresh && m->time > floor) {
		older = (unsigned)(m->time - floor);
		older = schedule_value((older < OLDEST ? older : OLDEST) + 1, true);
		self->stale = older > 0;
		while (older-- > 0)
			m = &messages[m->before];
	}
	self->view.at[at->index] = (int16_t)newer(self->view.at[at->index], m->time);
	if (order_acquires(order))
		acquire_from(&m->view);
	return m->value;
}

void
views_store(location *at, uintptr_t address, unsigned size, uint64_t value, int order, bool rmw)
{
	model_thread *self = world.self;
	const message *before = latest(at, address, size);
	message *m = append(at, cut(value, size));

	self->view.at[at->index] = m->time;
	if (rmw)
		view_copy(&m->view, &before->view);
	if (order_releases(order))
		view_join(&m->view, &self->view);
	m->view.at[at->index] = m->time;
	if (order == memory_order_seq_cst)
		at->sc_floor = m->time;
	memory_write(address, size, value);
}
