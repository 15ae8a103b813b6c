/* SPDX-License-Identifier: MIT */
/*
 * mutex.h: mutual exclusion, with a rank.
 *
 * Whoever holds a mutex may lock only mutexes of a higher rank, so no two threads can ever wait for
 * each other in a circle. The outer floors lock first. Debug builds check it at every lock. No mutex
 * is ever held while the program's code runs or while a fiber is switched away from.
 */
#ifndef CRL_SYNC_MUTEX_H
#define CRL_SYNC_MUTEX_H

#include <pthread.h>

typedef enum crl_rank {
	CRL_RANK_RUNTIME = 5,
	CRL_RANK_STREAM = 8,
	CRL_RANK_COMPLETIONS = 10,
	CRL_RANK_GROUP = 11,
	CRL_RANK_MONITOR = 12, /* async/monitor.h */
	CRL_RANK_SERIAL = 13,
	CRL_RANK_RESIZING = 19, /* pool/resize.c */
	CRL_RANK_POOL = 20,
	CRL_RANK_INTAKE = 21,
	CRL_RANK_LOOP = 25,
	CRL_RANK_GLOBAL = 30 /* sync/fork.h */
} crl_rank;

typedef struct crl_mutex {
	pthread_mutex_t mutex;
	crl_rank rank;
} crl_mutex;

#define CRL_MUTEX_INIT(mutex_rank) \
	{ \
		.mutex = PTHREAD_MUTEX_INITIALIZER, .rank = (mutex_rank) \
	}

void crl_mutex_init(crl_mutex *mutex, crl_rank rank);
void crl_mutex_fini(crl_mutex *mutex);
void crl_mutex_lock(crl_mutex *mutex);
void crl_mutex_unlock(crl_mutex *mutex);

#endif
