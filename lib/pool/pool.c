/* SPDX-License-Identifier: MIT */
/* pool.c: a pool's life: options, places for workers, the end. */
#include "pool/pool.h"

#include "base/atomic.h"
#include "base/attr.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/process.h"
#include "runner/policy.h"
#include "runner/watch.h"
#include "sync/spin.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_STACK ((size_t)1 << 20)
#define DEFAULT_GUARD ((size_t)64 << 10)

static unsigned
default_workers(const creel_pool_options *options)
{
	const unsigned n = options->n_cpus > 0 ? (unsigned)options->n_cpus : crl_thread_cpus();

	return options->max_workers > 0 && options->max_workers < n ? (unsigned)options->max_workers
								    : n;
}

/* Fill in the defaults; NULL, or what is wrong. */
static const char *
check_options(creel_pool_options *to, const creel_pool_options *from)
{
	if (!crl_options_read(to, sizeof *to, from))
		return "the options are of a newer creel, or have no size";
	if (to->flags & ~(CREEL_POOL_FIFO | CREEL_POOL_MEASURE))
		return "unknown flags";
	if (to->workers > CREEL_POOL_MAX_WORKERS || to->max_workers > CREEL_POOL_MAX_WORKERS)
		return "too many workers";
	if (to->stack_size != 0 &&
		(to->stack_size < CREEL_STACK_MIN || to->stack_size > CREEL_STACK_MAX))
		return "the stack size is out of range";
	if (to->guard_size > CREEL_STACK_MAX)
		return "the guard size is out of range";
	if (to->n_cpus > CREEL_POOL_MAX_WORKERS || (to->n_cpus > 0 && to->cpus == NULL))
		return "the processors are not there, or too many";
	for (size_t i = 0; i < to->n_cpus; i++)
		if (to->cpus[i] < 0)
			return "there is no such processor";
	if (to->when_full > CREEL_FULL_CALLER_RUNS)
		return "when_full is not known";
	if (to->workers == 0)
		to->workers = default_workers(to);
	if (to->max_workers == 0)
		to->max_workers = to->workers;
	if (to->max_workers < to->workers)
		return "max_workers is less than workers";
	if (to->stack_size == 0)
		to->stack_size = DEFAULT_STACK;
	if (to->guard_size == 0)
		to->guard_size = DEFAULT_GUARD;
	if (to->max_started == 0)
		to->max_started = SIZE_MAX;
	if (to->queue_limit == 0)
		to->queue_limit = SIZE_MAX;
	if (to->name == NULL)
		to->name = "creel";
	return NULL;
}

static crl_stable_cache cache;

static void
init_pool(void *memory)
{
	creel_pool *pool = memory;

	crl_mutex_init(&pool->resizing, CRL_RANK_RESIZING);
	crl_mutex_init(&pool->lock, CRL_RANK_POOL);
	crl_mutex_init(&pool->intake, CRL_RANK_INTAKE);
	crl_list_init(&pool->idle);
	crl_list_init(&pool->waiters);
	crl_list_init(&pool->submitters);
}

void
crl_pool_ref(creel_pool *pool)
{
	crl_fetch_add(&pool->refs, 1, relaxed); /* from a reference that exists */
}

void
crl_pool_unref(creel_pool *pool)
{
	if (crl_fetch_sub(&pool->refs, 1, acq_rel) == 1) /* [P3] */
		crl_stable_put(&cache, pool);
}

void
crl_pool_free(creel_pool *pool)
{
	for (unsigned i = 0; i < pool->room; i++)
		if (pool->workers[i].runner != NULL)
			crl_runner_put(pool->workers[i].runner);
	crl_free_line(pool->workers);
	crl_pool_unref(pool);
}

/* Its runners; false: no memory for some. */
static bool
make_workers(creel_pool *pool, const creel_pool_options *options)
{
	const bool may_spin = CRL_SPINNING_PAYS && options->n_cpus != 1;

	for (unsigned i = 0; i < pool->room; i++) {
		crl_worker *worker = &pool->workers[i];

		worker->pool = pool;
		worker->cpu =
			options->n_cpus > 0 ? options->cpus[i % options->n_cpus] : CRL_ANY_CPU;
		worker->good = true;
		worker->random = i + 1;
		worker->spins = 1;
		worker->forked = (crl_job){
			&crl_pool_forked_ops, {.kind = CRL_LETTER_JOB, .flags = CRL_JOB_FORKED}};
		worker->runner =
			crl_runner_get(&pool->source, i, options->stack_size, options->guard_size);
		if (worker->runner == NULL)
			return false;
		worker->runner->frames = &worker->frames;
		worker->runner->counts = &worker->counts.runner;
		worker->frames.thieves = pool->room > 1;
		worker->runner->may_spin = may_spin;
	}
	return true;
}

/* Before any thread starts: who works at once is listed as idle, who has an init is out. */
static void
list_workers(creel_pool *pool, unsigned size)
{
	const bool out = pool->hooks.init != NULL;

	crl_mutex_lock(&pool->lock);
	for (unsigned i = 0; i < size; i++) {
		crl_worker *worker = &pool->workers[i];

		worker->present = true;
		worker->out = out;
		worker->runner->idle_listed = true;
		if (!out)
			crl_list_push_back(&pool->idle, &worker->runner->idle);
	}
	pool->living = size;
	pool->out = out ? size : 0;
	crl_store(&pool->size, size, relaxed); /* not shared yet */
	crl_store(&pool->reach, size, relaxed);
	crl_store(&pool->sleep, size - pool->out, relaxed);
	crl_mutex_unlock(&pool->lock);
}

