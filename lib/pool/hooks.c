/* SPDX-License-Identifier: MIT */
/*
 * hooks.c: what the program does at the beginning and the end of each worker.
 *
 * A worker that has an init is *out* until that has ended: it is not listed as idle, so that nobody counts on it
 * for a job. If the init fails it stays out, and waits, without taking jobs, to be told to stop.
 */
#include "base/context.h"
#include "pool/pool.h"

/* False: the worker cannot work. The hook may be code that must not suspend. */
static bool
begin(const crl_hooks *hooks, crl_worker *worker)
{
	crl_inhibition inhibition = crl_inhibit();
	const bool good = hooks->init(worker->runner->index, &worker->local, hooks->arg) == 0;

	crl_inhibit_end(inhibition);
	return good;
}

static void
end(const crl_hooks *hooks, const crl_worker *worker)
{
	crl_inhibition inhibition = crl_inhibit();

	hooks->fini(worker->runner->index, worker->local, hooks->arg);
	crl_inhibit_end(inhibition);
}

void
crl_pool_come_in(crl_worker *worker)
{
	creel_pool *pool = worker->pool;

	worker->out = false;
	worker->runner->idle_listed = true;
	crl_mutex_lock(&pool->lock);
	pool->out--;
	crl_pool_list_idle(pool, worker);
	crl_mutex_unlock(&pool->lock);
}

void
crl_pool_begin_work(crl_worker *worker)
{
	creel_pool *pool = worker->pool;

	if (!worker->out)
		return;
	worker->good = pool->hooks.init == NULL || begin(&pool->hooks, worker);
	if (worker->good)
		crl_pool_come_in(worker);
	else
		crl_pool_break(pool);
}

void
crl_pool_end_work(crl_worker *worker)
{
	const creel_pool *pool = worker->pool;

	if (worker->good && pool->hooks.fini != NULL)
		end(&pool->hooks, worker);
	worker->local = NULL;
}

void *
creel_worker_local(void)
{
	creel_pool *pool = creel_current_pool();

	return pool != NULL ? crl_pool_worker(pool, crl_runner_self())->local : NULL;
}
