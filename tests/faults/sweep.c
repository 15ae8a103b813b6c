/* SPDX-License-Identifier: MIT */
/* sweep.c: see sweep.h. */
#include "faults/sweep.h"

#include "fiber/stack.h"
#include "support/counting.h"
#include "support/coverage.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/scale.h"

#include <check.h>
#include <creel/creel.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(SCALE_ASAN)
#include <sanitizer/lsan_interface.h>
#endif

enum { MET_NO_FAILURE = 1, LEAKS = 2, AT_MOST = 1000, PATIENCE = 40 };

/* One run of a scene. */
typedef struct run {
	const char *name;
	sweep_scene *scene;
	fault_kind kind;
	int n; /* the call that fails; 0: none */
	bool all;
	bool counted;
} run;

static atomic_bool stormy;
static bool failed;
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

void
sweep_thread(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	if (__real_pthread_create(thread, NULL, fn, arg) != 0)
		abort();
}

bool
sweep_stormy(void)
{
	return atomic_load(&stormy);
}

void
sweep_calm(void)
{
	if (atomic_load(&stormy))
		failed = fault_disarm();
	atomic_store(&stormy, false);
}

bool
sweep_served(int status, const char *file, int line, const char *what)
{
	child_check(
		status == CREEL_OK || (status == CREEL_ENOMEM && sweep_stormy()), file, line, what);
	return status == CREEL_OK;
}

static void *
wait_and_meet(void *arg)
{
	child_expect(creel_sleep(1) == CREEL_OK);
	gate_pass(arg);
	return NULL;
}

/* Have the library make as many of the things that it keeps for ever as a scene can need. */
static void
fill_caches(void)
{
	enum { THREADS = 8 };
	pthread_t threads[THREADS];
	gate g = GATE_INIT;

	for (int i = 0; i < THREADS; i++)
		sweep_thread(&threads[i], wait_and_meet, &g);
	creel_pool_destroy(pool_of(THREADS));
	child_expect(creel_sleep(1) == CREEL_OK);
	gate_await_arrivals(&g, THREADS);
	gate_open(&g);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void
check_leaks(void)
{
#if defined(SCALE_ASAN)
	if (__lsan_do_recoverable_leak_check() != 0)
		leave(LEAKS);
#endif
}

/* Errors that nobody looks at belong to a storm. */
static void
ignore(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future, (void)error, (void)ctx;
}

static void
play(void *arg)
{
	const run *r = arg;
	int before = 0;

	alarm(PATIENCE);
	creel_set_unhandled(ignore, NULL);
	if (r->counted) {
		child_expect(creel_set_allocator(&counting_allocator) == CREEL_OK);
		fill_caches();
		r->scene();
		before = counting_blocks();
	}
	if (r->n > 0) {
		atomic_store(&stormy, true);
		fault_arm(r->kind, r->n, r->all);
	}
	r->scene();
	child_expect(!sweep_stormy());
	if (r->counted && counting_blocks() != before) {
		fprintf(stderr, "%d blocks more than before\n", counting_blocks() - before);
		leave(LEAKS);
	}
	child_expect(crl_stack_mappings() == 0); /* no stack is left of pools that are gone */
	check_leaks();
	if (!failed)
		leave(MET_NO_FAILURE);
}

/* Play it; false: no call failed. */
static bool
try(const run *r)
{
	static const char *const calls[] = {"malloc", "pthread_create", "mmap", "descriptor"};
	char what[100];
	int status = child_run(play, (void *)(uintptr_t)r);

	if (child_exited_with(status, MET_NO_FAILURE))
		return false;
	snprintf(what, sizeof what, "%s, %s %d%s failing", r->name, calls[r->kind], r->n,
		r->all ? " and all later ones" : "");
	ck_assert_msg(!WIFSIGNALED(status), "%s: killed by signal %d%s", what, WTERMSIG(status),
		WTERMSIG(status) == SIGALRM ? ", it hangs" : "");
	ck_assert_msg(!child_exited_with(status, LEAKS), "%s: memory leaks", what);
	ck_assert_msg(child_exited_with(status, 0), "%s: it fails, as told on stderr", what);
	return true;
}

static void
sweep(run r)
{
	ck_assert_msg(!try(&r), "%s: a call failed that was not to", r.name);
	for (int all = 0; all <= 1; all++) {
		r.all = all;
		for (r.n = 1; try(&r); r.n++)
			ck_assert_int_lt(r.n, AT_MOST);
		ck_assert_msg(r.n > 1, "%s makes no such call", r.name);
	}
}

void
sweep_fresh(const char *name, sweep_scene *scene, fault_kind kind)
{
	sweep((run){.name = name, .scene = scene, .kind = kind});
}

void
sweep_counted(const char *name, sweep_scene *scene, fault_kind kind)
{
	sweep((run){.name = name, .scene = scene, .kind = kind, .counted = true});
}
