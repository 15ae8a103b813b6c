/* SPDX-License-Identifier: MIT */
/* locks.c: mutexes that are locked in the wrong order, by the wrong thread, at the wrong time. */
#include "faulty/faulty.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void
lock_both(pthread_mutex_t *a, pthread_mutex_t *b)
{
	pthread_mutex_lock(a);
	pthread_mutex_lock(b);
	pthread_mutex_unlock(b);
	pthread_mutex_unlock(a);
}

static void *
lock_forwards(void *arg)
{
	lock_both(&first, &second);
	return arg;
}

static void *
lock_backwards(void *arg)
{
	if (MENDED)
		lock_both(&first, &second);
	else
		lock_both(&second, &first);
	return arg;
}

void
faulty_lock_order(void)
{
	faulty_two(lock_forwards, lock_backwards);
}

void
faulty_lock_twice(void)
{
	pthread_mutex_lock(&first);
	if (!MENDED)
		pthread_mutex_lock(&first);
	pthread_mutex_unlock(&first);
}

static void *
unlock(void *arg)
{
	pthread_mutex_unlock(&first);
	return arg;
}

void
faulty_lock_stranger(void)
{
	pthread_mutex_lock(&first);
	if (MENDED)
		unlock(NULL);
	else
		model_join(model_go(unlock, NULL));
}

/* Destroyed when the other has it, but has perhaps not yet given it back. */
static crl_atomic(int) inside;

static void *
go_inside(void *arg)
{
	pthread_mutex_lock(&first);
	crl_store(&inside, 1, relaxed);
	pthread_mutex_lock(&second);
	pthread_mutex_unlock(&second);
	pthread_mutex_unlock(&first);
	return arg;
}

void
faulty_lock_held(void)
{
	int thread = model_go(go_inside, NULL);

	while (crl_load(&inside, relaxed) == 0)
		crl_pause();
	if (MENDED)
		model_join(thread);
	pthread_mutex_destroy(&first);
	if (!MENDED)
		model_join(thread);
}

void
faulty_lock_destroyed(void)
{
	if (MENDED)
		lock_forwards(NULL);
	pthread_mutex_destroy(&first);
	if (!MENDED)
		lock_forwards(NULL);
}

static void *
say_and_lock(void *arg)
{
	crl_store(&inside, 1, release);
	pthread_mutex_lock(&first);
	pthread_mutex_unlock(&first);
	return arg;
}

void
faulty_lock_late(void)
{
	int thread = model_go(say_and_lock, NULL);

	while (crl_load(&inside, acquire) == 0)
		crl_pause();
	if (MENDED)
		model_join(thread);
	pthread_mutex_destroy(&first);
	if (!MENDED)
		model_join(thread);
}
