/* SPDX-License-Identifier: MIT */
/* counting.c: see counting.h. */
#include "support/counting.h"

#include <stdlib.h>

atomic_size_t counting_allocations, counting_frees;

static void *
counting_malloc(size_t size, void *ctx)
{
	void *memory = malloc(size);

	(void)ctx;
	if (memory != NULL)
		atomic_fetch_add(&counting_allocations, 1);
	return memory;
}

static void *
counting_realloc(void *memory, size_t size, void *ctx)
{
	(void)ctx;
	return realloc(memory, size);
}

static void
counting_free(void *memory, void *ctx)
{
	(void)ctx;
	if (memory != NULL)
		atomic_fetch_add(&counting_frees, 1);
	free(memory);
}

const creel_allocator counting_allocator = {
	.malloc = counting_malloc, .realloc = counting_realloc, .free = counting_free};

int
counting_blocks(void)
{
	return (int)(atomic_load(&counting_allocations) - atomic_load(&counting_frees));
}
