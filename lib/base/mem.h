/* SPDX-License-Identifier: MIT */
/*
 * mem.h: the one place that allocates, through the program's hooks if it set any.
 *
 * Every function answers NULL when there is no memory, or when a size does not fit; nothing aborts.
 */
#ifndef CRL_BASE_MEM_H
#define CRL_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *crl_alloc(size_t size);

/* Zeroed. */
void *crl_zalloc(size_t size);

/* For something that is written by a thread of its own: zeroed, and starts on a cache line. To be
 * freed with crl_free_line(). */
void *crl_zalloc_line(size_t size);
void crl_free_line(void *memory);

void crl_free(void *memory);

/* May memory be kept for what comes next, instead of being freed? sync/blocks.h asks. */
bool crl_memory_is_reused(void);

/* header + n * each, or false if that overflows. */
bool crl_size_of(size_t *size, size_t header, size_t n, size_t each);

#endif
