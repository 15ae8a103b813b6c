/* SPDX-License-Identifier: MIT */
/* strategies.h: the strategies, and what they are told before the first run. */
#ifndef MODEL_STRATEGIES_H
#define MODEL_STRATEGIES_H

#include <stdbool.h>
#include <stdint.h>

struct strategy;

extern const struct strategy dfs_strategy, pct_strategy, random_strategy, replay_strategy;

/* Begin anew. */
void dfs_restart(void);

/* How many runs; how many changes of priority there are in each; where the dice begin. */
void chance_begin(uint64_t runs, unsigned depth, uint64_t seed);

/* Repeat the choices of a string (report.c); false: it is not one. */
bool replay_begin(const char *choices);

#endif
