/* SPDX-License-Identifier: MIT */
/*
 * posters.h: eight threads that post to one loop, at the same time, each until it has posted as many as
 * it wants or is refused. Each post says who made it and the how-manieth it was, so that the loop sees
 * whether any is missing, comes twice or out of order.
 *
 *     gate start = GATE_INIT;
 *     posters_start(loop, &start, wanted);
 *     ...
 *     posters_join();      then posters[i] has what became of it
 */
#ifndef CREEL_TEST_LOOP_POSTERS_H
#define CREEL_TEST_LOOP_POSTERS_H

#include "support/gate.h"

#include <creel/loop.h>

#include <pthread.h>

enum { POSTERS = 8 };

typedef struct poster {
	creel_loop *loop;
	pthread_t thread;
	gate *start;
	int wanted, accepted; /* its own */
	int called;           /* the loop's */
	bool in_order;
	creel_status refusal;
} poster;

static poster posters[POSTERS];

/* The argument is who posted it, and the how-manieth it was. */
static inline void
poster_receive(void *arg)
{
	const uintptr_t number = (uintptr_t)arg;
	poster *p = &posters[number % POSTERS];

	p->in_order = p->in_order && (uintptr_t)p->called == number / POSTERS;
	p->called++;
}

static inline void *
poster_main(void *arg)
{
	poster *p = arg;
	const uintptr_t me = (uintptr_t)(p - posters);

	gate_pass(p->start);
	for (uintptr_t i = 0; i < (uintptr_t)p->wanted; i++) {
		p->refusal = creel_call_soon_threadsafe(
			p->loop, poster_receive, (void *)(i * POSTERS + me), NULL);
		if (p->refusal != CREEL_OK)
			break;
		p->accepted++;
	}
	return NULL;
}

/* False: a thread could not be had. */
static inline bool
posters_start(creel_loop *loop, gate *start, int wanted)
{
	for (int i = 0; i < POSTERS; i++) {
		posters[i] =
			(poster){.loop = loop, .start = start, .wanted = wanted, .in_order = true};
		if (pthread_create(&posters[i].thread, NULL, poster_main, &posters[i]) != 0)
			return false;
	}
	gate_await_arrivals(start, POSTERS);
	gate_open(start);
	return true;
}

static inline void
posters_join(void)
{
	for (int i = 0; i < POSTERS; i++)
		pthread_join(posters[i].thread, NULL);
}

#endif
