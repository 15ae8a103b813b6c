/* SPDX-License-Identifier: MIT */
/* test_create.c: options of a pool, its defaults, and what its workers are like. */
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/task.h>

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SIZE (sizeof(creel_pool_options))

static void
assert_refused(const creel_pool_options *options)
{
	ck_assert_ptr_null(creel_pool_create(options));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_str_ne(creel_last_error()->message, "");
}

/* 3.2 "max_workers_negative": what is out of range is refused with EINVAL */
START_TEST(max_workers_negative)
{
	static const creel_pool_options bad[] = {
		{.size = SIZE, .workers = CREEL_POOL_MAX_WORKERS + 1},
		{.size = SIZE, .workers = (unsigned)-1},
		{.size = SIZE, .workers = (unsigned)INT_MIN},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_refused(&bad[i]);
}
END_TEST

START_TEST(options_out_of_range_are_refused)
{
	static const creel_pool_options bad[] = {
		{.size = 0},
		{.size = sizeof(size_t) - 1},
		{.size = SIZE, .flags = CREEL_POOL_MEASURE << 1},
		{.size = SIZE, .flags = CREEL_POOL_FIFO | UINT32_C(1) << 31},
		{.size = SIZE, .flags = UINT32_MAX},
		{.size = SIZE, .stack_size = 1},
		{.size = SIZE, .stack_size = CREEL_STACK_MIN - 1},
		{.size = SIZE, .stack_size = CREEL_STACK_MAX + 1},
		{.size = SIZE, .stack_size = SIZE_MAX},
		{.size = SIZE, .guard_size = CREEL_STACK_MAX + 1},
		{.size = SIZE, .guard_size = SIZE_MAX},
		{.size = SIZE, .when_full = (creel_when_full)(CREEL_FULL_CALLER_RUNS + 1)},
		{.size = SIZE, .queue_limit = 1, .when_full = (creel_when_full)-1},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_refused(&bad[i]);
}
END_TEST

/* What a program would pass that was compiled against a creel with one more option. */
typedef struct newer_options {
	creel_pool_options known;
	size_t unknown;
} newer_options;

START_TEST(a_longer_struct_is_accepted_while_its_tail_is_zero)
{
	newer_options options = {.known = {.size = sizeof options, .workers = 2}};
	creel_pool *pool = creel_pool_create(&options.known);

	ck_assert_ptr_nonnull(pool);
	ck_assert_uint_eq(creel_pool_size(pool), 2);
	creel_pool_destroy(pool);

	options.unknown = (size_t)1 << (CHAR_BIT * sizeof options.unknown - 1); /* its last byte */
	assert_refused(&options.known);
	options.unknown = 1;
	assert_refused(&options.known);
}
END_TEST

START_TEST(what_a_shorter_struct_lacks_is_the_default)
{
	creel_pool_options options = {
		.size = offsetof(creel_pool_options, flags), .workers = 2, .flags = UINT32_MAX};
	creel_pool *pool = creel_pool_create(&options);

	ck_assert_ptr_nonnull(pool);
	ck_assert_uint_eq(creel_pool_size(pool), 2);
	creel_pool_destroy(pool);

	options.size = sizeof(size_t);
	options.workers = UINT_MAX;
	pool = creel_pool_create(&options);
	ck_assert_ptr_nonnull(pool);
	ck_assert_uint_ge(creel_pool_size(pool), 1);
	creel_pool_destroy(pool);
}
END_TEST

static void *
use_stack(void *arg)
{
	volatile char bytes[8 << 10];

	bytes[0] = 1;
	bytes[sizeof bytes - 1] = 2;
	return bytes[0] + bytes[sizeof bytes - 1] == 3 ? arg : NULL;
}

START_TEST(the_least_sizes_are_accepted)
{
	const creel_pool_options options = {
		.size = SIZE, .workers = 1, .stack_size = 32 << 10, .guard_size = 1};
	creel_pool *pool = creel_pool_create(&options);
	creel_pool_options least = options;
	int token;
	void *result = NULL;

	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(creel_pool_run(pool, use_stack, &token, &result), CREEL_OK);
	ck_assert_ptr_eq(result, &token);
	creel_pool_destroy(pool);

	least.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&least);
	ck_assert_ptr_nonnull(pool);
	creel_pool_destroy(pool);
}
END_TEST

static unsigned
allowed_cpus(void)
{
	cpu_set_t set;

	ck_assert_int_eq(sched_getaffinity(0, sizeof set, &set), 0);
	return (unsigned)CPU_COUNT(&set);
}

static void
allow_only_one_cpu(void)
{
	cpu_set_t all, one;
	size_t cpu = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof all, &all), 0);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
}

