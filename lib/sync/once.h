/* SPDX-License-Identifier: MIT */
/* once.h: do something once a process. */
#ifndef CRL_SYNC_ONCE_H
#define CRL_SYNC_ONCE_H

#include <pthread.h>

typedef pthread_once_t crl_once;
#define CRL_ONCE_INIT PTHREAD_ONCE_INIT

static inline void
crl_call_once(crl_once *once, void (*fn)(void))
{
	pthread_once(once, fn);
}

#endif
