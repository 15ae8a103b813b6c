/* SPDX-License-Identifier: MIT */
/* mutex.c: pthread mutexes, and the check of their ranks. */
#include "sync/mutex.h"

#include "base/count.h"
#include "base/fatal.h"

#ifndef NDEBUG
/* Bit r is set while this thread holds a mutex of rank r. */
static _Thread_local unsigned held;

static void
rank_enter(const crl_mutex *mutex)
{
	if (held >> mutex->rank != 0)
		crl_fatal("a mutex of rank %d is locked after one of the same or a higher rank",
			(int)mutex->rank);
	held |= 1u << mutex->rank;
}

static void
rank_leave(const crl_mutex *mutex)
{
	held &= ~(1u << mutex->rank);
}
#else
static void
rank_enter(const crl_mutex *mutex)
{
	(void)mutex;
}

static void
rank_leave(const crl_mutex *mutex)
{
	(void)mutex;
}
#endif

void
crl_mutex_init(crl_mutex *mutex, crl_rank rank)
{
	*mutex = (crl_mutex)CRL_MUTEX_INIT(rank);
}

void
crl_mutex_fini(crl_mutex *mutex)
{
	pthread_mutex_destroy(&mutex->mutex);
}

#ifdef CREEL_COUNT
static void
lock(pthread_mutex_t *mutex)
{
	CRL_COUNT(LOCK);
	if (pthread_mutex_trylock(mutex) == 0)
		return;
	CRL_COUNT(CONTENDED_LOCK);
	pthread_mutex_lock(mutex);
}
#else
static void
lock(pthread_mutex_t *mutex)
{
	pthread_mutex_lock(mutex);
}
#endif

void
crl_mutex_lock(crl_mutex *mutex)
{
	rank_enter(mutex);
	lock(&mutex->mutex);
}

void
crl_mutex_unlock(crl_mutex *mutex)
{
	rank_leave(mutex); /* the unlock is the last access */
	pthread_mutex_unlock(&mutex->mutex);
}
