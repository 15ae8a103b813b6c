/* SPDX-License-Identifier: MIT */
/*
 * chance.c: runs by chance. PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte: A randomized scheduler with
 * probabilistic guarantees of finding bugs, 2010): each actor has a priority, the highest one that is
 * enabled goes on, and at d - 1 steps, thrown before the run, the one that goes on falls below all
 * others. A bug of depth d in a run of k steps and n threads is hit with a chance of at least 1/(n k^(d-1)).
 * The random strategy throws at every choice.
 */
#include "explorer/strategies.h"
#include "explorer/world.h"

#define BIT(actor) (1u << (actor))
#define DEEPEST 16

static struct {
	uint64_t left, dice;
	unsigned depth;
	unsigned length; /* choices of actors in the longest run so far */
	unsigned choices;
	int priority[ACTORS];
	unsigned change_at[DEEPEST];
	int floor;
} chance;

void
chance_begin(uint64_t runs, unsigned depth, uint64_t seed)
{
	chance.left = runs;
	chance.depth = depth < DEEPEST ? depth : DEEPEST;
	chance.length = 50;
	chance.dice = seed * 2 + 1;
}

/* xorshift64*, Vigna 2016. */
static unsigned throw(unsigned n)
{
	chance.dice ^= chance.dice >> 12;
	chance.dice ^= chance.dice << 25;
	chance.dice ^= chance.dice >> 27;
	return (unsigned)(((chance.dice * UINT64_C(0x2545F4914F6CDD1D)) >> 32) * n >> 32);
}

static bool
next_random(void)
{
	return chance.left > 0 && chance.left-- > 0;
}

static bool
next_pct(void)
{
	if (!next_random())
		return false;
	if (chance.choices > chance.length)
		chance.length = chance.choices;
	chance.choices = 0;
	chance.floor = 0;
	for (int i = 0; i < ACTORS; i++) {
		int j = (int) throw((unsigned)i + 1);

		chance.priority[i] = chance.priority[j];
		chance.priority[j] = i + 1;
	}
	for (unsigned i = 0; i + 1 < chance.depth; i++)
		chance.change_at[i] = throw(chance.length);
	return true;
}

static int
random_actor(unsigned options, int current)
{
	unsigned n = throw((unsigned)__builtin_popcount(options));

	(void)current;
	while (n-- > 0)
		options &= options - 1;
	return __builtin_ctz(options);
}

static int
highest(unsigned options)
{
	int best = __builtin_ctz(options);

	for (; options != 0; options &= options - 1)
		if (chance.priority[__builtin_ctz(options)] > chance.priority[best])
			best = __builtin_ctz(options);
	return best;
}

static int
pct_actor(unsigned options, int current)
{
	(void)current;
	for (unsigned i = 0; i + 1 < chance.depth; i++)
		if (chance.change_at[i] == chance.choices)
			chance.priority[highest(options)] = --chance.floor;
	chance.choices++;
	return highest(options);
}

/* Surprises would be no surprises if there were one at every second opportunity. */
static unsigned
value(unsigned n)
{
	return throw(4) == 0 ? throw(n) : 0;
}

static void
executed(int actor, const operation *done)
{
	(void)actor;
	(void)done;
}

const strategy pct_strategy = {"pct", next_pct, pct_actor, value, executed};
const strategy random_strategy = {"random", next_random, random_actor, value, executed};
