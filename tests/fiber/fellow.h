/* SPDX-License-Identifier: MIT */
/* fellow.h: fibers for tests, which go forth and back between themselves and the root. */
#ifndef TESTS_FIBER_FELLOW_H
#define TESTS_FIBER_FELLOW_H

#include "fiber/fiber.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FELLOW_STACK ((size_t)64 << 10)
#define FELLOW_GUARD ((size_t)16 << 10)

/* A fiber, at the upper end of its stack, and what it is to do. */
typedef struct fellow {
	crl_fiber fiber;
	void (*step)(struct fellow *);
	uint64_t seed;
	uint64_t result;
	size_t depth;
	bool done;
} fellow;

extern crl_stacks cache;
extern crl_fiber root;

/* A checked fixture. */
void setup(void);
void teardown(void);

/* A fiber that will do step() when it is resumed; then it is done, and only goes back. */
fellow *start(void (*step)(fellow *), uint64_t seed);

/* From the root to the fiber, and from the fiber to the root. */
void resume(fellow *worker);
void back(fellow *self);

/* The fiber is not resumed again. */
void finish(fellow *worker);

#endif
