/* SPDX-License-Identifier: MIT */
/*
 * watch.h: what a parker does with its condition variable, and somebody who sleeps there. For tests that
 * are linked with SOURCES sync/watch.c WRAP pthread_cond_wait pthread_cond_timedwait.
 *
 *     parker = watch_get();
 *     sleeper_start(&s, parker, CRL_NEVER);
 *     watch_await_waits(1);       it holds the mutex, and gives it up in its wait alone:
 *     crl_unpark(parker);         so this finds it asleep
 *     pthread_join(s.thread, NULL);
 */
#ifndef TESTS_SYNC_WATCH_H
#define TESTS_SYNC_WATCH_H

#include "sync/parker.h"

#include <stdbool.h>
#include <time.h>

/* A parker whose waits are counted from now on: the one that was got last. */
crl_parker *watch_get(void);

int watch_waits(void);
void watch_await_waits(int n);

/* The next n waits return for no reason. */
void watch_wake_for_nothing(int n);

/* The deadline of the last timed wait. */
struct timespec watch_deadline(void);

/* Does a park sleep until its deadline, some milliseconds ahead? It does if there is no token. */
bool watch_sleeps(crl_parker *parker);

/* A thread that parks once. */
typedef struct sleeper {
	crl_parker *parker;
	int64_t deadline;
	pthread_t thread;
	int64_t woke_at;
	crl_atomic(bool) awake;
} sleeper;

void sleeper_start(sleeper *s, crl_parker *parker, int64_t deadline);

#endif
