/* SPDX-License-Identifier: MIT */
/*
 * dfs.c: depth first through all choices, with at most `bound` preemptions.
 *
 * A node is a choice that had more than one option. The next run repeats the nodes of the last one, up
 * to the deepest that has an option left, takes that, and goes on with the first options.
 *
 * Sleep sets (Godefroid) leave out runs that only swap independent steps: an actor whose next step
 * was explored from a node sleeps in the runs of the node's other options, until somebody does a
 * step that depends on it. With a bound on preemptions not every actor may be put to sleep, since
 * the run that stands for the one left out must not have more preemptions than it. Say p was explored
 * first, and the run q w p r... is left out in favour of p q w r...
 *   - p was running before the node: the latter has no more preemptions: p goes on at no cost, is
 *     left for q once instead of before q, and the two switches around the later p are saved. Asleep.
 *   - p was not, but cannot go on after its step: leaving it for q costs nothing. Asleep.
 *   - otherwise leaving p for q costs one that the former has not. Not asleep.
 * By induction over the order of exploration, some run of each class of equivalent ones within the
 * bound is explored. That the running actor is always the first option is what the first case needs.
 */
#include "explorer/strategies.h"
#include "explorer/world.h"

#include <stdlib.h>
#include <string.h>

#define BIT(actor) (1u << (actor))
#define NODES 65536

typedef struct node {
	bool is_value;
	bool free_leave; /* whoever was chosen could never go on after its step */
	int8_t current;  /* who could have gone on; -1 nobody */
	uint16_t chosen;
	uint32_t rest;  /* options left; of a value: how many there are */
	uint32_t sleep; /* who slept when it was come to, and whom it has put to sleep */
} node;

static struct {
	node nodes[NODES];
	unsigned depth;  /* nodes in use */
	unsigned at;     /* the next one to be come to */
	unsigned asleep; /* actors, now */
	node *watched;   /* the last choice of an actor, until it is known whether it can go on */
	bool begun;
} dfs;

void
dfs_restart(void)
{
	dfs.depth = 0;
	dfs.begun = false;
}

/* Go to the node's next option; false: it has none left. */
static bool
advance(node *n)
{
	if (n->is_value)
		return ++n->chosen < n->rest;
	if (!world.no_sleep && (n->chosen == n->current || n->free_leave))
		n->sleep |= BIT(n->chosen);
	n->rest &= ~n->sleep;
	if (n->rest == 0)
		return false;
	n->chosen = (uint16_t)__builtin_ctz(n->rest);
	n->rest &= ~BIT(n->chosen);
	n->free_leave = true;
	return true;
}

static bool
next(void)
{
	if (dfs.begun) {
		while (dfs.depth > 0 && !advance(&dfs.nodes[dfs.depth - 1]))
			dfs.depth--;
		if (dfs.depth == 0)
			return false;
	}
	dfs.begun = true;
	dfs.at = 0;
	dfs.asleep = 0;
	dfs.watched = NULL;
	return true;
}

static node *
push(void)
{
	if (dfs.depth == NODES)
		finding("the explorer has room for %d choices", NODES);
	dfs.at++;
	return &dfs.nodes[dfs.depth++];
}

static int
first_option(unsigned options, int current)
{
	return current >= 0 && options & BIT(current) ? current : __builtin_ctz(options);
}

static int
actor(unsigned options, int current)
{
	node *n;

	if (dfs.watched != NULL && current == dfs.watched->chosen)
		dfs.watched->free_leave = false;
	dfs.watched = NULL;
	if (dfs.at == dfs.depth) {
		options &= ~dfs.asleep;
		if (options == 0)
			return -1;
		if ((options & (options - 1)) == 0)
			return __builtin_ctz(options);
		n = push();
		n->is_value = false;
		n->free_leave = true;
		n->current = (int8_t)current;
		n->chosen = (uint16_t)first_option(options, current);
		n->rest = options & ~BIT(n->chosen);
		n->sleep = dfs.asleep;
	} else {
		options &= ~dfs.asleep;
		if (options != 0 && (options & (options - 1)) == 0)
			return __builtin_ctz(options);
		n = &dfs.nodes[dfs.at++];
		dfs.asleep = n->sleep;
	}
	dfs.watched = n;
	return n->chosen;
}

static unsigned
value(unsigned n)
{
	node *new;

	if (dfs.at < dfs.depth)
		return dfs.nodes[dfs.at++].chosen;
	new = push();
	new->is_value = true;
	new->chosen = 0;
	new->rest = n;
	return 0;
}

static operation
pending_of(int actor)
{
	const model_thread *t = &world.threads[actor % THREADS];

	if (actor < THREADS && t->pending.kind != OP_FLUSH)
		return t->pending;
	return (operation){.kind = OP_FLUSH, .at = t->count > 0 ? t->buffer[t->first].at : NULL};
}

/* To join a thread whose stores have not all reached memory has them do so (thread.c). */
static bool
joins_buffer(const operation *pending, int actor)
{
	return pending->kind == OP_JOIN && world.threads[actor].joined->count > 0;
}

static void
executed(int actor, const operation *done)
{
	/* A thread that is about to empty its buffer itself has no flusher then: that order matters. */
	if (actor >= THREADS)
		dfs.asleep &= ~BIT(actor - THREADS);
	for (unsigned set = dfs.asleep; set != 0; set &= set - 1) {
		int sleeper = __builtin_ctz(set);
		const operation pending = pending_of(sleeper);

		if (op_dependent(&pending, done) || joins_buffer(&pending, sleeper))
			dfs.asleep &= ~BIT(sleeper);
	}
}

const strategy dfs_strategy = {"dfs", next, actor, value, executed};
