/* SPDX-License-Identifier: MIT */
/*
 * sweep.h: play a scene again and again, and make one more call of the system fail each time: the
 * first, the second, and so on until a run meets no failure; and once more with all later calls
 * failing too.
 *
 * A scene uses the library, calls sweep_calm() when it has, and from then on nothing fails: what
 * was refused must work now, and everything ends. Each run is a process of its own, so that the
 * caches of the library are empty; one that hangs is killed, and the test tells at which call.
 *
 * For tests that are linked with WRAP ${sweep_wraps} and SOURCES ${sweep_sources}.
 */
#ifndef CREEL_TEST_FAULTS_SWEEP_H
#define CREEL_TEST_FAULTS_SWEEP_H

#include "support/child.h"
#include "support/faults.h"

#include <pthread.h>

typedef void sweep_scene(void);

/* In a fresh process each. With a sanitizer that looks for leaks, there are none at the end. */
void sweep_fresh(const char *name, sweep_scene *scene, fault_kind kind);

/* In a process where the scene has been played before without failures, so that nothing that is
 * kept for ever is allocated any more: at the end as many blocks of memory are in use as before. */
void sweep_counted(const char *name, sweep_scene *scene, fault_kind kind);

/* By a scene: no more failures. */
void sweep_calm(void);

/* By a scene: may a call fail for the lack of something? Not after sweep_calm(), and not in a
 * run that is to meet no failure. */
bool sweep_stormy(void);

/* By a scene: a thread that is always to be had. */
void sweep_thread(pthread_t *thread, void *(*fn)(void *), void *arg);

/* By a scene: the status is CREEL_OK; or, in the storm, CREEL_ENOMEM. True: CREEL_OK. */
#define expect_served(status) sweep_served((int)(status), __FILE__, __LINE__, #status)
bool sweep_served(int status, const char *file, int line, const char *what);

#endif
