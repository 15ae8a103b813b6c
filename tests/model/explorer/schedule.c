/* SPDX-License-Identifier: MIT */
/*
 * schedule.c: who goes on. A thread that is about to do something that others could notice comes here;
 * so does one that can not go on. To leave a thread that could go on is a preemption, which counts.
 */
#include "explorer/world.h"

#include <stdio.h>
#include <string.h>

#define BIT(actor) (1u << (actor))

static bool
spin_is_over(const model_thread *thread)
{
	if (thread->seen_count == 0 || thread->seen_count > 8)
		return true;
	for (unsigned i = 0; i < thread->seen_count && i < 8; i++)
		if (thread->seen[i].version != thread->seen[i].at->version)
			return true;
	return false;
}

bool
op_enabled(const model_thread *thread)
{
	switch (thread->pending.kind) {
	case OP_LOCK:
		return thread->pending.at->owner < 0;
	case OP_ASLEEP:
		return thread->timed;
	case OP_JOIN:
		return thread->joined->phase == THREAD_ENDED;
	case OP_SPIN:
		return spin_is_over(thread);
	default:
		return true;
	}
}

static bool
op_changes(const operation *op)
{
	return op->kind != OP_LOAD;
}

bool
op_dependent(const operation *a, const operation *b)
{
	if (a->kind == OP_ASLEEP || b->kind == OP_ASLEEP)
		return true;
	if (a->kind == OP_BARRIER || b->kind == OP_BARRIER)
		return true;
	if (b->kind == OP_BUFFER)
		return false;
	return a->at == b->at && a->at != NULL && (op_changes(a) || op_changes(b));
}

/* What can be chosen: `awake` go on; `asleep` may time out; `surprising` would wake for no reason. */
typedef struct options {
	unsigned awake, flushers, asleep, surprising;
	unsigned full; /* store buffers, also those that nobody has to choose */
	bool all_ended;
} options;

static options
find_options(void)
{
	options found = {.all_ended = true};

	for (int i = 0; i < world.made; i++) {
		const model_thread *t = &world.threads[i];

		if (t->count > 0 && t->pending.kind != OP_FLUSH) {
			found.full |= BIT(THREADS + i);
			if (tso_visible(t))
				found.flushers |= BIT(THREADS + i);
		}
		if (t->phase != THREAD_LIVE)
			continue;
		found.all_ended = false;
		if (t->pending.kind != OP_ASLEEP) {
			if (op_enabled(t))
				found.awake |= BIT(i);
		} else if (t->timed) {
			found.asleep |= BIT(i);
		} else if (world.surprised < world.surprises) {
			found.surprising |= BIT(i);
		}
	}
	if (found.awake == 0)
		found.flushers = found.full;
	return found;
}

static void
deadlock(void)
{
	char text[1024] = "";
	size_t length = 0;
	bool spins = false;

	for (int i = 0; i < world.made; i++) {
		const model_thread *t = &world.threads[i];
		const operation *op = &t->pending;
		const char *does = op->kind == OP_LOCK   ? "waits for the mutex"
				   : op->kind == OP_JOIN ? "joins a thread"
				   : op->kind == OP_SPIN ? "spins"
							 : "sleeps on";

		if (t->phase != THREAD_LIVE)
			continue;
		spins |= op->kind == OP_SPIN;
		length += (size_t)snprintf(text + length, sizeof text - length,
			"%s thread %d %s%s%s", length > 0 ? ";" : "", i, does,
			op->at != NULL ? " " : "", op->at != NULL ? name_of(op->at->address) : "");
		if (length >= sizeof text)
			break;
	}
	finding("%s:%s", spins ? "livelock: nothing changes any more" : "deadlock", text);
}

static void
finish(void)
{
	heap_check_leaks();
	if (world.model->spec != NULL && !linear_check(&world.history))
		finding("the history cannot be put in order");
	world_leave(RUN_DONE);
}

static int
lowest(unsigned set)
{
	return __builtin_ctz(set);
}