/* A pool without workers; NULL: no memory. */
static creel_pool *
get_pool(const creel_pool_options *options)
{
	creel_pool *pool = crl_stable_get(&cache, sizeof *pool, init_pool);
	size_t size;

	if (pool == NULL)
		return NULL;
	pool->workers = crl_size_of(&size, 0, options->max_workers, sizeof pool->workers[0])
				? crl_zalloc_line(size)
				: NULL;
	if (pool->workers == NULL) {
		crl_stable_put(&cache, pool);
		return NULL;
	}
	return pool;
}

/* Empty and open. */
static void
init_inbox(creel_pool *pool, const creel_pool_options *options)
{
	pool->max_started = options->max_started;
	pool->queue_limit = options->queue_limit;
	pool->when_full = (creel_when_full)options->when_full;
	crl_mailbox_init(&pool->mail);
	crl_store(&pool->backlog, 0, relaxed); /* not shared yet */
	crl_store(&pool->prior, 0, relaxed);
	pool->turned.count = pool->turned.depth = 0;
	for (int i = 0; i < CRL_LEVELS; i++)
		pool->inbox[i] = (crl_level){0};
	pool->spill = (crl_letters){NULL, NULL, 0};
	pool->started = pool->queued = 0;
	crl_store(&pool->own_in_order, false, relaxed);
	pool->taken_out = pool->collected = 0;
	pool->counted_mail = NULL;
	pool->mail_count = 0;
	pool->prioritized = false;
	pool->accepting = true;
	if (pool->queue_limit != SIZE_MAX)
		crl_mailbox_close(&pool->mail);
}

/* Nobody knows a pool from the cache, but whoever put a job in may still look at `sleep`. */
static creel_pool *
make_pool(const creel_pool_options *options)
{
	creel_pool *pool = get_pool(options);

	if (pool == NULL)
		return NULL;
	pool->source = (crl_source){crl_runner_choose, crl_pool_next, crl_pool_finished,
		crl_pool_busy, crl_pool_shared};
	pool->generation = crl_generation();
	pool->room = (unsigned)options->max_workers;
	pool->fifo = options->flags & CREEL_POOL_FIFO;
	pool->measure = options->flags & CREEL_POOL_MEASURE;
	if (pool->measure)
		crl_watch_times();
	snprintf(pool->name, sizeof pool->name, "%s", options->name);
	pool->hooks = (crl_hooks){options->worker_init, options->worker_fini, options->worker_arg};
	crl_store(&pool->refs, 1, relaxed); /* not shared yet */
	crl_store(&pool->phase, CRL_POOL_OPEN, relaxed);
	init_inbox(pool, options);
	pool->unfinished = 0;
	crl_store(&pool->dropped_failed, 0, relaxed);
	crl_store(&pool->dropped_cancelled, 0, relaxed);
	crl_store(&pool->in_caller, 0, relaxed);
	pool->orphan = false;
	pool->broken = false;
	if (!make_workers(pool, options)) {
		crl_pool_free(pool);
		return NULL;
	}
	list_workers(pool, options->workers);
	return pool;
}

/* Start the workers; 0, or why the next did not start. */
static int
start_workers(creel_pool *pool)
{
	int error = 0;

	for (unsigned i = 0; i < crl_pool_size_of(pool) && error == 0; i++)
		error = crl_pool_start_worker(&pool->workers[i]);
	return error;
}

/* Some have not been started: the others end, and the pool. */
static void
undo(creel_pool *pool)
{
	crl_pool_begin_shutdown(pool, CRL_POOL_DRAINING);
	for (unsigned i = 0; i < crl_pool_size_of(pool); i++)
		if (!pool->workers[i].joinable)
			crl_pool_busy(&pool->source, pool->workers[i].runner);
	crl_pool_join_workers(pool);
	crl_pool_free(pool);
}

creel_pool *
creel_pool_create(const creel_pool_options *opts)
{
	creel_pool_options options;
	const char *wrong = check_options(&options, opts);
	creel_pool *pool;
	int error;

	if (wrong != NULL) {
		crl_report(CREEL_EINVAL, wrong);
		return NULL;
	}
	if ((pool = make_pool(&options)) == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a pool");
		return NULL;
	}
	crl_runner_name_overflows();
	if ((error = start_workers(pool)) != 0) {
		undo(pool);
		crl_reportf(CREEL_ESYS, "a worker could not be started: %s", strerror(error));
		return NULL;
	}
	return pool;
}

/* A worker destroys its own pool: it cannot wait for itself. */
static void
abandon(creel_pool *pool)
{
	crl_pool_begin_shutdown(pool, CRL_POOL_DRAINING);
	crl_pool_detach_workers(pool);
	crl_mutex_lock(&pool->lock);
	pool->orphan = true;
	crl_mutex_unlock(&pool->lock);
}

void
creel_pool_destroy(creel_pool *pool)
{
	if (pool == NULL)
		return;
	if (crl_pool_inherited(pool)) {
		crl_free_line(pool->workers);
		return;
	}
	if (crl_pool_is_own(pool)) {
		abandon(pool);
		return;
	}
	/* Suspend rather than block, where the caller may; what is left to join then ends at once. */
	crl_pool_begin_shutdown(pool, CRL_POOL_DRAINING);
	crl_pool_wait_closed(pool);
	crl_pool_join_workers(pool);
	crl_pool_free(pool);
}

size_t
creel_pool_size(const creel_pool *pool)
{
	return pool != NULL ? crl_pool_size_of(pool) : 0;
}

int
creel_worker_index(void)
{
	return creel_current_pool() != NULL ? (int)crl_runner_self()->index : -1;
}

creel_pool *
creel_current_pool(void)
{
	crl_runner *runner = crl_runner_self();

	if (runner == NULL || runner->source->next != crl_pool_next) /* nobody's, or no pool's */
		return NULL;
	return CRL_CONTAINER_OF(runner->source, creel_pool, source);
}
