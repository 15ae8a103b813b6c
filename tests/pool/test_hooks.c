/* SPDX-License-Identifier: MIT */
/* test_hooks.c: what the program does at the beginning and end of a worker; broken pools; processors. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

/* What the hooks of one pool do, and have done. */
typedef struct hooked {
	gate *passes;   /* init passes here; NULL: nowhere */
	int fails_from; /* init fails from this worker on */
	atomic_int inits, finis, wrong;
	pthread_t threads[4];
} hooked;

static int
count_init(unsigned index, void **local, void *arg)
{
	hooked *h = arg;

	if (h->passes != NULL)
		gate_pass(h->passes);
	if (*local != NULL || creel_current_pool() != NULL || creel_sleep(0) != CREEL_EDEADLK)
		atomic_fetch_add(&h->wrong, 1);
	h->threads[index] = pthread_self();
	*local = &h->threads[index];
	atomic_fetch_add(&h->inits, 1);
	return (int)index >= h->fails_from ? EACCES : 0;
}

static void
count_fini(unsigned index, void *local, void *arg)
{
	hooked *h = arg;

	if (local != &h->threads[index] || !pthread_equal(h->threads[index], pthread_self()) ||
		creel_sleep(0) != CREEL_EDEADLK)
		atomic_fetch_add(&h->wrong, 1);
	atomic_fetch_add(&h->finis, 1);
}

static creel_pool *
pool_hooked(unsigned workers, hooked *h)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = workers;
	options.worker_init = count_init;
	options.worker_fini = count_fini;
	options.worker_arg = h;
	return creel_pool_create(&options);
}

/* A task: is its worker's init over, and the local what that has left? */
static void *
look_at_local(void *arg)
{
	hooked *h = arg;
	pthread_t *local = creel_worker_local();

	return pointer_of(local == &h->threads[creel_worker_index()] &&
			  pthread_equal(*local, pthread_self()));
}

/* 3.2 "initializer (ok)": every worker ran it before its first job
   1.15 "initializer": once per worker, on its thread; and fini after its last job */
START_TEST(initializer)
{
	hooked h = {.fails_from = 4};
	creel_pool *pool = pool_hooked(3, &h);
	creel_future *tasks[60];

	for (int i = 0; i < 60; i++)
		tasks[i] = creel_submit(pool, look_at_local, &h);
	for (int i = 0; i < 60; i++)
		ck_assert_int_eq(take_number(tasks[i]), true);
	ck_assert_ptr_null(creel_worker_local());
	ck_assert_int_eq(atomic_load(&h.finis), 0);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&h.inits), 3);
	ck_assert_int_eq(atomic_load(&h.finis), 3);
	ck_assert_int_eq(atomic_load(&h.wrong), 0);
}
END_TEST

