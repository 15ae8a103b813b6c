/* SPDX-License-Identifier: MIT */
/*
 * threads.c: the workers' threads: they start, leave, and are joined or detached.
 *
 *     absent ──start──► present: begin_work, the runner's loop, end_work ──leave──► absent
 *                          ▲                                             │
 *                          └───── the pool has grown again meanwhile ────┘
 *
 * A worker's thread leaves when the pool is closed, or when the worker is beyond the pool's size and has nothing left
 * (resize.c). Its place stays, and so does its runner, until the pool ends: others may still know it.
 *
 * Who        `present` and the counts are changed with the lock held. A thread's id is its starter's, who has
 *            `resizing`, or, before and after the pool's life, its only owner.
 *            A place's last thread is joined when the pool is destroyed. One whose place is to have another is
 *            detached, since the program's thread-specific destructors, which may still run there, could wait for
 *            whoever joins it.
 * Last access  by a worker that leaves: unlock of the lock; by the last of an orphan, crl_pool_free().
 */
#include "pool/pool.h"

#include "sync/thread.h"

#include <stdio.h>

/* A worker's last step in the pool; false: it is wanted again, and stays. */
static bool
leave(creel_pool *pool, crl_worker *worker)
{
	const bool beyond = worker->runner->leaving;
	bool leaves, last;

	if (beyond)
		crl_runner_rest(worker->runner);
	else if (!worker->out) /* nobody is to know it any more */
		crl_pool_busy(&pool->source, worker->runner);
	crl_mutex_lock(&pool->lock);
	leaves = !beyond || crl_pool_is_beyond(pool, worker->runner) ||
		 crl_pool_phase_of(pool) == CRL_POOL_CLOSED;
	if (leaves) {
		pool->out -= worker->out;
		pool->living--;
		worker->present = false;
	}
	last = pool->living == 0 && pool->orphan;
	crl_mutex_unlock(&pool->lock);
	if (last)
		crl_pool_free(pool);
	return leaves;
}

static void *
worker_main(void *arg)
{
	crl_worker *worker = arg;
	creel_pool *pool = worker->pool;
	const unsigned generation = pool->generation;
	char name[32];

	snprintf(name, sizeof name, "%s-%u", pool->name, worker->runner->index);
	crl_thread_name_self(name);
	do {
		crl_pool_begin_work(worker);
		crl_runner_run(worker->runner);
		/* The child of a task that forked may have freed the pool. */
		if (generation != crl_generation())
			return NULL;
		crl_pool_end_work(worker);
	} while (!leave(pool, worker));
	return NULL;
}

int
crl_pool_start_worker(crl_worker *worker)
{
	int error;

	if (worker->joinable) /* it has left: what may take time is not ours, but its program's */
		crl_thread_detach(&worker->thread);
	error = crl_thread_start_on(&worker->thread, worker->cpu, worker_main, worker);
	worker->joinable = error == 0;
	return error;
}

void
crl_pool_join_workers(creel_pool *pool)
{
	for (unsigned i = 0; i < pool->room; i++)
		if (pool->workers[i].joinable)
			crl_thread_join(&pool->workers[i].thread);
}

void
crl_pool_detach_workers(creel_pool *pool)
{
	crl_mutex_lock(&pool->resizing);
	for (unsigned i = 0; i < pool->room; i++) {
		if (pool->workers[i].joinable)
			crl_thread_detach(&pool->workers[i].thread);
		pool->workers[i].joinable = false;
	}
	crl_mutex_unlock(&pool->resizing);
}
