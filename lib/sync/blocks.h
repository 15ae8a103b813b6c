/* SPDX-License-Identifier: MIT */
/*
 * blocks.h: free lists of blocks of one size, that of a task: what is made and freed most often is kept for the next
 * one, and costs a few instructions instead of malloc's and free's.
 *
 * Each thread has two magazines, lists of free blocks: it takes from the loaded one and puts back there. When that is
 * empty, or full, the spare one takes its place; and when that does not help, a whole magazine is fetched from, or
 * brought to, the depot, which all threads share. So blocks that one thread makes and another frees go round.
 *
 * What is kept: two magazines for each thread, until it ends; and in the depot as many blocks as were in use at once,
 * until the last user, a worker or a loop, has left, or creel_trim(). Nothing is kept where the program brings its own
 * allocator, or has asked for that, or where a sanitizer is to see who uses what was freed: then this is malloc and free.
 *
 * Who        a thread, for its magazines: alone    the depot: any thread, under the global lock
 * Progress   get, put: a few plain loads and stores, but one call of CRL_MAGAZINE at the most locks
 * Invariants
 *   I1  A block is in one magazine, and that with one thread, or in the depot; or in use.
 *   I2  A magazine in the depot, and a spare one, is full.
 * Ordering   by the lock. Whether the depot has any is looked at without it first: a hint, relaxed.
 *
 * Rejected: a magazine of each thread without a depot: who makes tasks that others free never gets any back.
 */
#ifndef CRL_SYNC_BLOCKS_H
#define CRL_SYNC_BLOCKS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/* The size of a block, and how many make a full magazine. */
#define CRL_BLOCK (13 * sizeof(void *))
#define CRL_MAGAZINE 64u

typedef struct crl_block {
	struct crl_block *next;      /* in its magazine */
	struct crl_block *next_full; /* of the first of a magazine: in the depot */
} crl_block;

/* A thread's. Zeroed memory is one that has not been used. */
typedef struct crl_blocks {
	crl_block *loaded;
	unsigned count;   /* of the loaded ones */
	unsigned most;    /* CRL_MAGAZINE; 0: nothing is kept, or that is not decided yet */
	crl_block *spare; /* a full magazine; NULL: none */
	bool ended;       /* the thread is ending */
} crl_blocks;

extern CRL_HOT_TLS crl_blocks crl_blocks_own;

void *crl_block_get_slow(void);
void crl_block_put_slow(void *memory);

/* CRL_BLOCK bytes; NULL: no memory. */
static inline void *
crl_block_get(void)
{
	crl_block *block = crl_blocks_own.loaded;

	if (crl_unlikely(block == NULL))
		return crl_block_get_slow();
	crl_blocks_own.loaded = block->next;
	crl_blocks_own.count--;
	return block;
}

/* Not NULL. */
static inline void
crl_block_put(void *memory)
{
	crl_block *block = memory;

	if (crl_unlikely(crl_blocks_own.count >= crl_blocks_own.most)) {
		crl_block_put_slow(memory);
		return;
	}
	block->next = crl_blocks_own.loaded;
	crl_blocks_own.loaded = block;
	crl_blocks_own.count++;
}

/* A user comes, or goes. With the last one goes what the depot has. */
void crl_blocks_enter(void);
void crl_blocks_leave(void);

#endif