/* 3.2 "default_workers": one per CPU that the thread may run on; 1.15 "workers": 0 is the default */
START_TEST(default_workers)
{
	const creel_pool_options zero = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool = creel_pool_create(NULL);

	ck_assert_ptr_nonnull(pool);
	ck_assert_uint_eq(creel_pool_size(pool), allowed_cpus());
	creel_pool_destroy(pool);

	allow_only_one_cpu();
	pool = creel_pool_create(&zero);
	ck_assert_ptr_nonnull(pool);
	ck_assert_uint_eq(creel_pool_size(pool), 1);
	creel_pool_destroy(pool);
}
END_TEST

static void *
get_name(void *arg)
{
	pthread_getname_np(pthread_self(), arg, 16);
	return NULL;
}

/* What the first worker of a pool of that name is called. */
static void
assert_thread_name(const char *pool_name, const char *thread_name)
{
	char copy[32] = "", name[16] = "";
	creel_pool_options options = {.size = SIZE, .workers = 1, .name = NULL};
	creel_pool *pool;

	if (pool_name != NULL)
		options.name = strcpy(copy, pool_name);
	pool = creel_pool_create(&options);
	memset(copy, '?', sizeof copy);
	ck_assert_ptr_nonnull(pool);
	ck_assert_int_eq(creel_pool_run(pool, get_name, name, NULL), CREEL_OK);
	ck_assert_str_eq(name, thread_name);
	creel_pool_destroy(pool);
}

/* 3.4 "thread_names_assigned": NAME-INDEX; 1.15 "thread names": in 15 characters */
START_TEST(thread_names_assigned)
{
	assert_thread_name("hash", "hash-0");
	assert_thread_name("", "-0");
	assert_thread_name("thirteen-char", "thirteen-char-0");
	assert_thread_name("fourteen-chars", "fourteen-chars-");
	assert_thread_name("much-longer-than-that", "much-longer-tha");
}
END_TEST

/* 3.4 "thread_names_default": creel-INDEX */
START_TEST(thread_names_default)
{
	assert_thread_name(NULL, "creel-0");
}
END_TEST

/* What a task finds out about where it runs. */
typedef struct place {
	gate *all_here;
	int index;
	creel_pool *pool;
	char name[16];
} place;

static void *
find_place(void *arg)
{
	place *p = arg;

	p->index = creel_worker_index();
	p->pool = creel_current_pool();
	get_name(p->name);
	gate_pass(p->all_here);
	return NULL;
}

