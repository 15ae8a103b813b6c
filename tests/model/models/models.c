/* SPDX-License-Identifier: MIT */
/* models.c: the list of the models. */
#include "models/models.h"
#include "models/thieves.h"

#define ENTRY(id, function, what, preemptions, failing) \
	{.name = id, \
		.text = what, \
		.run = model_##function, \
		.bound = preemptions, \
		.surprises = 1, \
		.failing_alloc = failing},
#define LITMUS(id, what, sc, tso, views) \
	{ \
		.name = "litmus." #id, .text = what, .run = model_##id, .bound = 99, \
		.surprises = 99, .outcomes = { \
			sc, \
			tso, \
			views \
		} \
	}

#define DEQUE(id, what, most, variant, size, start, script, thieves, steals, ...) \
	{.name = "deque." #id, \
		.text = what, \
		.run = model_deque_##id, \
		.bound = most, \
		.surprises = 2, \
		__VA_ARGS__},

__attribute__((visibility("default"))) const model model_list[] = {
	LITMUS(sb_relaxed, "both threads miss the other's store", 0xe, 0xf, 0xf),
	LITMUS(sb_seq_cst, "one of them sees it", 0xe, 0xe, 0xe),
	LITMUS(sb_membarrier, "one has a barrier put up for both", 0xe, 0xe, 0xe),
	LITMUS(mp_relaxed, "a flag overtakes the message", 0xd, 0xd, 0xf),
	LITMUS(mp_release, "a flag does not overtake the message", 0x18, 0x18, 0x18),
	LITMUS(corr, "reads of one location do not go back", 0x1d9, 0x1d9, 0x1d9),
	LITMUS(iriw_acquire, "two readers disagree", 0xffdf, 0xffdf, 0xffff),
	LITMUS(iriw_seq_cst, "two readers agree", 0xffdf, 0xffdf, 0xffdf),
	LITMUS(release_sequence, "a read-modify-write passes on what was released", 0x9, 0x9, 0x9),
	MODELS(ENTRY) THIEVES_GAMES(DEQUE){.name = NULL},
};
