/* SPDX-License-Identifier: MIT */
/* test_mutex.c: mutual exclusion, and the ranks that debug builds check. */
#include "sync/mutex.h"

#include "support/child.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static crl_mutex completions = CRL_MUTEX_INIT(CRL_RANK_COMPLETIONS);
static crl_mutex pool = CRL_MUTEX_INIT(CRL_RANK_POOL);
static crl_mutex pool2 = CRL_MUTEX_INIT(CRL_RANK_POOL);
static crl_mutex global = CRL_MUTEX_INIT(CRL_RANK_GLOBAL);

#define THREADS 4
#define ROUNDS SCALE_TIMES(50000)

static gate start = GATE_INIT;
static long total;

static void *
count(void *arg)
{
	gate_pass(&start);
	for (int i = 0; i < ROUNDS; i++) {
		crl_mutex_lock(&pool);
		total++;
		crl_mutex_unlock(&pool);
	}
	return arg;
}

START_TEST(excludes_others)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count, NULL), 0);
	gate_await_arrivals(&start, THREADS);
	gate_open(&start);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(total, (long)THREADS * ROUNDS);
}
END_TEST

START_TEST(can_be_made_and_ended)
{
	crl_mutex mutex;

	memset(&mutex, 0xff, sizeof mutex);
	crl_mutex_init(&mutex, CRL_RANK_POOL);
	ck_assert_int_eq(mutex.rank, CRL_RANK_POOL);
	crl_mutex_lock(&mutex);
	ck_assert_int_ne(pthread_mutex_trylock(&mutex.mutex), 0);
	crl_mutex_unlock(&mutex);
	ck_assert_int_eq(pthread_mutex_trylock(&mutex.mutex), 0);
	pthread_mutex_unlock(&mutex.mutex);
	crl_mutex_fini(&mutex);
}
END_TEST

/* Plays a scene in a child. True if it ended as the build must end a wrong order: by a message and
 * SIGABRT in a debug build, unnoticed in others. */
static bool
is_refused(void (*scene)(void *), const char *message)
{
	char said[200];
	int end = child_run_reading_stderr(scene, NULL, said, sizeof said);

#ifdef NDEBUG
	(void)message;
	return child_exited_with(end, 0) && said[0] == '\0';
#else
	return WIFSIGNALED(end) && WTERMSIG(end) == SIGABRT && strstr(said, message) != NULL;
#endif
}

static bool
is_allowed(void (*scene)(void *))
{
	return child_exited_with(child_run(scene, NULL), 0);
}

static void
upwards(void *arg)
{
	(void)arg;
	for (int times = 0; times < 2; times++) {
		crl_mutex_lock(&completions);
		crl_mutex_lock(&pool);
		crl_mutex_lock(&global);
		crl_mutex_unlock(&global);
		crl_mutex_unlock(&pool);
		crl_mutex_unlock(&completions);
	}
	crl_mutex_lock(&completions); /* not every rank on the way */
	crl_mutex_lock(&global);
	crl_mutex_unlock(&global);
	crl_mutex_unlock(&completions);
}

START_TEST(locks_upwards)
{
	ck_assert(is_allowed(upwards));
}
END_TEST

static void
unlock_crosswise(void *arg)
{
	(void)arg;
	crl_mutex_lock(&completions);
	crl_mutex_lock(&pool);
	crl_mutex_unlock(&completions);
	crl_mutex_lock(&global);
	crl_mutex_unlock(&pool);
	crl_mutex_unlock(&global);
	crl_mutex_lock(&completions); /* nothing is held any more */
	crl_mutex_unlock(&completions);
}

START_TEST(unlocks_in_any_order)
{
	ck_assert(is_allowed(unlock_crosswise));
}
END_TEST

static void
downwards(void *arg)
{
	(void)arg;
	crl_mutex_lock(&pool);
	crl_mutex_lock(&completions);
}

START_TEST(refuses_a_lower_rank)
{
	ck_assert(is_refused(downwards, "creel: fatal: a mutex of rank 10 is locked"));
}
END_TEST

static void
same_rank(void *arg)
{
	(void)arg;
	crl_mutex_lock(&pool);
	crl_mutex_lock(&pool2);
}

START_TEST(refuses_the_same_rank)
{
	ck_assert(is_refused(same_rank, "creel: fatal: a mutex of rank 20 is locked"));
}
END_TEST

/* The rank between was given back, the higher one was not. */
static void
below_what_is_left(void *arg)
{
	(void)arg;
	crl_mutex_lock(&completions);
	crl_mutex_lock(&global);
	crl_mutex_unlock(&completions);
	crl_mutex_lock(&pool);
}

START_TEST(refuses_below_any_that_is_held)
{
	ck_assert(is_refused(below_what_is_left, "creel: fatal: a mutex of rank 20 is locked"));
}
END_TEST

static void *
lock_the_lowest(void *arg)
{
	crl_mutex_lock(&completions);
	crl_mutex_unlock(&completions);
	return arg;
}

static void
beside_another_thread(void *arg)
{
	pthread_t thread;

	crl_mutex_lock(&global);
	child_expect(pthread_create(&thread, NULL, lock_the_lowest, arg) == 0);
	pthread_join(thread, NULL);
	crl_mutex_unlock(&global);
}

START_TEST(each_thread_has_its_own_ranks)
{
	ck_assert(is_allowed(beside_another_thread));
}
END_TEST

/* A mutex that is filled with rubbish the moment it is unlocked: what it would be if whoever waits for
 * it freed it. */
static pthread_mutex_t *doomed;

int __real_pthread_mutex_unlock(pthread_mutex_t *);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *);

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	int result = __real_pthread_mutex_unlock(mutex);

	if (mutex == doomed)
		memset(mutex, 0, sizeof(crl_mutex));
	return result;
}

static void
use_a_doomed_one(void *arg)
{
	crl_mutex *mutex = arg;

	doomed = &mutex->mutex;
	crl_mutex_lock(mutex);
	crl_mutex_unlock(mutex);
	crl_mutex_lock(&completions);
	crl_mutex_unlock(&completions);
}

START_TEST(unlocking_is_the_last_access)
{
	crl_mutex mutex = CRL_MUTEX_INIT(CRL_RANK_POOL);
	char said[200];
	int end = child_run_reading_stderr(use_a_doomed_one, &mutex, said, sizeof said);

	ck_assert_str_eq(said, "");
	ck_assert(child_exited_with(end, 0));
}
END_TEST

CREEL_SUITE("creel.sync.mutex", excludes_others, can_be_made_and_ended, locks_upwards,
	unlocks_in_any_order, refuses_a_lower_rank, refuses_the_same_rank,
	refuses_below_any_that_is_held, each_thread_has_its_own_ranks, unlocking_is_the_last_access)
