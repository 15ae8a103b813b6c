/* SPDX-License-Identifier: MIT */
/* blocks.c: the slow half of blocks.h, and the depot. */
#include "sync/blocks.h"

#include "base/atomic.h"
#include "base/mem.h"
#include "sync/fork.h"
#include "sync/local.h"

#include <creel/memory.h>

CRL_HOT_TLS crl_blocks crl_blocks_own;

/* The depot: full magazines, linked by their first blocks. The global lock guards it. */
static crl_block *depot;
static size_t users;
static crl_atomic(bool) full; /* there is any: a hint */

static void
free_magazine(crl_block *block)
{
	crl_block *next;

	for (; block != NULL; block = next) {
		next = block->next;
		crl_free(block);
	}
}

/* Take all that there is. */
static crl_block *
empty_depot(void)
{
	crl_block *all = depot;

	depot = NULL;
	crl_store(&full, false, relaxed);
	return all;
}

static void
free_all(crl_block *magazines)
{
	crl_block *next;

	for (; magazines != NULL; magazines = next) {
		next = magazines->next_full;
		free_magazine(magazines);
	}
}

/* Bring a full magazine; where there is no user, nobody would fetch it. */
static void
bring(crl_block *magazine)
{
	bool kept;

	crl_global_lock();
	kept = users > 0;
	if (kept) {
		magazine->next_full = depot;
		depot = magazine;
		crl_store(&full, true, relaxed);
	}
	crl_global_unlock();
	if (!kept)
		free_magazine(magazine);
}

/* A full magazine; NULL: there is none. */
static crl_block *
fetch(void)
{
	crl_block *magazine;

	if (!crl_load(&full, relaxed))
		return NULL;
	crl_global_lock();
	magazine = depot;
	if (magazine != NULL)
		depot = magazine->next_full;
	if (depot == NULL)
		crl_store(&full, false, relaxed);
	crl_global_unlock();
	return magazine;
}

static void
let_go(crl_blocks *own)
{
	free_magazine(own->loaded);
	free_magazine(own->spare);
	own->loaded = own->spare = NULL;
	own->count = 0;
}

/* The thread ends. What its other destructors free afterwards is not kept. */
static void
end(void *blocks)
{
	crl_blocks *own = blocks;

	let_go(own);
	own->most = 0;
	own->ended = true;
}

static crl_local ending = {.end = end};

/* May the calling thread keep blocks? */
static bool
prepare(crl_blocks *own)
{
	if (crl_likely(own->most > 0))
		return true;
	if (own->ended || !crl_memory_is_reused() || !crl_local_set(&ending, own))
		return false;
	own->most = CRL_MAGAZINE;
	return true;
}

void *
crl_block_get_slow(void)
{
	crl_blocks *own = &crl_blocks_own;
	crl_block *block;

	if (!prepare(own))
		return crl_alloc(CRL_BLOCK);
	block = own->spare;
	own->spare = NULL;
	if (block == NULL && (block = fetch()) == NULL)
		return crl_alloc(CRL_BLOCK);
	own->loaded = block->next;
	own->count = CRL_MAGAZINE - 1;
	return block;
}

void
crl_block_put_slow(void *memory)
{
	crl_blocks *own = &crl_blocks_own;
	crl_block *block = memory;

	if (own->most == 0) {
		if (prepare(own))
			crl_block_put(block);
		else
			crl_free(block);
		return;
	}
	if (own->spare != NULL)
		bring(own->spare);
	own->spare = own->loaded;
	block->next = NULL;
	own->loaded = block;
	own->count = 1;
}

void
crl_blocks_enter(void)
{
	crl_global_lock();
	users++;
	crl_global_unlock();
}

void
crl_blocks_leave(void)
{
	crl_block *rest = NULL;

	crl_global_lock();
	if (--users == 0)
		rest = empty_depot();
	crl_global_unlock();
	free_all(rest);
}

void
creel_trim(void)
{
	crl_block *rest;

	crl_global_lock();
	rest = empty_depot();
	crl_global_unlock();
	free_all(rest);
	let_go(&crl_blocks_own);
}
