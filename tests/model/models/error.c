/* SPDX-License-Identifier: MIT */
/* error.c: errors for which no memory is left. */
#include "models/models.h"

#include <creel/creel.h>
#include <stdlib.h>

static bool starved;
static creel_future *promises[3];

static void *
alloc(size_t size, void *ctx)
{
	(void)ctx;
	return starved ? NULL : malloc(size);
}

static void *
resize(void *memory, size_t size, void *ctx)
{
	(void)ctx;
	return starved ? NULL : realloc(memory, size);
}

static void
release(void *memory, void *ctx)
{
	(void)ctx;
	free(memory);
}

static void *
fail(void *arg)
{
	creel_future *promise = arg;

	MODEL_CHECK(creel_future_set_error(promise, 5, "five") == CREEL_OK);
	MODEL_CHECK(creel_future_error(promise)->code == 5);
	creel_future_unref(promise);
	return NULL;
}

/* Three errors out of the reserve, which each gives back. */
void
model_error(void)
{
	int threads[2];

	creel_set_allocator(
		&(creel_allocator){.malloc = alloc, .realloc = resize, .free = release});
	for (int i = 0; i < 3; i++)
		promises[i] = creel_future_create();
	starved = true;
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(fail, promises[i]);
	fail(promises[2]);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
}
