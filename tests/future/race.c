/* SPDX-License-Identifier: MIT */
/* race.c: see race.h. */
#include "future/race.h"

#include "sync/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define PATIENCE 1000 /* looks at the others before going on without them */

typedef struct course {
	race_fn *fn;
	char *items;
	size_t size;
	size_t count;
	int contenders;
	int together; /* as many as can run at a time */
	struct {
		_Alignas(64) atomic_size_t at; /* relaxed: a meeting must not order the race */
	} reached[RACE_CONTENDERS];
} course;

typedef struct contender {
	course *course;
	int who;
} contender;

static void
pause_for(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		;
}

static bool
enough_are_there(course *c, size_t stage)
{
	int there = 0;

	for (int i = 0; i < c->contenders; i++)
		there += atomic_load_explicit(&c->reached[i].at, memory_order_relaxed) >= stage;
	return there >= c->together;
}

static void
meet(course *c, int who, size_t stage)
{
	atomic_store_explicit(&c->reached[who].at, stage, memory_order_relaxed);
	for (int i = 0; i < PATIENCE && !enough_are_there(c, stage); i++)
		pause_for(4);
	/* Now one is first, now another, by a little. */
	pause_for((unsigned)(stage * (size_t)(who * 2 + 3) % 127));
}

static void *
run(void *arg)
{
	contender *me = arg;
	course *c = me->course;

	for (size_t i = 0; i < c->count; i++) {
		meet(c, me->who, i + 1);
		c->fn(c->items + i * c->size, me->who);
	}
	return NULL;
}

void
race(int contenders, race_fn *fn, void *items, size_t size, size_t count)
{
	const int processors = (int)crl_thread_cpus();
	course c = {.fn = fn,
		.items = items,
		.size = size,
		.count = count,
		.contenders = contenders,
		.together = contenders < processors ? contenders : processors};
	contender all[RACE_CONTENDERS];
	pthread_t threads[RACE_CONTENDERS];

	for (int i = 0; i < contenders; i++)
		all[i] = (contender){&c, i};
	for (int i = 1; i < contenders; i++)
		if (pthread_create(&threads[i], NULL, run, &all[i]) != 0)
			abort();
	run(&all[0]);
	for (int i = 1; i < contenders; i++)
		pthread_join(threads[i], NULL);
}
