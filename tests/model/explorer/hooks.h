/* SPDX-License-Identifier: MIT */
/*
 * hooks.h: what the checked code calls instead of the machine. shadow/stdatomic.h turns each atomic
 * access into one of these; calls of the C library are turned by the linker (--wrap), and plain
 * accesses by the compiler, which believes that it instruments them for ThreadSanitizer.
 */
#ifndef MODEL_HOOKS_H
#define MODEL_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

/* A place in the checked code that accesses an atomic. All of them are in the section model_sites. */
typedef struct model_site {
	const char *file;
	const char *what; /* the expression */
	int line;
	uint8_t order, failure;            /* memory_order; of a failed compare and swap */
} __attribute__((aligned(32))) model_site; /* so that the section is an array of them */

enum { MODEL_XCHG, MODEL_ADD, MODEL_SUB, MODEL_OR, MODEL_AND };

uint64_t model_load(const volatile void *p, unsigned size, const model_site *site);
void model_store(volatile void *p, unsigned size, uint64_t value, const model_site *site);
uint64_t model_rmw(
	volatile void *p, unsigned size, int what, uint64_t operand, const model_site *site);
bool model_cas(volatile void *p, unsigned size, void *expected, uint64_t desired, bool weak,
	const model_site *site);

/* The caller spins: let it go on when something that it has looked at has changed. */
void model_spin(void);

#endif