/* Who goes on if nobody decides otherwise. */
static int
usual(const options *o, int current)
{
	if (current >= 0)
		return current;
	return lowest(o->awake != 0 ? o->awake : o->flushers != 0 ? o->flushers : o->asleep);
}

static int
choose(void)
{
	const options o = find_options();
	unsigned set = o.awake | o.flushers | o.asleep | o.surprising;
	int current = world.last, chosen;

	if ((o.awake | o.flushers | o.asleep) == 0) {
		if (o.all_ended)
			finish();
		deadlock();
	}
	if (!(o.awake & BIT(current)))
		current = -1;
	else if (world.preemptions >= world.bound)
		set = BIT(current);
	chosen = world.strategy->actor(set, current);
	if (chosen < 0)
		world_leave(RUN_REDUNDANT);
	if (chosen != usual(&o, current))
		report_choice('>', (unsigned)chosen);
	world.preemptions += current >= 0 && chosen != current;
	world.surprised += (o.surprising & BIT(chosen)) != 0;
	world.last = chosen;
	return chosen;
}

/* Until the chosen one is a thread. */
static model_thread *
choose_thread(void)
{
	int chosen;

	while ((chosen = choose()) >= THREADS)
		tso_flush(chosen - THREADS);
	return &world.threads[chosen];
}

void
schedule(const operation *pending)
{
	model_thread *to;

	world.self->pending = *pending;
	to = choose_thread();
	if (to != world.self)
		thread_switch(to);
}

void
schedule_end(void)
{
	world.step++;
	world.self->phase = THREAD_ENDED;
	world.self->pending = (operation){.kind = OP_NONE};
	thread_switch(choose_thread());
	__builtin_unreachable();
}

/* The thread's note of what it last saw at a location; NULL: none since it last spun. */
static seen *
find_seen(model_thread *thread, const location *at)
{
	for (unsigned i = 0; i < thread->seen_count && i < 8; i++)
		if (thread->seen[i].at == at)
			return &thread->seen[i];
	return NULL;
}

/* The thread has looked at a location, and perhaps changed it. If it saw there what is not what it saw
 * before, or not the newest, then to spin would be wrong. */
static void
note_seen(model_thread *thread, location *at, bool changes)
{
	seen *note = find_seen(thread, at);

	if (note == NULL)
		note = &thread->seen[thread->seen_count++ % 8];
	else if (note->version != at->version)
		thread->stale = true;
	at->version += changes;
	note->at = at;
	note->version = at->version - thread->stale;
	thread->stale = false;
}

/* A store that has waited in the buffer of the thread is there. */
static void
note_flushed(model_thread *thread, location *at)
{
	seen *note = find_seen(thread, at);

	if (note != NULL && note->version == at->version)
		note->version++;
	at->version++;
}

static void
count_step(const operation *op)
{
	if (++world.step > world.cap)
		finding("livelock: %u steps, and no end", world.cap);
	world.strategy->executed(world.last, op);
}

void
schedule_flushed(const operation *op, int thread_id)
{
	count_step(op);
	note_flushed(&world.threads[thread_id], op->at);
}

void
schedule_executed(const operation *op)
{
	model_thread *self = world.self;

	count_step(op);
	self->view.at[self->id]++;
	if (op->at != NULL)
		note_seen(self, op->at, op_changes(op) && op->kind != OP_BUFFER);
	if (op_changes(op))
		self->fresh = false;
}

unsigned
schedule_value(unsigned n, bool surprise)
{
	unsigned value = 0;

	if (n > 1 && (!surprise || world.surprised < world.surprises))
		value = world.strategy->value(n);
	if (value > 0) {
		report_choice('=', value);
		world.surprised += surprise;
	}
	world.step++;
	return value;
}

unsigned
model_choose(unsigned n)
{
	return schedule_value(n, false);
}

void
model_spin(void)
{
	const operation op = {.kind = OP_SPIN};

	tso_drain();
	schedule(&op);
	world.self->seen_count = 0;
	schedule_executed(&op);
	world.self->fresh = true;
}
