/* SPDX-License-Identifier: MIT */
/*
 * replay.c: one run, by the choices of a string: "12>2,15=1" has thread 2 go on at step 12 (8 and up: the
 * store buffer of thread 0 and up), and takes the second alternative at step 15. At all other choices
 * what is usual happens (schedule.c). Steps are counted without regard to which accesses are points of
 * choice, so a string holds as long as the checked code does.
 */
#include "explorer/strategies.h"
#include "explorer/world.h"

#include <stdlib.h>

#define CHOICES 4096

typedef struct choice {
	unsigned step;
	char what;
	unsigned value;
} choice;

static struct {
	choice choices[CHOICES];
	unsigned count, at;
	bool done;
} replay;

/* One choice; NULL: it is not one. */
static const char *
read_choice(const char *text, choice *out)
{
	char *end;

	out->step = (unsigned)strtoul(text, &end, 10);
	out->what = *end;
	if (end == text || (*end != '>' && *end != '='))
		return NULL;
	text = end + 1;
	out->value = (unsigned)strtoul(text, &end, 10);
	return end == text ? NULL : end;
}

bool
replay_begin(const char *text)
{
	replay.count = 0;
	replay.at = 0;
	replay.done = false;
	while (*text != '\0') {
		if (replay.count == CHOICES)
			return false;
		text = read_choice(text, &replay.choices[replay.count++]);
		if (text == NULL || (*text != ',' && *text != '\0'))
			return false;
		text += *text == ',';
	}
	return true;
}

static bool
next(void)
{
	bool first = !replay.done;

	replay.done = true;
	return first;
}

/* The choice for this step, if there is one. */
static const choice *
now(char what)
{
	const choice *c = &replay.choices[replay.at];

	if (replay.at == replay.count || c->step != world.step || c->what != what)
		return NULL;
	replay.at++;
	return c;
}

static int
actor(unsigned options, int current)
{
	const choice *c = now('>');
	unsigned awake = options;

	if (c != NULL) {
		if (c->value >= ACTORS || !(options & (1u << c->value)))
			finding("the string does not fit: %u cannot go on at step %u", c->value,
				world.step);
		return (int)c->value;
	}
	if (current >= 0)
		return current;
	/* As schedule.c has it: those asleep come last. */
	for (int i = 0; i < world.made; i++)
		if (world.threads[i].pending.kind == OP_ASLEEP)
			awake &= ~(1u << i);
	return __builtin_ctz(awake != 0 ? awake : options);
}

static unsigned
value(unsigned n)
{
	const choice *c = now('=');

	if (c != NULL && c->value >= n)
		finding("the string does not fit: there is no alternative %u at step %u", c->value,
			world.step);
	return c != NULL ? c->value : 0;
}

static void
executed(int done_by, const operation *done)
{
	(void)done_by;
	(void)done;
}

const strategy replay_strategy = {"replay", next, actor, value, executed};