START_TEST(workers_know_their_index_and_their_pool)
{
	enum { WORKERS = 3 };
	gate all_here = GATE_INIT;
	creel_pool *pool = pool_of(WORKERS);
	place places[WORKERS];
	bool seen[WORKERS] = {false};
	char name[16];

	for (int i = 0; i < WORKERS; i++) {
		places[i] = (place){.all_here = &all_here, .index = -2};
		ck_assert_int_eq(creel_post(pool, find_place, &places[i]), CREEL_OK);
	}
	gate_await_arrivals(&all_here, WORKERS); /* so each has a worker to itself */
	gate_open(&all_here);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < WORKERS; i++) {
		ck_assert_ptr_eq(places[i].pool, pool);
		ck_assert_int_ge(places[i].index, 0);
		ck_assert_int_lt(places[i].index, WORKERS);
		ck_assert(!seen[places[i].index]);
		seen[places[i].index] = true;
		snprintf(name, sizeof name, "creel-%d", places[i].index);
		ck_assert_str_eq(places[i].name, name);
	}
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(off_pools_there_is_no_index_and_no_pool)
{
	creel_pool *pool;

	ck_assert_int_eq(creel_worker_index(), -1);
	ck_assert_ptr_null(creel_current_pool());
	ck_assert_uint_eq(creel_pool_size(NULL), 0);
	pool = pool_of(1);
	ck_assert_int_eq(creel_worker_index(), -1);
	ck_assert_ptr_null(creel_current_pool());
	ck_assert_uint_eq(creel_pool_size(pool), 1);
	creel_pool_destroy(pool);
}
END_TEST

static void *
find_inner_place(void *arg)
{
	place *places = arg;

	places[0].index = creel_worker_index();
	places[0].pool = creel_current_pool();
	creel_pool_run(places[1].pool, find_place, &places[2], NULL);
	places[3].index = creel_worker_index();
	places[3].pool = creel_current_pool();
	return NULL;
}

START_TEST(a_task_of_another_pool_has_that_ones)
{
	gate open = GATE_INIT;
	creel_pool *outer = pool_of(1), *inner = pool_of(1);
	place places[4] = {{.pool = NULL}, {.pool = inner}, {.all_here = &open}, {.pool = NULL}};

	gate_open(&open);
	ck_assert_int_eq(creel_pool_run(outer, find_inner_place, places, NULL), CREEL_OK);
	ck_assert_ptr_eq(places[0].pool, outer);
	ck_assert_ptr_eq(places[2].pool, inner);
	ck_assert_ptr_eq(places[3].pool, outer);
	ck_assert_int_eq(places[0].index + places[2].index + places[3].index, 0);
	creel_pool_destroy(outer);
	creel_pool_destroy(inner);
}
END_TEST

static void *
get_mask(void *arg)
{
	pthread_sigmask(SIG_BLOCK, NULL, arg);
	return NULL;
}

START_TEST(signals_are_blocked_in_workers_but_those_of_faults)
{
	static const int blocked[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
		SIGUSR2, SIGCHLD, SIGCONT, SIGTSTP, SIGWINCH, SIGIO, SIGVTALRM, SIGPROF};
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
	sigset_t mine, after, workers;
	creel_pool *pool;

	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR2);
	sigaddset(&mine, SIGFPE);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &mine, NULL), 0);
	pool = pool_of(1);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
	ck_assert_int_eq(creel_pool_run(pool, get_mask, &workers, NULL), CREEL_OK);
	for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++)
		ck_assert_msg(sigismember(&workers, blocked[i]) == 1, "%s", strsignal(blocked[i]));
	for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++)
		ck_assert_int_eq(sigismember(&workers, signal), 1);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		ck_assert_msg(sigismember(&workers, faults[i]) == 0, "%s", strsignal(faults[i]));

	/* The creator's own mask is what it was. */
	for (int signal = 1; signal < SIGRTMIN - 2; signal++)
		ck_assert_int_eq(sigismember(&after, signal), sigismember(&mine, signal));
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.pool.create", max_workers_negative, options_out_of_range_are_refused,
	a_longer_struct_is_accepted_while_its_tail_is_zero,
	what_a_shorter_struct_lacks_is_the_default, the_least_sizes_are_accepted, default_workers,
	thread_names_assigned, thread_names_default, workers_know_their_index_and_their_pool,
	off_pools_there_is_no_index_and_no_pool, a_task_of_another_pool_has_that_ones,
	signals_are_blocked_in_workers_but_those_of_faults)
