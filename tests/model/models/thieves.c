/* SPDX-License-Identifier: MIT */
/*
 * thieves.c: the deque of deque.h, its owner and its thieves. Each element is taken by exactly one thread,
 * with what is behind it, and the history is that of a deque.
 *
 * The owner, who is the first thread, plays by a script: + pushes, - pops, | lets the thieves begin.
 * When all are done it pops what is left.
 */
#include "models/thieves.h"

#include "models/models.h"

#include <stdbool.h>

#define ELEMENTS 8
#define PEOPLE 4

typedef struct game {
	deque_variant variant;
	int64_t size, start; /* of the first buffer; the first index */
	const char *script;
	int thieves, steals; /* steals: of each thief */
} game;

static game now;
static int threads[PEOPLE];
static deque loot;
static long behind[ELEMENTS + 1]; /* each element */
static unsigned char taken[PEOPLE][ELEMENTS + 1];

/* The history: LOST and EMPTY say nothing, but EMPTY from pop() does. */
enum { PUSH, POP, STEAL };

typedef struct row {
	long elements[ELEMENTS];
	int32_t first, last;
} row;

static void
init(void *state)
{
	(void)state; /* all is 0 */
}

static bool
step(void *state, const linear_op *op)
{
	row *r = state;

	switch (op->kind) {
	case PUSH:
		r->elements[r->last++] = op->arg;
		return true;
	case POP:
		if (r->first == r->last)
			return linear_may_return(op, DEQUE_EMPTY);
		return linear_may_return(op, r->elements[--r->last]);
	default:
		if (op->result == DEQUE_LOST || op->result == DEQUE_EMPTY)
			return true;
		return r->first < r->last && linear_may_return(op, r->elements[r->first++]);
	}
}

/* When EMPTY is certain from steal(), too. */
static bool
step_strictly(void *state, const linear_op *op)
{
	const row *r = state;

	if (op->kind == STEAL && op->result == DEQUE_EMPTY)
		return r->first == r->last;
	return step(state, op);
}

const linear_spec model_deque_spec = {sizeof(row), init, step};
const linear_spec model_deque_strict_spec = {sizeof(row), init, step_strictly};

static void
take(long element)
{
	if (element == DEQUE_EMPTY || element == DEQUE_LOST)
		return;
	MODEL_CHECK(element >= 1 && element <= ELEMENTS);
	MODEL_CHECK(behind[element] == element);
	taken[model_self()][element]++;
}

static void
push(long element)
{
	linear_op *op = model_call(PUSH, element);

	behind[element] = element;
	deque_push(&loot, element);
	model_return(op, 0);
}

static long
pop(void)
{
	linear_op *op = model_call(POP, 0);
	const long element = deque_pop(&loot);

	model_return(op, element);
	take(element);
	return element;
}

static void
steal(void)
{
	linear_op *op = model_call(STEAL, 0);
	const long element = deque_steal(&loot);

	model_return(op, element);
	take(element);
}

static void
steal_two(void)
{
	linear_op *ops[2] = {model_call(STEAL, 0), model_call(STEAL, 0)};
	long elements[2];

	deque_steal_two(&loot, elements);
	for (int i = 0; i < 2; i++) {
		model_return(ops[i], elements[i]);
		take(elements[i]);
	}
}

static void *
thief(void *arg)
{
	for (int i = 0; i < now.steals; i++)
		if (now.variant == DEQUE_BATCH)
			steal_two();
		else
			steal();
	return arg;
}

static void
check_taken(long pushed)
{
	for (long element = 1; element <= pushed; element++) {
		int times = 0;

		for (int i = 0; i < PEOPLE; i++)
			times += taken[i][element];
		if (times != 1)
			model_fail(__FILE__, __LINE__, "%ld was taken %d times", element, times);
	}
}

/* Returns how many were pushed. */
static long
follow_script(void)
{
	long pushed = 0;

	for (const char *what = now.script; *what != '\0'; what++)
		if (*what == '+')
			push(++pushed);
		else if (*what == '-')
			pop();
		else
			for (int i = 0; i < now.thieves; i++)
				threads[i] = model_go(thief, NULL);
	return pushed;
}

static void
play(game g)
{
	long pushed;

	now = g;
	model_name(&loot.top, "top");
	model_name(&loot.bottom, "bottom");
	model_name(&loot.buffer, "buffer");
	deque_init(&loot, g.variant, g.size, g.start);
	pushed = follow_script();
	for (int i = 0; i < g.thieves; i++)
		model_join(threads[i]);
	while (pop() != DEQUE_EMPTY)
		;
	check_taken(pushed);
	deque_fini(&loot);
}

#define GAME(id, text, bound, variant, size, start, script, thieves, steals, ...) \
	void model_deque_##id(void) \
	{ \
		play((game){variant, size, start, script, thieves, steals}); \
	}
THIEVES_GAMES(GAME)
