/* SPDX-License-Identifier: MIT */
/* thread.h: threads of creel's own: named, and with no signal but a fault's delivered to them. */
#ifndef CRL_SYNC_THREAD_H
#define CRL_SYNC_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct crl_thread {
	pthread_t id;
} crl_thread;

/* Begin fn(arg) on a thread of its own, to be joined or detached. 0, or the system's errno. */
int crl_thread_start(crl_thread *thread, void *(*fn)(void *), void *arg);

/* The same, on this processor and no other. */
int crl_thread_start_on(crl_thread *thread, int cpu, void *(*fn)(void *), void *arg);
#define CRL_ANY_CPU (-1)
void crl_thread_join(crl_thread *thread);
void crl_thread_detach(crl_thread *thread);

/* The calling thread, to be compared with. */
crl_thread crl_thread_self(void);
bool crl_thread_is_self(const crl_thread *thread);

/* The calling thread's number in the system. */
long crl_thread_number(void);

/* Name the calling thread; the system keeps 15 characters. */
void crl_thread_name_self(const char *name);

/* Let another thread have the processor. */
void crl_thread_yield(void);

/* Sleep for so many nanoseconds, or somewhat longer; whatever comes, nobody ends it. */
void crl_thread_nap(int64_t nanoseconds);

/* How many processors the calling thread may run on; at least 1. */
unsigned crl_thread_cpus(void);

#endif
