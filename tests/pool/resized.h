/* SPDX-License-Identifier: MIT */
/* resized.h: pools that are resized, and hooks that count, for the tests of that. */
#ifndef CREEL_TEST_POOL_RESIZED_H
#define CREEL_TEST_POOL_RESIZED_H

#include "support/gate.h"
#include "support/threads.h"
#include "task/turns.h"

enum { MOST = 4 };

typedef struct hooked {
	atomic_int inits, finis, wrong;
	atomic_int threads[MOST]; /* of this index that have begun and not ended */
} hooked;

static inline int
count_init(unsigned index, void **local, void *arg)
{
	hooked *h = arg;

	if (*local != NULL || atomic_fetch_add(&h->threads[index], 1) != 0)
		atomic_fetch_add(&h->wrong, 1);
	*local = &h->threads[index];
	atomic_fetch_add(&h->inits, 1);
	return 0;
}

static inline void
count_fini(unsigned index, void *local, void *arg)
{
	hooked *h = arg;

	if (local != &h->threads[index] || atomic_fetch_sub(&h->threads[index], 1) != 1)
		atomic_fetch_add(&h->wrong, 1);
	atomic_fetch_add(&h->finis, 1);
}

static inline creel_pool *
pool_for(unsigned workers, unsigned max_workers, uint32_t flags, hooked *h)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = workers;
	options.max_workers = max_workers;
	options.flags = flags;
	if (h != NULL) {
		options.worker_init = count_init;
		options.worker_fini = count_fini;
		options.worker_arg = h;
	}
	pool = creel_pool_create(&options);
	ck_assert_ptr_nonnull(pool);
	return pool;
}

static inline void
resize(creel_pool *pool, unsigned workers)
{
	ck_assert_int_eq(creel_pool_resize(pool, workers), CREEL_OK);
	ck_assert_uint_eq(creel_pool_size(pool), workers);
}

/* So many tasks at once need so many workers. */
static inline void
expect_at_work(creel_pool *pool, int workers)
{
	gate busy = GATE_INIT;
	creel_future *tasks[MOST + 1];

	for (int i = 0; i < workers; i++)
		tasks[i] = creel_submit(pool, gate_task, &busy);
	gate_await_arrivals(&busy, workers);
	tasks[workers] = creel_submit(pool, same, NULL);
	for (int i = 0; i < 20; i++) /* time in which one too many would begin */
		sched_yield();
	ck_assert(!creel_future_done(tasks[workers]));
	gate_open(&busy);
	for (int i = 0; i <= workers; i++)
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
}

typedef struct resizer {
	creel_pool *pool;
	atomic_int stop, done;
	int turn;
} resizer;

static inline void *
count_one(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return NULL;
}

static inline void *
count_after_a_sleep(void *arg)
{
	creel_sleep(1000);
	return count_one(arg);
}

#endif
