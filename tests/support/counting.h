/* SPDX-License-Identifier: MIT */
/* counting.h: malloc and free as hooks for creel_set_allocator(), which count what they give and get. */
#ifndef CREEL_TEST_SUPPORT_COUNTING_H
#define CREEL_TEST_SUPPORT_COUNTING_H

#include <creel/memory.h>
#include <stdatomic.h>
#include <stddef.h>

extern const creel_allocator counting_allocator;
extern atomic_size_t counting_allocations, counting_frees;

/* Blocks that the library holds. */
int counting_blocks(void);

#endif
