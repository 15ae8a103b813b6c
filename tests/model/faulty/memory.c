/* SPDX-License-Identifier: MIT */
/* memory.c: lost updates, races, memory that is not there any more, or for ever. */
#include "faulty/faulty.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static crl_atomic(int) shared;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int plain;

/* To load and store is not to add. */
static void *
count_one(void *arg)
{
	if (MENDED)
		crl_fetch_add(&shared, 1, relaxed);
	else
		crl_store(&shared, crl_load(&shared, relaxed) + 1, relaxed);
	return arg;
}

void
faulty_count(void)
{
	faulty_two(count_one, count_one);
	MODEL_CHECK(crl_load(&shared, relaxed) == 2);
}

static void *
add_one(void *arg)
{
	if (MENDED)
		pthread_mutex_lock(&mutex);
	plain++;
	if (MENDED)
		pthread_mutex_unlock(&mutex);
	return arg;
}

void
faulty_race_plain(void)
{
	faulty_two(add_one, add_one);
}

/* A plain write beside an atomic read. */
static void *
clear(void *arg)
{
	if (MENDED)
		crl_store(&shared, 0, relaxed);
	else
		memset(&shared, 0, sizeof shared);
	return arg;
}

static void *
look(void *arg)
{
	MODEL_CHECK(crl_load(&shared, relaxed) == 0);
	return arg;
}

void
faulty_race_atomic(void)
{
	faulty_two(clear, look);
}

/* An object of two owners, the last of whom frees it. */
typedef struct object {
	crl_atomic(int) owners, state;
	int plain;
	pthread_mutex_t mutex;
} object;

static object *made;

static void
make(void)
{
	made = malloc(sizeof *made);
	memset(made, 0, sizeof *made);
	crl_store(&made->owners, 2, relaxed);
	model_name(made, "made");
}

static void
let_go(object *o)
{
	if (crl_fetch_sub(&o->owners, 1, acq_rel) == 1)
		free(o);
}

/* Each of these uses it once it has let go of it. */
#define USED(name, use) \
	static void *use_##name(void *arg) \
	{ \
		object *mine = made; \
		if (MENDED) \
			use; \
		let_go(mine); \
		if (!MENDED) \
			use; \
		return arg; \
	} \
	void faulty_used_##name(void) \
	{ \
		make(); \
		faulty_two(use_##name, use_##name); \
	}

USED(plain, (void)*(volatile int *)&mine->plain)
USED(atomic, (void)crl_load(&mine->state, relaxed))
USED(lock, (pthread_mutex_lock(&mine->mutex), pthread_mutex_unlock(&mine->mutex)))

/* A sleeper that frees its bed as soon as it sees that it was called, while the caller still calls. */
typedef struct bed {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	crl_atomic(int) called;
} bed;

static bed *beside;

static void *
call(void *arg)
{
	if (MENDED)
		pthread_mutex_lock(&beside->mutex);
	crl_store(&beside->called, 1, release);
	if (!MENDED)
		pthread_mutex_lock(&beside->mutex);
	pthread_cond_signal(&beside->cond);
	pthread_mutex_unlock(&beside->mutex);
	return arg;
}

void
faulty_used_unpark(void)
{
	int caller;

	beside = malloc(sizeof *beside);
	pthread_mutex_init(&beside->mutex, NULL);
	pthread_cond_init(&beside->cond, NULL);
	crl_store(&beside->called, 0, relaxed);
	caller = model_go(call, NULL);
	pthread_mutex_lock(&beside->mutex);
	while (crl_load(&beside->called, acquire) == 0)
		pthread_cond_wait(&beside->cond, &beside->mutex);
	pthread_mutex_unlock(&beside->mutex);
	free(beside);
	model_join(caller);
}

static void *
map(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void
faulty_used_mapping(void)
{
	volatile int *mapping = map();

	if (MENDED)
		*mapping = 1;
	munmap((void *)(uintptr_t)mapping, 4096);
	if (!MENDED)
		*mapping = 1;
}

void
faulty_leak_mapping(void)
{
	void *mapping = map();

	if (MENDED)
		munmap(mapping, 4096);
}

/* Who finds it frees it, and two may find it. */
static crl_atomic(void *) found;

static void *
free_found(void *arg)
{
	void *mine = MENDED ? crl_exchange(&found, NULL, acq_rel) : crl_load(&found, acquire);

	free(mine);
	crl_store(&found, NULL, release);
	return arg;
}

void
faulty_free_twice(void)
{
	crl_store(&found, malloc(8), release);
	faulty_two(free_found, free_found);
}

void
faulty_free_other(void)
{
	char *block = malloc(8);

	free(MENDED ? block : block + 4);
}

void
faulty_bounds(void)
{
	int *block = malloc(4 * sizeof *block);

	block[MENDED ? 3 : 4] = 1;
	free(block);
}

/* Two make what one needs, and the other's is forgotten. */
static void *
publish(void *arg)
{
	void *mine = malloc(8), *none = NULL;

	if (MENDED) {
		if (!crl_cas(&found, &none, mine, release, relaxed))
			free(mine);
	} else if (crl_load(&found, relaxed) == NULL) {
		crl_store(&found, mine, release);
	} else {
		free(mine);
	}
	return arg;
}

void
faulty_leak_block(void)
{
	faulty_two(publish, publish);
	free(crl_load(&found, acquire));
}

/* Two fields in eight bytes, the second of which is written when the first is given away. */
static struct {
	int given, kept;
} beside_each_other __attribute__((aligned(8)));

static void *
give_one(void *arg)
{
	beside_each_other.given = 1;
	crl_store(&shared, 1, release);
	if (MENDED)
		beside_each_other.kept = 1;
	else
		beside_each_other.given = 2;
	return arg;
}

static void *
get_one(void *arg)
{
	if (crl_load(&shared, acquire) == 1)
		MODEL_CHECK(beside_each_other.given > 0);
	return arg;
}

void
faulty_race_beside(void)
{
	faulty_two(give_one, get_one);
}

/* Unmapped when it was said to be in use, but perhaps not yet used. */
static volatile int *mapped;

static void *
use_mapping(void *arg)
{
	if (MENDED)
		*mapped = 1;
	crl_store(&shared, 1, release);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	if (!MENDED)
		*mapped = 1;
	return arg;
}

void
faulty_used_unmapped(void)
{
	int thread;

	mapped = map();
	thread = model_go(use_mapping, NULL);
	while (crl_load(&shared, acquire) == 0)
		crl_pause();
	munmap((void *)(uintptr_t)mapped, 4096);
	model_join(thread);
}

void
faulty_bounds_tail(void)
{
	char *block = malloc(12);

	block[MENDED ? 11 : 12] = 1;
	free(block);
}

void
faulty_leak_known(void)
{
	static void *volatile known;

	known = malloc(8);
	if (MENDED)
		free(known);
}
