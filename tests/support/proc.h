/* SPDX-License-Identifier: MIT */
/*
 * proc.h: what the kernel knows of this process, read from /proc/self. For tests that are linked with
 * SOURCES support/proc.c.
 */
#ifndef CREEL_TEST_PROC_H
#define CREEL_TEST_PROC_H

#include <stddef.h>
#include <sys/types.h>

size_t proc_threads(void);
size_t proc_fds(void);
size_t proc_mappings(void);
size_t proc_resident(void);    /* bytes */
size_t proc_page_tables(void); /* bytes, which are not among those */

/* Until there are at most n threads. Also one that has been joined may be seen for a moment. */
void proc_await_threads(size_t n);

/* Until this thread of ours is gone. */
void proc_await_gone(pid_t tid);

/* Until this thread of ours sleeps: it blocks, or is about to be descheduled for other reasons. Makes
 * it very likely, never certain, that the thread is in the wait that it was about to enter. */
void proc_await_asleep(pid_t tid);

#endif
