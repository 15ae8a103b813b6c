/* SPDX-License-Identifier: MIT */
/* bounded.h: pools whose queue is bounded, and full; and who waits for room there. */
#ifndef CREEL_TEST_POOL_BOUNDED_H
#define CREEL_TEST_POOL_BOUNDED_H

#include "pool/pool.h"
#include "support/gate.h"

#include <check.h>
#include <creel/creel.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

static inline creel_pool *
bounded_pool(unsigned workers, uint32_t flags, size_t limit, creel_when_full when_full)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = workers;
	options.flags = flags;
	options.queue_limit = limit;
	options.when_full = when_full;
	pool = creel_pool_create(&options);
	ck_assert_ptr_nonnull(pool);
	return pool;
}

/* Its one worker is at the gate, and nothing is queued. */
static inline creel_pool *
bounded_at_gate(gate *g, uint32_t flags, size_t limit, creel_when_full when_full)
{
	creel_pool *pool = bounded_pool(1, flags, limit, when_full);

	ck_assert_int_eq(creel_post(pool, gate_task, g), CREEL_OK);
	gate_await_arrivals(g, 1);
	return pool;
}

/* How many wait for room? */
static inline int
bounded_waiting(creel_pool *pool)
{
	int n = 0;

	crl_mutex_lock(&pool->intake);
	CRL_LIST_EACH (link, &pool->submitters)
		n++;
	crl_mutex_unlock(&pool->intake);
	return n;
}

static inline void
bounded_await_waiting(creel_pool *pool, int n)
{
	while (bounded_waiting(pool) < n)
		sched_yield();
}

/* The code of a future's error, which is let go of; 0: it has not failed. */
static inline int
bounded_code(creel_future *future)
{
	const creel_error *error = creel_future_error(future);
	const int code = error != NULL ? error->code : 0;

	creel_future_unref(future);
	return code;
}

static inline void *
bounded_nothing(void *arg)
{
	return arg;
}

/* Tasks that note who has started, in order: one worker writes. */
typedef struct bounded_order {
	char letters[64];
	int length;
} bounded_order;

extern bounded_order bounded_started;

static inline void *
bounded_letter(char letter)
{
	return (void *)(intptr_t)letter;
}

static inline void *
bounded_start(void *arg)
{
	bounded_started.letters[bounded_started.length++] = (char)(intptr_t)arg;
	return arg;
}

/* A submission to be made by another thread or task: of a post, or of many. */
typedef struct bounded_submission {
	creel_pool *pool;
	const char *letters; /* an argument for each */
	size_t n;
	creel_status status; /* what came of it */
	pthread_t thread;
} bounded_submission;

static inline void *
bounded_submit(void *arg)
{
	bounded_submission *s = arg;
	void *args[64];

	for (size_t i = 0; i < s->n; i++)
		args[i] = bounded_letter(s->letters[i]);
	s->status = s->n == 1 ? creel_post(s->pool, bounded_start, args[0])
			      : creel_submit_many(s->pool, bounded_start, args, s->n, NULL);
	return arg;
}

/* By a thread of its own, which waits then. */
static inline void
bounded_submit_elsewhere(bounded_submission *s)
{
	const int before = bounded_waiting(s->pool);

	pthread_create(&s->thread, NULL, bounded_submit, s);
	bounded_await_waiting(s->pool, before + 1);
}

#endif
