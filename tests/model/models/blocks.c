/* SPDX-License-Identifier: MIT */
/* blocks.c: free lists: magazines go through the depot, while the last user leaves. One that is not
 * given back is missed in the end, and one that two have is a race. */
#include "base/mem.h"
#include "models/models.h"
#include "sync/blocks.h"

#include <creel/memory.h>
#include <stdlib.h>

/* So that one magazine is brought to the depot. */
enum { MANY = 2 * CRL_MAGAZINE + 1 };

/* Blocks that are in use or kept. */
static crl_atomic(int) alive;

static void *
count_alloc(size_t size, void *ctx)
{
	(void)ctx;
	crl_fetch_add(&alive, 1, relaxed);
	return malloc(size);
}

static void *
never(void *memory, size_t size, void *ctx)
{
	(void)memory, (void)size;
	return ctx;
}

static void
count_free(void *memory, void *ctx)
{
	(void)ctx;
	crl_fetch_sub(&alive, 1, relaxed);
	free(memory);
}

static void
count_and_keep(void)
{
	static const creel_allocator counting = {
		.malloc = count_alloc, .realloc = never, .free = count_free};

	MODEL_CHECK(creel_set_allocator(&counting) == CREEL_OK);
	MODEL_CHECK(creel_set_reuse(true) == CREEL_OK);
}

typedef struct block {
	char bytes[CRL_BLOCK];
} block;

/* Made before there are other threads. */
static void *made[MANY];

static void
make_many(void)
{
	for (int i = 0; i < MANY; i++) {
		made[i] = crl_block_get();
		((block *)made[i])->bytes[0] = 1;
	}
}

static void *
bring(void *arg)
{
	for (int i = 0; i < MANY; i++)
		crl_block_put(made[i]);
	return arg;
}

static void *
fetch(void *arg)
{
	block *one = crl_block_get(), *two = crl_block_get();

	MODEL_CHECK(one != two);
	one->bytes[0] = two->bytes[0] = 2;
	crl_block_put(one);
	crl_block_put(two);
	return arg;
}

/* One brings a magazine; two fetch. */
void
model_blocks_round(void)
{
	int threads[3];

	count_and_keep();
	crl_blocks_enter();
	make_many();
	threads[0] = model_go(bring, NULL);
	for (int i = 1; i < 3; i++)
		threads[i] = model_go(fetch, NULL);
	for (int i = 0; i < 3; i++)
		model_join(threads[i]);
	crl_blocks_leave();
	MODEL_CHECK(crl_load(&alive, relaxed) == 0);
}

static void *
leave(void *arg)
{
	crl_blocks_leave();
	return arg;
}

/* One brings a magazine, another is the last user, and trims come between. */
void
model_blocks_leave(void)
{
	int threads[2];

	count_and_keep();
	crl_blocks_enter();
	make_many();
	threads[0] = model_go(bring, NULL);
	threads[1] = model_go(leave, NULL);
	creel_trim();
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(crl_load(&alive, relaxed) == 0);
}