static void
drop_one(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

/* 3.2 "initializer (failing)": the future gets EBROKEN, then submit is always refused with it
   1.15 "broken detection timing": what was submitted before fails, too */
START_TEST(failing_initializer)
{
	static const creel_task_options dropping = {.size = sizeof dropping, .arg_drop = drop_one};
	gate begin = GATE_INIT;
	hooked h = {.passes = &begin, .fails_from = 0};
	creel_pool *pool = pool_hooked(2, &h);
	atomic_int drops = 0;
	creel_future *queued = creel_submit_with(pool, &dropping, same, &drops), *later;
	creel_future *many[3];

	ck_assert(!creel_future_done(queued));
	gate_open(&begin);
	ck_assert_int_eq(creel_await(queued, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(queued)->code, CREEL_EBROKEN);
	ck_assert_int_eq(atomic_load(&drops), 1);
	later = creel_submit_with(pool, &dropping, same, &drops);
	ck_assert_int_eq(creel_await_for(later, 0, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(later)->code, CREEL_EBROKEN);
	ck_assert_int_eq(atomic_load(&drops), 2);
	ck_assert_int_eq(creel_post(pool, same, NULL), CREEL_EBROKEN);
	ck_assert_int_eq(creel_submit_many(pool, same, NULL, 3, many), CREEL_EBROKEN);
	ck_assert_int_eq(creel_pool_run(pool, same, NULL, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EBROKEN);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&h.finis), 0);
	creel_future_unref(queued);
	creel_future_unref(later);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(creel_take(many[i], NULL), CREEL_EFAILED);
}
END_TEST

typedef struct meeting {
	gate second_begins; /* worker 1's init */
	gate first_runs;
} meeting;

static int
fail_second(unsigned index, void **local, void *arg)
{
	meeting *m = arg;

	(void)local;
	if (index == 0)
		return 0;
	gate_pass(&m->second_begins);
	return EACCES;
}

static int
wait_in_second(unsigned index, void **local, void *arg)
{
	meeting *m = arg;

	(void)local;
	if (index > 0)
		gate_pass(&m->second_begins);
	return 0;
}

static void *
wait_for_break(void *arg)
{
	meeting *m = arg;

	gate_pass(&m->first_runs);
	return arg;
}

/* 1.15 "initializer": running ones continue when another worker's init fails */
START_TEST(what_runs_goes_on_in_a_broken_pool)
{
	meeting m = {GATE_INIT, GATE_INIT};
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_future *running, *queued;
	creel_pool *pool;

	options.workers = 2;
	options.worker_init = fail_second;
	options.worker_arg = &m;
	pool = creel_pool_create(&options);
	running = creel_submit(pool, wait_for_break, &m);
	gate_await_arrivals(&m.first_runs, 1);
	queued = creel_submit(pool, same, NULL);
	gate_open(&m.second_begins);
	ck_assert_int_eq(creel_await(queued, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(queued)->code, CREEL_EBROKEN);
	ck_assert(!creel_future_done(running));
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	gate_open(&m.first_runs);
	ck_assert_int_eq(creel_take(running, NULL), CREEL_OK);
	creel_future_unref(queued);
	creel_pool_destroy(pool);
}
END_TEST

/* A worker that is still in its init is counted on by nobody. */
START_TEST(a_slow_init_holds_nobody_up)
{
	meeting m = {GATE_INIT, GATE_INIT};
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.workers = 2;
	options.worker_init = fail_second;
	options.worker_arg = &m;
	pool = creel_pool_create(&options);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(creel_pool_run(pool, same, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	gate_open(&m.second_begins);
	creel_pool_destroy(pool);
}
END_TEST

/* A worker whose init ends when its pool has been closed stops nobody but that pool's. */
START_TEST(a_slow_init_stops_nobody_else)
{
	meeting m = {GATE_INIT, GATE_INIT};
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool, *other;

	options.workers = 2;
	options.worker_init = wait_in_second;
	options.worker_arg = &m;
	pool = creel_pool_create(&options);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	linger(NULL); /* the first leaves */
	other = pool_of(2);
	gate_open(&m.second_begins);
	creel_pool_destroy(pool);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(creel_pool_run(other, same, NULL, NULL), CREEL_OK);
	creel_pool_destroy(other);
}
END_TEST

static void *
destroy_own(void *arg)
{
	(void)arg;
	creel_pool_destroy(creel_current_pool());
	return NULL;
}

START_TEST(fini_runs_where_a_worker_destroys_its_pool)
{
	hooked h = {.fails_from = 4};
	creel_future *task = creel_submit(pool_hooked(2, &h), destroy_own, NULL);

	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	while (atomic_load(&h.finis) < 2)
		sched_yield();
	ck_assert_int_eq(atomic_load(&h.wrong), 0);
}
END_TEST

static void *
where_am_i(void *arg)
{
	cpu_set_t cpus;

	(void)arg;
	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof cpus, &cpus);
	for (int cpu = 0; CPU_COUNT(&cpus) == 1 && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &cpus))
			return pointer_of(cpu);
	return pointer_of(-1);
}

static int
first_cpu(void)
{
	cpu_set_t cpus;
	int cpu = 0;

	sched_getaffinity(0, sizeof cpus, &cpus);
	while (!CPU_ISSET((size_t)cpu, &cpus))
		cpu++;
	return cpu;
}

START_TEST(workers_stay_on_their_processors)
{
	const int cpus[2] = {first_cpu(), first_cpu()};
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;

	options.cpus = cpus;
	options.n_cpus = 2;
	pool = creel_pool_create(&options);
	ck_assert_uint_eq(creel_pool_size(pool), 2);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(take_number(creel_submit(pool, where_am_i, NULL)), cpus[0]);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(processors_that_are_not_there)
{
	const int negative[] = {0, -1}, beyond[] = {CPU_SETSIZE};
	int missing = CPU_SETSIZE - 1;
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.n_cpus = 2;
	ck_assert_ptr_null(creel_pool_create(&options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	options.cpus = negative;
	ck_assert_ptr_null(creel_pool_create(&options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	options.cpus = beyond;
	options.n_cpus = 1;
	ck_assert_ptr_null(creel_pool_create(&options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESYS);
	options.cpus = &missing;
	ck_assert_ptr_null(creel_pool_create(&options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESYS);
}
END_TEST

CREEL_SUITE("creel.pool.hooks", initializer, failing_initializer,
	what_runs_goes_on_in_a_broken_pool, a_slow_init_holds_nobody_up,
	a_slow_init_stops_nobody_else, fini_runs_where_a_worker_destroys_its_pool,
	workers_stay_on_their_processors, processors_that_are_not_there)
